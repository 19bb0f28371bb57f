/* Making the catalogue anew: before the database is opened, so that there is one way for a new instance, one
 * whose disk is gone and one that broke. */
#include "catalog/replica.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void path_of(const char *directory, const char *name, char path[static PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s", directory, name);
}

#define MARK "catalog.broken"

bool replica_is_marked(const char *directory)
{
    char path[PATH_MAX];
    path_of(directory, MARK, path);
    return access(path, F_OK) == 0;
}

void replica_mark(const char *directory, const char *why)
{
    char path[PATH_MAX];
    path_of(directory, MARK, path);
    FILE *file = fopen(path, "we");
    if (file != NULL) {
        fprintf(file, "%s\n", why);
        fclose(file);
    }
}

/* The last one that was moved aside goes. */
static enum status move_aside(const char *database)
{
    static const char *const ends[] = {"-wal", "-shm", ""};
    if (access(database, F_OK) != 0) {
        return STATUS_OK; /* it was, by one who was killed then */
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char from[PATH_MAX], to[PATH_MAX];
        snprintf(from, sizeof from, "%s%s", database, ends[i]);
        snprintf(to, sizeof to, "%s.replaced%s", database, ends[i]);
        unlink(to);
        if (rename(from, to) != 0 && errno != ENOENT) {
            return STATUS_STORAGE_UNAVAILABLE;
        }
    }
    return STATUS_OK;
}

/* From nothing: the log has all entries from the first. */
static enum status check_whole(const struct shared_log *log, struct detail *detail)
{
    struct arena arena;
    struct shared_log_entry entry;
    bool found;
    arena_init(&arena);
    const enum status status = log->ops->find(log, 1, &arena, &entry, &found);
    const bool whole = !found || entry.body != NULL || entry.parts > 0;
    arena_free(&arena);
    if (status != STATUS_OK) {
        return detail_set(detail, status, "The shared log of the catalogue cannot be read.");
    }
    return whole ? STATUS_OK
                 : detail_set(
                       detail, STATUS_STORAGE_UNAVAILABLE,
                       "The shared log of the catalogue begins with a snapshot, and none can be fetched.");
}

static enum status fetch_newest(const struct shared_log *log, const struct snapshot_store *store,
                                const char *directory, const char *database, bool *fetched)
{
    struct shared_log_snapshot listed[SNAPSHOTS_KEPT];
    size_t count = 0;
    *fetched = false;
    enum status status = store == NULL ? STATUS_OK
                                       : log->ops->snapshot_list(log, SNAPSHOTS_KEPT, listed, &count);
    for (size_t i = 0; status == STATUS_OK && i < count && !*fetched; i++) {
        status = snapshot_fetch(store, &listed[i], database, directory);
        *fetched = status == STATUS_OK;
        status = status == STATUS_INTERNAL_ERROR ? STATUS_OK : status; /* then the one before it */
    }
    return status;
}

enum status replica_mend(const struct shared_log *log, const struct snapshot_store *snapshots,
                         const char *directory, const char *database, struct detail *detail)
{
    const bool marked = replica_is_marked(directory);
    if (!marked && access(database, F_OK) == 0) {
        return STATUS_OK;
    }
    bool fetched;
    enum status status = marked ? move_aside(database) : STATUS_OK;
    db_forget_damage();
    if (status == STATUS_OK) {
        status = fetch_newest(log, snapshots, directory, database, &fetched);
    }
    if (status != STATUS_OK) {
        return detail_set(detail, status, "The catalogue in %s cannot be made anew from a snapshot: %s.",
                          directory, status_title(status));
    }
    if (!fetched) {
        status = check_whole(log, detail);
    }
    if (status == STATUS_OK && marked) {
        char path[PATH_MAX];
        path_of(directory, MARK, path);
        unlink(path);
        struct log_line line = log_begin(LOG_WARNING, "catalog_made_anew");
        log_text(&line, "from", fetched ? "snapshot" : "log");
        log_end(&line);
    }
    return status;
}
