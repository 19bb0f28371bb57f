/*
 * The operations: every operationId of the document, whose handler is op_<operationId>. A new operation is
 * one row here, one handler in an op_*.c, which includes this page, and one entry in the document.
 */
#ifndef MYPOS_HTTP_OPERATIONS_H
#define MYPOS_HTTP_OPERATIONS_H

#include "http/op.h"

#define OPERATIONS(X)                                                                                        \
    X(api_keys_create)                                                                                       \
    X(api_keys_list)                                                                                         \
    X(api_keys_revoke)                                                                                       \
    X(auth_login)                                                                                            \
    X(auth_logout)                                                                                           \
    X(auth_me)                                                                                               \
    X(docs_read)                                                                                             \
    X(document_read)                                                                                         \
    X(health_live)                                                                                           \
    X(health_ready)                                                                                          \
    X(metrics_read)

#define X(name) enum status op_##name(struct op_call *op);
OPERATIONS(X)
#undef X

#endif
