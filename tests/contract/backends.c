/* The backends of the ledger, and how a test makes, opens and closes each. */
#include "dynamodb_fixture.h"

#include "base/detail.h"
#include "ledger/sqlite/ledger_sqlite.h"
#include "sqlite/migration.h"

#include <unistd.h>

struct sqlite_state {
    char directory[64], path[96];
    struct writer *writer;
    struct readers *readers;
};

static const char INSERT_STORE[] =
    "INSERT INTO stores (key, id, created_at, updated_at, code, name, currency, time_zone)"
    "  VALUES (?1, ?2, 0, 0, 'S' || ?1, 'Store', 'EUR', 'UTC')";
static const char INSERT_REGISTER[] =
    "INSERT INTO registers (key, id, created_at, updated_at, store_id, code, name)"
    "  VALUES (?1, ?2, 0, 0, ?3, 'K' || ?1, 'Register')";
static const char INSERT_PRODUCT[] =
    "INSERT INTO products (key, id, created_at, updated_at, sku, name, price)"
    "  VALUES (?1, ?2, 0, 0, 'TEA' || ?1, 'Tea', 250)";

static void insert(struct db *db, const char *sql, enum fixture_kind kind, int64_t key,
                   const struct id *owner)
{
    const struct id id = fixture_id(kind, key);
    sqlite3_stmt *statement = db_statement(db, sql);
    db_bind_int(statement, 1, key);
    db_bind_id(statement, 2, &id);
    if (owner != NULL) {
        db_bind_id(statement, 3, owner);
    }
    assert_int_equal(db_step(db, statement, NULL), STATUS_OK);
}

static void fill_catalogue(struct db *db)
{
    assert_int_equal(db_execute(db, "BEGIN"), STATUS_OK);
    for (int64_t store = 1; store <= FIXTURE_STORES; store++) {
        insert(db, INSERT_STORE, FIXTURE_STORE, store, NULL);
    }
    for (int64_t key = 1; key <= FIXTURE_STORES * FIXTURE_REGISTERS; key++) {
        const struct id store = fixture_id(FIXTURE_STORE, fixture_store_of(key));
        insert(db, INSERT_REGISTER, FIXTURE_REGISTER, key, &store);
    }
    for (int64_t product = 1; product <= FIXTURE_PRODUCTS; product++) {
        insert(db, INSERT_PRODUCT, FIXTURE_PRODUCT, product, NULL);
    }
    assert_int_equal(db_execute(db, "COMMIT"), STATUS_OK);
}

static void *sqlite_create(void)
{
    struct sqlite_state *state = calloc(1, sizeof *state);
    snprintf(state->directory, sizeof state->directory, "/tmp/mypos-ledger-XXXXXX");
    assert_non_null(mkdtemp(state->directory));
    snprintf(state->path, sizeof state->path, "%s/mypos.db", state->directory);
    struct db *db;
    assert_int_equal(db_open(state->path, DB_READ_WRITE, &db), STATUS_OK);
    struct arena arena;
    arena_init(&arena);
    struct detail detail;
    detail_init(&detail, &arena);
    unsigned applied;
    assert_int_equal(migration_run(db, &detail, &applied), STATUS_OK);
    arena_free(&arena);
    fill_catalogue(db);
    db_close(db);
    return state;
}

static const struct ledger *sqlite_open(void *context)
{
    struct sqlite_state *state = context;
    struct db *db;
    const struct ledger *ledger;
    assert_int_equal(db_open(state->path, DB_READ_WRITE, &db), STATUS_OK);
    assert_int_equal(writer_start(db, &state->writer), STATUS_OK);
    assert_int_equal(readers_open(state->path, 4, &state->readers), STATUS_OK);
    assert_int_equal(ledger_sqlite_open(state->writer, state->readers, &ledger), STATUS_OK);
    return ledger;
}

static void sqlite_close(const struct ledger *ledger, void *context)
{
    struct sqlite_state *state = context;
    ledger->ops->close(ledger);
    readers_close(state->readers);
    writer_stop(state->writer);
}

static void sqlite_destroy(void *context)
{
    struct sqlite_state *state = context;
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char file[128];
        snprintf(file, sizeof file, "%s%s", state->path, endings[i]);
        unlink(file);
    }
    rmdir(state->directory);
    free(state);
}

const struct ledger_backend ledger_backends[] = {
    {.name = "SQLite",
     .create = sqlite_create,
     .open = sqlite_open,
     .close = sqlite_close,
     .destroy = sqlite_destroy},
    {.name = "DynamoDB",
     .is_there = dynamodb_fixture_is_there,
     .create = dynamodb_fixture_create,
     .open = dynamodb_fixture_open,
     .close = dynamodb_fixture_close,
     .destroy = dynamodb_fixture_destroy},
};
const size_t ledger_backend_count = sizeof ledger_backends / sizeof ledger_backends[0];
