/* Parts of large changesets, which are there before their entry is. */
#include "catalog/dynamodb/internal.h"

#include "base/clock.h"

#include <stdio.h>

#define SWEPT_AT_ONCE 25
/* An entry has the number that it was to have, or a few more when a hold was put in between. */
#define SHIFT_MAX 64

static const struct log_dynamodb *of(const struct shared_log *log)
{
    return (const struct log_dynamodb *)log;
}

void log_part_key(const struct id *op, unsigned part, char pk[static KEY_SIZE], char sk[static KEY_SIZE])
{
    char text[ID_TEXT_SIZE];
    snprintf(pk, KEY_SIZE, "PART#%s", id_format(op, text));
    snprintf(sk, KEY_SIZE, "%05u", part);
}

enum status log_part_begin(const struct shared_log *port, const struct id *op, int64_t number, unsigned parts)
{
    char text[ID_TEXT_SIZE];
    struct log_put put;
    struct json_writer *json = log_put_begin(&put, of(port), BEGUN_PK, id_format(op, text));
    dynamodb_put_n(json, "number", number);
    dynamodb_put_n(json, "parts", (int64_t)parts);
    dynamodb_put_n(json, "at", clock_now_ms());
    dynamodb_end_map(json);
    return log_put_send(&put, PATIENCE_US);
}

enum status log_part_put(const struct shared_log *port, const struct id *op, unsigned part, const void *bytes,
                         size_t length)
{
    char pk[KEY_SIZE], sk[KEY_SIZE];
    struct log_put put;
    log_part_key(op, part, pk, sk);
    struct json_writer *json = log_put_begin(&put, of(port), pk, sk);
    dynamodb_put_b(json, "body", bytes, length);
    dynamodb_end_map(json);
    const enum status status = log_put_send(&put, PART_US);
    /* Whether the part is there does not matter: without its entry it is nothing. */
    return status == STATUS_STORAGE_UNAVAILABLE ? STATUS_OVERLOADED : status;
}

enum status log_part_read(const struct shared_log *port, const struct id *op, unsigned part,
                          struct arena *arena, const void **bytes, size_t *length)
{
    char pk[KEY_SIZE], sk[KEY_SIZE];
    struct dynamodb_answer answer;
    const json_t *item;
    log_part_key(op, part, pk, sk);
    const enum status status = log_get_item(of(port), arena, pk, sk, &answer, &item);
    *bytes = item == NULL ? NULL : dynamodb_b(item, "body", arena, length);
    dynamodb_answer_free(&answer);
    return status == STATUS_OK && *bytes == NULL ? STATUS_NOT_FOUND : status;
}

enum status log_parts_delete(const struct log_dynamodb *log, struct arena *arena, const struct id *op,
                             unsigned parts)
{
    enum status status = STATUS_OK;
    for (unsigned part = 0; status == STATUS_OK && part < parts; part++) {
        char pk[KEY_SIZE], sk[KEY_SIZE];
        log_part_key(op, part, pk, sk);
        status = log_delete_item(log, arena, pk, sk);
    }
    return status;
}

enum status log_part_end(const struct shared_log *port, const struct id *op, unsigned parts, bool appended)
{
    const struct log_dynamodb *log = of(port);
    char text[ID_TEXT_SIZE];
    struct arena arena;
    arena_init(&arena);
    enum status status = appended ? STATUS_OK : log_parts_delete(log, &arena, op, parts);
    if (status == STATUS_OK) {
        status = log_delete_item(log, &arena, BEGUN_PK, id_format(op, text));
    }
    arena_free(&arena);
    return status;
}

/* Whether the log has the entry. */
static enum status is_appended(const struct shared_log *log, const struct id *op, int64_t number,
                               bool *appended)
{
    struct shared_log_entry entry;
    struct arena arena;
    enum status status = STATUS_OK;
    bool found = true;
    *appended = false;
    arena_init(&arena);
    for (int64_t i = 0; status == STATUS_OK && i <= SHIFT_MAX && found && !*appended; i++) {
        status = log->ops->find(log, number + i, &arena, &entry, &found);
        *appended = status == STATUS_OK && found && id_equal(&entry.op, op);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return status;
}

static enum status sweep_item(const struct shared_log *log, const json_t *item, int64_t begun_before_ms)
{
    struct id op;
    const char *name = dynamodb_s(item, "sk");
    if (dynamodb_n(item, "at") >= begun_before_ms || name == NULL || !id_parse(name, &op)) {
        return STATUS_OK;
    }
    bool appended;
    const enum status status = is_appended(log, &op, dynamodb_n(item, "number"), &appended);
    return status == STATUS_OK ? log_part_end(log, &op, (unsigned)dynamodb_n(item, "parts"), appended)
                               : status;
}

/* Few at a time: what is left over is swept with the next snapshot. */
enum status log_part_sweep(const struct shared_log *port, int64_t begun_before_ms)
{
    const struct log_dynamodb *log = of(port);
    struct arena arena;
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    arena_init(&arena);
    struct json_writer *json = log_begin_call(log, &request, &arena, DYNAMODB_QUERY);
    emit_member_bool(json, "ConsistentRead", true);
    emit_member_int(json, "Limit", SWEPT_AT_ONCE);
    emit_member_string(json, "KeyConditionExpression", "pk = :pk");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    dynamodb_put_s(json, ":pk", BEGUN_PK);
    dynamodb_end_map(json);
    enum status status = dynamodb_status(dynamodb_send(log->dynamodb, &request, &answer));
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(answer.json, "Items"), index, item)
    {
        if (status == STATUS_OK) {
            status = sweep_item(port, item, begun_before_ms);
        }
    }
    dynamodb_answer_free(&answer);
    arena_free(&arena);
    return status;
}
