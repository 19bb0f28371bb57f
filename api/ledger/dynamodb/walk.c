/*
 * Everything, as of one moment, while others go on selling.
 *
 * DynamoDB has no read transaction over a table, so the moment is made: acts that are there, and were
 * committed before the walk began by the clock of the process that did it, are seen; of what is read later
 * (levels, balances, histories) the rows of all other acts are taken back. Acts are atomic, so whatever a
 * seen act did is there when it is read.
 *
 *     1. the journals: each up to its first record that is too new; their records are visited
 *     2. acts without records, found by reading the table through
 *     3. the stock, store by store: a product's pages, its recent rows, its level
 *     4. the documents of both tables, found by reading them through: pages, recent rows, the document
 *
 * It costs what reading the records one by one and the tables twice costs. The document itself (state, body)
 * is the newest: what a write said before is not kept.
 */
#include "ledger/dynamodb/document_reads.h"
#include "ledger/dynamodb/history.h"
#include "ledger/dynamodb/record_items.h"
#include "ledger/id_map.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define CHUNK 100 /* records, documents read at once */

struct walk {
    const struct ledger_dynamodb *ledger;
    const struct ledger_visitor *visitor;
    void *context;
    struct id_map seen;   /* records and acts, in one: their ids are never equal */
    char moment[24];      /* orders (layout.h) above this are too new */
    struct arena arena;   /* of what is visited at once */
    struct arena lasting; /* of the walk */
};

static bool counts(void *context, const struct history_row *row)
{
    const struct walk *walk = context;
    return id_map_has(&walk->seen, &row->act);
}

static bool is_too_new(const struct walk *walk, const json_t *item)
{
    const char *order = dynamodb_s(item, "o");
    return order != NULL && strcmp(order, walk->moment) > 0;
}

/* --- records --- */

/* What the journal says of a record. */
struct row {
    struct id id;
    int64_t register_key, sequence;
    char receipt_number[JOURNAL_RECEIPT_NUMBER_SIZE];
};

static bool row_read(const json_t *item, int64_t register_key, struct row *row)
{
    const char *sequence = dynamodb_s(item, "sk"), *number = dynamodb_s(item, "rn");
    row->register_key = register_key;
    row->sequence = sequence == NULL ? 0 : strtoll(sequence, NULL, 10);
    snprintf(row->receipt_number, sizeof row->receipt_number, "%s", number == NULL ? "" : number);
    return ledger_dynamodb_id(item, "id", &row->id);
}

/* A record that is gone or damaged is visited as one that says nothing: whoever verifies names it. */
static enum status visit_record(struct walk *walk, const struct row *row, const json_t *item)
{
    struct ledger_transaction transaction;
    const enum status status = record_items_read(walk->ledger, item, &walk->arena, &transaction);
    if (status == STATUS_INTERNAL_ERROR) {
        transaction = (struct ledger_transaction){
            .id = row->id,
            .type = "",
            .register_key = row->register_key,
            .sequence = row->sequence,
            .receipt_number = row->receipt_number,
            .record = "",
        };
    } else if (status != STATUS_OK) {
        return status;
    }
    return walk->visitor->record(walk->context, &transaction);
}

static enum status visit_records(struct walk *walk, const struct row *rows, size_t count)
{
    struct layout_key keys[CHUNK];
    struct dynamodb_items records;
    for (size_t i = 0; i < count; i++) {
        keys[i] = layout_record(&rows[i].id);
    }
    arena_reset(&walk->arena);
    enum status status = ledger_dynamodb_get_all(walk->ledger, keys, count, &walk->arena, &records);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = visit_record(walk, &rows[i], records.items[i]);
        id_map_set(&walk->seen, &rows[i].id, 1);
    }
    ledger_dynamodb_items_free(&records);
    return status;
}

static enum status walk_journal(struct walk *walk, int64_t register_key)
{
    const struct layout_key key = layout_journal(register_key, 0);
    const struct dynamodb_query query = {.table = key.table, .hash = key.pk};
    struct dynamodb_stream stream = ledger_dynamodb_stream(walk->ledger, &query);
    struct row rows[CHUNK];
    size_t count = 0;
    const json_t *item;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL &&
           !is_too_new(walk, item)) {
        if (!row_read(item, register_key, &rows[count++])) {
            status = STATUS_INTERNAL_ERROR;
            break;
        }
        if (count == CHUNK) {
            status = visit_records(walk, rows, count);
            count = 0;
        }
        if (status != STATUS_OK) {
            break;
        }
    }
    ledger_dynamodb_stream_close(&stream);
    return status == STATUS_OK && count > 0 ? visit_records(walk, rows, count) : status;
}

