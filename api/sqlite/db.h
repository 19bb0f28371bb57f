/*
 * One connection to the database file, with the statements it has prepared.
 *
 * WAL, synchronous=FULL, foreign keys on; what is deleted is overwritten. One connection writes and
 * checkpoints (sqlite/writer.h); all others are read-only (sqlite/reader.h): SQLite before 3.51.3 can corrupt
 * a WAL that two connections write or checkpoint at the same time. See https://www.sqlite.org/wal.html.
 *
 * A statement is kept under the address of its text, so a text is a named static:
 *
 *     static const char SELECT_TAX[] = "SELECT rate FROM taxes WHERE id = ?1";
 *     sqlite3_stmt *statement = db_statement(db, SELECT_TAX);
 *     db_bind_id(statement, 1, &tax_id);
 *     bool found;
 *     enum status status = db_step(db, statement, &found);
 *
 * Preparing may fail (the disk, the memory): then the statement is NULL, binding does nothing, and
 * db_step returns the failure. So only db_step is checked.
 */
#ifndef MYPOS_SQLITE_DB_H
#define MYPOS_SQLITE_DB_H

#include "base/hash.h"
#include "base/id.h"
#include "base/status.h"

#include <sqlite3.h>
#include <stdbool.h>

#define DB_STATEMENTS_MAX 512 /* kept by a connection; a power of two */

struct db;

enum db_access {
    DB_READ_WRITE, /* the writer: creates the file when it is missing */
    DB_READ_ONLY,
};

/* Opens; the caller owns the connection. STATUS_STORAGE_UNAVAILABLE with a log line when it cannot. */
MUST_CHECK enum status db_open(const char *path, enum db_access access, struct db **db);
void db_close(struct db *db);

/* The connection itself, for what this page does not wrap (backup, VACUUM INTO). */
sqlite3 *db_handle(struct db *db);

/* The statement of a text, reset and without bindings; belongs to the connection. */
sqlite3_stmt *db_statement(struct db *db, const char *sql);

/* Steps. `row` says whether there is one; without `row` a statement that gives none is meant, and it is
 * reset at once. After the last row the statement is reset too; one that is left in the middle is reset
 * with db_done, so that it holds no read lock. A violated UNIQUE or PRIMARY KEY constraint returns
 * STATUS_ID_TAKEN: the caller says what was taken (db_constraint tells which columns). Disk full, I/O
 * error and the like: STATUS_STORAGE_UNAVAILABLE. */
MUST_CHECK enum status db_step(struct db *db, sqlite3_stmt *statement, bool *row);
void db_done(sqlite3_stmt *statement);

/* After a violated constraint: SQLite's words, such as "UNIQUE constraint failed: products.sku". */
const char *db_constraint(struct db *db);

/* Before and after a transaction that writes very much (sqlite/writer.h, invariant 5): more memory, and pages
 * may go to the WAL before the commit. */
MUST_CHECK enum status db_set_large(struct db *db, bool large);

/* While what runs will be undone, what is only derived from the rows need not be kept up. */
void db_set_rehearsal(struct db *db, bool on);
bool db_is_rehearsal(const struct db *db);

/* Whether a connection of this process has met a damaged page, or a file that is no database. */
bool db_damage_was_met(void);
void db_forget_damage(void); /* when the file was replaced */

/* Outside a transaction: writes what the WAL holds to the database and empties its file. Not `done` when a
 * reader still needs it, which is not waited for. When it
 * is done, nothing that was deleted before is on the disk (sqlite/clean_pages.h). */
MUST_CHECK enum status db_empty_log(struct db *db, bool *done);

/* Runs statements that give no rows, unkept: for migrations and pragmas. */
MUST_CHECK enum status db_execute(struct db *db, const char *sql);

/* Ends an open transaction without keeping it; nothing to do when SQLite has ended it by itself. */
void db_roll_back(struct db *db);

/* A read transaction, so that several statements see one state. */
MUST_CHECK enum status db_begin_read(struct db *db);
void db_end_read(struct db *db);

/* Binding and reading of our own kinds. Strings and hashes are borrowed until the statement is reset.
 * A NULL string or id binds NULL; a column that is NULL reads as NULL, or as false for an id. */
void db_bind_int(sqlite3_stmt *statement, int index, int64_t number);
void db_bind_string(sqlite3_stmt *statement, int index, const char *string);
void db_bind_text(sqlite3_stmt *statement, int index, const char *bytes, size_t length);
void db_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t length);
void db_bind_id(sqlite3_stmt *statement, int index, const struct id *id);
const char *db_column_string(sqlite3_stmt *statement, int column); /* valid until the next step */
bool db_column_id(sqlite3_stmt *statement, int column, struct id *id);

#endif
