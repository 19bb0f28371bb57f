#include "sqlite/migration.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

static const char CREATE_TABLE[] = "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                   "  name TEXT PRIMARY KEY,"
                                   "  hash TEXT NOT NULL,"
                                   "  applied_at INTEGER NOT NULL"
                                   ") STRICT, WITHOUT ROWID";
static const char SELECT_ALL[] = "SELECT name, hash FROM schema_migrations ORDER BY name";
static const char INSERT[] = "INSERT INTO schema_migrations (name, hash, applied_at) VALUES (?1, ?2, ?3)";

static const char *hash_text(const struct migration *migration, char text[static HASH_TEXT_SIZE])
{
    const struct hash hash = hash_of(migration->sql, strlen(migration->sql));
    return hash_format(&hash, text);
}

/* Compares what is recorded with what is embedded; `recorded` counts it. */
static enum status check_recorded(struct db *db, struct detail *detail, size_t *recorded)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_ALL);
    enum status status;
    bool row;
    *recorded = 0;
    while ((status = db_step(db, statement, &row)) == STATUS_OK && row) {
        const struct migration *migration = &migrations[*recorded];
        const char *name = db_column_string(statement, 0);
        char hash[HASH_TEXT_SIZE];
        if (migration->name == NULL || strcmp(migration->name, name) != 0) {
            status =
                detail_set(detail, STATUS_STORAGE_UNAVAILABLE,
                           "The database has the migration %s, which this version of MyPOS does not know. "
                           "Start the newer version that made it.",
                           name);
        } else if (strcmp(hash_text(migration, hash), db_column_string(statement, 1)) != 0) {
            status = detail_set(
                detail, STATUS_STORAGE_UNAVAILABLE,
                "The migration %s ran on this database with another text than this version has.", name);
        }
        if (status != STATUS_OK) {
            db_done(statement);
            return status;
        }
        (*recorded)++;
    }
    return status;
}

static enum status apply(struct db *db, const struct migration *migration, size_t version)
{
    char hash[HASH_TEXT_SIZE];
    char pragma[48];
    snprintf(pragma, sizeof pragma, "PRAGMA user_version = %zu", version);
    enum status status = db_execute(db, "BEGIN IMMEDIATE");
    if (status == STATUS_OK) {
        status = db_execute(db, migration->sql);
    }
    if (status == STATUS_OK) {
        sqlite3_stmt *insert = db_statement(db, INSERT);
        db_bind_string(insert, 1, migration->name);
        db_bind_string(insert, 2, hash_text(migration, hash));
        db_bind_int(insert, 3, clock_now_ms());
        status = db_step(db, insert, NULL);
    }
    if (status == STATUS_OK) {
        status = db_execute(db, pragma);
    }
    if (status == STATUS_OK) {
        status = db_execute(db, "COMMIT");
    }
    if (status != STATUS_OK) {
        db_roll_back(db);
    }
    return status;
}

enum status migration_run(struct db *db, struct detail *detail, unsigned *applied)
{
    size_t recorded;
    *applied = 0;
    enum status status = db_execute(db, CREATE_TABLE);
    if (status == STATUS_OK) {
        status = check_recorded(db, detail, &recorded);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (const struct migration *migration = &migrations[recorded]; migration->name != NULL; migration++) {
        status = apply(db, migration, (size_t)(migration - migrations) + 1);
        if (status != STATUS_OK) {
            return detail_set(detail, status, "The migration %s failed; the database is as it was before it.",
                              migration->name);
        }
        struct log_line line = log_begin(LOG_INFO, "migration_applied");
        log_text(&line, "name", migration->name);
        log_end(&line);
        (*applied)++;
    }
    return STATUS_OK;
}
