/*
 * Idempotency records: the first answer to a request, kept in the same act as its effect.
 * Kept at least 48 hours. base/idempotency_key.h says what the key is.
 */
#ifndef MYPOS_SQLITE_IDEMPOTENCY_H
#define MYPOS_SQLITE_IDEMPOTENCY_H

#include "base/arena.h"
#include "base/id.h"
#include "base/idempotency_key.h"
#include "sqlite/db.h"

#define IDEMPOTENCY_KEPT_MS (48 * 3600 * 1000LL)

/* What is kept of an answer; strings may be NULL. Of an act of the ledger its id is kept, by which what it
 * wrote is found again; its answer only where that does not say it all. */
struct kept_answer {
    bool has_act;
    struct id act_id;
    int http_status;
    const char *location;
    const char *etag;
    const char *body;
    size_t body_length;
};

/* Inside an act: looks for the record. STATUS_OK with `found`; STATUS_IDEMPOTENCY_KEY_REUSED when the key
 * was used for another request. Strings are copied to the arena. */
MUST_CHECK enum status idempotency_find(struct db *db, const struct idempotency_key *key, struct arena *arena,
                                        struct kept_answer *answer, bool *found);

/* Inside an act: keeps the answer. Records past their time are dropped, a few at each call. */
MUST_CHECK enum status idempotency_keep(struct db *db, const struct idempotency_key *key,
                                        const struct kept_answer *answer);

#endif
