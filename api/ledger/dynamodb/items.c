/*
 * Items: reading them, and what their attributes are to the port.
 */
#include "ledger/dynamodb/internal.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_BASE_US 10000
#define PAUSE_MAX_US  500000
#define GET_TRIES     8 /* of keys that the service leaves unprocessed */

bool ledger_dynamodb_pause(unsigned tries, int64_t deadline_us)
{
    const unsigned doublings = tries < 6 ? tries : 6;
    int64_t most_us = (int64_t)PAUSE_BASE_US << doublings;
    uint32_t random;
    random_fill(&random, sizeof random);
    most_us = most_us > PAUSE_MAX_US ? PAUSE_MAX_US : most_us;
    const int64_t wait_us = 1000 + random % most_us;
    if (clock_monotonic_us() + wait_us >= deadline_us) {
        return false;
    }
    nanosleep(&(struct timespec){.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000}, NULL);
    return true;
}

enum status ledger_dynamodb_read(const struct ledger_dynamodb *ledger, struct dynamodb_request *request,
                                 int64_t patience_ms, struct dynamodb_answer *answer)
{
    const int64_t until_us = clock_monotonic_us() + patience_ms * 1000;
    for (unsigned tries = 0;; tries++) {
        const enum status status = dynamodb_status(dynamodb_send(ledger->client, request, answer));
        if (!status_is_of_storage(status) || !ledger_dynamodb_pause(tries, until_us)) {
            return status;
        }
        dynamodb_answer_free(answer);
    }
}

void ledger_dynamodb_put_key(struct json_writer *json, const struct layout_key *key)
{
    dynamodb_put_s(json, "pk", key->pk);
    dynamodb_put_s(json, "sk", key->sk);
}

void ledger_dynamodb_name_item(const struct ledger_dynamodb *ledger, struct json_writer *json,
                               const struct layout_key *key)
{
    emit_member_string(json, "TableName", ledger->tables[key->table]);
    dynamodb_begin_map(json, "Key");
    ledger_dynamodb_put_key(json, key);
    dynamodb_end_map(json);
}

enum status ledger_dynamodb_get(const struct ledger_dynamodb *ledger, const struct layout_key *key,
                                struct arena *arena, struct dynamodb_answer *answer, const json_t **item)
{
    struct dynamodb_request request;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_GET_ITEM);
    ledger_dynamodb_name_item(ledger, json, key);
    emit_member_bool(json, "ConsistentRead", true);
    const enum status status = ledger_dynamodb_read(ledger, &request, ledger->patience_ms, answer);
    *item = json_object_get(answer->json, "Item");
    return status;
}

/* --- many --- */

/* A part of a BatchGetItem: at most DYNAMODB_BATCH_GET_MAX keys. */
struct batch {
    const struct ledger_dynamodb *ledger;
    const struct layout_key *keys;
    const json_t **items;
    bool *asked; /* and answered, or known not to be there */
    size_t count;
    struct arena *arena;
};

static void write_batch(const struct batch *batch, struct json_writer *json)
{
    dynamodb_begin_map(json, "RequestItems");
    for (int table = 0; table < LAYOUT_TABLES; table++) {
        bool any = false;
        for (size_t i = 0; i < batch->count; i++) {
            if ((int)batch->keys[i].table != table || batch->asked[i]) {
                continue;
            }
            if (!any) {
                dynamodb_begin_map(json, batch->ledger->tables[table]);
                emit_member_bool(json, "ConsistentRead", true);
                emit_name(json, "Keys");
                emit_begin_array(json);
                any = true;
            }
            emit_begin_object(json);
            ledger_dynamodb_put_key(json, &batch->keys[i]);
            emit_end_object(json);
        }
        if (any) {
            emit_end_array(json);
            dynamodb_end_map(json);
        }
    }
    dynamodb_end_map(json);
}

static size_t find_key(const struct batch *batch, int table, const json_t *item)
{
    const char *pk = dynamodb_s(item, "pk"), *sk = dynamodb_s(item, "sk");
    for (size_t i = 0; pk != NULL && sk != NULL && i < batch->count; i++) {
        if ((int)batch->keys[i].table == table && strcmp(batch->keys[i].pk, pk) == 0 &&
            strcmp(batch->keys[i].sk, sk) == 0) {
            return i;
        }
    }
    return batch->count;
}

/* Takes what came; how many keys the service left for another time. */
static size_t take_batch(const struct batch *batch, const json_t *answer)
{
    const json_t *responses = json_object_get(answer, "Responses");
    const json_t *left = json_object_get(answer, "UnprocessedKeys");
    size_t remaining = 0;
    for (size_t i = 0; i < batch->count; i++) {
        batch->asked[i] = true;
    }
    for (int table = 0; table < LAYOUT_TABLES; table++) {
        const char *name = batch->ledger->tables[table];
        const json_t *item;
        size_t at;
        json_array_foreach(json_object_get(responses, name), at, item)
        {
            const size_t found = find_key(batch, table, item);
            if (found < batch->count) {
                batch->items[found] = item;
            }
        }
        json_array_foreach(json_object_get(json_object_get(left, name), "Keys"), at, item)
        {
            const size_t found = find_key(batch, table, item);
            if (found < batch->count) {
                batch->asked[found] = false;
                remaining++;
            }
        }
    }
    return remaining;
}

