/*
 * Telling everything to another ledger (ledger/copy.h), in one read transaction.
 */
#include "ledger/copy.h"
#include "ledger/sqlite/internal.h"

#include <string.h>

static const char RECORDS[] =
    "SELECT t.key, t.id, t.type, store_key, register_key, sequence, business_day, t.created_at, total, "
    "shift_id,"
    "       customer_id, original_id, reversal, flagged, receipt_number, hash, record, fingerprint, part,"
    "       t.currency, stores.id, registers.id,"
    "       (SELECT id FROM transactions AS second WHERE second.key = t.key + 1 AND second.part = 1)"
    "  FROM (SELECT " LEDGER_SQLITE_TRANSACTION ", fingerprint, part, currency FROM transactions) AS t"
    "  CROSS JOIN stores ON stores.key = store_key CROSS JOIN registers ON registers.key = register_key"
    "  ORDER BY t.key";
static const char ACTS[] = "SELECT id, name, at, fingerprint, detail, first_movement, movements, first_entry,"
                           "       entries FROM acts ORDER BY key";
static const char MOVED[] =
    "SELECT store_key, product_key, stores.id, products.id, reason, quantity, level, total"
    "  FROM stock_movements CROSS JOIN stores ON stores.key = store_key"
    "  CROSS JOIN products ON products.key = product_key"
    "  WHERE stock_movements.key >= ?1 AND stock_movements.key < ?1 + ?2 ORDER BY stock_movements.key";
static const char LEVELS[] =
    "SELECT store_key, product_key, stores.id, products.id, level, stock_levels.updated_at"
    "  FROM stock_levels CROSS JOIN stores ON stores.key = store_key"
    "  CROSS JOIN products ON products.key = product_key ORDER BY store_key, product_key";
static const char MOVEMENTS[] = "SELECT stock_movements.key, store_key, product_key, act_id, act_id IS NOT "
                                "NULL AND acts.id IS NULL, reason,"
                                "       stock_movements.at, quantity, level, total, detail"
                                "  FROM stock_movements LEFT JOIN acts ON acts.id = act_id"
                                "  ORDER BY store_key, product_key, stock_movements.key";
static const char DOCUMENTS[] = "SELECT " LEDGER_SQLITE_DOCUMENT ", body FROM documents ORDER BY key";
static const char ENTRIES[] =
    "SELECT document_entries.key, document_key, act_id, acts.id IS NULL, reason, document_entries.at, detail,"
    "       amount_0, amount_1, amount_2, amount_3, amount_4, amount_5, amount_6, amount_7, balance_0,"
    "       balance_1, balance_2, balance_3, balance_4, balance_5, balance_6, balance_7"
    "  FROM document_entries LEFT JOIN acts ON acts.id = act_id ORDER BY document_key, document_entries.key";
static const char KEYS[] = "SELECT value FROM document_keys WHERE document_key = ?1 ORDER BY value";
static const char TERMS[] = "SELECT term FROM document_terms WHERE document_key = ?1 ORDER BY term";
static const char ANSWERS[] = "SELECT key, fingerprint, act_id, http_status, location, etag, body, created_at"
                              "  FROM idempotency_records ORDER BY created_at";
static const char EVENTS[] =
    "SELECT outbox.id, outbox.type, outbox.at, due_at, attempts, transactions.id, coalesce(data, record)"
    "  FROM outbox LEFT JOIN transactions ON transactions.key = transaction_key ORDER BY outbox.key";

#define RECORD_COLUMN                                                                                        \
    LEDGER_SQLITE_TRANSACTION_COLUMNS /* of RECORDS: the first that is not a transaction's */
#define AMOUNTS_COLUMN 7              /* of ENTRIES */

struct tell {
    struct db *db;
    const struct ledger_copier *copier;
    void *context;
    struct arena arena;
};

/* A statement of which the next row is at hand. */
struct rows {
    sqlite3_stmt *statement;
    bool has;
};

static enum status next(struct tell *tell, struct rows *rows)
{
    return db_step(tell->db, rows->statement, &rows->has);
}

static enum status begin(struct tell *tell, const char *sql, struct rows *rows)
{
    rows->statement = db_statement(tell->db, sql);
    return next(tell, rows);
}

