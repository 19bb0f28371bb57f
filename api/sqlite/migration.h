/*
 * Migrations: migrations/sqlite/NNNN_name.sql, embedded at build time, in the order of their names.
 *
 * Forward only. Each runs in one SQLite transaction with the row that records its name and the SHA-256 of
 * its text in `schema_migrations`; at start every recorded hash is compared, so a migration that was
 * edited after it ran, or a database of a newer version, is refused.
 */
#ifndef MYPOS_SQLITE_MIGRATION_H
#define MYPOS_SQLITE_MIGRATION_H

#include "base/detail.h"
#include "sqlite/db.h"

struct migration {
    const char *name; /* "0001_catalogue"; NULL ends the table */
    const char *sql;
};

extern const struct migration migrations[];

/* Brings the database to the newest version; `applied` counts what ran. The detail says what is wrong. */
MUST_CHECK enum status migration_run(struct db *db, struct detail *detail, unsigned *applied);

#endif
