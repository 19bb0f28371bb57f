/*
 * Snapshots of the catalogue: the database of an instance at one entry of the shared log, without what is not
 * the catalogue's, compacted (VACUUM INTO) and compressed with gzip. zlib is there already and reads them
 * anywhere; zstd would be faster at something that a thread does once a day.
 *
 * One instance makes them, by lease, when the log has grown by so many entries or bytes, or is a day ahead.
 * The newest SNAPSHOTS_KEPT are kept. The changesets before the oldest of them are dropped from the log.
 *
 * The list of snapshots, with their hashes, is the shared log's (catalog/shared_log.h): a file that nobody
 * lists is none. No two files have one name, whoever makes them: "snapshots/", the shop's prefix, the entry's
 * number, an id.
 */
#ifndef MYPOS_CATALOG_SNAPSHOT_H
#define MYPOS_CATALOG_SNAPSHOT_H

#include "base/detail.h"
#include "catalog/shared_log.h"

#define SNAPSHOTS_KEPT    7
#define SNAPSHOT_BYTES    (16 * 1000 * 1000) /* of changesets, until the next */
#define SNAPSHOT_EVERY_MS (24 * 3600 * 1000LL)
#define SNAPSHOT_LEASE_MS (10 * 60 * 1000LL)
#define SNAPSHOT_LEASE    "catalog-snapshot"

struct snapshot_store;

/* The port of where the files are. */
struct snapshot_store_ops {
    /* Keeps the file under a name; what has the name is replaced. */
    enum status (*put)(const struct snapshot_store *store, const char *name, int fd, size_t length);
    /* Adds what has the name to a file. STATUS_NOT_FOUND. */
    enum status (*get)(const struct snapshot_store *store, const char *name, int fd);
    /* STATUS_OK also when nothing has it. */
    enum status (*remove)(const struct snapshot_store *store, const char *name);
    void (*close)(const struct snapshot_store *store);
};

struct snapshot_store {
    const struct snapshot_store_ops *ops;
    const char *prefix; /* borrowed: of the shop, for more than one may use a store */
};

/* Makes one of the database and keeps and lists it, unless another one of the same entry is listed meanwhile:
 * a lease may run out. `directory` has room for two copies. */
MUST_CHECK enum status snapshot_make(const struct shared_log *log, const struct snapshot_store *store,
                                     const char *database, const char *directory,
                                     struct shared_log_snapshot *made);

/* Fetches a snapshot, checks its hash, its soundness and that it is what the list says, and puts the database
 * in place, which must not exist. STATUS_INTERNAL_ERROR: it is not good. */
MUST_CHECK enum status snapshot_fetch(const struct snapshot_store *store,
                                      const struct shared_log_snapshot *snapshot, const char *database,
                                      const char *directory);

/* Forgets those that are beyond the kept ones, and drops what the log does not need any more. */
MUST_CHECK enum status snapshot_clean(const struct shared_log *log, const struct snapshot_store *store);

#endif
