#include "ledger/dynamodb/copy_mark.h"

#include "ledger/dynamodb/stream.h"

#include <string.h>

#define MARK "V"

static struct layout_key mark_key(void)
{
    return (struct layout_key){.table = LAYOUT_TRANSACTIONS, .pk = MARK, .sk = MARK};
}

enum status copy_mark_read(const struct ledger_dynamodb *ledger, struct copy_mark *mark)
{
    const struct layout_key key = mark_key();
    struct arena arena;
    struct dynamodb_answer answer;
    const json_t *item;
    arena_init(&arena);
    const enum status status = ledger_dynamodb_get(ledger, &key, &arena, &answer, &item);
    *mark = (struct copy_mark){
        .is_there = status == STATUS_OK && item != NULL,
        .has_source = json_object_get(item, "src") != NULL,
        .source = ledger_dynamodb_hash(item, "src", &arena),
        .told = (uint64_t)dynamodb_n(item, "told"),
        .is_copied = dynamodb_n(item, "all") != 0,
        .is_whole = dynamodb_n(item, "fin") != 0,
    };
    dynamodb_answer_free(&answer);
    arena_free(&arena);
    return status;
}

enum status copy_mark_put(struct puts *puts, const struct copy_mark *mark)
{
    const struct layout_key key = mark_key();
    const enum status status = puts_flush(puts);
    if (status != STATUS_OK) {
        return status;
    }
    struct json_writer *json = puts_begin(puts, &key);
    if (mark->has_source) {
        dynamodb_put_b(json, "src", mark->source.bytes, HASH_SIZE);
    }
    dynamodb_put_n(json, "told", (int64_t)mark->told);
    dynamodb_put_n(json, "all", mark->is_copied);
    dynamodb_put_n(json, "fin", mark->is_whole);
    puts_end(puts);
    return puts_flush(puts);
}

static enum status is_empty(const struct ledger_dynamodb *ledger, enum layout_table table, bool *empty)
{
    const struct dynamodb_query query = {.table = table, .projection = "pk"};
    struct dynamodb_stream stream = ledger_dynamodb_scan(ledger, &query);
    const json_t *item;
    enum status status;
    *empty = true;
    while (*empty && (status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        const char *pk = dynamodb_s(item, "pk");
        *empty = pk != NULL && (strcmp(pk, MARK) == 0 || strncmp(pk, "L#", 2) == 0);
    }
    ledger_dynamodb_stream_close(&stream);
    return *empty ? status : STATUS_OK;
}

enum status copy_mark_is_alone(const struct ledger_dynamodb *ledger, bool *is)
{
    enum status status = STATUS_OK;
    *is = true;
    for (enum layout_table table = 0; status == STATUS_OK && *is && table < LAYOUT_TABLES; table++) {
        status = is_empty(ledger, table, is);
    }
    return status;
}

/* --- what the command that moves a shop says and asks --- */

static enum status put_alone(const struct ledger_dynamodb *ledger, const struct copy_mark *mark)
{
    struct puts puts;
    puts_open(&puts, ledger);
    const enum status status = copy_mark_put(&puts, mark);
    puts_close(&puts);
    return status;
}

enum status ledger_dynamodb_begin_copy(const struct ledger *port)
{
    static const struct copy_mark first;
    const struct ledger_dynamodb *ledger = ledger_dynamodb_of(port);
    struct copy_mark mark;
    bool alone = false;
    enum status status = copy_mark_read(ledger, &mark);
    if (status != STATUS_OK || mark.is_there) {
        return status;
    }
    status = copy_mark_is_alone(ledger, &alone);
    if (status == STATUS_OK && !alone) {
        return STATUS_ID_TAKEN;
    }
    return status == STATUS_OK ? put_alone(ledger, &first) : status;
}

enum status ledger_dynamodb_end_copy(const struct ledger *port)
{
    const struct ledger_dynamodb *ledger = ledger_dynamodb_of(port);
    struct copy_mark mark;
    const enum status status = copy_mark_read(ledger, &mark);
    if (status != STATUS_OK || mark.is_whole) {
        return status;
    }
    mark.is_whole = true;
    return mark.is_copied ? put_alone(ledger, &mark) : STATUS_INTERNAL_ERROR;
}

enum status ledger_dynamodb_is_half_copied(const struct ledger *port, bool *is)
{
    struct copy_mark mark;
    const enum status status = copy_mark_read(ledger_dynamodb_of(port), &mark);
    *is = mark.is_there && !mark.is_whole;
    return status;
}
