#include "app/webhooks/webhooks.h"
#include "http/op_reference.h"
#include "http/operations.h"

enum status op_webhooks_create(struct op_call *op)
{
    return webhooks_create(&op->call, op->body);
}

enum status op_webhooks_list(struct op_call *op)
{
    const struct reference_query query = op_reference_query(op);
    return reference_list(&op->call, REFERENCE_WEBHOOK, &query);
}

enum status op_webhooks_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_WEBHOOK, "webhook_id");
}

enum status op_webhooks_update(struct op_call *op)
{
    const struct id id = op_path_id(op, "webhook_id");
    return webhooks_update(&op->call, &id, op->body, op->if_match);
}

enum status op_webhooks_rotate(struct op_call *op)
{
    const struct id id = op_path_id(op, "webhook_id");
    return webhooks_rotate(&op->call, &id);
}

enum status op_webhooks_test(struct op_call *op)
{
    const struct id id = op_path_id(op, "webhook_id");
    return webhooks_test(&op->call, &id);
}

enum status op_webhook_deliveries_list(struct op_call *op)
{
    const struct id id = op_path_id(op, "webhook_id");
    const struct webhook_deliveries_query query = {
        .limit = (unsigned)op_query_int(op, "limit", OP_PAGE_DEFAULT),
        .cursor = op_query(op, "cursor"),
        .state = op_query(op, "state"),
    };
    return webhook_deliveries_list(&op->call, &id, &query);
}

enum status op_webhook_deliveries_read(struct op_call *op)
{
    const struct id webhook_id = op_path_id(op, "webhook_id");
    const struct id id = op_path_id(op, "webhook_delivery_id");
    return webhook_deliveries_read(&op->call, &webhook_id, &id);
}

enum status op_webhook_deliveries_retry(struct op_call *op)
{
    const struct id webhook_id = op_path_id(op, "webhook_id");
    const struct id id = op_path_id(op, "webhook_delivery_id");
    return webhook_deliveries_retry(&op->call, &webhook_id, &id);
}
