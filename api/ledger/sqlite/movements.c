/*
 * Movements of stock: posting them, and their history.
 */
#include "ledger/sqlite/internal.h"

static const char SELECT_LEVEL[] = "SELECT level, last_movement FROM stock_levels"
                                   "  WHERE store_key = ?1 AND product_key = ?2";
static const char INSERT_MOVEMENT[] = "INSERT INTO stock_movements (store_key, product_key, previous, at, "
                                      "reason, quantity, level, total, act_id)"
                                      "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char UPDATE_LEVEL[] = "UPDATE stock_levels SET level = ?3, updated_at = ?4, last_movement = ?5"
                                   "  WHERE store_key = ?1 AND product_key = ?2";
static const char INSERT_LEVEL[] =
    "INSERT INTO stock_levels (store_key, product_key, level, updated_at, last_movement)"
    "  VALUES (?1, ?2, ?3, ?4, ?5)";
static const char SELECT_MOVED[] = "SELECT quantity, level FROM stock_movements"
                                   "  WHERE key >= ?1 AND key < ?1 + ?2 ORDER BY key";

#define SELECT_ROW                                                                                           \
    "SELECT stock_movements.key, previous, store_key, product_key, stores.id, products.id, act_id, reason,"  \
    "       stock_movements.at, quantity, level, total, acts.id IS NOT NULL, detail"                         \
    "  FROM stock_movements JOIN stores ON stores.key = store_key JOIN products ON products.key = "          \
    "product_key"                                                                                            \
    "  LEFT JOIN acts ON acts.id = act_id"
static const char SELECT_ONE[] = SELECT_ROW
    " WHERE stock_movements.key = ?1 AND store_key = ?2 AND product_key = ?3";

#define PREVIOUS_COLUMN 1 /* of SELECT_ROW */

static enum status read_stock(struct db *db, int64_t store_key, int64_t product_key,
                              struct sqlite_stock *stock)
{
    sqlite3_stmt *select = db_statement(db, SELECT_LEVEL);
    db_bind_int(select, 1, store_key);
    db_bind_int(select, 2, product_key);
    *stock = (struct sqlite_stock){0};
    const enum status status = db_step(db, select, &stock->found);
    if (status == STATUS_OK && stock->found) {
        stock->level = sqlite3_column_int64(select, 0);
        stock->last_movement = sqlite3_column_int64(select, 1);
        db_done(select);
    }
    return status;
}

static enum status insert_movement(struct db *db, const struct ledger_movement *movement,
                                   const struct ledger_moved *moved, int64_t previous, int64_t at_ms,
                                   const struct id *act_id, int64_t *key)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_MOVEMENT);
    db_bind_int(insert, 1, movement->store.key);
    db_bind_int(insert, 2, movement->product.key);
    db_bind_int(insert, 3, previous);
    db_bind_int(insert, 4, at_ms);
    db_bind_string(insert, 5, movement->reason);
    db_bind_int(insert, 6, moved->quantity);
    db_bind_int(insert, 7, moved->level);
    db_bind_int(insert, 8, movement->total_minor);
    if (act_id != NULL) {
        db_bind_id(insert, 9, act_id);
    }
    const enum status status = db_step(db, insert, NULL);
    *key = sqlite3_last_insert_rowid(db_handle(db));
    return status;
}

static enum status set_level(struct db *db, const struct ledger_movement *movement, bool found, int64_t level,
                             int64_t at_ms, int64_t movement_key)
{
    sqlite3_stmt *set = db_statement(db, found ? UPDATE_LEVEL : INSERT_LEVEL);
    db_bind_int(set, 1, movement->store.key);
    db_bind_int(set, 2, movement->product.key);
    db_bind_int(set, 3, level);
    db_bind_int(set, 4, at_ms);
    db_bind_int(set, 5, movement_key);
    return db_step(db, set, NULL);
}

/* Levels stay far from the end of 64 bits: QUANTITY_MAX is 10^14, and nobody sells that 90,000 times. */
static bool compute(const struct ledger_movement *movement, int64_t level, struct ledger_moved *moved)
{
    if (movement->counted) {
        moved->level = movement->quantity;
        return !__builtin_sub_overflow(movement->quantity, level, &moved->quantity);
    }
    moved->quantity = movement->quantity;
    return !__builtin_add_overflow(level, movement->quantity, &moved->level);
}

/* With STATUS_INSUFFICIENT_STOCK moved->level is what there is. */
static enum status judge(struct db *db, const struct ledger_movement *movement, struct sqlite_stock *stock,
                         struct ledger_moved *moved)
{
    const enum status status = read_stock(db, movement->store.key, movement->product.key, stock);
    if (status != STATUS_OK) {
        return status;
    }
    if (!compute(movement, stock->level, moved)) {
        return STATUS_INTERNAL_ERROR;
    }
    if (movement->deny_oversell && moved->quantity < 0 && moved->level < 0) {
        moved->level = stock->level;
        return STATUS_INSUFFICIENT_STOCK;
    }
    return STATUS_OK;
}

