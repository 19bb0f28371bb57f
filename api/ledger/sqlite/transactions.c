/*
 * Reading the journal: one transaction, pages of them, all of them.
 */
#include "ledger/sqlite/internal.h"

#include <stdio.h>

#define SELECT_ROW "SELECT " LEDGER_SQLITE_COLUMNS " FROM transactions "

/* One text for each way through the indexes. ?1 store, ?2 register, ?3 day, ?4 and ?5 first and last receipt
 * number, ?6 and ?7 where the page before ended, ?8 how many. The newest is first: that is the order of the
 * keys, and within a register of the sequences. */
static const char LIST_ALL[] = SELECT_ROW "WHERE key < ?7 ORDER BY key DESC LIMIT ?8";

static const char LIST_STORE[] = SELECT_ROW "INDEXED BY transactions_by_day"
                                            "  WHERE store_key = ?1 AND (business_day, key) < (?6, ?7)"
                                            "  ORDER BY business_day DESC, key DESC LIMIT ?8";

static const char LIST_STORE_DAY[] = SELECT_ROW
    "INDEXED BY transactions_by_day"
    "  WHERE store_key = ?1 AND business_day = ?3 AND key < ?7 AND (?2 IS NULL OR register_key = ?2)"
    "  ORDER BY key DESC LIMIT ?8";

static const char LIST_REGISTER[] = SELECT_ROW "INDEXED BY transactions_by_register"
                                               "  WHERE register_key = ?2 AND sequence < ?7"
                                               "  ORDER BY sequence DESC LIMIT ?8";

/* Where no index gives the order, keys are sorted, not rows. */
static const char LIST_DAY[] = SELECT_ROW
    "WHERE key IN (SELECT key FROM transactions INDEXED BY transactions_by_day"
    "  WHERE store_key IN (SELECT key FROM stores) AND business_day = ?3 AND key < ?7"
    "  ORDER BY key DESC LIMIT ?8) ORDER BY key DESC";

static const char LIST_RECEIPT[] = SELECT_ROW
    "WHERE key IN (SELECT key FROM transactions INDEXED BY transactions_by_receipt_number"
    "  WHERE receipt_number BETWEEN ?4 AND ?5 AND key < ?7"
    "    AND (?1 IS NULL OR store_key = ?1) AND (?2 IS NULL OR register_key = ?2)"
    "    AND (?3 IS NULL OR business_day = ?3)"
    "  ORDER BY key DESC LIMIT ?8) ORDER BY key DESC";

static const char WALK_REGISTER[] = SELECT_ROW "INDEXED BY transactions_by_register"
                                               "  WHERE register_key = ?1 AND sequence > ?2"
                                               "  ORDER BY sequence LIMIT ?3";
static const char NEXT_REGISTER[] =
    "SELECT min(register_key) FROM transactions INDEXED BY transactions_by_register"
    "  WHERE register_key > ?1";

#define WALK_CHUNK 256 /* records read at once */

enum status ledger_sqlite_transaction_read(const struct ledger *ledger, const struct id *id,
                                           struct arena *arena, struct ledger_transaction *transaction)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    const enum status status = ledger_sqlite_find_by_id(db, id, NULL, arena, transaction);
    reader_give_back(readers, db);
    return status;
}

static const char *list_statement(const struct ledger_filter *filter)
{
    if (filter->receipt_prefix != NULL) {
        return LIST_RECEIPT;
    }
    if (filter->has_day) {
        return filter->has_store ? LIST_STORE_DAY : LIST_DAY;
    }
    if (filter->has_register) {
        return LIST_REGISTER;
    }
    return filter->has_store ? LIST_STORE : LIST_ALL;
}

