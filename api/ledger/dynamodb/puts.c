#include "ledger/dynamodb/puts.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX   (4 << 20) /* of a batch: the service takes 16 MB */
#define PATIENCE_MS 120000    /* of a batch of which nothing is taken: new tables grow while one waits */

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

/* What is to be put again goes to `left`, which says what is to be put now unless it is all; NULL: nothing. */
static enum status send(struct puts *puts, char **left)
{
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct arena arena; /* of each try: there may be many */
    arena_init(&arena);
    struct json_writer *json = dynamodb_begin(&request, &arena, DYNAMODB_BATCH_WRITE_ITEM);
    if (*left != NULL) {
        emit_name(json, "RequestItems");
        emit_raw(json, *left, strlen(*left));
    } else {
        dynamodb_begin_map(json, "RequestItems");
        for (int table = 0; table < LAYOUT_TABLES; table++) {
            if (puts->counts[table] > 0) {
                emit_name(json, puts->ledger->tables[table]);
                emit_raw(json, puts->texts[table].data, puts->texts[table].length);
            }
        }
        dynamodb_end_map(json);
    }
    request.idempotent = true; /* items are put as they are */
    const enum status status = dynamodb_status(dynamodb_send(puts->ledger->client, &request, &answer));
    if (status == STATUS_OK) {
        const json_t *rest = json_object_get(answer.json, "UnprocessedItems");
        free(*left);
        *left = json_object_size(rest) > 0 ? json_dumps(rest, JSON_COMPACT) : NULL;
    }
    dynamodb_answer_free(&answer);
    arena_free(&arena);
    return status;
}

/* Until all is taken. Throttling is no failure of a copy: it slows it down. */
static enum status send_all(struct puts *puts)
{
    char *left = NULL;
    enum status status;
    int64_t until_us = clock_monotonic_us() + PATIENCE_MS * 1000LL;
    unsigned tries = 0;
    bool more;
    for (int table = 0; table < LAYOUT_TABLES; table++) {
        if (puts->counts[table] > 0) {
            emit_end_array(&puts->json[table]);
        }
    }
    do {
        const size_t before = left == NULL ? SIZE_MAX : strlen(left);
        status = send(puts, &left);
        more = status_is_of_storage(status) || left != NULL;
        if (status == STATUS_OK && left != NULL && strlen(left) < before) {
            until_us = clock_monotonic_us() + PATIENCE_MS * 1000LL;
            tries = 0;
        }
    } while (more && ledger_dynamodb_pause(tries++, until_us));
    free(left);
    return status == STATUS_OK && more ? STATUS_OVERLOADED : status;
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
