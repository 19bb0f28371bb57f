/*
 * Everything, once, in one read transaction: so records, movements, entries and what they sum up to are of
 * the same moment, whoever sells meanwhile. While it lasts the WAL is not reused.
 */
#include "ledger/sqlite/internal.h"

static const char WALK_RECORDS[] = "SELECT " LEDGER_SQLITE_TRANSACTION " FROM transactions"
                                   "  INDEXED BY transactions_by_register ORDER BY register_key, sequence";
/* An import's movement has no act; every other is an act's without a record, or a record's. */
static const char WALK_MOVEMENTS[] =
    "SELECT store_key, product_key, stores.id, products.id, act_id, act_id IS NOT NULL AND acts.id IS NULL,"
    "       reason, stock_movements.at, quantity, level, total"
    "  FROM stock_movements CROSS JOIN stores ON stores.key = store_key"
    "  CROSS JOIN products ON products.key = product_key LEFT JOIN acts ON acts.id = act_id"
    "  ORDER BY stock_movements.key";
static const char WALK_LEVELS[] =
    "SELECT store_key, product_key, stores.id, products.id, level, stock_levels.updated_at"
    "  FROM stock_levels CROSS JOIN stores ON stores.key = store_key"
    "  CROSS JOIN products ON products.key = product_key ORDER BY store_key, product_key";
static const char WALK_ENTRIES[] =
    "SELECT kind, documents.id, act_id, acts.id IS NULL, reason, document_entries.at, amount_0, amount_1,"
    "       amount_2, amount_3, amount_4, amount_5, amount_6, amount_7, document_entries.balance_0,"
    "       document_entries.balance_1, document_entries.balance_2, document_entries.balance_3,"
    "       document_entries.balance_4, document_entries.balance_5, document_entries.balance_6,"
    "       document_entries.balance_7"
    "  FROM document_entries CROSS JOIN documents ON documents.key = document_key"
    "  LEFT JOIN acts ON acts.id = act_id ORDER BY document_entries.key";
static const char WALK_DOCUMENTS[] = "SELECT " LEDGER_SQLITE_DOCUMENT ", body FROM documents ORDER BY key";

#define ENTRY_AMOUNTS 6 /* of WALK_ENTRIES */

struct walk {
    struct db *db;
    const struct ledger_visitor *visitor;
    void *context;
    struct arena arena; /* of one row */
};

static enum status visit_record(struct walk *walk, sqlite3_stmt *row)
{
    struct ledger_transaction transaction;
    int64_t key;
    ledger_sqlite_transaction_row(row, &walk->arena, &transaction, &key);
    return walk->visitor->record(walk->context, &transaction);
}

static enum status visit_movement(struct walk *walk, sqlite3_stmt *row)
{
    struct ledger_moved_row movement = {
        .store.key = sqlite3_column_int64(row, 0),
        .product.key = sqlite3_column_int64(row, 1),
        .by_record = sqlite3_column_int(row, 5) != 0,
        .reason = db_column_string(row, 6),
        .at_ms = sqlite3_column_int64(row, 7),
        .quantity = sqlite3_column_int64(row, 8),
        .level = sqlite3_column_int64(row, 9),
        .total_minor = sqlite3_column_int64(row, 10),
    };
    db_column_id(row, 2, &movement.store.id);
    db_column_id(row, 3, &movement.product.id);
    db_column_id(row, 4, &movement.act_id);
    return walk->visitor->movement(walk->context, &movement);
}

static enum status visit_level(struct walk *walk, sqlite3_stmt *row)
{
    struct ledger_stock_level level = {
        .store.key = sqlite3_column_int64(row, 0),
        .product.key = sqlite3_column_int64(row, 1),
        .level = sqlite3_column_int64(row, 4),
        .updated_at_ms = sqlite3_column_int64(row, 5),
    };
    db_column_id(row, 2, &level.store.id);
    db_column_id(row, 3, &level.product.id);
    return walk->visitor->level(walk->context, &level);
}

static enum status visit_entry(struct walk *walk, sqlite3_stmt *row)
{
    struct id document;
    struct ledger_entry entry = {
        .by_record = sqlite3_column_int(row, 3) != 0,
        .reason = db_column_string(row, 4),
        .at_ms = sqlite3_column_int64(row, 5),
    };
    db_column_id(row, 1, &document);
    db_column_id(row, 2, &entry.act_id);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        entry.amounts[i] = sqlite3_column_int64(row, ENTRY_AMOUNTS + i);
        entry.balances[i] = sqlite3_column_int64(row, ENTRY_AMOUNTS + LEDGER_BALANCES + i);
    }
    return walk->visitor->entry(walk->context, (enum ledger_kind)sqlite3_column_int(row, 0), &document,
                                &entry);
}

static enum status visit_document(struct walk *walk, sqlite3_stmt *row)
{
    struct sqlite_document read;
    ledger_sqlite_document_row(row, &walk->arena, &read);
    read.document.body = ledger_sqlite_copy_text(row, LEDGER_SQLITE_DOCUMENT_COLUMNS, &walk->arena);
    read.document.body_length = (size_t)sqlite3_column_bytes(row, LEDGER_SQLITE_DOCUMENT_COLUMNS);
    return walk->visitor->document(walk->context, &read.document);
}

static enum status walk_rows(struct walk *walk, const char *sql,
                             enum status (*visit)(struct walk *walk, sqlite3_stmt *row))
{
    sqlite3_stmt *select = db_statement(walk->db, sql);
    for (;;) {
        bool row;
        enum status status = db_step(walk->db, select, &row);
        if (status != STATUS_OK || !row) {
            return status;
        }
        arena_reset(&walk->arena);
        status = visit(walk, select);
        if (status != STATUS_OK) {
            db_done(select);
            return status;
        }
    }
}

static enum status walk_all(struct walk *walk)
{
    enum status status = walk_rows(walk, WALK_RECORDS, visit_record);
    if (status == STATUS_OK) {
        status = walk_rows(walk, WALK_MOVEMENTS, visit_movement);
    }
    if (status == STATUS_OK) {
        status = walk_rows(walk, WALK_LEVELS, visit_level);
    }
    if (status == STATUS_OK) {
        status = walk_rows(walk, WALK_ENTRIES, visit_entry);
    }
    return status == STATUS_OK ? walk_rows(walk, WALK_DOCUMENTS, visit_document) : status;
}

enum status ledger_sqlite_walk(const struct ledger *ledger, const struct ledger_visitor *visitor,
                               void *context)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct walk walk = {.db = reader_take(readers), .visitor = visitor, .context = context};
    arena_init(&walk.arena);
    enum status status = db_begin_read(walk.db);
    if (status == STATUS_OK) {
        status = walk_all(&walk);
        db_end_read(walk.db);
    }
    arena_free(&walk.arena);
    reader_give_back(readers, walk.db);
    return status;
}
