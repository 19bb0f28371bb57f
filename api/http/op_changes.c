/* The change log of the catalogue. */
#include "app/reference/changes.h"
#include "http/op_reference.h"
#include "http/operations.h"

enum status op_catalog_changes_list(struct op_call *op)
{
    return changes_list(&op->call, op_query_int(op, "after", 0),
                        (unsigned)op_query_int(op, "limit", OP_PAGE_DEFAULT));
}
