#include "catalog/snapshot.h"

#include "base/clock.h"
#include "base/log.h"
#include "catalog/change.h"
#include "catalog/changeset.h"
#include "catalog/position.h"
#include "sqlite/db.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define LISTED_MAX      (SNAPSHOTS_KEPT + 32)
#define TRIMMED_AT_ONCE 64
#define PIECE           65536
#define GZIP_MODE       "wb2" /* beyond this level, time grows faster than the bytes shrink */

/* --- making -------------------------------------------------------------------------------------- */

static enum status copy_compacted(const char *database, const char *path)
{
    static const char VACUUM[] = "VACUUM INTO ?1";
    struct db *db;
    enum status status = db_open(database, DB_READ_ONLY, &db);
    if (status != STATUS_OK) {
        return status;
    }
    status = db_execute(db, "PRAGMA query_only = OFF"); /* of this connection: VACUUM writes, elsewhere */
    if (status == STATUS_OK) {
        sqlite3_stmt *vacuum = db_statement(db, VACUUM);
        db_bind_string(vacuum, 1, path);
        status = db_step(db, vacuum, NULL);
    }
    db_close(db);
    return status;
}

static const char SELECT_OTHERS[] =
    "SELECT name FROM sqlite_schema"
    "  WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL %' AND name NOT LIKE 'sqlite_%'";

/* Whether a table is neither the catalogue's nor what makes it usable. */
static bool is_foreign(const char *table)
{
    return !changeset_has_table(table) && strncmp(table, "product_", 8) != 0 &&
           strcmp(table, "schema_migrations") != 0 && strcmp(table, "catalog_position") != 0;
}

/* What only the one instance knows, and what a shop had in its ledger before it moved, stays behind. */
static enum status drop_foreign_rows(struct db *db)
{
    sqlite3_stmt *tables = db_statement(db, SELECT_OTHERS);
    int changes = 0;
    bool row;
    enum status status = db_execute(db, "PRAGMA foreign_keys = OFF; BEGIN");
    while (status == STATUS_OK && (status = db_step(db, tables, &row)) == STATUS_OK && row) {
        const char *name = db_column_string(tables, 0);
        char *delete = is_foreign(name) ? sqlite3_mprintf("DELETE FROM %Q", name) : NULL;
        if (delete != NULL) {
            status = db_execute(db, delete);
            changes += sqlite3_changes(db_handle(db));
        }
        sqlite3_free(delete);
    }
    db_done(tables);
    if (status == STATUS_OK) {
        status = db_execute(db, "COMMIT");
    }
    return status == STATUS_OK && changes > 0 ? db_execute(db, "VACUUM") : status;
}

static enum status finish_copy(const char *path, struct shared_log_snapshot *made)
{
    struct db *db;
    struct position position;
    enum status status = db_open(path, DB_READ_WRITE, &db);
    if (status != STATUS_OK) {
        return status;
    }
    status = drop_foreign_rows(db);
    if (status == STATUS_OK) {
        status = position_read(db, &position);
    }
    if (status == STATUS_OK) {
        status = change_newest(db, &made->seq);
    }
    if (status == STATUS_OK) {
        made->number = position.number;
        made->op = position.op;
        status = db_execute(db, "PRAGMA journal_mode = DELETE"); /* one file, with everything in it */
    }
    db_close(db);
    return status;
}

static enum status compress_file(const char *from, const char *to)
{
    const int fd = open(from, O_RDONLY | O_CLOEXEC);
    gzFile gzip = gzopen(to, GZIP_MODE);
    unsigned char *bytes = malloc(PIECE);
    ssize_t length = -1;
    while (fd >= 0 && gzip != NULL && bytes != NULL && (length = read(fd, bytes, PIECE)) > 0 &&
           gzwrite(gzip, bytes, (unsigned)length) == length) {
    }
    free(bytes);
    if (fd >= 0) {
        close(fd);
    }
    return gzip != NULL && gzclose(gzip) == Z_OK && length == 0 ? STATUS_OK : STATUS_STORAGE_UNAVAILABLE;
}

static enum status hash_file(int fd, struct hash *hash, size_t *size)
{
    unsigned char *bytes = malloc(PIECE);
    struct hash_stream stream = hash_stream();
    ssize_t length = bytes == NULL ? -1 : 0;
    *size = 0;
    while (bytes != NULL && (length = pread(fd, bytes, PIECE, (off_t)*size)) > 0) {
        hash_stream_add(&stream, bytes, (size_t)length);
        *size += (size_t)length;
    }
    free(bytes);
    *hash = hash_stream_end(&stream);
    return length == 0 ? STATUS_OK : STATUS_STORAGE_UNAVAILABLE;
}

static enum status keep(const struct shared_log *log, const struct snapshot_store *store, const char *file,
                        struct shared_log_snapshot *made)
{
    char text[ID_TEXT_SIZE];
    const struct id id = id_new();
    snprintf(made->name, sizeof made->name, "snapshots/%s%016lld-%s.db.gz", store->prefix,
             (long long)made->number, id_format(&id, text));
    made->at_ms = clock_now_ms();
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    enum status status = hash_file(fd, &made->hash, &made->length);
    if (status == STATUS_OK) {
        status = store->ops->put(store, made->name, fd, made->length);
    }
    close(fd);
    if (status != STATUS_OK) {
        return status;
    }
    status = log->ops->snapshot_add(log, made);
    if (status == STATUS_VERSION_MISMATCH) {
        return store->ops->remove(store, made->name);
    }
    if (status == STATUS_OVERLOADED) { /* surely not listed; else it may be */
        (void)!store->ops->remove(store, made->name);
    }
    return status;
}

