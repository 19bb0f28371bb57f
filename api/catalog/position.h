/*
 * The position of a catalogue: the entry of the shared log (catalog/shared_log.h) up to which it has come. It
 * is a row of its database, written in the transaction that applies the entry.
 */
#ifndef MYPOS_CATALOG_POSITION_H
#define MYPOS_CATALOG_POSITION_H

#include "base/id.h"
#include "sqlite/db.h"

struct position {
    int64_t number; /* 0: it has not met a log */
    struct id op;   /* the entry's name */
    struct id log;  /* which log: the name of its first entry */
};

MUST_CHECK enum status position_read(struct db *db, struct position *position);

/* Inside a transaction: the entry `op` is the next. */
MUST_CHECK enum status position_advance(struct db *db, const struct position *before, int64_t number,
                                        const struct id *op);

/* The catalogue goes on by itself: no log has a part in it any more. */
MUST_CHECK enum status position_forget(struct db *db);

#endif
