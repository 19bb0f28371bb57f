/*
 * Reading the journal: one transaction, pages of them, all of them.
 */
#include "ledger/sqlite/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SELECT_ROW "SELECT " LEDGER_SQLITE_TRANSACTION " FROM transactions "

/* One text for each way through the indexes; what the index does not answer is asked of each row. ?1 store,
 * ?2 register, ?3 day, ?4 and ?5 first and last receipt number, ?6 and ?7 where the page before ended, ?8 how
 * many, ?9 type, ?10 flagged, ?11 shift, ?12 original, ?13 customer. The newest is first: that is the order
 * of the keys, and within a register of the sequences. */
#define PASSES                                                                                               \
    " AND (?1 IS NULL OR store_key = ?1) AND (?2 IS NULL OR register_key = ?2)"                              \
    " AND (?3 IS NULL OR business_day = ?3) AND (?4 IS NULL OR receipt_number BETWEEN ?4 AND ?5)"            \
    " AND (?9 IS NULL OR type = ?9) AND (?10 IS NULL OR flagged = 1) AND (?11 IS NULL OR shift_id = ?11)"    \
    " AND (?12 IS NULL OR original_id = ?12) AND (?13 IS NULL OR customer_id = ?13) "
#define NEWEST_FIRST "ORDER BY key DESC LIMIT ?8"

static const char LIST_ALL[] = SELECT_ROW "WHERE key < ?7" PASSES NEWEST_FIRST;

static const char LIST_STORE[] = SELECT_ROW
    "INDEXED BY transactions_by_day WHERE store_key = ?1 AND (business_day, key) < (?6, ?7)" PASSES
    "  ORDER BY business_day DESC, key DESC LIMIT ?8";

static const char LIST_STORE_DAY[] = SELECT_ROW
    "INDEXED BY transactions_by_day WHERE store_key = ?1 AND business_day = ?3 AND key < ?7" PASSES
        NEWEST_FIRST;

static const char LIST_REGISTER[] = SELECT_ROW
    "INDEXED BY transactions_by_register WHERE register_key = ?2 AND sequence < ?7" PASSES
    "  ORDER BY sequence DESC LIMIT ?8";

static const char LIST_SHIFT[] = SELECT_ROW
    "INDEXED BY transactions_by_shift WHERE shift_id = ?11 AND key < ?7" PASSES NEWEST_FIRST;

static const char LIST_CUSTOMER[] = SELECT_ROW
    "INDEXED BY transactions_by_customer WHERE customer_id = ?13 AND key < ?7" PASSES NEWEST_FIRST;

static const char LIST_FLAGGED[] = SELECT_ROW
    "INDEXED BY transactions_flagged WHERE flagged = 1 AND key < ?7" PASSES NEWEST_FIRST;

static const char LIST_TYPE[] = SELECT_ROW
    "INDEXED BY transactions_but_sales WHERE type = ?9 AND type <> 'sale' AND key < ?7" PASSES NEWEST_FIRST;

/* Where no index gives the order, keys are sorted, not rows. */
static const char LIST_ORIGINAL[] = SELECT_ROW
    "WHERE key IN (SELECT key FROM transactions INDEXED BY transactions_by_original"
    "  WHERE original_id = ?12 AND key < ?7" PASSES NEWEST_FIRST ") ORDER BY key DESC";

static const char LIST_DAY[] = SELECT_ROW
    "WHERE key IN (SELECT key FROM transactions INDEXED BY transactions_by_day"
    "  WHERE store_key IN (SELECT key FROM stores) AND business_day = ?3 AND key < ?7" PASSES NEWEST_FIRST
    ") ORDER BY key DESC";

static const char LIST_RECEIPT[] = SELECT_ROW
    "WHERE key IN (SELECT key FROM transactions INDEXED BY transactions_by_receipt_number"
    "  WHERE receipt_number BETWEEN ?4 AND ?5 AND key < ?7" PASSES NEWEST_FIRST ") ORDER BY key DESC";

static const char WALK_REGISTER[] = SELECT_ROW "INDEXED BY transactions_by_register"
                                               "  WHERE register_key = ?1 AND sequence > ?2"
                                               "  ORDER BY sequence LIMIT ?3";
static const char NEXT_REGISTER[] =
    "SELECT min(register_key) FROM transactions INDEXED BY transactions_by_register"
    "  WHERE register_key > ?1";

#define WALK_CHUNK        256 /* records read at once */
#define LAST_RECEIPT_SIZE (JOURNAL_RECEIPT_NUMBER_SIZE + 2)

/* A row of a list, and where that is: its key, or its sequence where the list is in the order of those.
 * Written to a cursor behind the day. */
struct listed {
    int64_t place;
    struct ledger_transaction transaction;
};
#define CURSOR_DAY   0
#define CURSOR_PLACE 8

static const char SELECT_BY_ID[] = SELECT_ROW "WHERE id = ?1";

