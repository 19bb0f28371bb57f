#include "sqlite/db.h"

#include "base/log.h"
#include "sqlite/clean_pages.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID   0x4d795053 /* "MyPS": file(1) and we know our own */
#define BUSY_MS          5000       /* a reader may meet the recovery of a WAL */
#define WRITER_CACHE_KIB 3072
#define LARGE_CACHE_KIB  24576    /* while a large transaction runs: a page is written once, not many times */
#define WAL_KEPT_BYTES   67108864 /* what a large transaction made the file longer is given back */
#define CHECKPOINT_PAGES 4000 /* 16 MB: the stock's pages are copied back once for several hundred sales */
#define READER_CACHE_KIB 768
#define UNDO_IN_MEMORY   (-1) /* what a savepoint can undo, an act's pages at most, has no file of its own */

struct kept_statement {
    const char *sql; /* the address is the key */
    sqlite3_stmt *statement;
};

struct db {
    sqlite3 *handle;
    bool is_rehearsal;
    enum status prepare_failure; /* of the last db_statement that returned NULL */
    unsigned kept_count;
    struct kept_statement kept[DB_STATEMENTS_MAX];
};

static atomic_bool damage_was_met;

/* SQLite's codes (https://www.sqlite.org/rescode.html), translated at the border. */
static enum status translate(struct db *db, int code, const char *doing)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return STATUS_OK;
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
            code == SQLITE_CONSTRAINT_ROWID) {
            return STATUS_ID_TAKEN;
        }
        break;
    default:
        break;
    }
    struct log_line line = log_begin(LOG_ERROR, "sqlite_error");
    log_text(&line, "doing", doing);
    log_int(&line, "code", code);
    log_text(&line, "message", sqlite3_errmsg(db->handle));
    log_end(&line);
    if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) {
        atomic_store(&damage_was_met, true);
    }
    switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PERM:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
        return STATUS_STORAGE_UNAVAILABLE;
    default:
        return STATUS_INTERNAL_ERROR;
    }
}

static enum status read_pragma(struct db *db, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    *value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return translate(db, code, sql);
}

static enum status refuse_foreign_file(struct db *db, const char *path)
{
    int64_t application_id, tables, pointer_maps;
    enum status status = read_pragma(db, "PRAGMA application_id", &application_id);
    if (status == STATUS_OK) {
        status = read_pragma(db, "SELECT count(*) FROM sqlite_schema", &tables);
    }
    if (status == STATUS_OK) {
        status = read_pragma(db, "PRAGMA auto_vacuum", &pointer_maps); /* sqlite/clean_pages.h */
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (pointer_maps == 0 && (application_id == APPLICATION_ID || (application_id == 0 && tables == 0))) {
        return STATUS_OK;
    }
    struct log_line line = log_begin(LOG_ERROR, "not_a_mypos_database");
    log_text(&line, "path", path);
    log_end(&line);
    return STATUS_STORAGE_UNAVAILABLE;
}

static enum status configure(struct db *db, const char *path, enum db_access access)
{
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    enum status status = refuse_foreign_file(db, path);
    char pragmas[512];
    if (access == DB_READ_WRITE) {
        snprintf(pragmas, sizeof pragmas,
                 "PRAGMA application_id = %d; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                 "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -%d;"
                 "PRAGMA cache_spill = OFF;" /* sqlite/writer.h, invariant 5 */
                 "PRAGMA secure_delete = ON;"
                 "PRAGMA wal_autocheckpoint = %d; PRAGMA journal_size_limit = %d;",
                 APPLICATION_ID, WRITER_CACHE_KIB, CHECKPOINT_PAGES, WAL_KEPT_BYTES);
    } else {
        snprintf(pragmas, sizeof pragmas,
                 "PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF;"
                 "PRAGMA cache_size = -%d;",
                 READER_CACHE_KIB);
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    return status == STATUS_OK ? db_execute(db, pragmas) : status;
}

/* Once, before the first connection: without statistics SQLite's allocator takes no lock of its own, which
 * all readers would wait for. See https://www.sqlite.org/malloc.html. */
static void configure_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, UNDO_IN_MEMORY);
    if (clean_pages_register() != SQLITE_OK) {
        abort(); /* SQLite's own start failed: there is no memory */
    }
}

enum status db_open(const char *path, enum db_access access, struct db **out)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    pthread_once(&configured, configure_library);
    struct db *db = calloc(1, sizeof *db);
    if (db == NULL) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    const int flags = access == DB_READ_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                              : SQLITE_OPEN_READONLY;
    const char *vfs = access == DB_READ_WRITE ? CLEAN_PAGES_VFS : NULL;
    int code = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, vfs);
    enum status status = translate(db, code, "open");
    if (status == STATUS_OK) {
        status = configure(db, path, access);
    }
    if (status != STATUS_OK) {
        db_close(db);
        return status;
    }
    *out = db;
    return STATUS_OK;
}

