/*
 * What the disk and SQLite allow: durable sales in a bare loop, with nothing around them.
 *
 * A sale is one row with a record of the usual size, five lines, five levels of stock updated, and an event
 * that waits until RELAYED further sales were made and then goes, in WAL mode with synchronous=FULL: the same
 * durable work as a sale of the server, without its indexes, hashes, reads, JSON and HTTP. Prints
 * one line for each number of sales a commit:
 *
 *     bare_sqlite DIRECTORY [SECONDS] [PRODUCTS] [RECORD_BYTES]
 *     sales_a_commit=16 sales_a_second=25012
 *
 *     cc -O2 bare_sqlite.c -lsqlite3
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINES       5
#define CACHE_KIB   "8192" /* as the server's writer has */
#define RECORD_MAX  65536
#define PATH_SIZE   4096
#define CHECK_EVERY 64 /* commits between looks at the clock */
#define RELAYED     100

static const char SCHEMA[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -" CACHE_KIB ";"
    "CREATE TABLE sales (key INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT;"
    "CREATE TABLE lines (sale INTEGER, line INTEGER, product INTEGER, quantity INTEGER,"
    "  total INTEGER, PRIMARY KEY (sale, line)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE stock (store INTEGER, product INTEGER, level INTEGER, updated_at INTEGER,"
    "  PRIMARY KEY (store, product)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE outbox (key INTEGER PRIMARY KEY, type TEXT, due_at INTEGER, sale INTEGER) STRICT;";

struct bench {
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *sale, *line, *stock, *event, *relayed;
    int products, record_bytes;
    char record[RECORD_MAX];
    uint64_t random;
};

static void check(struct bench *bench, int code, const char *doing)
{
    if (code != SQLITE_OK && code != SQLITE_DONE) {
        fprintf(stderr, "%s: %s\n", doing, sqlite3_errmsg(bench->db));
        exit(1);
    }
}

static sqlite3_stmt *prepare(struct bench *bench, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    check(bench, sqlite3_prepare_v3(bench->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), sql);
    return statement;
}

static void run(struct bench *bench, sqlite3_stmt *statement)
{
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    check(bench, code, "step");
}

static int any_product(struct bench *bench)
{
    bench->random = bench->random * 6364136223846793005u + 1442695040888963407u;
    return (int)((bench->random >> 33) % (uint64_t)bench->products) + 1;
}

/* The database with its WAL and its shared memory. */
static void remove_files(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char file[PATH_SIZE + 8];
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(file, sizeof file, "%s%s", path, endings[i]);
        remove(file);
    }
}

static void open_bench(struct bench *bench, const char *path)
{
    remove_files(path);
    check(bench, sqlite3_open(path, &bench->db), path);
    check(bench, sqlite3_exec(bench->db, SCHEMA, NULL, NULL, NULL), "schema");
    bench->begin = prepare(bench, "BEGIN IMMEDIATE");
    bench->commit = prepare(bench, "COMMIT");
    bench->sale = prepare(bench, "INSERT INTO sales (record) VALUES (?1)");
    bench->line = prepare(bench, "INSERT INTO lines VALUES (?1, ?2, ?3, ?4, ?5)");
    bench->stock = prepare(bench, "UPDATE stock SET level = level - ?2, updated_at = ?3"
                                  "  WHERE store = 1 AND product = ?1");
    bench->event = prepare(bench,
                           "INSERT INTO outbox VALUES (?1, 'transaction.completed', 1795000000000, ?1)");
    bench->relayed = prepare(bench, "DELETE FROM outbox WHERE key = ?1");
    sqlite3_stmt *fill = prepare(bench, "INSERT INTO stock VALUES (1, ?1, 100000000, 1795000000000)");
    run(bench, bench->begin);
    for (int product = 1; product <= bench->products; product++) {
        sqlite3_bind_int(fill, 1, product);
        run(bench, fill);
    }
    run(bench, bench->commit);
    sqlite3_finalize(fill);
}

static void sell(struct bench *bench)
{
    sqlite3_bind_text(bench->sale, 1, bench->record, bench->record_bytes, SQLITE_STATIC);
    run(bench, bench->sale);
    const int64_t key = sqlite3_last_insert_rowid(bench->db);
    for (int line = 1; line <= LINES; line++) {
        const int product = any_product(bench);
        sqlite3_bind_int64(bench->line, 1, key);
        sqlite3_bind_int(bench->line, 2, line);
        sqlite3_bind_int(bench->line, 3, product);
        sqlite3_bind_int(bench->line, 4, 100000);
        sqlite3_bind_int(bench->line, 5, 250);
        run(bench, bench->line);
        sqlite3_bind_int(bench->stock, 1, product);
        sqlite3_bind_int(bench->stock, 2, 100000);
        sqlite3_bind_int64(bench->stock, 3, 1795000000000 + key);
        run(bench, bench->stock);
    }
    sqlite3_bind_int64(bench->event, 1, key);
    run(bench, bench->event);
    sqlite3_bind_int64(bench->relayed, 1, key - RELAYED);
    run(bench, bench->relayed);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double sales_a_second(struct bench *bench, int sales_a_commit, double seconds)
{
    const double start = now_s();
    double elapsed = 0;
    int64_t sales = 0;
    while (elapsed < seconds) {
        for (int commit = 0; commit < CHECK_EVERY; commit++) {
            run(bench, bench->begin);
            for (int i = 0; i < sales_a_commit; i++) {
                sell(bench);
            }
            run(bench, bench->commit);
            sales += sales_a_commit;
        }
        elapsed = now_s() - start;
    }
    return (double)sales / elapsed;
}

static void close_bench(struct bench *bench)
{
    sqlite3_finalize(bench->begin);
    sqlite3_finalize(bench->commit);
    sqlite3_finalize(bench->sale);
    sqlite3_finalize(bench->line);
    sqlite3_finalize(bench->stock);
    sqlite3_finalize(bench->event);
    sqlite3_finalize(bench->relayed);
    sqlite3_close(bench->db);
}

int main(int count, char **arguments)
{
    static struct bench bench;
    static const int batches[] = {1, 16, 64};
    char path[PATH_SIZE];
    if (count < 2) {
        fprintf(stderr, "usage: bare_sqlite DIRECTORY [SECONDS] [PRODUCTS] [RECORD_BYTES]\n");
        return 2;
    }
    const double seconds = count > 2 ? atof(arguments[2]) : 5;
    bench.products = count > 3 ? atoi(arguments[3]) : 100000;
    bench.record_bytes = count > 4 ? atoi(arguments[4]) : 2400;
    if (seconds <= 0 || bench.products < 1 || bench.record_bytes < 1 || bench.record_bytes > RECORD_MAX) {
        fprintf(stderr, "a number is out of range\n");
        return 2;
    }
    memset(bench.record, 'x', sizeof bench.record);
    snprintf(path, sizeof path, "%s/bare_sqlite.db", arguments[1]);
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        open_bench(&bench, path);
        printf("sales_a_commit=%d sales_a_second=%.0f\n", batches[i],
               sales_a_second(&bench, batches[i], seconds));
        fflush(stdout);
        close_bench(&bench);
    }
    remove_files(path);
    return 0;
}
