#include "app/carts/parked_carts.h"
#include "http/op.h"
#include "http/operations.h"

#define LIMIT_DEFAULT 50

enum status op_parked_carts_create(struct op_call *op)
{
    return parked_cart_create(&op->call, op->body);
}

enum status op_parked_carts_list(struct op_call *op)
{
    struct parked_carts_query query = {
        .state = op_query(op, "state"),
        .cursor = op_query(op, "cursor"),
        .limit = op_query_int(op, "limit", LIMIT_DEFAULT),
    };
    query.has_store = op_query_id(op, "store_id", &query.store_id);
    return parked_carts_list(&op->call, &query);
}

enum status op_parked_carts_read(struct op_call *op)
{
    const struct id id = op_path_id(op, "parked_cart_id");
    return parked_cart_read(&op->call, &id);
}

enum status op_parked_carts_resume(struct op_call *op)
{
    const struct id id = op_path_id(op, "parked_cart_id");
    return parked_cart_resume(&op->call, &id, op->body);
}

enum status op_parked_carts_discard(struct op_call *op)
{
    const struct id id = op_path_id(op, "parked_cart_id");
    return parked_cart_discard(&op->call, &id);
}
