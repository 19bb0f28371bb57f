/*
 * mypos backup: a copy of the database as of one moment, and the pictures that it names, also beside a running
 * server.
 *
 *     FILE           the database; it appears last, when all is whole
 *     FILE.images/   the pictures, of a shop that keeps them in a directory
 *
 * What the copied catalogue names is still there while it is copied: a picture that was given up since stays
 * for MYPOS_IMAGES_GRACE_SECONDS.
 */
#include "cli/cli.h"
#include "cli/open.h"
#include "cli/output_file.h"
#include "cli/picture_copy.h"
#include "images/dir/images_dir.h"
#include "images/images.h"
#include "sqlite/db.h"

#include <inttypes.h>
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

/* --- pictures --- */

struct pictures {
    char from[PATH_MAX], to[PATH_MAX];
    struct picture_copy copy;
};

/* Both directories, from and to; where the shop has none, nothing is copied. */
static enum status copy_pictures(struct pictures *pictures, struct db *db, struct detail *detail)
{
    struct images *from, *to;
    enum status status = images_dir_open_reading(pictures->from, detail, &from);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    status = images_dir_open(pictures->to, detail, &to);
    if (status == STATUS_OK) {
        pictures->copy = (struct picture_copy){.from = from, .to = to};
        status = picture_copy_run(&pictures->copy, db);
        to->ops->close(to);
    }
    from->ops->close(from);
    return status;
}

/* Of the copied database, not of the shop's: that one goes on. */
static bool back_up_pictures(struct pictures *pictures, const char *copied)
{
    struct arena arena;
    struct detail detail;
    struct db *db;
    if (db_open(copied, DB_READ_ONLY, &db) != STATUS_OK) {
        cli_fail("cannot open %s", copied);
        return false;
    }
    arena_init(&arena);
    detail_init(&detail, &arena);
    const enum status status = copy_pictures(pictures, db, &detail);
    if (status != STATUS_OK) {
        cli_fail("the pictures cannot be copied: %s",
                 detail.text != NULL ? detail.text : status_title(status));
    }
    arena_free(&arena);
    db_close(db);
    return status == STATUS_OK;
}

/* --- both --- */

static bool copy_all(const struct config *config, const char *path, const char *temporary,
                     struct pictures *pictures)
{
    char database[PATH_MAX];
    struct db *db;
    shop_database(config, database, sizeof database);
    if (snprintf(pictures->from, PATH_MAX, "%s/images", config->data) >= PATH_MAX ||
        snprintf(pictures->to, PATH_MAX, "%s.images", path) >= PATH_MAX) {
        cli_fail("%s: the path is too long", path);
        return false;
    }
    if (db_open(database, DB_READ_ONLY, &db) != STATUS_OK) {
        cli_fail("cannot open %s", database);
        return false;
    }
    const bool written = write_copy(db, temporary);
    db_close(db);
    return written && (config->uses_s3 || back_up_pictures(pictures, temporary));
}

static int back_up(const struct config *config, const char *path, bool replace)
{
    struct pictures pictures = {0};
    struct output_file file;
    struct stat about;
    if (!output_file_begin(&file, path, replace)) {
        return CLI_FAILED;
    }
    if (!copy_all(config, path, file.temporary, &pictures)) {
        output_file_abandon(&file);
        return CLI_FAILED;
    }
    if (!output_file_finish(&file) || stat(path, &about) != 0) {
        return CLI_FAILED;
    }
    printf("%s: %lld bytes, checked\n", path, (long long)about.st_size);
    if (config->uses_s3) {
        puts("Pictures are in the bucket, and not copied.");
    } else {
        printf("%s: %" PRIu64 " pictures, read again; %" PRIu64 " are named and not there\n", pictures.to,
               pictures.copy.copied, pictures.copy.missing);
    }
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
    const int code = back_up(config, path, replace);
    if (code == CLI_OK && config->uses_dynamodb) {
        puts("It has the catalogue. Transactions, stock and customers are in DynamoDB: its point-in-time "
             "recovery "
             "keeps them.");
    }
    return code;
}
