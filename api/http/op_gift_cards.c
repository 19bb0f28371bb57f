#include "app/customers/gift_cards.h"
#include "http/op.h"
#include "http/operations.h"

#define LIMIT_DEFAULT 50

enum status op_gift_cards_list(struct op_call *op)
{
    const struct gift_cards_query query = {
        .code = op_query(op, "code"),
        .state = op_query(op, "state"),
        .cursor = op_query(op, "cursor"),
        .limit = op_query_int(op, "limit", LIMIT_DEFAULT),
    };
    return gift_cards_list(&op->call, &query);
}

enum status op_gift_cards_create(struct op_call *op)
{
    return gift_cards_create(&op->call, op->body);
}

enum status op_gift_cards_read(struct op_call *op)
{
    const struct id id = op_path_id(op, "gift_card_id");
    return gift_cards_read(&op->call, &id);
}

enum status op_gift_cards_load(struct op_call *op)
{
    const struct id id = op_path_id(op, "gift_card_id");
    return gift_cards_load(&op->call, &id, op->body);
}

enum status op_gift_cards_freeze(struct op_call *op)
{
    const struct id id = op_path_id(op, "gift_card_id");
    return gift_cards_set_frozen(&op->call, &id, op->body, true);
}

enum status op_gift_cards_unfreeze(struct op_call *op)
{
    const struct id id = op_path_id(op, "gift_card_id");
    return gift_cards_set_frozen(&op->call, &id, op->body, false);
}

enum status op_gift_cards_entries_list(struct op_call *op)
{
    const struct id id = op_path_id(op, "gift_card_id");
    return gift_cards_entries(&op->call, &id, op_query(op, "cursor"),
                              op_query_int(op, "limit", LIMIT_DEFAULT));
}