static struct dynamodb_answer *next_answer(struct dynamodb_items *items)
{
    struct dynamodb_answer *grown = realloc(items->answers,
                                            (items->answer_count + 1) * sizeof *items->answers);
    if (grown == NULL) {
        abort(); /* as the arena does */
    }
    items->answers = grown;
    grown[items->answer_count] = (struct dynamodb_answer){0};
    return &grown[items->answer_count++];
}

static enum status get_batch(const struct batch *batch, struct dynamodb_items *items)
{
    const int64_t patience_ms = batch->ledger->patience_ms;
    const int64_t deadline_us = clock_monotonic_us() +
                                (patience_ms > 0 ? patience_ms : LEDGER_DYNAMODB_DEADLINE_MS) * 1000;
    for (unsigned tries = 0; tries < GET_TRIES || patience_ms > 0; tries++) {
        struct dynamodb_request request;
        write_batch(batch, dynamodb_begin(&request, batch->arena, DYNAMODB_BATCH_GET_ITEM));
        struct dynamodb_answer *answer = next_answer(items);
        const enum status status = ledger_dynamodb_read(batch->ledger, &request, patience_ms, answer);
        if (status != STATUS_OK) {
            return status;
        }
        if (take_batch(batch, answer->json) == 0) {
            return STATUS_OK;
        }
        if (!ledger_dynamodb_pause(tries, deadline_us)) {
            break;
        }
    }
    return STATUS_OVERLOADED;
}

enum status ledger_dynamodb_get_all(const struct ledger_dynamodb *ledger, const struct layout_key *keys,
                                    size_t count, struct arena *arena, struct dynamodb_items *items)
{
    *items = (struct dynamodb_items){.items = arena_zeroed(arena, count, sizeof *items->items),
                                     .count = count};
    bool *asked = arena_zeroed(arena, count, sizeof *asked);
    enum status status = STATUS_OK;
    for (size_t from = 0; status == STATUS_OK && from < count; from += DYNAMODB_BATCH_GET_MAX) {
        const struct batch batch = {
            .ledger = ledger,
            .keys = keys + from,
            .items = items->items + from,
            .asked = asked + from,
            .count = count - from < DYNAMODB_BATCH_GET_MAX ? count - from : DYNAMODB_BATCH_GET_MAX,
            .arena = arena,
        };
        status = get_batch(&batch, items);
    }
    return status;
}

void ledger_dynamodb_items_free(struct dynamodb_items *items)
{
    for (size_t i = 0; i < items->answer_count; i++) {
        dynamodb_answer_free(&items->answers[i]);
    }
    free(items->answers);
    *items = (struct dynamodb_items){0};
}

static enum status delete_batch(const struct ledger_dynamodb *ledger, const struct layout_key *keys,
                                size_t count, struct arena *arena)
{
    const int64_t deadline_us = clock_monotonic_us() + LEDGER_DYNAMODB_DEADLINE_MS * 1000LL;
    for (unsigned tries = 0; tries < GET_TRIES; tries++) {
        struct dynamodb_request request;
        struct dynamodb_answer answer;
        struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_BATCH_WRITE_ITEM);
        dynamodb_begin_map(json, "RequestItems");
        emit_name(json, ledger->tables[keys->table]);
        emit_begin_array(json);
        for (size_t i = 0; i < count; i++) {
            emit_begin_object(json);
            dynamodb_begin_map(json, "DeleteRequest");
            dynamodb_begin_map(json, "Key");
            ledger_dynamodb_put_key(json, &keys[i]);
            dynamodb_end_map(json);
            dynamodb_end_map(json);
            emit_end_object(json);
        }
        emit_end_array(json);
        dynamodb_end_map(json);
        const enum dynamodb_outcome outcome = dynamodb_send(ledger->client, &request, &answer);
        const bool whole = json_object_size(json_object_get(answer.json, "UnprocessedItems")) == 0;
        dynamodb_answer_free(&answer);
        if (outcome != DYNAMODB_OK || whole) {
            return dynamodb_status(outcome);
        }
        if (!ledger_dynamodb_pause(tries, deadline_us)) {
            break;
        }
    }
    return STATUS_OVERLOADED;
}

enum status ledger_dynamodb_delete_all(const struct ledger_dynamodb *ledger, const struct layout_key *keys,
                                       size_t count, struct arena *arena)
{
    enum status status = STATUS_OK;
    for (size_t from = 0; status == STATUS_OK && from < count; from += DYNAMODB_BATCH_PUT_MAX) {
        const size_t left = count - from;
        status = delete_batch(ledger, keys + from,
                              left < DYNAMODB_BATCH_PUT_MAX ? left : DYNAMODB_BATCH_PUT_MAX, arena);
    }
    return status;
}

