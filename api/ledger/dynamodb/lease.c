#include "ledger/dynamodb/lease.h"

#include "ledger/dynamodb/stream.h"

enum status lease_take(const struct ledger_dynamodb *ledger, const char *name, struct arena *arena)
{
    const struct layout_key key = layout_lease(name);
    const int64_t now_ms = ledger_dynamodb_now_ms(ledger);
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_UPDATE_ITEM);
    ledger_dynamodb_name_item(ledger, json, &key);
    emit_member_string(json, "UpdateExpression", "SET ow = :me, un = :until");
    emit_member_string(json, "ConditionExpression", "attribute_not_exists(pk) OR un < :now OR ow = :me");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    ledger_dynamodb_put_id(json, ":me", &ledger->owner);
    dynamodb_put_n(json, ":now", now_ms);
    dynamodb_put_n(json, ":until", now_ms + LEDGER_DYNAMODB_LEASE_MS);
    dynamodb_end_map(json);
    request.idempotent = true; /* it is its own */
    const enum dynamodb_outcome outcome = dynamodb_send(ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
    return outcome == DYNAMODB_CONDITION_FAILED ? STATUS_NOT_FOUND : dynamodb_status(outcome);
}

void lease_give_back(const struct ledger_dynamodb *ledger, const char *name, struct arena *arena)
{
    const struct layout_key key = layout_lease(name);
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_DELETE_ITEM);
    ledger_dynamodb_name_item(ledger, json, &key);
    emit_member_string(json, "ConditionExpression", "ow = :me");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    ledger_dynamodb_put_id(json, ":me", &ledger->owner);
    dynamodb_end_map(json);
    (void)dynamodb_send(ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
}

enum status ledger_dynamodb_is_served(const struct ledger *port, bool *is)
{
    const struct ledger_dynamodb *ledger = ledger_dynamodb_of(port);
    const struct dynamodb_query query = {.table = LAYOUT_TRANSACTIONS, .hash = "L#"};
    struct dynamodb_stream stream = ledger_dynamodb_scan(ledger, &query);
    const json_t *lease;
    enum status status;
    *is = false;
    while ((status = ledger_dynamodb_next(&stream, &lease)) == STATUS_OK && lease != NULL) {
        struct id owner;
        *is |= ledger_dynamodb_id(lease, "ow", &owner) && !id_equal(&owner, &ledger->owner) &&
               dynamodb_n(lease, "un") > ledger_dynamodb_now_ms(ledger);
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}
