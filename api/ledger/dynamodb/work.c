#include "ledger/dynamodb/work.h"

#include "base/clock.h"
#include "base/log.h"
#include "ledger/dynamodb/forget.h"
#include "ledger/dynamodb/intents.h"
#include "ledger/dynamodb/terms.h"

#include <stdio.h>
#include <string.h>

#define SWEEP_LEASE_MS 60000

bool work_key(const json_t *note, struct layout_key *key)
{
    const char *pk = dynamodb_s(note, "pk"), *sk = dynamodb_s(note, "sk");
    *key = (struct layout_key){.table = LAYOUT_TRANSACTIONS};
    if (pk == NULL || sk == NULL) {
        return false;
    }
    snprintf(key->pk, sizeof key->pk, "%s", pk);
    snprintf(key->sk, sizeof key->sk, "%s", sk);
    return true;
}

enum status work_mark(const struct ledger_dynamodb *ledger, const struct layout_key *key, int64_t until_ms,
                      struct arena *arena)
{
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_UPDATE_ITEM);
    ledger_dynamodb_name_item(ledger, json, key);
    emit_member_string(json, "UpdateExpression", "SET dd = :one, un = :un");
    emit_member_string(json, "ConditionExpression", "un = :was");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    dynamodb_put_n(json, ":one", 1);
    dynamodb_put_n(json, ":un", ledger_dynamodb_now_ms(ledger) + SWEEP_LEASE_MS);
    dynamodb_put_n(json, ":was", until_ms);
    dynamodb_end_map(json);
    const enum dynamodb_outcome outcome = dynamodb_send(ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
    return outcome == DYNAMODB_CONDITION_FAILED ? STATUS_NOT_FOUND : dynamodb_status(outcome);
}

enum status work_delete(const struct ledger_dynamodb *ledger, const struct layout_key *key,
                        struct arena *arena)
{
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_DELETE_ITEM);
    ledger_dynamodb_name_item(ledger, json, key);
    request.idempotent = true;
    const enum dynamodb_outcome outcome = dynamodb_send(ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
    return dynamodb_status(outcome);
}

/* --- sweeping --- */

static const struct {
    const char *what;
    enum status (*sweep)(const struct ledger_dynamodb *ledger, const json_t *note, struct arena *arena);
} kinds[] = {
    {TERMS_WORK "#", terms_sweep},
    {FORGET_WORK "#", forget_sweep},
    {INTENT_OF_RECORD "#", intent_sweep},
    {INTENT_OF_ACT "#", intent_sweep},
};

static enum status sweep_one(const struct ledger_dynamodb *ledger, const json_t *note, struct arena *arena)
{
    const char *sk = dynamodb_s(note, "sk");
    for (size_t i = 0; sk != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(sk, kinds[i].what, strlen(kinds[i].what)) == 0) {
            struct log_line line = log_begin(LOG_WARNING, "ledger_work_taken_up");
            log_text(&line, "work", sk);
            const enum status status = kinds[i].sweep(ledger, note, arena);
            log_text(&line, "status", status_code(status));
            log_end(&line);
            return status;
        }
    }
    return STATUS_OK; /* of a newer version */
}

enum status work_sweep(const struct ledger_dynamodb *ledger, struct arena *arena)
{
    const struct dynamodb_query query = {.table = LAYOUT_TRANSACTIONS, .hash = "I"};
    struct dynamodb_answer answer;
    enum status status = ledger_dynamodb_query(ledger, &query, arena, &answer);
    const json_t *note;
    size_t at;
    json_array_foreach(json_object_get(answer.json, "Items"), at, note)
    {
        if (dynamodb_n(note, "un") <= ledger_dynamodb_now_ms(ledger)) {
            const enum status swept = sweep_one(ledger, note, arena);
            status = status == STATUS_OK && swept != STATUS_NOT_FOUND ? swept : status;
        }
    }
    dynamodb_answer_free(&answer);
    return status;
}
