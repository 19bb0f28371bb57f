/*
 * Operations: what the handlers of op_*.c see of a request.
 *
 * One name runs through everything: operationId `products_create` in the OpenAPI document is
 * `op_products_create` here. A handler is called after the request was matched, authenticated, authorised
 * and validated against the document; it calls one use case of app/ and returns its status.
 */
#ifndef MYPOS_HTTP_OP_H
#define MYPOS_HTTP_OP_H

#include "app/app.h"

struct operation; /* http/contract.h */
struct sockaddr;

struct op_call {
    struct call call;
    const struct operation *operation;
    const json_t *body;   /* validated; NULL without one */
    const char *if_match; /* header values; NULL when absent */
    const char *accept;
    int upload_fd; /* the spooled body of a streamed operation, at its start; else -1 */
    bool upload_is_gzip;
    const struct sockaddr *client;   /* who connected; NULL when unknown */
    const char *const *path_values;  /* in the order of the document's parameters */
    const char *const *query_values; /* NULL where absent and without default */
};

typedef enum status (*op_handler)(struct op_call *op);

/* Parameters by their name in the document; a name that the operation does not have ends the process, for
 * it is a defect of ours. Values are valid: the document says so. */
const char *op_path(const struct op_call *op, const char *name);
struct id op_path_id(const struct op_call *op, const char *name);
const char *op_query(const struct op_call *op, const char *name); /* the default of the document, or NULL */
int64_t op_query_int(const struct op_call *op, const char *name, int64_t otherwise);
bool op_query_bool(const struct op_call *op, const char *name, bool otherwise);
bool op_query_id(const struct op_call *op, const char *name, struct id *id);

/* The client's address as text, "unknown" without one; lives in the call's arena. */
const char *op_client_address(const struct op_call *op);

/* The handlers: http/operations.c has the table that the document is checked against. */
struct op_entry {
    const char *operation_id;
    op_handler handler;
};
extern const struct op_entry op_table[]; /* ends with a NULL operation_id */

#endif
