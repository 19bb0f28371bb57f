/*
 * A fresh shop for tests of the catalogue: a migrated database in a folder of its own, with the first store
 * and register. The connection is the writer's; a test works on it as an act would.
 */
#ifndef MYPOS_TESTS_SHOP_H
#define MYPOS_TESTS_SHOP_H

#include "catalog/catalog.h"
#include "catalog/entity.h"
#include "catalog/import.h"
#include "sqlite/migration.h"

#include "unit.h"

#include <unistd.h>

struct shop {
    char directory[64], path[96];
    struct db *db;
    struct catalog *catalog;
    struct arena arena;
    struct detail detail;
    struct entity_act act;
};

static const struct actor shop_actor = {.kind = "system", .name = "test"};

/* A new act: its detail and arena start empty. */
static inline struct entity_act *shop_act(struct shop *shop)
{
    arena_free(&shop->arena);
    detail_init(&shop->detail, &shop->arena);
    shop->act = (struct entity_act){
        .db = shop->db, .arena = &shop->arena, .detail = &shop->detail, .actor = &shop_actor};
    return &shop->act;
}

static inline int shop_open(void **state)
{
    struct shop *shop = calloc(1, sizeof *shop);
    unsigned applied;
    snprintf(shop->directory, sizeof shop->directory, "/tmp/mypos-shop-XXXXXX");
    assert_non_null(mkdtemp(shop->directory));
    snprintf(shop->path, sizeof shop->path, "%s/mypos.db", shop->directory);
    arena_init(&shop->arena);
    shop_act(shop);
    assert_int_equal(db_open(shop->path, DB_READ_WRITE, &shop->db), STATUS_OK);
    shop->act.db = shop->db;
    assert_int_equal(migration_run(shop->db, &shop->detail, &applied), STATUS_OK);
    int64_t seq;
    assert_int_equal(catalog_prepare(shop->db, &seq), STATUS_OK);
    assert_int_equal(catalog_open(shop->db, &shop->catalog), STATUS_OK);
    *state = shop;
    return 0;
}

static inline int shop_close(void **state)
{
    struct shop *shop = *state;
    char command[128];
    catalog_close(shop->catalog);
    db_close(shop->db);
    arena_free(&shop->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", shop->directory);
    const int code = system(command);
    free(shop);
    return code;
}

/* A number of one row and column. */
static inline int64_t shop_number(struct shop *shop, const char *sql)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db_handle(shop->db), sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* The text of one row and column, in the shop's arena. */
static inline const char *shop_text(struct shop *shop, const char *sql)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db_handle(shop->db), sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    const char *copy = text == NULL ? NULL : arena_copy(&shop->arena, text);
    sqlite3_finalize(statement);
    return copy;
}

/* Imports a CSV text; the report is the caller's to free. */
static inline enum status shop_import(struct shop *shop, const char *csv, size_t length,
                                      struct import_report *report)
{
    char path[128];
    snprintf(path, sizeof path, "%s/import.csv", shop->directory);
    FILE *file = fopen(path, "w+b");
    assert_non_null(file);
    assert_int_equal(fwrite(csv, 1, length, file), length);
    assert_int_equal(fflush(file), 0);
    const struct import_options options = {.fd = fileno(file), .decimals = 2, .actor = &shop_actor};
    const struct id id = id_new();
    int64_t seq = 0;
    shop_act(shop);
    import_report_init(report, &id, false);
    enum status status = import_check(&options, report, &shop->detail);
    if (status == STATUS_OK) {
        assert_int_equal(db_execute(shop->db, "BEGIN"), STATUS_OK);
        status = import_apply(shop->db, &options, report, &seq);
        assert_int_equal(db_execute(shop->db, status == STATUS_OK ? "COMMIT" : "ROLLBACK"), STATUS_OK);
    }
    report->status = status == STATUS_OK ? IMPORT_COMPLETED : IMPORT_FAILED;
    fclose(file);
    return status;
}

#endif