static void column_hash(sqlite3_stmt *row, int column, struct hash *hash)
{
    const void *bytes = sqlite3_column_blob(row, column);
    if (bytes != NULL && sqlite3_column_bytes(row, column) == HASH_SIZE) {
        memcpy(hash->bytes, bytes, HASH_SIZE);
    }
}

/* --- records and acts --- */

static enum status tell_record(struct tell *tell, sqlite3_stmt *row)
{
    struct ledger_copied_record record = {0};
    int64_t key;
    ledger_sqlite_transaction_row(row, &tell->arena, &record.transaction, &key);
    column_hash(row, RECORD_COLUMN, &record.fingerprint);
    record.is_second = sqlite3_column_int(row, RECORD_COLUMN + 1) == 1;
    record.currency = db_column_string(row, RECORD_COLUMN + 2);
    record.store.key = record.transaction.store_key;
    record.register_.key = record.transaction.register_key;
    db_column_id(row, RECORD_COLUMN + 3, &record.store.id);
    db_column_id(row, RECORD_COLUMN + 4, &record.register_.id);
    record.has_second = db_column_id(row, RECORD_COLUMN + 5, &record.second_id);
    const char *number = record.transaction.receipt_number, *dash = strrchr(number, '-');
    record.register_code = arena_copy_n(&tell->arena, number, dash == NULL ? 0 : (size_t)(dash - number));
    return tell->copier->record(tell->context, &record);
}

static enum status read_moved(struct tell *tell, int64_t first, size_t count, struct ledger_copied_act *act)
{
    struct ledger_moved_row *moved = arena_zeroed(&tell->arena, count, sizeof *moved);
    sqlite3_stmt *select = db_statement(tell->db, MOVED);
    db_bind_int(select, 1, first);
    db_bind_int(select, 2, (int64_t)count);
    enum status status;
    bool row;
    act->moved = moved;
    while ((status = db_step(tell->db, select, &row)) == STATUS_OK && row) {
        struct ledger_moved_row *one = &moved[act->moved_count++];
        one->store.key = sqlite3_column_int64(select, 0);
        one->product.key = sqlite3_column_int64(select, 1);
        db_column_id(select, 2, &one->store.id);
        db_column_id(select, 3, &one->product.id);
        one->reason = ledger_sqlite_copy_text(select, 4, &tell->arena);
        one->quantity = sqlite3_column_int64(select, 5);
        one->level = sqlite3_column_int64(select, 6);
        one->total_minor = sqlite3_column_int64(select, 7);
    }
    return status;
}

static enum status tell_act(struct tell *tell, sqlite3_stmt *row)
{
    struct ledger_copied_act act = {
        .name = ledger_sqlite_copy_text(row, 1, &tell->arena),
        .at_ms = sqlite3_column_int64(row, 2),
        .detail = ledger_sqlite_copy_text(row, 4, &tell->arena),
    };
    struct ledger_outcome outcome = {0};
    db_column_id(row, 0, &act.id);
    column_hash(row, 3, &act.fingerprint);
    enum status status = read_moved(tell, sqlite3_column_int64(row, 5), (size_t)sqlite3_column_int64(row, 6),
                                    &act);
    if (status == STATUS_OK) {
        status = ledger_sqlite_entries_find(tell->db, sqlite3_column_int64(row, 7),
                                            sqlite3_column_int64(row, 8), &tell->arena, &outcome);
        act.posted = outcome.posted;
        act.posted_count = outcome.posted_count;
    }
    return status == STATUS_OK ? tell->copier->act(tell->context, &act) : status;
}

/* --- stock --- */

/* Tells the movements of a product; they are the next ones. */
static enum status tell_movements(struct tell *tell, const struct ledger_stock_level *level,
                                  struct rows *movements)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && movements->has) {
        sqlite3_stmt *row = movements->statement;
        if (sqlite3_column_int64(row, 1) != level->store.key ||
            sqlite3_column_int64(row, 2) != level->product.key) {
            return STATUS_OK;
        }
        struct ledger_copied_movement movement = {
            .order = sqlite3_column_int64(row, 0),
            .row =
                {
                    .store = level->store,
                    .product = level->product,
                    .by_record = sqlite3_column_int(row, 4) != 0,
                    .reason = db_column_string(row, 5),
                    .at_ms = sqlite3_column_int64(row, 6),
                    .quantity = sqlite3_column_int64(row, 7),
                    .level = sqlite3_column_int64(row, 8),
                    .total_minor = sqlite3_column_int64(row, 9),
                    .detail = db_column_string(row, 10),
                },
        };
        db_column_id(row, 3, &movement.row.act_id);
        status = tell->copier->movement(tell->context, &movement);
        if (status == STATUS_OK) {
            status = next(tell, movements);
        }
    }
    return status;
}

