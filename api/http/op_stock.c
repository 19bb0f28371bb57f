#include "app/stock/stock.h"
#include "app/stock/stock_movements.h"
#include "http/op.h"
#include "http/operations.h"

#define LIMIT_DEFAULT 50

enum status op_stock_list(struct op_call *op)
{
    struct stock_query query = {
        .cursor = op_query(op, "cursor"),
        .limit = op_query_int(op, "limit", LIMIT_DEFAULT),
    };
    query.has_store = op_query_id(op, "store_id", &query.store_id);
    query.has_product = op_query_id(op, "product_id", &query.product_id);
    return stock_list(&op->call, &query);
}

enum status op_stock_movements_create(struct op_call *op)
{
    return stock_movements_create(&op->call, op->body);
}

enum status op_stock_movements_list(struct op_call *op)
{
    struct stock_movements_query query = {
        .cursor = op_query(op, "cursor"),
        .limit = op_query_int(op, "limit", LIMIT_DEFAULT),
    };
    (void)op_query_id(op, "store_id", &query.store_id); /* both are required */
    (void)op_query_id(op, "product_id", &query.product_id);
    return stock_movements_list(&op->call, &query);
}
