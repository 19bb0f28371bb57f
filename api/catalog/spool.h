/*
 * A spool: bytes that are added at the end and read from anywhere. Few are kept in memory, many in a file
 * without a name, which is gone when the process is.
 */
#ifndef MYPOS_CATALOG_SPOOL_H
#define MYPOS_CATALOG_SPOOL_H

#include "base/hash.h"
#include "base/status.h"

#include <stddef.h>

#define SPOOL_MEMORY_MAX (512 * 1024)

struct spool {
    const char *directory; /* of the file; borrowed */
    int fd;                /* -1: in memory */
    unsigned char *memory;
    size_t length, capacity;
};

void spool_open(struct spool *spool, const char *directory);
void spool_close(struct spool *spool);

/* A spool over bytes of the caller's, for reading; it is not closed. */
struct spool spool_over(const void *bytes, size_t length);

/* STATUS_STORAGE_UNAVAILABLE: there is no room. */
MUST_CHECK enum status spool_add(struct spool *spool, const void *bytes, size_t length);

/* Reads what lies between; STATUS_STORAGE_UNAVAILABLE when it cannot be read, or is not there. */
MUST_CHECK enum status spool_read(const struct spool *spool, size_t at, void *bytes, size_t length);

/* The SHA-256 of all of it. */
MUST_CHECK enum status spool_hash(const struct spool *spool, struct hash *hash);

#endif
