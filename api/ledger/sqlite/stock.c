#include "ledger/sqlite/internal.h"

/* Takes without a look before, and only if enough is left. ?4 is the least level that may remain. */
static const char TAKE[] = "UPDATE stock_levels SET level = level - ?3, updated_at = ?5"
                           "  WHERE store_key = ?1 AND product_key = ?2 AND level - ?3 >= ?4";
static const char INSERT_TAKEN[] = "INSERT INTO stock_levels (store_key, product_key, level, updated_at)"
                                   "  VALUES (?1, ?2, ?3, ?4)";
static const char SELECT_LEVEL[] = "SELECT level FROM stock_levels WHERE store_key = ?1 AND product_key = ?2";
static const char SET_LEVEL[] =
    "INSERT INTO stock_levels (store_key, product_key, level, updated_at) VALUES (?1, ?2, ?3, ?4)"
    "  ON CONFLICT DO UPDATE SET level = excluded.level, updated_at = excluded.updated_at";

/* CROSS JOIN keeps the order of the loops: along the primary key of the levels, so no page is sorted. */
#define SELECT_PAGE                                                                                          \
    "SELECT store_key, product_key, stores.id, products.id, level, stock_levels.updated_at"                  \
    "  FROM stock_levels CROSS JOIN products ON products.key = product_key"                                  \
    "  CROSS JOIN stores ON stores.key = store_key"
static const char LIST_ALL[] = SELECT_PAGE " WHERE (store_key, product_key) > (?3, ?4)"
                                           " ORDER BY store_key, product_key LIMIT ?5";
static const char LIST_STORE[] = SELECT_PAGE " WHERE store_key = ?1 AND product_key > ?4"
                                             " ORDER BY product_key LIMIT ?5";
static const char LIST_PRODUCT[] = SELECT_PAGE
    " WHERE store_key IN (SELECT key FROM stores WHERE key > ?3) AND product_key = ?2"
    " ORDER BY store_key LIMIT ?5";
static const char LIST_BOTH[] = SELECT_PAGE " WHERE store_key = ?1 AND product_key = ?2 AND store_key > ?3"
                                            " LIMIT ?5";

/* Levels stay far from the end of 64 bits: QUANTITY_MAX is 10^14, and nobody sells that 90,000 times. If
 * somebody did, SQLite would make a REAL of it, and the STRICT table refuse that. */
#define NO_LEAST_LEVEL INT64_MIN

static enum status level_of(struct db *db, int64_t store_key, int64_t product_key, int64_t *level,
                            bool *found)
{
    sqlite3_stmt *select = db_statement(db, SELECT_LEVEL);
    db_bind_int(select, 1, store_key);
    db_bind_int(select, 2, product_key);
    enum status status = db_step(db, select, found);
    *level = 0;
    if (status == STATUS_OK && *found) {
        *level = sqlite3_column_int64(select, 0);
        db_done(select);
    }
    return status;
}

enum status ledger_sqlite_stock_take(struct db *db, int64_t store_key,
                                     const struct ledger_sale_movement *movement, int64_t at_ms,
                                     int64_t *left)
{
    sqlite3_stmt *take = db_statement(db, TAKE);
    db_bind_int(take, 1, store_key);
    db_bind_int(take, 2, movement->product.key);
    db_bind_int(take, 3, movement->quantity);
    db_bind_int(take, 4, movement->deny_oversell ? 0 : NO_LEAST_LEVEL);
    db_bind_int(take, 5, at_ms);
    enum status status = db_step(db, take, NULL);
    if (status != STATUS_OK || sqlite3_changes64(db_handle(db)) == 1) {
        return status;
    }
    bool found;
    status = level_of(db, store_key, movement->product.key, left, &found);
    if (status != STATUS_OK) {
        return status;
    }
    if (found || movement->deny_oversell) {
        return STATUS_INSUFFICIENT_STOCK;
    }
    sqlite3_stmt *insert = db_statement(db, INSERT_TAKEN);
    db_bind_int(insert, 1, store_key);
    db_bind_int(insert, 2, movement->product.key);
    db_bind_int(insert, 3, -movement->quantity);
    db_bind_int(insert, 4, at_ms);
    return db_step(db, insert, NULL);
}

enum status ledger_sqlite_stock_set(struct db *db, const struct ledger_stock_level *level)
{
    sqlite3_stmt *set = db_statement(db, SET_LEVEL);
    db_bind_int(set, 1, level->store.key);
    db_bind_int(set, 2, level->product.key);
    db_bind_int(set, 3, level->level);
    db_bind_int(set, 4, level->updated_at_ms);
    return db_step(db, set, NULL);
}

struct set_act {
    const struct ledger_stock_level *levels;
    size_t count;
};

static enum status set_act(struct db *db, void *context)
{
    const struct set_act *act = context;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < act->count; i++) {
        status = ledger_sqlite_stock_set(db, &act->levels[i]);
    }
    return status;
}

enum status ledger_sqlite_stock_set_all(const struct ledger *ledger, const struct ledger_stock_level *levels,
                                        size_t count)
{
    struct writer *writer = ledger_sqlite_of(ledger)->writer;
    struct set_act act = {.levels = levels, .count = count};
    return writer == NULL ? STATUS_STORAGE_UNAVAILABLE : writer_run(writer, set_act, &act);
}

enum status ledger_sqlite_stock_read(const struct ledger *ledger, int64_t store_key,
                                     const int64_t *product_keys, size_t count, int64_t *levels)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    enum status status = db_begin_read(db);
    if (status == STATUS_OK) {
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            bool found;
            status = level_of(db, store_key, product_keys[i], &levels[i], &found);
        }
        db_end_read(db);
    }
    reader_give_back(readers, db);
    return status;
}

static const char *page_statement(const struct ledger_stock_filter *filter)
{
    if (filter->has_store) {
        return filter->has_product ? LIST_BOTH : LIST_STORE;
    }
    return filter->has_product ? LIST_PRODUCT : LIST_ALL;
}

static enum status list_levels(struct db *db, const struct ledger_stock_filter *filter, size_t limit,
                               struct ledger_stock_level *levels, size_t *count, bool *has_more)
{
    sqlite3_stmt *select = db_statement(db, page_statement(filter));
    db_bind_int(select, 1, filter->store_key);
    db_bind_int(select, 2, filter->product_key);
    db_bind_int(select, 3, filter->after_store_key);
    db_bind_int(select, 4, filter->after_product_key);
    db_bind_int(select, 5, (int64_t)limit + 1);
    *count = 0;
    *has_more = false;
    for (;;) {
        bool row;
        const enum status status = db_step(db, select, &row);
        if (status != STATUS_OK || !row) {
            return status;
        }
        if (*count == limit) {
            *has_more = true;
            db_done(select);
            return STATUS_OK;
        }
        struct ledger_stock_level *level = &levels[(*count)++];
        *level = (struct ledger_stock_level){
            .store.key = sqlite3_column_int64(select, 0),
            .product.key = sqlite3_column_int64(select, 1),
            .level = sqlite3_column_int64(select, 4),
            .updated_at_ms = sqlite3_column_int64(select, 5),
        };
        db_column_id(select, 2, &level->store.id);
        db_column_id(select, 3, &level->product.id);
    }
}

enum status ledger_sqlite_stock_list(const struct ledger *ledger, const struct ledger_stock_filter *filter,
                                     size_t limit, struct ledger_stock_level *levels, size_t *count,
                                     bool *has_more)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    const enum status status = list_levels(db, filter, limit, levels, count, has_more);
    reader_give_back(readers, db);
    return status;
}
