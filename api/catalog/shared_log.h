/*
 * The shared log: the port for what several instances keep their catalogues equal by.
 *
 * It is a list of entries, numbered from 1 without a gap. An entry is a changeset (catalog/changeset.h) or a
 * hold. What is appended stays as it is; of entries that snapshots have made superfluous the changesets are
 * dropped, but never the entries, so a number is given once, for ever.
 *
 * An entry's changeset that is larger than SHARED_LOG_BODY_MAX is put beside the log first, in parts, under
 * the entry's name; so the entry appears when all of it is there.
 *
 * Beside the log are leases, so that one of many does what is to be done once, and the list of snapshots
 * (catalog/snapshot.h).
 *
 * Secrets travel in it: hashes of passwords and keys, the key that signs sessions. Whoever may read it may
 * become anybody.
 *
 * Any status but those named is STATUS_OVERLOADED (surely nothing happened) or STATUS_STORAGE_UNAVAILABLE
 * (nobody knows). Every slot may be called by any thread. Inputs are borrowed for the call; what is returned
 * lives in the arena given.
 */
#ifndef MYPOS_CATALOG_SHARED_LOG_H
#define MYPOS_CATALOG_SHARED_LOG_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/status.h"

#define SHARED_LOG_BODY_MAX  (350 * 1000)
#define SHARED_LOG_PARTS_MAX 10000
#define SHARED_LOG_PAGE_MAX  64
#define SHARED_LOG_NAME_MAX  192

struct shared_log;

enum shared_log_kind {
    SHARED_LOG_CHANGE,
    SHARED_LOG_HOLD, /* asks the others to append nothing until a time, because a long act is under way */
};

struct shared_log_entry {
    int64_t number;
    enum shared_log_kind kind;
    struct id op;       /* its name: whose it is */
    struct id previous; /* of the entry before; zeros before the first */
    int64_t at_ms;
    int64_t until_ms; /* of a hold; 0 ends it */
    struct id holder; /* of a hold: whose instance does not mind it */
    int64_t seq;      /* the catalogue's newest change after it */
    int64_t schema;   /* of the database whose changeset it is: its user_version */
    size_t length;    /* of the changeset */
    struct hash hash; /* of the changeset */
    unsigned parts;   /* 0: it is the body */
    const void *body; /* NULL: there are parts, it is a hold, or it was dropped */
};

/* A snapshot, as the list has it. */
struct shared_log_snapshot {
    int64_t number; /* of the entry up to which it goes, */
    struct id op;   /* and its name */
    int64_t at_ms;
    int64_t seq;
    size_t length;
    struct hash hash;               /* of the compressed file */
    char name[SHARED_LOG_NAME_MAX]; /* in the store of snapshots */
};

struct shared_log_ops {
    const char *name;

    /* Appends at entry->number. STATUS_VERSION_MISMATCH: another entry has the number. To append the same
     * entry again is well, and is how one learns whether a call that nobody answered did it. */
    enum status (*append)(const struct shared_log *log, const struct shared_log_entry *entry);

    /* The entries after a number, in their order, with everything that was acknowledged before the call; at
     * most SHARED_LOG_PAGE_MAX, and fewer when they are large. None: there are none. */
    enum status (*read)(const struct shared_log *log, int64_t after, struct arena *arena,
                        struct shared_log_entry entries[static SHARED_LOG_PAGE_MAX], size_t *count);

    /* One entry. */
    enum status (*find)(const struct shared_log *log, int64_t number, struct arena *arena,
                        struct shared_log_entry *entry, bool *found);

    /* Parts, counted from 0. `part_begin` comes first and says which number the entry is to have; `part_end`
     * last: the entry is there, or the parts may go. Those of whom nobody hears any more are swept. */
    enum status (*part_begin)(const struct shared_log *log, const struct id *op, int64_t number,
                              unsigned parts);
    enum status (*part_put)(const struct shared_log *log, const struct id *op, unsigned part,
                            const void *bytes, size_t length);
    enum status (*part_read)(const struct shared_log *log, const struct id *op, unsigned part,
                             struct arena *arena, const void **bytes, size_t *length);
    enum status (*part_end)(const struct shared_log *log, const struct id *op, unsigned parts, bool appended);
    enum status (*part_sweep)(const struct shared_log *log, int64_t begun_before_ms);

    /* Takes or keeps a lease until a time; `mine` says whether it is the holder's now. */
    enum status (*lease)(const struct shared_log *log, const char *name, const struct id *holder,
                         int64_t until_ms, bool *mine);

    /* The snapshots, the newest first, at most `most`; adding; forgetting. STATUS_VERSION_MISMATCH: another
     * one of that number is listed. */
    enum status (*snapshot_list)(const struct shared_log *log, size_t most,
                                 struct shared_log_snapshot *snapshots, size_t *count);
    enum status (*snapshot_add)(const struct shared_log *log, const struct shared_log_snapshot *snapshot);
    enum status (*snapshot_forget)(const struct shared_log *log, int64_t number);

    /* Drops the changesets of at most `most` entries up to a number; `more`: it is not done. */
    enum status (*trim)(const struct shared_log *log, int64_t number, size_t most, bool *more);

    void (*close)(const struct shared_log *log);
};

struct shared_log {
    const struct shared_log_ops *ops;
};

#endif
