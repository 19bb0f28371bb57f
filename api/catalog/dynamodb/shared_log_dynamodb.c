#include "catalog/dynamodb/internal.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct log_dynamodb *of(const struct shared_log *log)
{
    return (const struct log_dynamodb *)log;
}

/* --- calls --------------------------------------------------------------------------------------- */

struct json_writer *log_begin_call(const struct log_dynamodb *log, struct dynamodb_request *request,
                                   struct arena *arena, enum dynamodb_operation operation)
{
    struct json_writer *json = dynamodb_begin(request, arena, operation);
    emit_member_string(json, "TableName", log->table);
    request->deadline_us = clock_monotonic_us() + PATIENCE_US;
    request->idempotent = true; /* all that is done here may be done twice */
    return json;
}

void log_put_key(struct json_writer *json, const char *member, const char *pk, const char *sk)
{
    dynamodb_begin_map(json, member);
    dynamodb_put_s(json, "pk", pk);
    dynamodb_put_s(json, "sk", sk);
    dynamodb_end_map(json);
}

const char *log_number_key(int64_t number, char key[static KEY_SIZE])
{
    snprintf(key, KEY_SIZE, "%016lld", (long long)number);
    return key;
}

void log_put_id(struct json_writer *json, const char *name, const struct id *id)
{
    dynamodb_put_b(json, name, id->bytes, sizeof id->bytes);
}

bool log_get_id(const json_t *item, const char *name, struct arena *arena, struct id *id)
{
    size_t length = 0;
    const void *bytes = dynamodb_b(item, name, arena, &length);
    if (bytes == NULL || length != sizeof id->bytes) {
        return false;
    }
    memcpy(id->bytes, bytes, length);
    return true;
}

void log_put_hash(struct json_writer *json, const char *name, const struct hash *hash)
{
    dynamodb_put_b(json, name, hash->bytes, sizeof hash->bytes);
}

bool log_get_hash(const json_t *item, const char *name, struct arena *arena, struct hash *hash)
{
    size_t length = 0;
    const void *bytes = dynamodb_b(item, name, arena, &length);
    if (bytes == NULL || length != sizeof hash->bytes) {
        return false;
    }
    memcpy(hash->bytes, bytes, length);
    return true;
}

enum status log_send(const struct log_dynamodb *log, struct dynamodb_request *request, int64_t patience_us)
{
    struct dynamodb_answer answer;
    request->deadline_us = clock_monotonic_us() + patience_us;
    const enum dynamodb_outcome outcome = dynamodb_send(log->dynamodb, request, &answer);
    dynamodb_answer_free(&answer);
    return outcome == DYNAMODB_CONDITION_FAILED ? STATUS_VERSION_MISMATCH : dynamodb_status(outcome);
}

struct json_writer *log_put_begin(struct log_put *put, const struct log_dynamodb *log, const char *pk,
                                  const char *sk)
{
    put->log = log;
    arena_init(&put->arena);
    struct json_writer *json = log_begin_call(log, &put->request, &put->arena, DYNAMODB_PUT_ITEM);
    dynamodb_begin_map(json, "Item");
    dynamodb_put_s(json, "pk", pk);
    dynamodb_put_s(json, "sk", sk);
    return json;
}

enum status log_put_send(struct log_put *put, int64_t patience_us)
{
    const enum status status = log_send(put->log, &put->request, patience_us);
    arena_free(&put->arena);
    return status;
}

enum status log_get_item(const struct log_dynamodb *log, struct arena *arena, const char *pk, const char *sk,
                         struct dynamodb_answer *answer, const json_t **item)
{
    struct dynamodb_request request;
    struct json_writer *json = log_begin_call(log, &request, arena, DYNAMODB_GET_ITEM);
    log_put_key(json, "Key", pk, sk);
    emit_member_bool(json, "ConsistentRead", true);
    const enum dynamodb_outcome outcome = dynamodb_send(log->dynamodb, &request, answer);
    *item = outcome == DYNAMODB_OK ? json_object_get(answer->json, "Item") : NULL;
    return dynamodb_status(outcome);
}

