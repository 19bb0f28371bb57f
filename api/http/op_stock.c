#include "app/stock.h"
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
