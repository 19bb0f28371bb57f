/* mypos backup: a copy of the database as of one moment, also beside a running server. */
#include "cli/cli.h"
#include "cli/open.h"
#include "cli/output_file.h"
#include "sqlite/db.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* In one step: SQLite reads a snapshot of the WAL, so the server goes on writing, and the copy is of one
 * moment. The copy leaves WAL mode, so that it is one file. */
static bool copy(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL) {
        return false;
    }
    (void)sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup) == SQLITE_OK &&
           sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK;
}

/* The first finding of the check; "ok" is none. */
static bool is_sound(sqlite3 *copied, char *finding, size_t size)
{
    sqlite3_stmt *check = NULL;
    bool sound = false;
    if (sqlite3_prepare_v2(copied, "PRAGMA integrity_check(1)", -1, &check, NULL) == SQLITE_OK &&
        sqlite3_step(check) == SQLITE_ROW) {
        snprintf(finding, size, "%s", (const char *)sqlite3_column_text(check, 0));
        sound = strcmp(finding, "ok") == 0;
    } else {
        snprintf(finding, size, "%s", sqlite3_errmsg(copied));
    }
    sqlite3_finalize(check);
    return sound;
}

static bool write_copy(struct db *db, const char *path)
{
    char finding[512] = "";
    sqlite3 *to = NULL;
    bool good = false;
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK || !copy(db_handle(db), to)) {
        cli_fail("cannot copy the database: %s", sqlite3_errmsg(to));
    } else if (!is_sound(to, finding, sizeof finding)) {
        cli_fail("the copy is not sound: %s", finding);
    } else {
        good = true;
    }
    return (sqlite3_close(to) == SQLITE_OK) && good;
}

static int back_up(const char *database, const char *path, bool replace)
{
    struct output_file file;
    struct db *db;
    if (!output_file_begin(&file, path, replace)) {
        return CLI_FAILED;
    }
    if (db_open(database, DB_READ_ONLY, &db) != STATUS_OK) {
        output_file_abandon(&file);
        return cli_fail("cannot open %s", database);
    }
    const bool written = write_copy(db, file.temporary);
    db_close(db);
    if (!written) {
        output_file_abandon(&file);
        return CLI_FAILED;
    }
    struct stat about;
    if (!output_file_finish(&file) || stat(path, &about) != 0) {
        return CLI_FAILED;
    }
    printf("%s: %lld bytes, checked\n", path, (long long)about.st_size);
    return CLI_OK;
}

int command_backup(const struct config *config, int count, char **arguments)
{
    const char *path = NULL;
    bool replace = false;
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--force") == 0) {
            replace = true;
        } else if (path == NULL && arguments[i][0] != '-') {
            path = arguments[i];
        } else {
            return cli_usage("backup");
        }
    }
    if (path == NULL) {
        return cli_usage("backup");
    }
    char database[PATH_MAX];
    shop_database(config, database, sizeof database);
    const int code = back_up(database, path, replace);
    if (code == CLI_OK && config->uses_dynamodb) {
        puts("It has the catalogue. Transactions, stock and customers are in DynamoDB: its point-in-time "
             "recovery "
             "keeps them.");
    }
    return code;
}
