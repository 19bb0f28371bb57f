/* A database that sold before acts were lists of effects moves forward with all that it holds. */
#include "unit.h"

#include "base/clock.h"
#include "sqlite/migration.h"

#define SALES 40

static const char OLD_TABLE[] =
    "CREATE TABLE schema_migrations (name TEXT PRIMARY KEY, hash TEXT NOT NULL, applied_at INTEGER NOT NULL)"
    "  STRICT, WITHOUT ROWID";

static void run(struct db *db, const char *sql)
{
    assert_int_equal(db_execute(db, sql), STATUS_OK);
}

static void run_formatted(struct db *db, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void run_formatted(struct db *db, const char *format, ...)
{
    char sql[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sql, sizeof sql, format, arguments);
    va_end(arguments);
    run(db, sql);
}

static int64_t number_of(struct db *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(db_handle(db), sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* As the version before the acts left it: its migrations and no more. */
static void run_old_migrations(struct db *db)
{
    run(db, OLD_TABLE);
    for (const struct migration *migration = migrations; strcmp(migration->name, "0004_ledger_acts") != 0;
         migration++) {
        char hash_text[HASH_TEXT_SIZE];
        const struct hash hash = hash_of(migration->sql, strlen(migration->sql));
        run(db, migration->sql);
        run_formatted(db, "INSERT INTO schema_migrations VALUES ('%s', '%s', 0)", migration->name,
                      hash_format(&hash, hash_text));
    }
}

/* Sales of two stores, of products 1 to 5; a product twice in a sale. What is in stock was counted in
 * between, so levels are not what was sold. Product 6 was counted and never sold, 7 has a level of nothing.
 */
static void sell_as_before(struct db *db)
{
    struct unit_random random = unit_random();
    for (int sale = 1; sale <= SALES; sale++) {
        const int store = sale % 2 + 1;
        run_formatted(
            db,
            "INSERT INTO transactions (key, id, type, store_key, register_key, sequence, receipt_number,"
            "  business_day, created_at, currency, total, fingerprint, hash, record)"
            "  VALUES (%d, x'%032x', 'sale', %d, %d, %d, 'K%d', 20000, %d, 'EUR', 500, x'00', x'%064x',"
            "          '{\"sale\":%d}')",
            sale, (unsigned)sale, store, store, sale, sale, sale * 1000, (unsigned)sale, sale);
        for (int line = 1; line <= 3; line++) {
            run_formatted(db, "INSERT INTO transaction_lines VALUES (%d, %d, %d, %d, 250)", sale, line,
                          (int)unit_random_below(&random, 5) + 1,
                          (int)unit_random_below(&random, 300000) + 1);
        }
    }
    for (int store = 1; store <= 2; store++) {
        for (int product = 1; product <= 7; product++) {
            run_formatted(db, "INSERT INTO stock_levels VALUES (%d, %d, %d, 99)", store, product,
                          product == 7 ? 0 : (int)unit_random_below(&random, 1000000) - 300000);
        }
    }
    run(db, "INSERT INTO idempotency_records VALUES (zeroblob(32), zeroblob(32), 201, NULL, NULL, x'"
            "00000000000000000000000000000003', 0)");
    run(db, "INSERT INTO idempotency_records VALUES (randomblob(32), zeroblob(32), 201, '/there', NULL,"
            "  CAST('0123456789abcdef' AS BLOB), 0)");
}

static struct db *old_database(void)
{
    struct db *db;
    assert_int_equal(db_open(":memory:", DB_READ_WRITE, &db), STATUS_OK);
    run_old_migrations(db);
    sell_as_before(db);
    run(db, "CREATE TEMP TABLE old_levels AS SELECT * FROM stock_levels;"
            "CREATE TEMP TABLE old_lines AS SELECT * FROM transaction_lines;"
            "CREATE TEMP TABLE old_transactions AS SELECT * FROM transactions");
    return db;
}

static void migrate(struct db *db)
{
    struct arena arena;
    struct detail detail;
    unsigned applied;
    arena_init(&arena);
    detail_init(&detail, &arena);
    assert_int_equal(migration_run(db, &detail, &applied), STATUS_OK);
    assert_true(applied > 0);
    arena_free(&arena);
}

static void sales_stay_as_they_were(void **state)
{
    (void)state;
    struct db *db = old_database();
    migrate(db);
    assert_int_equal(
        number_of(db, "SELECT count(*) FROM transactions JOIN old_transactions AS old"
                      "  USING (key, id, type, store_key, register_key, sequence, receipt_number,"
                      "         business_day, created_at, currency, total, fingerprint, hash, record)"
                      "  WHERE shift_id IS NULL AND customer_id IS NULL AND original_id IS NULL"
                      "    AND flagged = 0 AND part = 0"),
        SALES);
    assert_int_equal(number_of(db, "SELECT count(*) FROM transactions"), SALES);
    assert_int_equal(
        number_of(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    db_close(db);
}

static void what_was_sold_is_the_history_of_the_levels(void **state)
{
    (void)state;
    struct db *db = old_database();
    migrate(db);
    assert_int_equal(number_of(db, "SELECT count(*) FROM stock_levels JOIN old_levels"
                                   "  USING (store_key, product_key, level, updated_at)"),
                     14);
    /* The sum of the movements, and what the last of them says, is the level. */
    assert_int_equal(number_of(db, "SELECT count(*) FROM stock_levels AS head WHERE level <> ("
                                   "  SELECT coalesce(sum(quantity), 0) FROM stock_movements AS moved"
                                   "   WHERE moved.store_key = head.store_key"
                                   "     AND moved.product_key = head.product_key)"),
                     0);
    assert_int_equal(number_of(db, "SELECT count(*) FROM stock_levels AS head"
                                   "  LEFT JOIN stock_movements AS last ON last.key = last_movement"
                                   "  WHERE head.level <> coalesce(last.level, 0)"),
                     0);
    /* Each continues the one before, and none is left out of the walk. */
    assert_int_equal(number_of(db, "SELECT count(*) FROM stock_movements AS moved"
                                   "  LEFT JOIN stock_movements AS before ON before.key = moved.previous"
                                   "   AND before.store_key = moved.store_key"
                                   "   AND before.product_key = moved.product_key"
                                   "  WHERE moved.level <> coalesce(before.level, 0) + moved.quantity"),
                     0);
    assert_int_equal(number_of(db, "WITH RECURSIVE walk (key) AS (SELECT last_movement FROM stock_levels"
                                   "    WHERE last_movement > 0 UNION ALL"
                                   "    SELECT previous FROM stock_movements JOIN walk USING (key)"
                                   "     WHERE previous > 0)"
                                   "  SELECT count(*) - (SELECT count(*) FROM stock_movements) FROM walk"),
                     0);
    /* What was taken for each product in each sale is there. */
    assert_int_equal(
        number_of(db, "SELECT count(*) FROM (SELECT transaction_key, product_key, -sum(quantity), sum(total)"
                      "    FROM old_lines GROUP BY transaction_key, product_key EXCEPT"
                      "  SELECT transactions.key, product_key, quantity, stock_movements.total"
                      "    FROM stock_movements JOIN transactions ON transactions.id = act_id)"),
        0);
    assert_int_equal(number_of(db, "SELECT count(*) FROM stock_movements WHERE product_key = 7"), 0);
    db_close(db);
}

static void key_of_an_earlier_sale_still_finds_it(void **state)
{
    (void)state;
    struct db *db = old_database();
    migrate(db);
    assert_int_equal(number_of(db, "SELECT count(*) FROM idempotency_records JOIN transactions ON act_id = id"
                                   "  WHERE transactions.key = 3 AND body IS NULL"),
                     1);
    assert_int_equal(number_of(db, "SELECT count(*) FROM idempotency_records"
                                   "  WHERE act_id IS NULL AND body = CAST('0123456789abcdef' AS BLOB)"),
                     1);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sales_stay_as_they_were),
        cmocka_unit_test(what_was_sold_is_the_history_of_the_levels),
        cmocka_unit_test(key_of_an_earlier_sale_still_finds_it),
    };
    return cmocka_run_group_tests_name("migration of the ledger", tests, NULL, NULL);
}
