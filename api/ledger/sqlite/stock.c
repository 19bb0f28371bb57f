/*
 * Levels of stock, read and listed.
 */
#include "ledger/sqlite/internal.h"

static const char SELECT_LEVEL[] = "SELECT level FROM stock_levels WHERE store_key = ?1 AND product_key = ?2";
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
