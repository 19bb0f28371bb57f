/* The prices of price lists; the lists are in op_reference.c. */
#include "app/reference/price_lists.h"
#include "http/op_reference.h"
#include "http/operations.h"

enum status op_price_list_prices_list(struct op_call *op)
{
    const struct id id = op_path_id(op, "price_list_id");
    struct id product_id;
    const struct price_lists_query query = {
        .limit = (unsigned)op_query_int(op, "limit", OP_PAGE_DEFAULT),
        .cursor = op_query(op, "cursor"),
        .product_id = op_query_id(op, "product_id", &product_id) ? &product_id : NULL,
    };
    return price_lists_prices(&op->call, &id, &query);
}

enum status op_price_list_prices_set(struct op_call *op)
{
    const struct id id = op_path_id(op, "price_list_id");
    return price_lists_set(&op->call, &id, op->body);
}