enum status ledger_sqlite_transaction_read(const struct ledger *ledger, const struct id *id,
                                           struct arena *arena, struct ledger_transaction *transaction)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    sqlite3_stmt *select = db_statement(db, SELECT_BY_ID);
    db_bind_id(select, 1, id);
    bool found;
    const enum status status = db_step(db, select, &found);
    if (status == STATUS_OK && found) {
        int64_t key;
        ledger_sqlite_transaction_row(select, arena, transaction, &key);
        db_done(select);
    }
    reader_give_back(readers, db);
    return status == STATUS_OK && !found ? STATUS_TRANSACTION_NOT_FOUND : status;
}

/* The rarest first. */
static const char *list_statement(const struct ledger_filter *filter)
{
    if (filter->has_original) {
        return LIST_ORIGINAL;
    }
    if (filter->has_shift) {
        return LIST_SHIFT;
    }
    if (filter->customer_count > 0) {
        return LIST_CUSTOMER;
    }
    if (filter->receipt_prefix != NULL) {
        return LIST_RECEIPT;
    }
    if (filter->flagged) {
        return LIST_FLAGGED;
    }
    if (filter->type != NULL && strcmp(filter->type, "sale") != 0) {
        return LIST_TYPE;
    }
    if (filter->has_day) {
        return filter->has_store ? LIST_STORE_DAY : LIST_DAY;
    }
    if (filter->has_register) {
        return LIST_REGISTER;
    }
    return filter->has_store ? LIST_STORE : LIST_ALL;
}

/* `last_receipt` is a buffer that outlives the statement's run. */
static void bind_filter(sqlite3_stmt *select, const struct ledger_filter *filter, char *last_receipt)
{
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
        snprintf(last_receipt, LAST_RECEIPT_SIZE, "%.*s~", JOURNAL_RECEIPT_NUMBER_SIZE,
                 filter->receipt_prefix);
        db_bind_string(select, 4, filter->receipt_prefix);
        db_bind_string(select, 5, last_receipt);
    }
    if (filter->type != NULL) {
        db_bind_string(select, 9, filter->type);
    }
    if (filter->flagged) {
        db_bind_int(select, 10, 1);
    }
    if (filter->has_shift) {
        db_bind_id(select, 11, &filter->shift_id);
    }
    if (filter->has_original) {
        db_bind_id(select, 12, &filter->original_id);
    }
}

/* Reads at most `limit` rows of a list; of `customer` when it is not NULL. */
static enum status read_list(struct db *db, const struct ledger_filter *filter, const struct id *customer,
                             const struct cursor *after, size_t limit, struct arena *arena,
                             struct listed *rows, size_t *count)
{
    const char *sql = list_statement(filter);
    sqlite3_stmt *select = db_statement(db, sql);
    char last_receipt[LAST_RECEIPT_SIZE];
    const bool first = cursor_is_start(after);
    bind_filter(select, filter, last_receipt);
    db_bind_int(select, 6, first ? INT64_MAX : cursor_int(after, CURSOR_DAY));
    db_bind_int(select, 7, first ? INT64_MAX : cursor_int(after, CURSOR_PLACE));
    db_bind_int(select, 8, (int64_t)limit);
    if (customer != NULL) {
        db_bind_id(select, 13, customer);
    }
    enum status status;
    bool row;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        struct listed *listed = &rows[(*count)++];
        int64_t key;
        ledger_sqlite_transaction_row(select, arena, &listed->transaction, &key);
        listed->place = sql == LIST_REGISTER ? listed->transaction.sequence : key;
    }
    return status;
}

static int newest_first(const void *a, const void *b)
{
    const int64_t left = ((const struct listed *)a)->place;
    const int64_t right = ((const struct listed *)b)->place;
    return (left < right) - (left > right);
}

/* One row more than the page says whether there is more. The lists of several customers are merged. */
static enum status list(struct db *db, const struct ledger_filter *filter, const struct cursor *after,
                        size_t limit, struct arena *arena, struct ledger_page *page)
{
    const size_t lists = filter->customer_count == 0 ? 1 : filter->customer_count;
    struct listed *rows = arena_zeroed(arena, lists * (limit + 1), sizeof *rows);
    size_t count = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < lists; i++) {
        status = read_list(db, filter, filter->customer_count == 0 ? NULL : &filter->customer_ids[i], after,
                           limit + 1, arena, rows, &count);
    }
    if (lists > 1) {
        qsort(rows, count, sizeof *rows, newest_first);
    }
    page->transactions = arena_zeroed(arena, limit, sizeof *page->transactions);
    page->has_more = count > limit;
    page->count = page->has_more ? limit : count;
    for (size_t i = 0; i < page->count; i++) {
        page->transactions[i] = rows[i].transaction;
    }
    if (page->has_more) {
        page->next = cursor_of(rows[limit - 1].transaction.business_day);
        cursor_add_int(&page->next, rows[limit - 1].place);
    }
    return status;
}

enum status ledger_sqlite_transaction_list(const struct ledger *ledger, const struct ledger_filter *filter,
                                           const struct cursor *after, size_t limit, struct arena *arena,
                                           struct ledger_page *page)
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
        ledger_sqlite_transaction_row(select, arena, &chunk[(*count)++], &key);
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
