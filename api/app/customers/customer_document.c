#include "app/customers/customer_document.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define TAG_DIGITS 16

/* As the contract orders them. */
static const char *const members[] = {
    "merged_into",   "merged_ids", "erased_at", "name",          "first_name", "last_name",
    "company",       "phone",      "email",     "address",       "birthday",   "group_ids",
    "tax_exemption", "notes",      "consent",   "account_limit",
};

#define MEMBERS (sizeof members / sizeof members[0])

enum status customer_read_document(struct call *call, const struct id *id, struct ledger_document *document)
{
    const struct ledger *ledger = call->app->ledger;
    const enum status status = ledger->ops->document_read(ledger, LEDGER_CUSTOMER, id, call->arena, document);
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_CUSTOMER_NOT_FOUND : status;
}

/* A merge goes to an active customer, which may be merged later: a chain, never a ring. */
enum status customer_read_whole(struct call *call, const struct id *id, struct ledger_document *document)
{
    enum status status = customer_read_document(call, id, document);
    for (int steps = 0; status == STATUS_OK && customer_is(document, CUSTOMER_MERGED); steps++) {
        json_t *body = customer_body_load(document);
        struct id next;
        const bool leads_on = customer_body_id(body, "merged_into", &next);
        json_decref(body);
        if (!leads_on || steps == LEDGER_CUSTOMERS_MAX) {
            return detail_set(&call->detail, STATUS_INTERNAL_ERROR, "A merged customer leads nowhere.");
        }
        status = customer_read_document(call, &next, document);
    }
    return status;
}

bool customer_is(const struct ledger_document *document, const char *state)
{
    return strcmp(document->state, state) == 0;
}

json_t *customer_body_load(const struct ledger_document *document)
{
    json_t *body = json_loadb(document->body, document->body_length, 0, NULL);
    if (!json_is_object(body)) {
        abort(); /* we wrote it */
    }
    return body;
}

void customer_body_set(struct arena *arena, const json_t *body, struct ledger_document *document)
{
    json_t *ordered = json_object();
    for (size_t i = 0; i < MEMBERS; i++) {
        json_t *value = json_object_get(body, members[i]);
        if (value != NULL && !json_is_null(value)) {
            json_object_set(ordered, members[i], value);
        }
    }
    char *text = json_dumps(ordered, JSON_COMPACT);
    json_decref(ordered);
    if (text == NULL) {
        abort(); /* of valid strings and integers; or there is no memory */
    }
    document->body_length = strlen(text);
    document->body = arena_copy_n(arena, text, document->body_length);
    free(text);
}

static void emit_time(struct json_writer *json, const char *name, int64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];
    emit_member_string(json, name, clock_format(time_ms, text));
}

void customer_emit(struct json_writer *json, const struct ledger_document *document)
{
    char id[ID_TEXT_SIZE];
    const int64_t *balances = document->balances;
    emit_begin_object(json);
    emit_member_string(json, "id", id_format(&document->id, id));
    emit_member_int(json, "version", document->version);
    emit_time(json, "created_at", document->created_at_ms);
    emit_time(json, "updated_at", document->updated_at_ms);
    emit_member_string(json, "state", document->state);
    emit_members(json, document->body, document->body_length);
    emit_member_int(json, "visits", balances[LEDGER_CUSTOMER_VISITS]);
    emit_member_int(json, "spent", balances[LEDGER_CUSTOMER_SPENT]);
    if (document->recorded_at_ms != 0) {
        emit_time(json, "last_visit_at", document->recorded_at_ms);
    }
    emit_member_int(json, "store_credit", balances[LEDGER_CUSTOMER_STORE_CREDIT]);
    emit_member_int(json, "account_balance", -balances[LEDGER_CUSTOMER_ACCOUNT]);
    emit_member_int(json, "points", balances[LEDGER_CUSTOMER_POINTS]);
    emit_end_object(json);
}

void customer_answer(struct call *call, const struct ledger_document *document)
{
    char digits[HASH_TEXT_SIZE];
    struct text body = arena_text(call->arena, document->body_length + 512);
    struct json_writer json = json_writer(&body);
    customer_emit(&json, document);
    const struct hash hash = hash_of(body.data, body.length);
    call_answer_text(call, &body);
    call->answer.etag = arena_printf(call->arena, "\"%lld-%.*s\"", (long long)document->version, TAG_DIGITS,
                                     hash_format(&hash, digits));
}

enum status customer_check_active(struct call *call, const struct ledger_document *document)
{
    if (customer_is(document, CUSTOMER_ACTIVE)) {
        return STATUS_OK;
    }
    if (customer_is(document, CUSTOMER_ERASED)) {
        return detail_set(&call->detail, STATUS_CUSTOMER_ERASED, "This customer was erased.");
    }
    json_t *body = customer_body_load(document);
    const char *into = json_string_value(json_object_get(body, "merged_into"));
    (void)detail_set(&call->detail, STATUS_CUSTOMER_MERGED, "This customer is part of the customer %s now.",
                     into == NULL ? "?" : into);
    json_decref(body);
    return STATUS_CUSTOMER_MERGED;
}

struct ledger_write customer_write(struct arena *arena, const struct ledger_document *document,
                                   const json_t *body, struct customer_terms *terms)
{
    struct ledger_write write = {.document = *document, .expected_version = document->version};
    customer_body_set(arena, body, &write.document);
    customer_terms_of(body, arena, terms);
    write.terms = terms->terms;
    write.term_count = terms->count;
    return write;
}

bool customer_body_id(const json_t *body, const char *name, struct id *id)
{
    const char *text = json_string_value(json_object_get(body, name));
    return text != NULL && id_parse(text, id);
}

void customer_all_ids(const struct ledger_document *document, struct customer_ids *ids)
{
    json_t *body = customer_body_load(document);
    ids->count = 1;
    ids->ids[0] = document->id;
    size_t index;
    json_t *merged;
    json_array_foreach(json_object_get(body, "merged_ids"), index, merged)
    {
        if (ids->count < LEDGER_CUSTOMERS_MAX && id_parse(json_string_value(merged), &ids->ids[ids->count])) {
            ids->count++;
        }
    }
    json_decref(body);
}