enum status ledger_sqlite_movements_check(struct db *db, struct sqlite_act *act)
{
    const struct ledger_act *of = act->act;
    struct ledger_outcome *outcome = act->outcome;
    outcome->moved = arena_zeroed(act->arena, of->movement_count, sizeof *outcome->moved);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < of->movement_count; i++) {
        outcome->failed = i;
        status = judge(db, &of->movements[i], &act->stock[i], &outcome->moved[i]);
        outcome->left = outcome->moved[i].level;
    }
    return status;
}

/* Posts one; `key` is its own. */
static enum status post(struct db *db, const struct ledger_movement *movement,
                        const struct sqlite_stock *stock, const struct ledger_moved *moved, int64_t at_ms,
                        const struct id *act_id, int64_t *key)
{
    enum status status = insert_movement(db, movement, moved, stock->last_movement, at_ms, act_id, key);
    if (status == STATUS_OK) {
        status = set_level(db, movement, stock->found, moved->level, at_ms, *key);
    }
    if (status == STATUS_OK && movement->low_at != LEDGER_NO_LEVEL && stock->level > movement->low_at &&
        moved->level <= movement->low_at) {
        status = ledger_sqlite_stock_low(db, movement, moved->level, at_ms);
    }
    return status;
}

enum status ledger_sqlite_movements_post(struct db *db, struct sqlite_act *act)
{
    static const struct id none;
    const struct ledger_act *of = act->act;
    const struct id *act_id = id_equal(&of->id, &none) ? NULL : &of->id;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < of->movement_count; i++) {
        int64_t key = 0;
        status = post(db, &of->movements[i], &act->stock[i], &act->outcome->moved[i], of->at_ms, act_id,
                      &key);
        if (i == 0) {
            act->first_movement = key;
        }
    }
    act->outcome->moved_count = of->movement_count;
    return status;
}

/* --- history --- */

enum status ledger_sqlite_movements_find(struct db *db, int64_t first, int64_t count, struct arena *arena,
                                         struct ledger_outcome *outcome)
{
    outcome->moved = arena_zeroed(arena, (size_t)count, sizeof *outcome->moved);
    outcome->moved_count = 0;
    sqlite3_stmt *select = db_statement(db, SELECT_MOVED);
    db_bind_int(select, 1, first);
    db_bind_int(select, 2, count);
    enum status status;
    bool row;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        outcome->moved[outcome->moved_count++] = (struct ledger_moved){
            .quantity = sqlite3_column_int64(select, 0), .level = sqlite3_column_int64(select, 1)};
    }
    return status;
}

static void read_row(sqlite3_stmt *row, struct arena *arena, struct ledger_moved_row *moved)
{
    *moved = (struct ledger_moved_row){
        .store.key = sqlite3_column_int64(row, 2),
        .product.key = sqlite3_column_int64(row, 3),
        .reason = ledger_sqlite_copy_text(row, 7, arena),
        .at_ms = sqlite3_column_int64(row, 8),
        .quantity = sqlite3_column_int64(row, 9),
        .level = sqlite3_column_int64(row, 10),
        .total_minor = sqlite3_column_int64(row, 11),
        .detail = ledger_sqlite_copy_text(row, 13, arena),
    };
    db_column_id(row, 4, &moved->store.id);
    db_column_id(row, 5, &moved->product.id);
    const bool by_act = db_column_id(row, 6, &moved->act_id);
    moved->by_record = by_act && sqlite3_column_int(row, 12) == 0;
}

/* Walks a product's history back from `key`, the newest of the page; a row of another's ends it. */
static enum status walk(struct db *db, int64_t store_key, int64_t product_key, int64_t key, size_t limit,
                        struct arena *arena, struct ledger_moved_page *page)
{
    while (key != 0 && page->count < limit) {
        sqlite3_stmt *select = db_statement(db, SELECT_ONE);
        db_bind_int(select, 1, key);
        db_bind_int(select, 2, store_key);
        db_bind_int(select, 3, product_key);
        bool found;
        const enum status status = db_step(db, select, &found);
        if (status != STATUS_OK || !found) {
            return status;
        }
        read_row(select, arena, &page->rows[page->count++]);
        key = sqlite3_column_int64(select, PREVIOUS_COLUMN);
        db_done(select);
    }
    page->has_more = key != 0;
    page->next = cursor_of(key);
    return STATUS_OK;
}

enum status ledger_sqlite_movement_list(const struct ledger *ledger, int64_t store_key, int64_t product_key,
                                        const struct cursor *after, size_t limit, struct arena *arena,
                                        struct ledger_moved_page *page)
{
    *page = (struct ledger_moved_page){.rows = arena_zeroed(arena, limit, sizeof *page->rows)};
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    struct sqlite_stock stock = {.last_movement = cursor_int(after, 0)};
    enum status status = STATUS_OK;
    if (cursor_is_start(after)) {
        status = read_stock(db, store_key, product_key, &stock);
    }
    if (status == STATUS_OK) {
        status = walk(db, store_key, product_key, stock.last_movement, limit, arena, page);
    }
    reader_give_back(readers, db);
    return status;
}
