#include "ledger/dynamodb/puts.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define TRIES      10
#define BYTES_MAX  (4 << 20) /* of a batch: the service takes 16 MB */
#define TIMEOUT_MS 60000

void puts_open(struct puts *puts, const struct ledger_dynamodb *ledger)
{
    *puts = (struct puts){.ledger = ledger};
    arena_init(&puts->arena);
}

void puts_close(struct puts *puts)
{
    arena_free(&puts->arena);
}

struct json_writer *puts_begin(struct puts *puts, const struct layout_key *key)
{
    const enum layout_table table = key->table;
    struct json_writer *json = &puts->json[table];
    puts->open = table;
    if (puts->counts[table]++ == 0) {
        puts->texts[table] = arena_text(&puts->arena, 1 << 16);
        *json = json_writer(&puts->texts[table]);
        emit_begin_array(json);
    }
    emit_begin_object(json);
    dynamodb_begin_map(json, "PutRequest");
    dynamodb_begin_map(json, "Item");
    ledger_dynamodb_put_key(json, key);
    return json;
}

static enum status send(struct puts *puts, const char *left, char **unprocessed)
{
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, &puts->arena, DYNAMODB_BATCH_WRITE_ITEM);
    if (left != NULL) {
        emit_name(json, "RequestItems");
        emit_raw(json, left, strlen(left));
    } else {
        dynamodb_begin_map(json, "RequestItems");
        for (int table = 0; table < LAYOUT_TABLES; table++) {
            if (puts->counts[table] > 0) {
                emit_end_array(&puts->json[table]);
                emit_name(json, puts->ledger->tables[table]);
                emit_raw(json, puts->texts[table].data, puts->texts[table].length);
            }
        }
        dynamodb_end_map(json);
    }
    const enum status status = dynamodb_status(dynamodb_send(puts->ledger->client, &request, &answer));
    const json_t *rest = json_object_get(answer.json, "UnprocessedItems");
    *unprocessed = status == STATUS_OK && json_object_size(rest) > 0 ? json_dumps(rest, JSON_COMPACT) : NULL;
    dynamodb_answer_free(&answer);
    return status;
}

static enum status send_all(struct puts *puts)
{
    const int64_t deadline_us = clock_monotonic_us() + TIMEOUT_MS * 1000LL;
    char *left = NULL;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        char *unprocessed;
        const enum status status = send(puts, left, &unprocessed);
        free(left);
        left = unprocessed;
        if (status != STATUS_OK || left == NULL) {
            return status;
        }
        if (!ledger_dynamodb_pause(tries, deadline_us)) {
            break;
        }
    }
    free(left);
    return STATUS_OVERLOADED;
}

enum status puts_flush(struct puts *puts)
{
    if (puts->count > 0 && !puts->drop && puts->status == STATUS_OK) {
        puts->status = send_all(puts);
    }
    memset(puts->counts, 0, sizeof puts->counts);
    puts->count = puts->bytes = 0;
    arena_reset(&puts->arena);
    return puts->status;
}

void puts_end(struct puts *puts)
{
    struct json_writer *json = &puts->json[puts->open];
    dynamodb_end_map(json);
    dynamodb_end_map(json);
    emit_end_object(json);
    puts->bytes = 0;
    for (int table = 0; table < LAYOUT_TABLES; table++) {
        puts->bytes += puts->counts[table] > 0 ? puts->texts[table].length : 0;
    }
    if (++puts->count == DYNAMODB_BATCH_PUT_MAX || puts->bytes > BYTES_MAX) {
        puts->status = puts_flush(puts);
    }
}
