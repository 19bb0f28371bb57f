#include "app/customers/customers.h"
#include "http/op.h"
#include "http/operations.h"

#define LIMIT_DEFAULT 50

enum status op_customers_list(struct op_call *op)
{
    const struct customers_query query = {
        .q = op_query(op, "q"),
        .state = op_query(op, "state"),
        .cursor = op_query(op, "cursor"),
        .limit = op_query_int(op, "limit", LIMIT_DEFAULT),
    };
    return customers_list(&op->call, &query);
}

enum status op_customers_create(struct op_call *op)
{
    return customers_create(&op->call, op->body);
}

enum status op_customers_read(struct op_call *op)
{
    const struct id id = op_path_id(op, "customer_id");
    return customers_read(&op->call, &id);
}

enum status op_customers_update(struct op_call *op)
{
    const struct id id = op_path_id(op, "customer_id");
    return customers_update(&op->call, &id, op->body, op->if_match);
}

enum status op_customers_merge(struct op_call *op)
{
    const struct id id = op_path_id(op, "customer_id");
    return customers_merge(&op->call, &id, op->body);
}

enum status op_customers_erase(struct op_call *op)
{
    const struct id id = op_path_id(op, "customer_id");
    return customers_erase(&op->call, &id, op->body);
}

enum status op_customers_transactions_list(struct op_call *op)
{
    const struct id id = op_path_id(op, "customer_id");
    return customers_transactions(&op->call, &id, op_query(op, "cursor"),
                                  op_query_int(op, "limit", LIMIT_DEFAULT));
}

enum status op_customers_entries_list(struct op_call *op)
{
    const struct id id = op_path_id(op, "customer_id");
    return customers_entries(&op->call, &id, op_query(op, "cursor"),
                             op_query_int(op, "limit", LIMIT_DEFAULT));
}

enum status op_customers_entries_create(struct op_call *op)
{
    const struct id id = op_path_id(op, "customer_id");
    return customers_post(&op->call, &id, op->body);
}

enum status op_customers_export(struct op_call *op)
{
    const struct id id = op_path_id(op, "customer_id");
    return customers_export(&op->call, &id);
}
