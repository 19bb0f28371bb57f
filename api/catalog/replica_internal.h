/*
 * What the files of the replica share. Which thread may touch what is said at the members.
 */
#ifndef MYPOS_CATALOG_REPLICA_INTERNAL_H
#define MYPOS_CATALOG_REPLICA_INTERNAL_H

#include "catalog/position.h"
#include "catalog/replica.h"

#include <pthread.h>
#include <stdatomic.h>

struct replica {
    struct replica_options options;
    struct id instance; /* the holder of leases and holds */
    int64_t schema;     /* of the database; does not change */
    pthread_t tail, keeper;
    bool tail_runs, keeper_runs;
    pthread_mutex_t catching; /* one catches up at a time */

    pthread_mutex_t mutex;  /* guards all below */
    pthread_cond_t changed; /* position, hold, broken, stopping, prompted */
    bool stopping, prompted;
    struct position position; /* a copy of the database's row: never ahead of it */
    int64_t hold_until_ms;    /* 0: none does */
    bool hold_is_mine;
    int64_t looked_us; /* when the log was last read to its end */
    bool broken;
    bool
        outdated; /* the log has entries that this version cannot apply: it is not broken, and stays behind */
    char words[REPLICA_WORDS_MAX];
    struct replica_figures figures;
};

/* Reads the log to its end and applies. */
MUST_CHECK enum status replica_catch_up(struct replica *replica);

/* After a commit. */
void replica_note(struct replica *replica, const struct position *position, int64_t seq);

/* Says that the catalogue is not to be used any more. STATUS_NOT_READY. */
enum status replica_break(struct replica *replica, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends the whole of a catalogue that has met no log. */
MUST_CHECK enum status replica_publish(struct replica *replica);

/* The thread that makes snapshots and trims the log: catalog/snapshot_keeper.c. */
void *replica_keep(void *context);

/* Waits until `changed`, or so long; the mutex is held. */
void replica_wait(struct replica *replica, int64_t ms);

#endif