static enum status walk_journals(struct walk *walk)
{
    struct ledger_place *registers;
    size_t count;
    enum status status = ledger_dynamodb_registers(walk->ledger, &walk->lasting, &registers, &count);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (i == 0 || registers[i].key != registers[i - 1].key) {
            status = walk_journal(walk, registers[i].key);
        }
    }
    return status;
}

/* --- acts without records --- */

static enum status find_acts(struct walk *walk)
{
    const struct dynamodb_query query = {
        .table = LAYOUT_TRANSACTIONS, .hash = "A#", .projection = "pk, sk, o"};
    struct dynamodb_stream stream = ledger_dynamodb_scan(walk->ledger, &query);
    const json_t *item;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        const char *pk = dynamodb_s(item, "pk");
        struct id id;
        if (pk != NULL && id_parse(pk + strlen("A#"), &id) && !is_too_new(walk, item)) {
            id_map_set(&walk->seen, &id, 1);
        }
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

/* --- histories --- */

/* Visits the rows of a history, the oldest first: those of its pages, then the recent ones. `taken_back` is
 * what rows that are not seen moved. */
static enum status walk_history(struct walk *walk, const struct history *history, const json_t *item,
                                enum status (*visit)(struct walk *walk, const void *of,
                                                     const struct history_row *row),
                                const void *of, int64_t *taken_back)
{
    const int64_t pages = dynamodb_n(item, "pg");
    for (int64_t page = 1; page <= pages + 1; page++) {
        struct history_rows rows;
        arena_reset(&walk->arena);
        enum status status = page <= pages ? history_page(history, page, &walk->arena, &rows)
                                           : history_recent(history, item, &walk->arena, &rows);
        for (size_t i = 0; status == STATUS_OK && i < rows.count; i++) {
            for (size_t at = 0; at < LEDGER_BALANCES; at++) {
                rows.rows[i].after[at] -= taken_back[at];
            }
            status = rows.rows[i].reason[0] == '\0' ? STATUS_OK : visit(walk, of, &rows.rows[i]);
        }
        for (size_t at = 0; at < LEDGER_BALANCES; at++) {
            taken_back[at] += rows.taken_back[at];
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* --- stock --- */

static enum status visit_movement(struct walk *walk, const void *of, const struct history_row *row)
{
    const struct ledger_stock_level *level = of;
    struct ledger_moved_row movement = {
        .store = level->store,
        .product = level->product,
        .by_record = row->maker == PACKED_RECORD,
        .reason = row->reason,
        .at_ms = row->at_ms,
        .quantity = row->amounts[0],
        .level = row->after[0],
        .total_minor = row->total_minor,
    };
    if (row->maker != PACKED_ANONYMOUS) {
        movement.act_id = row->act;
    }
    return walk->visitor->movement(walk->context, &movement);
}

/* A product that was first moved after the moment is not there. */
static enum status walk_product(struct walk *walk, int64_t store_key, const json_t *item)
{
    int64_t taken_back[LEDGER_BALANCES] = {0};
    struct ledger_stock_level level;
    arena_reset(&walk->arena);
    if (!ledger_dynamodb_level(item, store_key, &walk->arena, &level)) {
        return STATUS_INTERNAL_ERROR;
    }
    const struct history history = {.ledger = walk->ledger,
                                    .is_stock = true,
                                    .store_key = store_key,
                                    .product_key = level.product.key,
                                    .counts = counts,
                                    .context = walk};
    struct history_rows recent;
    enum status status = history_recent(&history, item, &walk->arena, &recent);
    const bool is_there = dynamodb_n(item, "pg") > 0 || recent.count > 0;
    if (status != STATUS_OK || !is_there) {
        return status;
    }
    status = walk_history(walk, &history, item, visit_movement, &level, taken_back);
    level.level -= taken_back[0];
    return status == STATUS_OK ? walk->visitor->level(walk->context, &level) : status;
}

static enum status walk_store(struct walk *walk, int64_t store_key)
{
    const struct layout_key key = layout_stock(store_key, 0);
    const struct dynamodb_query query = {.table = key.table, .hash = key.pk};
    struct dynamodb_stream stream = ledger_dynamodb_stream(walk->ledger, &query);
    const json_t *item;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        status = walk_product(walk, store_key, item);
        if (status != STATUS_OK) {
            break;
        }
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

static enum status walk_stock(struct walk *walk)
{
    struct ledger_place *stores;
    size_t count;
    enum status status = ledger_dynamodb_stores(walk->ledger, &walk->lasting, &stores, &count);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = walk_store(walk, stores[i].key);
    }
    return status;
}

/* --- documents --- */

static enum status visit_entry(struct walk *walk, const void *of, const struct history_row *row)
{
    const struct ledger_document *document = of;
    struct ledger_entry entry = {
        .by_record = row->maker == PACKED_RECORD,
        .reason = row->reason,
        .at_ms = row->at_ms,
    };
    if (row->maker != PACKED_ANONYMOUS) {
        entry.act_id = row->act;
    }
    memcpy(entry.amounts, row->amounts, sizeof entry.amounts);
    memcpy(entry.balances, row->after, sizeof entry.balances);
    return walk->visitor->entry(walk->context, document->kind, &document->id, &entry);
}

static enum status walk_document(struct walk *walk, const json_t *head)
{
    int64_t taken_back[LEDGER_BALANCES] = {0};
    struct ledger_document named;
    struct stored_document stored = {.found = false};
    struct arena whole; /* the body, and the head that belongs to it */
    arena_reset(&walk->arena);
    if (!ledger_dynamodb_head(head, &walk->arena, &named)) {
        return STATUS_INTERNAL_ERROR;
    }
    arena_init(&whole);
    enum status status = documents_read(walk->ledger, named.kind, &named.id, 1, &whole, &stored);
    if (status == STATUS_OK && stored.found) {
        const struct history history = {.ledger = walk->ledger,
                                        .kind = named.kind,
                                        .document = named.id,
                                        .counts = counts,
                                        .context = walk};
        status = walk_history(walk, &history, head, visit_entry, &stored.document, taken_back);
        for (size_t at = 0; at < LEDGER_BALANCES; at++) {
            stored.document.balances[at] = named.balances[at] - taken_back[at];
        }
        if (status == STATUS_OK) {
            status = walk->visitor->document(walk->context, &stored.document);
        }
    }
    arena_free(&whole);
    return status;
}

static bool is_head(const json_t *item)
{
    const char *sk = dynamodb_s(item, "sk");
    return sk != NULL && strcmp(sk, "D") == 0;
}

static enum status walk_documents(struct walk *walk, enum layout_table table)
{
    const struct dynamodb_query query = {.table = table, .hash = "D#"};
    struct dynamodb_stream stream = ledger_dynamodb_scan(walk->ledger, &query);
    const json_t *item;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        status = is_head(item) ? walk_document(walk, item) : STATUS_OK;
        if (status != STATUS_OK) {
            break;
        }
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

enum status ledger_dynamodb_walk(const struct ledger *ledger, const struct ledger_visitor *visitor,
                                 void *context)
{
    const struct ledger_dynamodb patient = ledger_dynamodb_patient(ledger);
    struct walk walk = {.ledger = &patient, .visitor = visitor, .context = context};
    /* To the end of this millisecond: clocks are no finer. */
    snprintf(walk.moment, sizeof walk.moment, "%016lld~",
             (long long)ledger_dynamodb_now_ms(walk.ledger) * 1000 + 999);
    arena_init(&walk.arena);
    arena_init(&walk.lasting);
    enum status status = walk_journals(&walk);
    if (status == STATUS_OK) {
        status = find_acts(&walk);
    }
    if (status == STATUS_OK) {
        status = walk_stock(&walk);
    }
    for (enum layout_table table = 0; status == STATUS_OK && table < LAYOUT_TABLES; table++) {
        status = walk_documents(&walk, table);
    }
    arena_free(&walk.arena);
    arena_free(&walk.lasting);
    id_map_free(&walk.seen);
    return status;
}
