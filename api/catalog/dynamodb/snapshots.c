/* The list of snapshots, and dropping what they have made superfluous. */
#include "catalog/dynamodb/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct log_dynamodb *of(const struct shared_log *log)
{
    return (const struct log_dynamodb *)log;
}

static bool read_snapshot(const json_t *item, struct arena *arena, struct shared_log_snapshot *snapshot)
{
    const char *key = dynamodb_s(item, "sk");
    const char *name = dynamodb_s(item, "name");
    if (key == NULL || name == NULL || strlen(name) >= sizeof snapshot->name) {
        return false;
    }
    *snapshot = (struct shared_log_snapshot){
        .number = strtoll(key, NULL, 10),
        .at_ms = dynamodb_n(item, "at"),
        .seq = dynamodb_n(item, "seq"),
        .length = (size_t)dynamodb_n(item, "length"),
    };
    snprintf(snapshot->name, sizeof snapshot->name, "%s", name);
    return log_get_id(item, "op", arena, &snapshot->op) && log_get_hash(item, "hash", arena, &snapshot->hash);
}

enum status log_snapshot_list(const struct shared_log *port, size_t most,
                              struct shared_log_snapshot *snapshots, size_t *count)
{
    const struct log_dynamodb *log = of(port);
    struct arena arena;
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    arena_init(&arena);
    struct json_writer *json = log_begin_call(log, &request, &arena, DYNAMODB_QUERY);
    emit_member_bool(json, "ConsistentRead", true);
    emit_member_bool(json, "ScanIndexForward", false);
    emit_member_int(json, "Limit", (int64_t)most);
    emit_member_string(json, "KeyConditionExpression", "pk = :pk");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    dynamodb_put_s(json, ":pk", SNAPSHOT_PK);
    dynamodb_end_map(json);
    enum status status = dynamodb_status(dynamodb_send(log->dynamodb, &request, &answer));
    *count = 0;
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(answer.json, "Items"), index, item)
    {
        if (status == STATUS_OK && *count < most) {
            status = read_snapshot(item, &arena, &snapshots[(*count)++]) ? STATUS_OK : STATUS_INTERNAL_ERROR;
        }
    }
    dynamodb_answer_free(&answer);
    arena_free(&arena);
    return status;
}

enum status log_snapshot_add(const struct shared_log *port, const struct shared_log_snapshot *snapshot)
{
    char key[KEY_SIZE];
    struct log_put put;
    struct json_writer *json = log_put_begin(&put, of(port), SNAPSHOT_PK,
                                             log_number_key(snapshot->number, key));
    dynamodb_put_n(json, "at", snapshot->at_ms);
    dynamodb_put_n(json, "seq", snapshot->seq);
    dynamodb_put_n(json, "length", (int64_t)snapshot->length);
    dynamodb_put_s(json, "name", snapshot->name);
    log_put_id(json, "op", &snapshot->op);
    log_put_hash(json, "hash", &snapshot->hash);
    dynamodb_end_map(json);
    emit_member_string(json, "ConditionExpression", "attribute_not_exists(pk) OR #name = :name");
    dynamodb_begin_map(json, "ExpressionAttributeNames");
    emit_member_string(json, "#name", "name");
    dynamodb_end_map(json);
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    dynamodb_put_s(json, ":name", snapshot->name);
    dynamodb_end_map(json);
    return log_put_send(&put, PATIENCE_US);
}

enum status log_snapshot_forget(const struct shared_log *port, int64_t number)
{
    char key[KEY_SIZE];
    struct arena arena;
    arena_init(&arena);
    const enum status status = log_delete_item(of(port), &arena, SNAPSHOT_PK, log_number_key(number, key));
    arena_free(&arena);
    return status;
}

/* --- trimming ------------------------------------------------------------------------------------ */

static enum status read_trimmed(const struct log_dynamodb *log, struct arena *arena, int64_t *number)
{
    struct dynamodb_answer answer;
    const json_t *item;
    const enum status status = log_get_item(log, arena, TRIMMED_PK, TRIMMED_PK, &answer, &item);
    *number = item == NULL ? 0 : dynamodb_n(item, "number");
    dynamodb_answer_free(&answer);
    return status;
}

static enum status write_trimmed(const struct log_dynamodb *log, int64_t number)
{
    struct log_put put;
    struct json_writer *json = log_put_begin(&put, log, TRIMMED_PK, TRIMMED_PK);
    dynamodb_put_n(json, "number", number);
    dynamodb_end_map(json);
    return log_put_send(&put, PATIENCE_US);
}

static enum status mark_dropped(const struct log_dynamodb *log, struct arena *arena,
                                const struct shared_log_entry *entry)
{
    char key[KEY_SIZE];
    struct dynamodb_request request;
    struct json_writer *json = log_begin_call(log, &request, arena, DYNAMODB_UPDATE_ITEM);
    log_put_key(json, "Key", LOG_PK, log_number_key(entry->number, key));
    emit_member_string(json, "UpdateExpression", "SET parts = :none, dropped = :parts REMOVE body");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    dynamodb_put_n(json, ":none", 0);
    dynamodb_put_n(json, ":parts", (int64_t)entry->parts);
    dynamodb_end_map(json);
    return log_send(log, &request, PATIENCE_US);
}

/* The changeset goes, the entry stays: its number is given for ever. The entry first, which says how many
 * parts there were: readers never see one without them, and who is killed in between is found out by the
 * next, since the mark of what is trimmed comes last. */
static enum status drop_body(const struct log_dynamodb *log, struct arena *arena, int64_t number)
{
    char key[KEY_SIZE];
    struct dynamodb_answer answer;
    struct shared_log_entry entry;
    const json_t *item;
    enum status status = log_get_item(log, arena, LOG_PK, log_number_key(number, key), &answer, &item);
    if (status == STATUS_OK && item != NULL) {
        status = log_read_entry(item, arena, &entry) ? STATUS_OK : STATUS_INTERNAL_ERROR;
    }
    unsigned dropped = item != NULL ? (unsigned)dynamodb_n(item, "dropped") : 0;
    if (status == STATUS_OK && item != NULL && (entry.body != NULL || entry.parts > 0)) {
        dropped = entry.parts;
        status = mark_dropped(log, arena, &entry);
    }
    dynamodb_answer_free(&answer);
    return status == STATUS_OK && dropped > 0 ? log_parts_delete(log, arena, &entry.op, dropped) : status;
}

enum status log_trim(const struct shared_log *port, int64_t number, size_t most, bool *more)
{
    const struct log_dynamodb *log = of(port);
    int64_t trimmed = 0;
    struct arena arena;
    arena_init(&arena);
    enum status status = read_trimmed(log, &arena, &trimmed);
    const int64_t begun = trimmed;
    for (size_t i = 0; status == STATUS_OK && i < most && trimmed < number; i++) {
        status = drop_body(log, &arena, trimmed + 1);
        trimmed += status == STATUS_OK;
        arena_reset(&arena);
    }
    if (status == STATUS_OK && trimmed > begun) {
        status = write_trimmed(log, trimmed);
    }
    *more = trimmed < number;
    arena_free(&arena);
    return status;
}
