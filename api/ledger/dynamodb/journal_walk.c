/* The registers' journals, read along. */
#include "ledger/dynamodb/reads.h"
#include "ledger/dynamodb/record_items.h"

#define CHUNK 100 /* records read at once */

struct journal_walk {
    const struct ledger_dynamodb *ledger;
    struct arena arena; /* of a chunk */
    struct layout_key keys[CHUNK];
    size_t count;
    ledger_visit visit;
    void *context;
};

static enum status visit_chunk(struct journal_walk *walk)
{
    struct dynamodb_items records;
    enum status status = ledger_dynamodb_get_all(walk->ledger, walk->keys, walk->count, &walk->arena,
                                                 &records);
    for (size_t i = 0; status == STATUS_OK && i < walk->count; i++) {
        struct ledger_transaction transaction;
        status = record_items_read(walk->ledger, records.items[i], &walk->arena, &transaction);
        if (status == STATUS_OK) {
            status = walk->visit(walk->context, &transaction);
        }
    }
    ledger_dynamodb_items_free(&records);
    arena_reset(&walk->arena);
    walk->count = 0;
    return status;
}

static enum status walk_register(struct journal_walk *walk, int64_t register_key)
{
    const struct layout_key key = layout_journal(register_key, 0);
    const struct dynamodb_query query = {.table = key.table, .hash = key.pk};
    struct dynamodb_stream stream = ledger_dynamodb_stream(walk->ledger, &query);
    const json_t *row;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &row)) == STATUS_OK && row != NULL) {
        struct id id;
        if (!ledger_dynamodb_id(row, "id", &id)) {
            status = STATUS_INTERNAL_ERROR;
            break;
        }
        walk->keys[walk->count++] = layout_record(&id);
        status = walk->count == CHUNK ? visit_chunk(walk) : STATUS_OK;
        if (status != STATUS_OK) {
            break;
        }
    }
    ledger_dynamodb_stream_close(&stream);
    return status == STATUS_OK && walk->count > 0 ? visit_chunk(walk) : status;
}

static enum status walk_all(struct journal_walk *walk)
{
    struct arena arena;
    struct ledger_place *registers;
    size_t count;
    arena_init(&arena);
    enum status status = ledger_dynamodb_registers(walk->ledger, &arena, &registers, &count);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (i == 0 || registers[i].key != registers[i - 1].key) {
            status = walk_register(walk, registers[i].key);
        }
    }
    arena_free(&arena);
    return status;
}

enum status ledger_dynamodb_journal_walk(const struct ledger *ledger, const int64_t *register_key,
                                         ledger_visit visit, void *context)
{
    struct journal_walk walk = {.ledger = ledger_dynamodb_of(ledger), .visit = visit, .context = context};
    arena_init(&walk.arena);
    const enum status status = register_key == NULL ? walk_all(&walk) : walk_register(&walk, *register_key);
    arena_free(&walk.arena);
    return status;
}
