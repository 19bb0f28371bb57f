#include "ledger/dynamodb/terms.h"

#include "base/clock.h"
#include "ledger/dynamodb/work.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH_TRIES 8

/* The terms of one document under one tag. */
struct tagged {
    enum ledger_kind kind;
    struct id id;
    const char *const *terms;
    size_t count;
    const char *tag;
};

/* --- many at once --- */

static void write_term(struct json_writer *json, const struct tagged *tagged, const char *term, bool put)
{
    const struct layout_key key = layout_term(tagged->kind, term, &tagged->id, tagged->tag);
    emit_begin_object(json);
    dynamodb_begin_map(json, put ? "PutRequest" : "DeleteRequest");
    dynamodb_begin_map(json, put ? "Item" : "Key");
    ledger_dynamodb_put_key(json, &key);
    if (put) {
        ledger_dynamodb_put_id(json, "id", &tagged->id);
    }
    dynamodb_end_map(json);
    dynamodb_end_map(json);
    emit_end_object(json);
}

/* Sends a batch, and again what the service left of it. */
static enum status send_batch(const struct ledger_dynamodb *ledger, const struct tagged *tagged,
                              const char *const *terms, size_t count, bool put, struct arena *arena)
{
    const int64_t deadline_us = clock_monotonic_us() + LEDGER_DYNAMODB_DEADLINE_MS * 1000LL;
    char *left = NULL;
    enum status status = STATUS_OVERLOADED;
    for (unsigned tries = 0; tries < BATCH_TRIES; tries++) {
        struct dynamodb_request request;
        struct dynamodb_answer answer;
        struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_BATCH_WRITE_ITEM);
        emit_name(json, "RequestItems");
        if (left != NULL) {
            emit_raw(json, left, strlen(left));
        } else {
            emit_begin_object(json);
            emit_name(json, ledger->tables[layout_table_of(tagged->kind)]);
            emit_begin_array(json);
            for (size_t i = 0; i < count; i++) {
                write_term(json, tagged, terms[i], put);
            }
            emit_end_array(json);
            emit_end_object(json);
        }
        free(left);
        left = NULL;
        status = dynamodb_status(dynamodb_send(ledger->client, &request, &answer));
        const json_t *unprocessed = json_object_get(answer.json, "UnprocessedItems");
        if (status == STATUS_OK && json_object_size(unprocessed) > 0) {
            left = json_dumps(unprocessed, JSON_COMPACT);
        }
        dynamodb_answer_free(&answer);
        if (status != STATUS_OK || left == NULL || !ledger_dynamodb_pause(tries, deadline_us)) {
            break;
        }
    }
    status = left != NULL ? STATUS_OVERLOADED : status;
    free(left);
    return status;
}

/* The service refuses a batch in which a key comes twice. */
static bool comes_again(const struct tagged *tagged, size_t at)
{
    for (size_t i = at + 1; i < tagged->count; i++) {
        if (strncmp(tagged->terms[i], tagged->terms[at], LEDGER_TERM_MAX) == 0) {
            return true;
        }
    }
    return false;
}

static enum status write_all(const struct ledger_dynamodb *ledger, const struct tagged *tagged, bool put,
                             struct arena *arena)
{
    const char *batch[DYNAMODB_BATCH_PUT_MAX];
    size_t count = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < tagged->count; i++) {
        if (comes_again(tagged, i) || *tagged->terms[i] == '\0') {
            continue;
        }
        batch[count++] = tagged->terms[i];
        if (count == DYNAMODB_BATCH_PUT_MAX) {
            status = send_batch(ledger, tagged, batch, count, put, arena);
            count = 0;
        }
    }
    return status == STATUS_OK && count > 0 ? send_batch(ledger, tagged, batch, count, put, arena) : status;
}

/* --- notes --- */

static void put_note(struct json_writer *json, const struct tagged *tagged, int64_t until_ms)
{
    dynamodb_put_n(json, "kd", tagged->kind);
    ledger_dynamodb_put_id(json, "di", &tagged->id);
    dynamodb_put_s(json, "tg", tagged->tag);
    dynamodb_put_n(json, "un", until_ms);
    dynamodb_begin_list(json, "ts");
    for (size_t i = 0; i < tagged->count; i++) {
        dynamodb_put_s_n(json, NULL, tagged->terms[i], strnlen(tagged->terms[i], LEDGER_TERM_MAX));
    }
    dynamodb_end_list(json);
}

static enum status write_note(const struct acting *acting, const struct id *work, const struct tagged *tagged,
                              int64_t until_ms)
{
    const struct layout_key key = layout_work(TERMS_WORK, work);
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, acting->arena, DYNAMODB_PUT_ITEM);
    emit_member_string(json, "TableName", acting->ledger->tables[key.table]);
    dynamodb_begin_map(json, "Item");
    ledger_dynamodb_put_key(json, &key);
    put_note(json, tagged, until_ms);
    dynamodb_end_map(json);
    request.idempotent = true;
    const enum dynamodb_outcome outcome = dynamodb_send(acting->ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
    return dynamodb_status(outcome);
}

static struct tagged new_terms(const struct acting_document *document)
{
    return (struct tagged){
        .kind = document->kind,
        .id = document->id,
        .terms = document->write->terms,
        .count = document->write->term_count,
        .tag = document->tag,
    };
}

