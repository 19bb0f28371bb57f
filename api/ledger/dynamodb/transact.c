#include "ledger/dynamodb/transact.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>

void transact_begin(struct transact *transact, const struct ledger_dynamodb *ledger, struct arena *arena)
{
    *transact = (struct transact){.ledger = ledger};
    transact->json = dynamodb_begin(&transact->request, arena, DYNAMODB_TRANSACT_WRITE_ITEMS);
    emit_name(transact->json, "TransactItems");
    emit_begin_array(transact->json);
}

static void begin_action(struct transact *transact, const char *kind, enum effect effect, size_t index,
                         const struct layout_key *key)
{
    struct json_writer *json = transact->json;
    if (transact->count == LAYOUT_ACTIONS_MAX) {
        transact->overfull = true; /* the last action is lost, and the transaction is not sent */
        transact->count--;
    }
    transact->actions[transact->count++] = (struct transact_action){.effect = effect, .index = index};
    emit_begin_object(json);
    emit_name(json, kind);
    emit_begin_object(json);
    emit_member_string(json, "TableName", transact->ledger->tables[key->table]);
}

struct json_writer *transact_put(struct transact *transact, enum effect effect, size_t index,
                                 const struct layout_key *key)
{
    begin_action(transact, "Put", effect, index, key);
    dynamodb_begin_map(transact->json, "Item");
    ledger_dynamodb_put_key(transact->json, key);
    transact->in_item = true;
    return transact->json;
}

static void write_key(struct transact *transact, const struct layout_key *key)
{
    dynamodb_begin_map(transact->json, "Key");
    ledger_dynamodb_put_key(transact->json, key);
    dynamodb_end_map(transact->json);
}

static struct json_writer *open_values(struct transact *transact)
{
    dynamodb_begin_map(transact->json, "ExpressionAttributeValues");
    transact->in_values = true;
    return transact->json;
}

struct json_writer *transact_update(struct transact *transact, enum effect effect, size_t index,
                                    const struct layout_key *key, const char *update, const char *condition)
{
    begin_action(transact, "Update", effect, index, key);
    write_key(transact, key);
    emit_member_string(transact->json, "UpdateExpression", update);
    if (*condition != '\0') {
        emit_member_string(transact->json, "ConditionExpression", condition);
    }
    if (strstr(update, "#ttl") != NULL) { /* a reserved word */
        dynamodb_begin_map(transact->json, "ExpressionAttributeNames");
        emit_member_string(transact->json, "#ttl", "ttl");
        dynamodb_end_map(transact->json);
    }
    return open_values(transact);
}

void transact_delete(struct transact *transact, enum effect effect, size_t index,
                     const struct layout_key *key)
{
    begin_action(transact, "Delete", effect, index, key);
    write_key(transact, key);
}

void transact_check(struct transact *transact, enum effect effect, size_t index, const struct layout_key *key)
{
    begin_action(transact, "ConditionCheck", effect, index, key);
    write_key(transact, key);
}

void transact_condition(struct transact *transact, const char *condition)
{
    if (transact->in_item) {
        dynamodb_end_map(transact->json);
        transact->in_item = false;
    }
    emit_member_string(transact->json, "ConditionExpression", condition);
}

struct json_writer *transact_condition_values(struct transact *transact, const char *condition)
{
    transact_condition(transact, condition);
    return open_values(transact);
}

void transact_end(struct transact *transact)
{
    if (transact->in_item || transact->in_values) {
        dynamodb_end_map(transact->json);
    }
    transact->in_item = transact->in_values = false;
    emit_member_string(transact->json, "ReturnValuesOnConditionCheckFailure", "ALL_OLD");
    emit_end_object(transact->json);
    emit_end_object(transact->json);
}

enum dynamodb_outcome transact_send(struct transact *transact, int64_t deadline_us,
                                    struct dynamodb_answer *answer)
{
    *answer = (struct dynamodb_answer){.outcome = DYNAMODB_REFUSED};
    if (transact->overfull) {
        struct log_line line = log_begin(LOG_ERROR, "ledger_transaction_overfull");
        log_int(&line, "last_effect", transact->actions[transact->count - 1].effect);
        log_end(&line);
        return DYNAMODB_REFUSED;
    }
    if (!transact->is_ended) {
        const struct id token = id_new();
        char text[ID_TEXT_SIZE];
        emit_end_array(transact->json);
        emit_member_string(transact->json, "ClientRequestToken", id_format(&token, text));
        transact->is_ended = true;
    }
    transact->request.deadline_us = deadline_us;
    return dynamodb_send(transact->ledger->client, &transact->request, answer);
}
