#include "app/reference/product_stock.h"

#include "base/clock.h"
#include "ledger/sqlite/ledger_sqlite.h"
#include "sqlite/db.h"

static const char SELECT_LEVEL[] = "SELECT level FROM stock_levels WHERE store_key = ?1 AND product_key = ?2";

enum status product_stock_read(void *context, struct db *db, int64_t product_key, bool *has, int64_t *level)
{
    const struct product_stock *stock = context;
    sqlite3_stmt *statement = db_statement(db, SELECT_LEVEL);
    db_bind_int(statement, 1, stock->store_key);
    db_bind_int(statement, 2, product_key);
    const enum status status = db_step(db, statement, has);
    *level = status == STATUS_OK && *has ? sqlite3_column_int64(statement, 0) : 0;
    db_done(statement);
    return status;
}

enum status product_stock_set(void *context, struct db *db, int64_t product_key, bool is_new, int64_t level,
                              bool *changed)
{
    const struct product_stock *stock = context;
    bool has = false;
    int64_t old = 0;
    const enum status status = is_new ? STATUS_OK : product_stock_read(context, db, product_key, &has, &old);
    *changed = !has || old != level;
    if (status != STATUS_OK || !*changed) {
        return status;
    }
    const struct ledger_movement counted = {
        .store = {.key = stock->store_key, .id = stock->store_id},
        .product = {.key = product_key},
        .reason = "count",
        .quantity = level,
        .counted = true,
        .low_at = LEDGER_NO_LEVEL,
    };
    struct ledger_moved moved;
    return ledger_sqlite_stock_move(db, &counted, clock_now_ms(), &moved);
}