void db_close(struct db *db)
{
    if (db == NULL) {
        return;
    }
    for (size_t i = 0; i < DB_STATEMENTS_MAX; i++) {
        sqlite3_finalize(db->kept[i].statement);
    }
    sqlite3_close(db->handle);
    free(db);
}

sqlite3 *db_handle(struct db *db)
{
    return db->handle;
}

static struct kept_statement *find_slot(struct db *db, const char *sql)
{
    size_t at = ((uintptr_t)sql >> 4) * 0x9e3779b97f4a7c15u >> 32;
    for (;; at++) {
        struct kept_statement *kept = &db->kept[at % DB_STATEMENTS_MAX];
        if (kept->sql == sql || kept->sql == NULL) {
            return kept;
        }
    }
}

sqlite3_stmt *db_statement(struct db *db, const char *sql)
{
    struct kept_statement *kept = find_slot(db, sql);
    if (kept->statement != NULL) {
        sqlite3_reset(kept->statement);
        sqlite3_clear_bindings(kept->statement);
        return kept->statement;
    }
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK) {
        db->prepare_failure = translate(db, code, sql);
        return NULL;
    }
    if (db->kept_count + 1 >= DB_STATEMENTS_MAX) {
        abort(); /* the statements of the house are fewer; a text that is not static would come here */
    }
    db->kept_count++;
    *kept = (struct kept_statement){.sql = sql, .statement = statement};
    return statement;
}

enum status db_step(struct db *db, sqlite3_stmt *statement, bool *row)
{
    if (row != NULL) {
        *row = false;
    }
    if (statement == NULL) {
        return db->prepare_failure;
    }
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && row != NULL) {
        *row = true;
        return STATUS_OK;
    }
    enum status status = translate(db, code, sqlite3_sql(statement));
    sqlite3_reset(statement);
    return status;
}

void db_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
}

const char *db_constraint(struct db *db)
{
    return sqlite3_errmsg(db->handle);
}

enum status db_execute(struct db *db, const char *sql)
{
    return translate(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL), sql);
}

enum status db_set_large(struct db *db, bool large)
{
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA cache_spill = %s; PRAGMA cache_size = -%d;",
             large ? "ON" : "OFF", large ? LARGE_CACHE_KIB : WRITER_CACHE_KIB);
    const enum status status = db_execute(db, pragmas);
    if (!large) {
        sqlite3_db_release_memory(db->handle);
        malloc_trim(0); /* pages of the cache lie between others: without this the process would keep them */
    }
    return status;
}

void db_set_rehearsal(struct db *db, bool on)
{
    db->is_rehearsal = on;
}

bool db_is_rehearsal(const struct db *db)
{
    return db->is_rehearsal;
}

bool db_damage_was_met(void)
{
    return atomic_load(&damage_was_met);
}

void db_forget_damage(void)
{
    atomic_store(&damage_was_met, false);
}

enum status db_empty_log(struct db *db, bool *done)
{
    sqlite3_busy_timeout(db->handle, 0);
    const int code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    *done = code == SQLITE_OK;
    return (code & 0xff) == SQLITE_BUSY ? STATUS_OK : translate(db, code, "empty the log");
}

void db_roll_back(struct db *db)
{
    if (!sqlite3_get_autocommit(db->handle)) {
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    }
}

enum status db_begin_read(struct db *db)
{
    static const char BEGIN[] = "BEGIN";
    return db_step(db, db_statement(db, BEGIN), NULL);
}

void db_end_read(struct db *db)
{
    static const char END[] = "COMMIT";
    if (db_step(db, db_statement(db, END), NULL) != STATUS_OK) {
        db_roll_back(db); /* nothing was written; the next reader begins anew */
    }
}

void db_bind_int(sqlite3_stmt *statement, int index, int64_t number)
{
    sqlite3_bind_int64(statement, index, number);
}

void db_bind_string(sqlite3_stmt *statement, int index, const char *string)
{
    sqlite3_bind_text(statement, index, string, -1, SQLITE_STATIC);
}

void db_bind_text(sqlite3_stmt *statement, int index, const char *bytes, size_t length)
{
    sqlite3_bind_text64(statement, index, bytes, length, SQLITE_STATIC, SQLITE_UTF8);
}

void db_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t length)
{
    sqlite3_bind_blob64(statement, index, bytes, length, SQLITE_STATIC);
}

void db_bind_id(sqlite3_stmt *statement, int index, const struct id *id)
{
    sqlite3_bind_blob(statement, index, id, (int)sizeof *id, SQLITE_STATIC);
}

const char *db_column_string(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

bool db_column_id(sqlite3_stmt *statement, int column, struct id *id)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    if (bytes == NULL || sqlite3_column_bytes(statement, column) != (int)sizeof *id) {
        return false;
    }
    memcpy(id, bytes, sizeof *id);
    return true;
}
