#include "catalog/s3/snapshot_store_s3.h"

#include "aws/s3.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATIENCE_US 300000000 /* a large file over a slow line */

struct store_s3 {
    struct snapshot_store store; /* the port */
    struct aws *aws;
    const char *bucket;
};

static struct s3_bucket bucket_of(const struct snapshot_store *store)
{
    const struct store_s3 *s3 = (const struct store_s3 *)store;
    return (struct s3_bucket){
        .aws = s3->aws, .name = s3->bucket, .deadline_us = clock_monotonic_us() + PATIENCE_US};
}

static enum status put(const struct snapshot_store *store, const char *name, int fd, size_t length)
{
    const struct s3_bucket bucket = bucket_of(store);
    void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    struct arena arena;
    arena_init(&arena);
    const struct s3_put object = {
        .key = name, .bytes = bytes, .length = length, .content_type = "application/gzip"};
    const enum status status = s3_put(&bucket, &object, &arena);
    arena_free(&arena);
    munmap(bytes, length);
    return status;
}

static bool write_piece(void *context, const void *bytes, size_t length)
{
    const int fd = *(const int *)context;
    for (const char *at = bytes; length > 0;) {
        const ssize_t written = write(fd, at, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        at += written;
        length -= (size_t)written;
    }
    return true;
}

static enum status get(const struct snapshot_store *store, const char *name, int fd)
{
    const struct s3_bucket bucket = bucket_of(store);
    struct arena arena;
    arena_init(&arena);
    const enum status status = s3_get_stream(&bucket, name, &arena, write_piece, &fd);
    arena_free(&arena);
    return status;
}

static enum status remove_object(const struct snapshot_store *store, const char *name)
{
    const struct s3_bucket bucket = bucket_of(store);
    struct arena arena;
    arena_init(&arena);
    const enum status status = s3_delete(&bucket, name, &arena);
    arena_free(&arena);
    return status;
}

static void close_store(const struct snapshot_store *store)
{
    free((struct store_s3 *)store);
}

static const struct snapshot_store_ops ops = {
    .put = put,
    .get = get,
    .remove = remove_object,
    .close = close_store,
};

enum status snapshot_store_s3_open(struct aws *aws, const char *bucket, const char *prefix,
                                   const struct snapshot_store **out)
{
    struct store_s3 *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return STATUS_OVERLOADED;
    }
    *store = (struct store_s3){.store = {.ops = &ops, .prefix = prefix}, .aws = aws, .bucket = bucket};
    *out = &store->store;
    return STATUS_OK;
}
