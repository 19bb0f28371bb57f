/*
 * What the operations on reference data share.
 */
#ifndef MYPOS_HTTP_OP_REFERENCE_H
#define MYPOS_HTTP_OP_REFERENCE_H

#include "app/reference/reference.h"
#include "http/op.h"

#define OP_PAGE_DEFAULT 50

/* limit, cursor and archived. */
struct reference_query op_reference_query(const struct op_call *op);

/* `parameter` is the path parameter with the id. */
MUST_CHECK enum status op_reference_read(struct op_call *op, enum reference which, const char *parameter);
MUST_CHECK enum status op_reference_update(struct op_call *op, enum reference which, const char *parameter);

#endif
