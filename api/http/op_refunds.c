#include "app/refunds/exchange.h"
#include "app/refunds/refund.h"
#include "http/op.h"
#include "http/operations.h"

#define LIMIT_DEFAULT 50

enum status op_exchanges_create(struct op_call *op)
{
    return exchange_create(&op->call, op->body);
}

enum status op_refunds_create(struct op_call *op)
{
    const struct id id = op_path_id(op, "transaction_id");
    return refund_create(&op->call, &id, op->body);
}

enum status op_refunds_list(struct op_call *op)
{
    const struct id id = op_path_id(op, "transaction_id");
    return refunds_list(&op->call, &id, op_query(op, "cursor"), op_query_int(op, "limit", LIMIT_DEFAULT));
}

enum status op_transactions_void(struct op_call *op)
{
    const struct id id = op_path_id(op, "transaction_id");
    return void_create(&op->call, &id, op->body);
}