enum status log_delete_item(const struct log_dynamodb *log, struct arena *arena, const char *pk,
                            const char *sk)
{
    struct dynamodb_request request;
    struct json_writer *json = log_begin_call(log, &request, arena, DYNAMODB_DELETE_ITEM);
    log_put_key(json, "Key", pk, sk);
    return log_send(log, &request, PATIENCE_US);
}

/* --- entries ------------------------------------------------------------------------------------- */

static void put_entry(struct json_writer *json, const struct shared_log_entry *entry)
{
    log_put_id(json, "op", &entry->op);
    log_put_id(json, "prev", &entry->previous);
    dynamodb_put_n(json, "kind", (int64_t)entry->kind);
    dynamodb_put_n(json, "at", entry->at_ms);
    if (entry->kind == SHARED_LOG_HOLD) {
        dynamodb_put_n(json, "until", entry->until_ms);
        log_put_id(json, "holder", &entry->holder);
    }
    dynamodb_put_n(json, "seq", entry->seq);
    dynamodb_put_n(json, "schema", entry->schema);
    dynamodb_put_n(json, "length", (int64_t)entry->length);
    log_put_hash(json, "hash", &entry->hash);
    dynamodb_put_n(json, "parts", (int64_t)entry->parts);
    if (entry->body != NULL) {
        dynamodb_put_b(json, "body", entry->body, entry->length);
    }
    dynamodb_end_map(json);
}

bool log_read_entry(const json_t *item, struct arena *arena, struct shared_log_entry *entry)
{
    const char *key = dynamodb_s(item, "sk");
    size_t length = 0;
    if (key == NULL) {
        return false;
    }
    *entry = (struct shared_log_entry){
        .number = strtoll(key, NULL, 10),
        .kind = dynamodb_n(item, "kind") == SHARED_LOG_HOLD ? SHARED_LOG_HOLD : SHARED_LOG_CHANGE,
        .at_ms = dynamodb_n(item, "at"),
        .until_ms = dynamodb_n(item, "until"),
        .seq = dynamodb_n(item, "seq"),
        .schema = dynamodb_n(item, "schema"),
        .length = (size_t)dynamodb_n(item, "length"),
        .parts = (unsigned)dynamodb_n(item, "parts"),
        .body = dynamodb_b(item, "body", arena, &length),
    };
    if (entry->kind == SHARED_LOG_HOLD && !log_get_id(item, "holder", arena, &entry->holder)) {
        return false;
    }
    return log_get_id(item, "op", arena, &entry->op) && log_get_id(item, "prev", arena, &entry->previous) &&
           log_get_hash(item, "hash", arena, &entry->hash) &&
           (entry->body == NULL || length == entry->length);
}

static enum status append(const struct shared_log *port, const struct shared_log_entry *entry)
{
    char key[KEY_SIZE];
    struct log_put put;
    struct json_writer *json = log_put_begin(&put, of(port), LOG_PK, log_number_key(entry->number, key));
    put_entry(json, entry);
    emit_member_string(json, "ConditionExpression", "attribute_not_exists(pk) OR op = :op");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    log_put_id(json, ":op", &entry->op);
    dynamodb_end_map(json);
    return log_put_send(&put, APPEND_US);
}

static enum status read_items(const json_t *items, struct arena *arena, struct shared_log_entry *entries,
                              size_t *count)
{
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)items, index, item)
    {
        if (*count == SHARED_LOG_PAGE_MAX) {
            break;
        }
        if (!log_read_entry(item, arena, &entries[*count])) {
            return STATUS_INTERNAL_ERROR;
        }
        (*count)++;
    }
    return STATUS_OK;
}

