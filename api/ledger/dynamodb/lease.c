#include "ledger/dynamodb/lease.h"

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
