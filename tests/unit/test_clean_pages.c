/* What was deleted is not in the database file, however pages were split and merged; and nothing else is
 * touched. */
#include "unit.h"

#include "sqlite/clean_pages.h"
#include "sqlite/db.h"

#include <unistd.h>

#define SECRET "rosebud" /* in every row that is deleted in the end */
#define ROWS   4000

static const char INSERT_DOCUMENT[] = "INSERT OR REPLACE INTO documents VALUES (?1, ?2)";
static const char DELETE_DOCUMENT[] = "DELETE FROM documents WHERE key = ?1";
static const char INSERT_TERM[] = "INSERT OR IGNORE INTO terms VALUES (?1, ?2)";
static const char DELETE_TERMS[] = "DELETE FROM terms WHERE key = ?1";

struct place {
    char directory[64], path[96];
    struct db *db;
};

static int open_place(void **state)
{
    static struct place place;
    snprintf(place.directory, sizeof place.directory, "/tmp/mypos-clean-XXXXXX");
    assert_non_null(mkdtemp(place.directory));
    snprintf(place.path, sizeof place.path, "%s/clean.db", place.directory);
    assert_int_equal(db_open(place.path, DB_READ_WRITE, &place.db), STATUS_OK);
    assert_int_equal(
        db_execute(place.db,
                   "CREATE TABLE documents (key INTEGER PRIMARY KEY, body TEXT);"
                   "CREATE TABLE terms (term TEXT, key INTEGER, PRIMARY KEY (term, key)) WITHOUT ROWID;"
                   "CREATE INDEX terms_of_document ON terms (key, term);"),
        STATUS_OK);
    *state = &place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;
    char command[128];
    db_close(place->db);
    snprintf(command, sizeof command, "rm -rf %s", place->directory);
    return system(command);
}

static void run(struct db *db, const char *sql, int64_t key, const char *text)
{
    sqlite3_stmt *statement = db_statement(db, sql);
    if (text == NULL) {
        db_bind_int(statement, 1, key);
    } else if (sql == INSERT_TERM) {
        db_bind_string(statement, 1, text);
        db_bind_int(statement, 2, key);
    } else {
        db_bind_int(statement, 1, key);
        db_bind_string(statement, 2, text);
    }
    assert_int_equal(db_step(db, statement, NULL), STATUS_OK);
}

/* Rows with an even key are secret. */
static void write_row(struct db *db, struct unit_random *random, int64_t key)
{
    char body[6000];
    const int length = (int)unit_random_amount(random, 5000);
    snprintf(body, sizeof body, "%s %lld %0*d", key % 2 == 0 ? SECRET : "plain", (long long)key, length, 7);
    run(db, INSERT_DOCUMENT, key, body);
    run(db, DELETE_TERMS, key, NULL);
    for (int i = 0; i < 8; i++) {
        snprintf(body, sizeof body, "%llx%s%llx", (unsigned long long)unit_random_below(random, 4096),
                 key % 2 == 0 ? SECRET : "plain", (unsigned long long)unit_random_next(random));
        run(db, INSERT_TERM, key, body);
    }
}

static bool file_has(const char *path, const char *text)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    static char bytes[64 << 20];
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

static int64_t number(struct db *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(db_handle(db), sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    const int64_t value = strcmp(text, "ok") == 0 ? 1 : sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void nothing_deleted_is_left_in_the_files(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct unit_random random = unit_random();
    for (int round = 0; round < 20; round++) {
        assert_int_equal(db_execute(db, "BEGIN"), STATUS_OK);
        for (int i = 0; i < 400; i++) {
            write_row(db, &random, 1 + (int64_t)unit_random_below(&random, ROWS));
        }
        assert_int_equal(db_execute(db, "COMMIT"), STATUS_OK);
    }
    const int64_t plain = number(db, "SELECT count(*) FROM documents WHERE key % 2 = 1");
    assert_int_equal(db_execute(db, "BEGIN"), STATUS_OK);
    for (int64_t key = 2; key <= ROWS; key += 2) {
        run(db, DELETE_DOCUMENT, key, NULL);
        run(db, DELETE_TERMS, key, NULL);
    }
    assert_int_equal(db_execute(db, "COMMIT"), STATUS_OK);
    char wal[128];
    snprintf(wal, sizeof wal, "%s-wal", place->path);
    assert_true(file_has(wal, SECRET) || file_has(place->path, SECRET));

    bool done;
    assert_int_equal(db_empty_log(db, &done), STATUS_OK);
    assert_true(done);
    assert_false(file_has(wal, SECRET));
    assert_false(file_has(place->path, SECRET));
    assert_true(file_has(place->path, "plain"));
    assert_int_equal(number(db, "PRAGMA integrity_check"), 1);
    assert_int_equal(number(db, "SELECT count(*) FROM documents"), plain);
}

static void a_reader_is_not_waited_for(void **state)
{
    struct place *place = *state;
    struct unit_random random = unit_random();
    struct db *reader;
    write_row(place->db, &random, 1);
    assert_int_equal(db_open(place->path, DB_READ_ONLY, &reader), STATUS_OK);
    assert_int_equal(db_begin_read(reader), STATUS_OK);
    assert_int_equal(number(reader, "SELECT count(*) FROM documents"), 1);
    write_row(place->db, &random, 3);
    bool done;
    assert_int_equal(db_empty_log(place->db, &done), STATUS_OK);
    assert_false(done);
    assert_int_equal(number(reader, "SELECT count(*) FROM documents"), 1);
    db_end_read(reader);
    assert_int_equal(db_empty_log(place->db, &done), STATUS_OK);
    assert_true(done);
    assert_int_equal(number(reader, "SELECT count(*) FROM documents"), 2);
    db_close(reader);
}

static void only_the_gap_of_a_b_tree_page_is_cleaned(void **state)
{
    (void)state;
    uint8_t page[512], before[512];
    memset(page, 0xaa, sizeof page);
    /* a leaf of a table with two cells, at 500 and 506, and a free block at 490 */
    const uint8_t header[] = {13,        490 >> 8, 490 & 255, 0,         2,        490 >> 8,
                              490 & 255, 0,        500 >> 8,  500 & 255, 506 >> 8, 506 & 255};
    memcpy(page, header, sizeof header);
    memcpy(before, page, sizeof page);
    clean_page(page, sizeof page);
    assert_memory_equal(page, before, sizeof header);
    for (size_t at = sizeof header; at < 490; at++) {
        assert_int_equal(page[at], 0);
    }
    assert_memory_equal(page + 490, before + 490, sizeof page - 490);

    const struct {
        size_t at;
        uint8_t value;
    } faults[] = {{0, 0}, {0, 1}, {3, 200}, {5, 3}, {8, 0}, {10, 2}, {1, 0}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        memcpy(page, before, sizeof page);
        page[faults[i].at] = faults[i].value;
        uint8_t faulty[512];
        memcpy(faulty, page, sizeof page);
        clean_page(page, sizeof page);
        assert_memory_equal(page, faulty, sizeof page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_deleted_is_left_in_the_files, open_place, close_place),
        cmocka_unit_test_setup_teardown(a_reader_is_not_waited_for, open_place, close_place),
        cmocka_unit_test(only_the_gap_of_a_b_tree_page_is_cleaned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
