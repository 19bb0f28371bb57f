#include "ledger/dynamodb/forget.h"

#include "base/clock.h"
#include "ledger/dynamodb/work.h"

#define LEASE_MS 60000

/* --- by the act --- */

static struct layout_key note_of(const struct ledger_write *write)
{
    return layout_work(FORGET_WORK, &write->document.id);
}

void forget_write(struct acting *acting, struct transact *transact)
{
    for (size_t i = 0; i < acting->act->write_count; i++) {
        const struct ledger_write *write = &acting->act->writes[i];
        if (!write->forget) {
            continue;
        }
        const struct layout_key key = note_of(write);
        struct json_writer *json = transact_put(transact, EFFECT_WORK, i, &key);
        dynamodb_put_n(json, "kd", write->document.kind);
        ledger_dynamodb_put_id(json, "di", &write->document.id);
        dynamodb_put_n(json, "un", ledger_dynamodb_now_ms(acting->ledger) + LEASE_MS);
        transact_end(transact);
    }
}

/* --- after it --- */

/* The detail of one act goes; one that has none, or is not there, is left alone. */
static enum status strip(const struct ledger_dynamodb *ledger, const struct id *act, struct arena *arena)
{
    const struct layout_key key = layout_act(act);
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_UPDATE_ITEM);
    ledger_dynamodb_name_item(ledger, json, &key);
    emit_member_string(json, "UpdateExpression", "REMOVE dt");
    emit_member_string(json, "ConditionExpression", "attribute_exists(dt)");
    request.idempotent = true;
    const enum dynamodb_outcome outcome = dynamodb_send(ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
    return outcome == DYNAMODB_CONDITION_FAILED ? STATUS_OK : dynamodb_status(outcome);
}

static enum status strip_rows(const struct ledger_dynamodb *ledger, const void *bytes, size_t length,
                              struct arena *arena)
{
    struct packed_reader reader = packed_reader(bytes, bytes == NULL ? 0 : length);
    struct packed_entry entry;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && packed_next_entry(&reader, &entry)) {
        if (entry.maker == PACKED_ACT) {
            status = strip(ledger, &entry.act, arena);
        }
    }
    return status;
}

/* Head, body and pages are one partition. */
static enum status strip_item(const struct ledger_dynamodb *ledger, const json_t *item, struct arena *arena)
{
    size_t at, length;
    const json_t *row;
    const void *page = dynamodb_b(item, "en", arena, &length);
    enum status status = strip_rows(ledger, page, length, arena);
    json_array_foreach(dynamodb_l(item, "rc"), at, row)
    {
        if (status == STATUS_OK) {
            const void *bytes = dynamodb_value_b(row, arena, &length);
            status = strip_rows(ledger, bytes, length, arena);
        }
    }
    return status;
}

static enum status forget(const struct ledger_dynamodb *ledger, enum ledger_kind kind, const struct id *id,
                          struct arena *arena)
{
    const struct layout_key key = layout_document(kind, id);
    struct dynamodb_query query = {.table = key.table, .hash = key.pk, .projection = "sk, en, rc"};
    json_t *after = NULL;
    enum status status;
    do {
        struct dynamodb_answer answer;
        const json_t *item;
        size_t at;
        query.after = after;
        status = ledger_dynamodb_query(ledger, &query, arena, &answer);
        json_decref(after);
        after = json_incref(json_object_get(answer.json, "LastEvaluatedKey"));
        json_array_foreach(json_object_get(answer.json, "Items"), at, item)
        {
            status = status == STATUS_OK ? strip_item(ledger, item, arena) : status;
        }
        dynamodb_answer_free(&answer);
    } while (status == STATUS_OK && after != NULL);
    json_decref(after);
    return status;
}

void forget_settle(struct acting *acting)
{
    for (size_t i = 0; i < acting->act->write_count; i++) {
        const struct ledger_write *write = &acting->act->writes[i];
        const struct layout_key key = note_of(write);
        if (write->forget &&
            forget(acting->ledger, write->document.kind, &write->document.id, acting->arena) == STATUS_OK) {
            (void)work_delete(acting->ledger, &key, acting->arena);
        }
    }
}

enum status forget_sweep(const struct ledger_dynamodb *ledger, const json_t *note, struct arena *arena)
{
    struct layout_key key;
    struct id id;
    if (!work_key(note, &key) || !ledger_dynamodb_id(note, "di", &id)) {
        return STATUS_INTERNAL_ERROR;
    }
    const enum status status = forget(ledger, (enum ledger_kind)dynamodb_n(note, "kd"), &id, arena);
    return status == STATUS_OK ? work_delete(ledger, &key, arena) : status;
}