static struct tagged old_terms(const struct acting_document *document)
{
    return (struct tagged){
        .kind = document->kind,
        .id = document->id,
        .terms = document->old_terms,
        .count = document->old_term_count,
        .tag = document->old_tag,
    };
}

/* --- before, in and after the act --- */

static bool same_terms(const struct acting_document *document)
{
    const struct ledger_write *write = document->write;
    bool same = write->term_count == document->old_term_count;
    for (size_t i = 0; same && i < write->term_count; i++) {
        same = strncmp(write->terms[i], document->old_terms[i], LEDGER_TERM_MAX) == 0;
    }
    return same;
}

static bool drops_terms(const struct acting_document *document)
{
    return *document->old_tag != '\0' && strcmp(document->old_tag, document->tag) != 0;
}

static void new_tag(char tag[static TAG_SIZE])
{
    uint64_t random;
    random_fill(&random, sizeof random);
    snprintf(tag, TAG_SIZE, "%016" PRIx64, random);
}

static enum status prepare(struct acting *acting, struct acting_document *document)
{
    const struct ledger_write *write = document->write;
    document->old_work = id_new();
    if (write->remove || write->term_count == 0) {
        *document->tag = '\0';
        return STATUS_OK;
    }
    if (same_terms(document)) {
        snprintf(document->tag, sizeof document->tag, "%s", document->old_tag);
        return STATUS_OK;
    }
    new_tag(document->tag);
    document->work = id_new();
    document->work_until_ms = ledger_dynamodb_now_ms(acting->ledger) + TERMS_LEASE_MS;
    const struct tagged tagged = new_terms(document);
    enum status status = write_note(acting, &document->work, &tagged, document->work_until_ms);
    if (status == STATUS_OK) {
        document->new_terms = true;
        status = write_all(acting->ledger, &tagged, true, acting->arena);
    }
    return status;
}

enum status terms_prepare(struct acting *acting)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < acting->document_count; i++) {
        if (acting->documents[i].write != NULL && !acting->documents[i].new_terms) {
            status = prepare(acting, &acting->documents[i]);
        }
    }
    return status;
}

void terms_write(struct acting *acting, struct transact *transact, const struct acting_document *document)
{
    if (document->new_terms) {
        const struct layout_key key = layout_work(TERMS_WORK, &document->work);
        transact_delete(transact, EFFECT_WORK, document->write_index, &key);
        transact_condition(transact, "attribute_exists(pk) AND attribute_not_exists(dd)");
        transact_end(transact);
    }
    if (drops_terms(document)) {
        const struct layout_key key = layout_work(TERMS_WORK, &document->old_work);
        const struct tagged tagged = old_terms(document);
        put_note(transact_put(transact, EFFECT_WORK, document->write_index, &key), &tagged,
                 ledger_dynamodb_now_ms(acting->ledger) + TERMS_LEASE_MS);
        transact_end(transact);
    }
}

static void drop(const struct acting *acting, const struct tagged *tagged, const struct id *work)
{
    const struct layout_key key = layout_work(TERMS_WORK, work);
    if (write_all(acting->ledger, tagged, false, acting->arena) == STATUS_OK) {
        (void)work_delete(acting->ledger, &key, acting->arena);
    }
}

/* Of an act that was not committed, as far as anybody knows: one whose answer was lost may have been, and may
 * yet be. Then its note went with it, or it cannot go any more once the note is marked. */
static void drop_new(const struct acting *acting, const struct acting_document *document)
{
    const struct tagged tagged = new_terms(document);
    const struct layout_key key = layout_work(TERMS_WORK, &document->work);
    if (work_mark(acting->ledger, &key, document->work_until_ms, acting->arena) == STATUS_OK) {
        drop(acting, &tagged, &document->work);
    }
}

void terms_settle(struct acting *acting, bool committed)
{
    for (size_t i = 0; i < acting->document_count; i++) {
        const struct acting_document *document = &acting->documents[i];
        if (document->write == NULL) {
            continue;
        }
        if (committed && drops_terms(document)) {
            const struct tagged tagged = old_terms(document);
            drop(acting, &tagged, &document->old_work);
        } else if (!committed && document->new_terms) {
            drop_new(acting, document);
        }
    }
}

/* --- the sweeper --- */

enum status terms_sweep(const struct ledger_dynamodb *ledger, const json_t *note, struct arena *arena)
{
    struct layout_key key;
    struct tagged tagged = {.kind = (enum ledger_kind)dynamodb_n(note, "kd"), .tag = dynamodb_s(note, "tg")};
    if (!work_key(note, &key) || tagged.tag == NULL || !ledger_dynamodb_id(note, "di", &tagged.id)) {
        return STATUS_INTERNAL_ERROR;
    }
    enum status status = work_mark(ledger, &key, dynamodb_n(note, "un"), arena);
    if (status != STATUS_OK) {
        return status;
    }
    const json_t *list = dynamodb_l(note, "ts"), *value;
    const char **terms = arena_zeroed(arena, json_array_size(list), sizeof *terms);
    size_t at;
    json_array_foreach(list, at, value)
    {
        const char *term = dynamodb_value_s(value);
        terms[tagged.count++] = term == NULL ? "" : term;
    }
    tagged.terms = terms;
    status = write_all(ledger, &tagged, false, arena);
    return status == STATUS_OK ? work_delete(ledger, &key, arena) : status;
}
