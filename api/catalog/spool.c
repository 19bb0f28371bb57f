#include "catalog/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CAPACITY 4096
#define HASHED_AT_ONCE 16384

void spool_open(struct spool *spool, const char *directory)
{
    *spool = (struct spool){.directory = directory, .fd = -1};
}

void spool_close(struct spool *spool)
{
    if (spool->fd >= 0) {
        close(spool->fd);
    }
    free(spool->memory);
    spool_open(spool, spool->directory);
}

struct spool spool_over(const void *bytes, size_t length)
{
    return (struct spool){.fd = -1, .memory = (unsigned char *)bytes, .length = length};
}

static bool write_all(int fd, const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* From memory to a file. */
static enum status move_to_file(struct spool *spool)
{
    spool->fd = open(spool->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool->fd < 0 || !write_all(spool->fd, spool->memory, spool->length)) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    free(spool->memory);
    spool->memory = NULL;
    spool->capacity = 0;
    return STATUS_OK;
}

static enum status grow(struct spool *spool, size_t least)
{
    size_t capacity = spool->capacity == 0 ? FIRST_CAPACITY : spool->capacity;
    while (capacity < least) {
        capacity *= 2;
    }
    unsigned char *grown = realloc(spool->memory, capacity);
    if (grown == NULL) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    spool->memory = grown;
    spool->capacity = capacity;
    return STATUS_OK;
}

enum status spool_add(struct spool *spool, const void *bytes, size_t length)
{
    enum status status = STATUS_OK;
    if (spool->fd < 0 && spool->length + length > SPOOL_MEMORY_MAX) {
        status = move_to_file(spool);
    } else if (spool->fd < 0 && spool->length + length > spool->capacity) {
        status = grow(spool, spool->length + length);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (spool->fd < 0) {
        if (length > 0) {
            memcpy(spool->memory + spool->length, bytes, length);
        }
    } else if (!write_all(spool->fd, bytes, length)) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    spool->length += length;
    return STATUS_OK;
}

enum status spool_read(const struct spool *spool, size_t at, void *bytes, size_t length)
{
    if (at > spool->length || length > spool->length - at) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    if (spool->fd < 0) {
        if (length > 0) {
            memcpy(bytes, spool->memory + at, length);
        }
        return STATUS_OK;
    }
    for (unsigned char *to = bytes; length > 0;) {
        const ssize_t count = pread(spool->fd, to, length, (off_t)at);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return STATUS_STORAGE_UNAVAILABLE;
        }
        to += count;
        at += (size_t)count;
        length -= (size_t)count;
    }
    return STATUS_OK;
}

enum status spool_hash(const struct spool *spool, struct hash *hash)
{
    unsigned char bytes[HASHED_AT_ONCE];
    struct hash_stream stream = hash_stream();
    for (size_t at = 0; at < spool->length;) {
        const size_t left = spool->length - at;
        const size_t length = left < sizeof bytes ? left : sizeof bytes;
        const enum status status = spool_read(spool, at, bytes, length);
        if (status != STATUS_OK) {
            return status;
        }
        hash_stream_add(&stream, bytes, length);
        at += length;
    }
    *hash = hash_stream_end(&stream);
    return STATUS_OK;
}