static enum status tell_stock(struct tell *tell)
{
    struct rows levels, movements;
    enum status status = begin(tell, LEVELS, &levels);
    if (status == STATUS_OK) {
        status = begin(tell, MOVEMENTS, &movements);
    }
    while (status == STATUS_OK && levels.has) {
        sqlite3_stmt *row = levels.statement;
        struct ledger_stock_level level = {
            .store.key = sqlite3_column_int64(row, 0),
            .product.key = sqlite3_column_int64(row, 1),
            .level = sqlite3_column_int64(row, 4),
            .updated_at_ms = sqlite3_column_int64(row, 5),
        };
        db_column_id(row, 2, &level.store.id);
        db_column_id(row, 3, &level.product.id);
        status = tell_movements(tell, &level, &movements);
        if (status == STATUS_OK) {
            status = tell->copier->level(tell->context, &level);
        }
        if (status == STATUS_OK) {
            status = next(tell, &levels);
        }
    }
    db_done(db_statement(tell->db, LEVELS));
    db_done(db_statement(tell->db, MOVEMENTS));
    return status;
}

/* --- documents --- */

static enum status read_strings(struct tell *tell, const char *sql, int64_t document_key,
                                const char *const **strings, size_t *count)
{
    const char **list = arena_alloc(&tell->arena, LEDGER_TERMS_MAX * sizeof *list);
    sqlite3_stmt *select = db_statement(tell->db, sql);
    db_bind_int(select, 1, document_key);
    enum status status = STATUS_OK;
    bool row = true;
    *count = 0;
    *strings = list;
    while (*count < LEDGER_TERMS_MAX && (status = db_step(tell->db, select, &row)) == STATUS_OK && row) {
        list[(*count)++] = ledger_sqlite_copy_text(select, 0, &tell->arena);
    }
    db_done(select);
    return status;
}

static enum status tell_entry(struct tell *tell, const struct ledger_document *document, sqlite3_stmt *row)
{
    struct ledger_copied_entry copied = {
        .order = sqlite3_column_int64(row, 0),
        .entry =
            {
                .by_record = sqlite3_column_int(row, 3) != 0,
                .reason = db_column_string(row, 4),
                .at_ms = sqlite3_column_int64(row, 5),
                .detail = db_column_string(row, 6),
            },
    };
    db_column_id(row, 2, &copied.entry.act_id);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        copied.entry.amounts[i] = sqlite3_column_int64(row, AMOUNTS_COLUMN + i);
        copied.entry.balances[i] = sqlite3_column_int64(row, AMOUNTS_COLUMN + LEDGER_BALANCES + i);
    }
    return tell->copier->entry(tell->context, document->kind, &document->id, &copied);
}

/* Tells the entries of a document; those before are of documents that are gone. */
static enum status tell_entries(struct tell *tell, const struct sqlite_document *document,
                                struct rows *entries)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && entries->has) {
        const int64_t key = sqlite3_column_int64(entries->statement, 1);
        if (key > document->key) {
            return STATUS_OK;
        }
        if (key == document->key) {
            status = tell_entry(tell, &document->document, entries->statement);
        }
        if (status == STATUS_OK) {
            status = next(tell, entries);
        }
    }
    return status;
}