enum status snapshot_make(const struct shared_log *log, const struct snapshot_store *store,
                          const char *database, const char *directory, struct shared_log_snapshot *made)
{
    char copy[PATH_MAX], packed[PATH_MAX];
    snprintf(copy, sizeof copy, "%s/snapshot.db", directory);
    snprintf(packed, sizeof packed, "%s/snapshot.db.gz", directory);
    *made = (struct shared_log_snapshot){0};
    unlink(copy);
    enum status status = copy_compacted(database, copy);
    if (status == STATUS_OK) {
        status = finish_copy(copy, made);
    }
    if (status == STATUS_OK) {
        status = compress_file(copy, packed);
    }
    if (status == STATUS_OK) {
        status = keep(log, store, packed, made);
    }
    unlink(copy);
    unlink(packed);
    return status;
}

/* --- fetching ------------------------------------------------------------------------------------ */

static enum status unpack_file(const char *from, const char *to)
{
    gzFile gzip = gzopen(from, "rb");
    const int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    unsigned char *bytes = malloc(PIECE);
    int length = -1;
    while (gzip != NULL && fd >= 0 && bytes != NULL && (length = gzread(gzip, bytes, PIECE)) > 0 &&
           write(fd, bytes, (size_t)length) == length) {
    }
    free(bytes);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    const bool closed = gzip != NULL && gzclose(gzip) == Z_OK; /* and its checksum was right */
    return length == 0 && synced && closed ? STATUS_OK : STATUS_STORAGE_UNAVAILABLE;
}

static enum status download(const struct snapshot_store *store, const struct shared_log_snapshot *snapshot,
                            const char *file)
{
    struct hash hash;
    size_t length;
    const int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    enum status status = store->ops->get(store, snapshot->name, fd);
    if (status == STATUS_OK) {
        status = hash_file(fd, &hash, &length);
    }
    close(fd);
    if (status == STATUS_OK &&
        (length != snapshot->length || memcmp(&hash, &snapshot->hash, sizeof hash) != 0)) {
        status = STATUS_INTERNAL_ERROR;
    }
    return status == STATUS_NOT_FOUND ? STATUS_INTERNAL_ERROR : status;
}

static enum status check_copy(const char *path, const struct shared_log_snapshot *snapshot)
{
    static const char CHECK[] = "PRAGMA quick_check(1)";
    struct db *db;
    struct position position = {0};
    enum status status = db_open(path, DB_READ_ONLY, &db);
    if (status != STATUS_OK) {
        return status;
    }
    sqlite3_stmt *check = db_statement(db, CHECK);
    bool row;
    status = db_step(db, check, &row);
    const bool sound = status == STATUS_OK && row && strcmp(db_column_string(check, 0), "ok") == 0;
    db_done(check);
    if (sound) {
        status = position_read(db, &position);
    }
    db_close(db);
    return sound && status == STATUS_OK && position.number == snapshot->number &&
                   id_equal(&position.op, &snapshot->op)
               ? STATUS_OK
               : STATUS_INTERNAL_ERROR;
}

enum status snapshot_fetch(const struct snapshot_store *store, const struct shared_log_snapshot *snapshot,
                           const char *database, const char *directory)
{
    char copy[PATH_MAX], packed[PATH_MAX];
    snprintf(copy, sizeof copy, "%s/fetched.db", directory);
    snprintf(packed, sizeof packed, "%s/fetched.db.gz", directory);
    enum status status = download(store, snapshot, packed);
    if (status == STATUS_OK) {
        status = unpack_file(packed, copy);
    }
    if (status == STATUS_OK) {
        status = check_copy(copy, snapshot);
    }
    if (status == STATUS_OK && rename(copy, database) != 0) {
        status = STATUS_STORAGE_UNAVAILABLE;
    }
    unlink(copy);
    unlink(packed);
    struct log_line line = log_begin(status == STATUS_OK ? LOG_INFO : LOG_ERROR,
                                     status == STATUS_OK ? "catalog_snapshot_taken"
                                                         : "catalog_snapshot_unusable");
    log_text(&line, "name", snapshot->name);
    log_int(&line, "number", snapshot->number);
    log_end(&line);
    return status;
}

/* --- cleaning ------------------------------------------------------------------------------------ */

enum status snapshot_clean(const struct shared_log *log, const struct snapshot_store *store)
{
    struct shared_log_snapshot *listed = calloc(LISTED_MAX, sizeof *listed);
    size_t count = 0;
    if (listed == NULL) {
        return STATUS_OVERLOADED;
    }
    enum status status = log->ops->snapshot_list(log, LISTED_MAX, listed, &count);
    /* The list first: what is listed is there. */
    for (size_t i = SNAPSHOTS_KEPT; status == STATUS_OK && i < count; i++) {
        status = log->ops->snapshot_forget(log, listed[i].number);
        if (status == STATUS_OK) {
            status = store->ops->remove(store, listed[i].name);
        }
    }
    if (status == STATUS_OK && count >= SNAPSHOTS_KEPT) {
        bool more = true;
        while (status == STATUS_OK && more) {
            status = log->ops->trim(log, listed[SNAPSHOTS_KEPT - 1].number, TRIMMED_AT_ONCE, &more);
        }
    }
    free(listed);
    return status == STATUS_OK ? log->ops->part_sweep(log, clock_now_ms() - SNAPSHOT_EVERY_MS) : status;
}
