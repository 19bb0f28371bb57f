#include "memory_log.h"

#include <stdlib.h>
#include <string.h>

static struct memory_log *of(const struct shared_log *log)
{
    return (struct memory_log *)log;
}

static void *copy_of(const void *bytes, size_t length)
{
    void *copy = malloc(length + 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, bytes, length);
    return copy;
}

static enum status append_now(struct memory_log *log, const struct shared_log_entry *entry)
{
    const size_t at = (size_t)entry->number - 1;
    if (at < log->count) {
        return id_equal(&log->entries[at].op, &entry->op) ? STATUS_OK : STATUS_VERSION_MISMATCH;
    }
    if (at > log->count || at == MEMORY_LOG_MAX) {
        abort(); /* who appends knows the end */
    }
    log->entries[at] = *entry;
    log->entries[at].body = entry->body == NULL ? NULL : copy_of(entry->body, entry->length);
    log->count++;
    return STATUS_OK;
}

static enum status append(const struct shared_log *port, const struct shared_log_entry *entry)
{
    struct memory_log *log = of(port);
    if (log->before_append != NULL) {
        log->before_append(log->context);
    }
    pthread_mutex_lock(&log->mutex);
    const enum memory_fault fault = log->faults > 0 ? (enum memory_fault)log->fault : MEMORY_WELL;
    log->faults -= log->faults > 0;
    enum status status = STATUS_OVERLOADED;
    if (fault == MEMORY_WELL || fault == MEMORY_LOSES_ANSWER) {
        status = append_now(log, entry);
    }
    pthread_mutex_unlock(&log->mutex);
    return fault == MEMORY_LOSES_ANSWER || fault == MEMORY_LOSES_REQUEST ? STATUS_STORAGE_UNAVAILABLE
                                                                         : status;
}

static void give(const struct shared_log_entry *entry, struct arena *arena, struct shared_log_entry *out)
{
    *out = *entry;
    if (entry->body != NULL) {
        out->body = arena_copy_n(arena, entry->body, entry->length);
    }
}

static enum status read_after(const struct shared_log *port, int64_t after, struct arena *arena,
                              struct shared_log_entry entries[static SHARED_LOG_PAGE_MAX], size_t *count)
{
    struct memory_log *log = of(port);
    *count = 0;
    if (log->reads_fail) {
        return STATUS_OVERLOADED;
    }
    pthread_mutex_lock(&log->mutex);
    for (size_t at = (size_t)after; at < log->count && *count < SHARED_LOG_PAGE_MAX; at++) {
        give(&log->entries[at], arena, &entries[(*count)++]);
    }
    pthread_mutex_unlock(&log->mutex);
    return STATUS_OK;
}

static enum status find(const struct shared_log *port, int64_t number, struct arena *arena,
                        struct shared_log_entry *entry, bool *found)
{
    struct memory_log *log = of(port);
    pthread_mutex_lock(&log->mutex);
    *found = number >= 1 && (size_t)number <= log->count;
    if (*found) {
        give(&log->entries[number - 1], arena, entry);
    }
    pthread_mutex_unlock(&log->mutex);
    return STATUS_OK;
}

static enum status part_begin(const struct shared_log *log, const struct id *op, int64_t number,
                              unsigned parts)
{
    (void)log, (void)op, (void)number, (void)parts;
    return STATUS_OK;
}

static struct memory_part *find_part(struct memory_log *log, const struct id *op, unsigned part)
{
    for (size_t i = 0; i < MEMORY_PARTS_MAX; i++) {
        if (log->parts[i].bytes != NULL && id_equal(&log->parts[i].op, op) && log->parts[i].part == part) {
            return &log->parts[i];
        }
    }
    return NULL;
}

static enum status part_put(const struct shared_log *port, const struct id *op, unsigned part,
                            const void *bytes, size_t length)
{
    struct memory_log *log = of(port);
    pthread_mutex_lock(&log->mutex);
    size_t at = 0;
    while (at < MEMORY_PARTS_MAX && log->parts[at].bytes != NULL) {
        at++;
    }
    if (at == MEMORY_PARTS_MAX) {
        abort();
    }
    log->parts[at] =
        (struct memory_part){.op = *op, .part = part, .length = length, .bytes = copy_of(bytes, length)};
    pthread_mutex_unlock(&log->mutex);
    return STATUS_OK;
}

static enum status part_read(const struct shared_log *port, const struct id *op, unsigned part,
                             struct arena *arena, const void **bytes, size_t *length)
{
    struct memory_log *log = of(port);
    pthread_mutex_lock(&log->mutex);
    const struct memory_part *found = find_part(log, op, part);
    if (found != NULL) {
        *bytes = arena_copy_n(arena, found->bytes, found->length);
        *length = found->length;
    }
    pthread_mutex_unlock(&log->mutex);
    return found != NULL ? STATUS_OK : STATUS_NOT_FOUND;
}

static enum status part_end(const struct shared_log *port, const struct id *op, unsigned parts, bool appended)
{
    struct memory_log *log = of(port);
    pthread_mutex_lock(&log->mutex);
    for (unsigned part = 0; part < parts && !appended; part++) {
        struct memory_part *found = find_part(log, op, part);
        if (found != NULL) {
            free(found->bytes);
            found->bytes = NULL;
        }
    }
    pthread_mutex_unlock(&log->mutex);
    return STATUS_OK;
}

unsigned memory_log_parts(struct memory_log *log)
{
    unsigned count = 0;
    for (size_t i = 0; i < MEMORY_PARTS_MAX; i++) {
        count += log->parts[i].bytes != NULL;
    }
    return count;
}

static const struct shared_log_ops ops = {
    .name = "memory",
    .append = append,
    .read = read_after,
    .find = find,
    .part_begin = part_begin,
    .part_put = part_put,
    .part_read = part_read,
    .part_end = part_end,
};

struct memory_log *memory_log_new(void)
{
    struct memory_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        abort();
    }
    log->log.ops = &ops;
    pthread_mutex_init(&log->mutex, NULL);
    return log;
}

void memory_log_free(struct memory_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        free((void *)log->entries[i].body);
    }
    for (size_t i = 0; i < MEMORY_PARTS_MAX; i++) {
        free(log->parts[i].bytes);
    }
    pthread_mutex_destroy(&log->mutex);
    free(log);
}
