#include "ledger/dynamodb/stream.h"

#include <stdlib.h>
#include <string.h>

struct dynamodb_stream ledger_dynamodb_stream(const struct ledger_dynamodb *ledger,
                                              const struct dynamodb_query *query)
{
    return (struct dynamodb_stream){.ledger = ledger, .query = *query};
}

struct dynamodb_stream ledger_dynamodb_scan(const struct ledger_dynamodb *ledger,
                                            const struct dynamodb_query *query)
{
    return (struct dynamodb_stream){.ledger = ledger, .query = *query, .scans = true};
}

enum status ledger_dynamodb_scan_page(const struct ledger_dynamodb *ledger,
                                      const struct dynamodb_query *query, int64_t patience_ms,
                                      struct arena *arena, struct dynamodb_answer *answer)
{
    struct dynamodb_request request;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_SCAN);
    emit_member_string(json, "TableName", ledger->tables[query->table]);
    if (query->index != NULL) {
        emit_member_string(json, "IndexName", query->index);
    } else {
        emit_member_bool(json, "ConsistentRead", true);
    }
    if (query->hash != NULL) {
        emit_member_string(json, "FilterExpression", "begins_with(pk, :p)");
        dynamodb_begin_map(json, "ExpressionAttributeValues");
        dynamodb_put_s(json, ":p", query->hash);
        dynamodb_end_map(json);
    }
    if (query->projection != NULL) {
        emit_member_string(json, "ProjectionExpression", query->projection);
        if (strstr(query->projection, "#at") != NULL) { /* a reserved word */
            dynamodb_begin_map(json, "ExpressionAttributeNames");
            emit_member_string(json, "#at", "at");
            dynamodb_end_map(json);
        }
    }
    if (query->limit > 0) {
        emit_member_int(json, "Limit", (int64_t)query->limit);
    }
    if (query->after != NULL) {
        char *text = json_dumps(query->after, JSON_COMPACT);
        emit_name(json, "ExclusiveStartKey");
        emit_raw(json, text, strlen(text));
        free(text);
    }
    return ledger_dynamodb_read(ledger, &request, patience_ms, answer);
}

static enum status read_page(struct dynamodb_stream *stream, struct arena *arena)
{
    return stream->scans ? ledger_dynamodb_scan_page(stream->ledger, &stream->query,
                                                     LEDGER_DYNAMODB_PATIENCE_MS, arena, &stream->answer)
                         : ledger_dynamodb_query(stream->ledger, &stream->query, arena, &stream->answer);
}

/* A page may be empty and still have one behind it. The request is in memory of its own: a walk has many. */
static enum status turn_page(struct dynamodb_stream *stream)
{
    struct arena arena;
    arena_init(&arena);
    dynamodb_answer_free(&stream->answer);
    stream->answer = (struct dynamodb_answer){0};
    stream->query.after = stream->last;
    const enum status status = read_page(stream, &arena);
    arena_free(&arena);
    json_decref(stream->last);
    stream->last = json_incref(json_object_get(stream->answer.json, "LastEvaluatedKey"));
    stream->begun = true;
    stream->at = 0;
    return status;
}

enum status ledger_dynamodb_next(struct dynamodb_stream *stream, const json_t **item)
{
    *item = NULL;
    for (;;) {
        *item = json_array_get(json_object_get(stream->answer.json, "Items"), stream->at);
        if (*item != NULL) {
            stream->at++;
            return STATUS_OK;
        }
        if (stream->begun && stream->last == NULL) {
            return STATUS_OK;
        }
        const enum status status = turn_page(stream);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

void ledger_dynamodb_stream_close(struct dynamodb_stream *stream)
{
    dynamodb_answer_free(&stream->answer);
    json_decref(stream->last);
    stream->answer = (struct dynamodb_answer){0};
    stream->last = NULL;
}