/* --- queries --- */

static void write_condition(const struct dynamodb_query *query, struct json_writer *json)
{
    const char *condition = "#h = :h";
    if (query->from != NULL && query->to != NULL) {
        condition = "#h = :h AND #r BETWEEN :f AND :t";
    } else if (query->from != NULL) {
        condition = "#h = :h AND #r >= :f";
    } else if (query->to != NULL) {
        condition = "#h = :h AND #r <= :t";
    }
    const bool ranged = query->from != NULL || query->to != NULL;
    emit_member_string(json, "KeyConditionExpression", condition);
    dynamodb_begin_map(json, "ExpressionAttributeNames");
    emit_member_string(json, "#h", query->hash_name == NULL ? "pk" : query->hash_name);
    if (ranged) {
        emit_member_string(json, "#r", query->range_name == NULL ? "sk" : query->range_name);
    }
    dynamodb_end_map(json);
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    dynamodb_put_s(json, ":h", query->hash);
    if (query->from != NULL) {
        dynamodb_put_s(json, ":f", query->from);
    }
    if (query->to != NULL) {
        dynamodb_put_s(json, ":t", query->to);
    }
    dynamodb_end_map(json);
}

static void write_after(struct json_writer *json, const json_t *after)
{
    char *text = json_dumps(after, JSON_COMPACT);
    if (text != NULL) {
        emit_name(json, "ExclusiveStartKey");
        emit_raw(json, text, strlen(text));
    }
    free(text);
}

enum status ledger_dynamodb_query(const struct ledger_dynamodb *ledger, const struct dynamodb_query *query,
                                  struct arena *arena, struct dynamodb_answer *answer)
{
    struct dynamodb_request request;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_QUERY);
    emit_member_string(json, "TableName", ledger->tables[query->table]);
    if (query->index != NULL) {
        emit_member_string(json, "IndexName", query->index);
    } else {
        emit_member_bool(json, "ConsistentRead", true);
    }
    write_condition(query, json);
    if (query->newest_first) {
        emit_member_bool(json, "ScanIndexForward", false);
    }
    if (query->limit > 0) {
        emit_member_int(json, "Limit", (int64_t)query->limit);
    }
    if (query->projection != NULL) {
        emit_member_string(json, "ProjectionExpression", query->projection);
    }
    if (query->after != NULL) {
        write_after(json, query->after);
    }
    return ledger_dynamodb_read(ledger, &request, ledger->patience_ms, answer);
}

/* --- attributes --- */

bool ledger_dynamodb_id(const json_t *item, const char *name, struct id *id)
{
    const char *text = dynamodb_s(item, name);
    return text != NULL && id_parse(text, id);
}

void ledger_dynamodb_put_id(struct json_writer *json, const char *name, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    dynamodb_put_s(json, name, id_format(id, text));
}

struct hash ledger_dynamodb_hash(const json_t *item, const char *name, struct arena *arena)
{
    struct hash hash = {0};
    size_t length;
    const void *bytes = dynamodb_b(item, name, arena, &length);
    if (bytes != NULL && length == HASH_SIZE) {
        memcpy(hash.bytes, bytes, HASH_SIZE);
    }
    return hash;
}

const char *ledger_dynamodb_copy(const json_t *item, const char *name, struct arena *arena)
{
    const char *text = dynamodb_s(item, name);
    return text == NULL ? NULL : arena_copy(arena, text);
}

bool ledger_dynamodb_head(const json_t *item, struct arena *arena, struct ledger_document *document)
{
    static const char *const balances[LEDGER_BALANCES] = {"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"};
    const char *pk = dynamodb_s(item, "pk");
    char *end;
    if (pk == NULL || strncmp(pk, "D#", 2) != 0) {
        return false;
    }
    *document = (struct ledger_document){
        .kind = (enum ledger_kind)strtol(pk + 2, &end, 10),
        .version = dynamodb_n(item, "vs"),
        .state = ledger_dynamodb_copy(item, "sa", arena),
        .store_key = dynamodb_n(item, "st"),
        .register_key = dynamodb_n(item, "rg"),
        .created_at_ms = dynamodb_n(item, "cr"),
        .updated_at_ms = dynamodb_n(item, "up"),
        .recorded_at_ms = dynamodb_n(item, "rd"),
        .expires_at_ms = dynamodb_n(item, "exp"),
    };
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        document->balances[i] = dynamodb_n(item, balances[i]);
    }
    return *end == '#' && id_parse(end + 1, &document->id) && document->state != NULL;
}

bool ledger_dynamodb_body(const json_t *body, struct arena *arena, struct ledger_document *document)
{
    size_t length;
    const void *packed = dynamodb_b(body, "bd", arena, &length);
    return packed != NULL && packed_text_read(arena, packed, length, &document->body, &document->body_length);
}