static enum status read_after(const struct shared_log *port, int64_t after, struct arena *arena,
                              struct shared_log_entry entries[static SHARED_LOG_PAGE_MAX], size_t *count)
{
    const struct log_dynamodb *log = of(port);
    char key[KEY_SIZE];
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = log_begin_call(log, &request, arena, DYNAMODB_QUERY);
    emit_member_bool(json, "ConsistentRead", true);
    emit_member_int(json, "Limit", SHARED_LOG_PAGE_MAX);
    emit_member_string(json, "KeyConditionExpression", "pk = :pk AND sk > :sk");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    dynamodb_put_s(json, ":pk", LOG_PK);
    dynamodb_put_s(json, ":sk", log_number_key(after, key));
    dynamodb_end_map(json);
    *count = 0;
    enum status status = dynamodb_status(dynamodb_send(log->dynamodb, &request, &answer));
    if (status == STATUS_OK) {
        status = read_items(json_object_get(answer.json, "Items"), arena, entries, count);
    }
    dynamodb_answer_free(&answer);
    return status;
}

static enum status find(const struct shared_log *port, int64_t number, struct arena *arena,
                        struct shared_log_entry *entry, bool *found)
{
    char key[KEY_SIZE];
    struct dynamodb_answer answer;
    const json_t *item;
    enum status status = log_get_item(of(port), arena, LOG_PK, log_number_key(number, key), &answer, &item);
    *found = status == STATUS_OK && item != NULL;
    if (*found && !log_read_entry(item, arena, entry)) {
        status = STATUS_INTERNAL_ERROR;
    }
    dynamodb_answer_free(&answer);
    return status;
}

/* --- leases -------------------------------------------------------------------------------------- */

static enum status lease(const struct shared_log *port, const char *name, const struct id *holder,
                         int64_t until_ms, bool *mine)
{
    const struct log_dynamodb *log = of(port);
    struct arena arena;
    struct dynamodb_request request;
    arena_init(&arena);
    struct json_writer *json = log_begin_call(log, &request, &arena, DYNAMODB_UPDATE_ITEM);
    log_put_key(json, "Key", LEASE_PK, name);
    emit_member_string(json, "UpdateExpression", "SET holder = :holder, ends = :ends");
    emit_member_string(json, "ConditionExpression",
                       "attribute_not_exists(pk) OR holder = :holder OR ends <= :now");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    log_put_id(json, ":holder", holder);
    dynamodb_put_n(json, ":ends", until_ms);
    dynamodb_put_n(json, ":now", clock_now_ms());
    dynamodb_end_map(json);
    const enum status status = log_send(log, &request, PATIENCE_US);
    arena_free(&arena);
    *mine = status == STATUS_OK;
    return status == STATUS_VERSION_MISMATCH ? STATUS_OK : status;
}

/* --- the port ------------------------------------------------------------------------------------ */

static void close_log(const struct shared_log *log)
{
    free((struct log_dynamodb *)log);
}

static const struct shared_log_ops ops = {
    .name = "dynamodb",
    .append = append,
    .read = read_after,
    .find = find,
    .part_begin = log_part_begin,
    .part_put = log_part_put,
    .part_read = log_part_read,
    .part_end = log_part_end,
    .part_sweep = log_part_sweep,
    .lease = lease,
    .snapshot_list = log_snapshot_list,
    .snapshot_add = log_snapshot_add,
    .snapshot_forget = log_snapshot_forget,
    .trim = log_trim,
    .close = close_log,
};

enum status shared_log_dynamodb_open(struct dynamodb *dynamodb, const char *prefix,
                                     const struct shared_log **out)
{
    struct log_dynamodb *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return STATUS_OVERLOADED;
    }
    log->log.ops = &ops;
    log->dynamodb = dynamodb;
    snprintf(log->table, sizeof log->table, "%s%s", prefix, SHARED_LOG_TABLE);
    *out = &log->log;
    return STATUS_OK;
}