static enum status tell_document(struct tell *tell, sqlite3_stmt *row, struct rows *entries)
{
    struct sqlite_document read;
    struct ledger_copied_document copied = {0};
    ledger_sqlite_document_row(row, &tell->arena, &read);
    read.document.body = ledger_sqlite_copy_text(row, LEDGER_SQLITE_DOCUMENT_COLUMNS, &tell->arena);
    read.document.body_length = (size_t)sqlite3_column_bytes(row, LEDGER_SQLITE_DOCUMENT_COLUMNS);
    copied.document = read.document;
    enum status status = tell_entries(tell, &read, entries);
    if (status == STATUS_OK) {
        status = read_strings(tell, KEYS, read.key, &copied.keys, &copied.key_count);
    }
    if (status == STATUS_OK) {
        status = read_strings(tell, TERMS, read.key, &copied.terms, &copied.term_count);
    }
    return status == STATUS_OK ? tell->copier->document(tell->context, &copied) : status;
}

static enum status tell_documents(struct tell *tell)
{
    struct rows documents, entries;
    enum status status = begin(tell, DOCUMENTS, &documents);
    if (status == STATUS_OK) {
        status = begin(tell, ENTRIES, &entries);
    }
    while (status == STATUS_OK && documents.has) {
        arena_reset(&tell->arena);
        status = tell_document(tell, documents.statement, &entries);
        if (status == STATUS_OK) {
            status = next(tell, &documents);
        }
    }
    db_done(db_statement(tell->db, DOCUMENTS));
    db_done(db_statement(tell->db, ENTRIES));
    return status;
}

/* --- answers and events --- */

static enum status tell_answer(struct tell *tell, sqlite3_stmt *row)
{
    struct ledger_copied_answer copied = {
        .key.present = true,
        .answer =
            {
                .location = db_column_string(row, 4),
                .etag = db_column_string(row, 5),
                .body = sqlite3_column_blob(row, 6),
                .body_length = (size_t)sqlite3_column_bytes(row, 6),
            },
        .kept_at_ms = sqlite3_column_int64(row, 7),
    };
    column_hash(row, 0, &copied.key.key);
    column_hash(row, 1, &copied.key.fingerprint);
    copied.has_act = db_column_id(row, 2, &copied.act_id);
    if (copied.answer.location != NULL || copied.answer.body != NULL) {
        copied.answer.http_status = sqlite3_column_int(row, 3);
    }
    return tell->copier->answer(tell->context, &copied);
}

static enum status tell_event(struct tell *tell, sqlite3_stmt *row)
{
    struct ledger_copied_event copied = {
        .event =
            {
                .type = db_column_string(row, 1),
                .at_ms = sqlite3_column_int64(row, 2),
                .attempts = sqlite3_column_int64(row, 4),
                .data = db_column_string(row, 6),
                .data_length = (size_t)sqlite3_column_bytes(row, 6),
            },
        .due_at_ms = sqlite3_column_int64(row, 3),
    };
    db_column_id(row, 0, &copied.event.id);
    copied.of_record = db_column_id(row, 5, &copied.record_id);
    return tell->copier->event(tell->context, &copied);
}

static enum status tell_rows(struct tell *tell, const char *sql,
                             enum status (*tell_row)(struct tell *tell, sqlite3_stmt *row))
{
    struct rows rows;
    enum status status = begin(tell, sql, &rows);
    while (status == STATUS_OK && rows.has) {
        arena_reset(&tell->arena);
        status = tell_row(tell, rows.statement);
        if (status == STATUS_OK) {
            status = next(tell, &rows);
        }
    }
    db_done(rows.statement);
    return status;
}

static enum status tell_all(struct tell *tell)
{
    enum status status = tell_rows(tell, RECORDS, tell_record);
    if (status == STATUS_OK) {
        status = tell_rows(tell, ACTS, tell_act);
    }
    if (status == STATUS_OK) {
        status = tell_stock(tell);
    }
    if (status == STATUS_OK) {
        status = tell_documents(tell);
    }
    if (status == STATUS_OK) {
        status = tell_rows(tell, ANSWERS, tell_answer);
    }
    return status == STATUS_OK ? tell_rows(tell, EVENTS, tell_event) : status;
}

enum status ledger_sqlite_tell(const struct ledger *ledger, const struct ledger_copier *copier, void *context)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct tell tell = {.db = reader_take(readers), .copier = copier, .context = context};
    arena_init(&tell.arena);
    enum status status = db_begin_read(tell.db);
    if (status == STATUS_OK) {
        status = tell_all(&tell);
        db_end_read(tell.db);
    }
    arena_free(&tell.arena);
    reader_give_back(readers, tell.db);
    return status;
}