static enum status list(struct db *db, const struct ledger_filter *filter, const struct ledger_cursor *after,
                        size_t limit, struct arena *arena, struct ledger_page *page)
{
    const char *sql = list_statement(filter);
    sqlite3_stmt *select = db_statement(db, sql);
    char last_receipt[JOURNAL_RECEIPT_NUMBER_SIZE + 2];
    if (filter->has_store) {
        db_bind_int(select, 1, filter->store_key);
    }
    if (filter->has_register) {
        db_bind_int(select, 2, filter->register_key);
    }
    if (filter->has_day) {
        db_bind_int(select, 3, filter->day);
    }
    if (filter->receipt_prefix != NULL) {
        /* Receipt numbers are ASCII, and nothing of it sorts after a tilde. */
        snprintf(last_receipt, sizeof last_receipt, "%.*s~", JOURNAL_RECEIPT_NUMBER_SIZE,
                 filter->receipt_prefix);
        db_bind_string(select, 4, filter->receipt_prefix);
        db_bind_string(select, 5, last_receipt);
    }
    const bool first = after->key == 0;
    db_bind_int(select, 6, first ? INT64_MAX : after->day);
    db_bind_int(select, 7, first ? INT64_MAX : after->key);
    db_bind_int(select, 8, (int64_t)limit + 1);
    page->transactions = arena_zeroed(arena, limit, sizeof *page->transactions);
    page->count = 0;
    page->has_more = false;
    for (;;) {
        bool row;
        const enum status status = db_step(db, select, &row);
        if (status != STATUS_OK || !row) {
            return status;
        }
        if (page->count == limit) {
            page->has_more = true;
            db_done(select);
            return STATUS_OK;
        }
        struct ledger_transaction *transaction = &page->transactions[page->count++];
        int64_t key;
        ledger_sqlite_read_row(select, arena, transaction, &key);
        page->next = (struct ledger_cursor){
            .day = transaction->business_day,
            .key = sql == LIST_REGISTER ? transaction->sequence : key,
        };
    }
}

enum status ledger_sqlite_transaction_list(const struct ledger *ledger, const struct ledger_filter *filter,
                                           const struct ledger_cursor *after, size_t limit,
                                           struct arena *arena, struct ledger_page *page)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    const enum status status = list(db, filter, after, limit, arena, page);
    reader_give_back(readers, db);
    return status;
}

/* --- the walk --- */

/* Reads the records of a register after a sequence, at most WALK_CHUNK. */
static enum status read_chunk(struct readers *readers, int64_t register_key, int64_t sequence,
                              struct arena *arena, struct ledger_transaction *chunk, size_t *count)
{
    struct db *db = reader_take(readers);
    sqlite3_stmt *select = db_statement(db, WALK_REGISTER);
    db_bind_int(select, 1, register_key);
    db_bind_int(select, 2, sequence);
    db_bind_int(select, 3, WALK_CHUNK);
    enum status status;
    bool row;
    *count = 0;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        int64_t key;
        ledger_sqlite_read_row(select, arena, &chunk[(*count)++], &key);
    }
    reader_give_back(readers, db);
    return status;
}

static enum status walk_register(struct readers *readers, int64_t register_key, ledger_visit visit,
                                 void *context)
{
    struct ledger_transaction chunk[WALK_CHUNK];
    struct arena arena;
    arena_init(&arena);
    int64_t sequence = 0;
    size_t count;
    enum status status;
    do {
        arena_reset(&arena);
        status = read_chunk(readers, register_key, sequence, &arena, chunk, &count);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            sequence = chunk[i].sequence;
            status = visit(context, &chunk[i]);
        }
    } while (status == STATUS_OK && count == WALK_CHUNK);
    arena_free(&arena);
    return status;
}

static enum status next_register(struct readers *readers, int64_t *register_key, bool *found)
{
    struct db *db = reader_take(readers);
    sqlite3_stmt *select = db_statement(db, NEXT_REGISTER);
    db_bind_int(select, 1, *register_key);
    bool row;
    const enum status status = db_step(db, select, &row);
    *found = status == STATUS_OK && row && sqlite3_column_type(select, 0) != SQLITE_NULL;
    if (*found) {
        *register_key = sqlite3_column_int64(select, 0);
    }
    db_done(select);
    reader_give_back(readers, db);
    return status;
}

/* A journal only grows at its end, so it is read in chunks, each of its own moment: a visitor that waits for
 * a pipe holds no read transaction, which would keep the WAL from being reused. */
enum status ledger_sqlite_journal_walk(const struct ledger *ledger, const int64_t *register_key,
                                       ledger_visit visit, void *context)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    if (register_key != NULL) {
        return walk_register(readers, *register_key, visit, context);
    }
    int64_t key = INT64_MIN;
    for (;;) {
        bool found;
        enum status status = next_register(readers, &key, &found);
        if (status != STATUS_OK || !found) {
            return status;
        }
        status = walk_register(readers, key, visit, context);
        if (status != STATUS_OK) {
            return status;
        }
    }
}
