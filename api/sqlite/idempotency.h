/*
 * Idempotency records: the first answer to a request, kept in the same act as its effect.
 *
 * The key is the SHA-256 of who asks, which operation and the client's Idempotency-Key; the fingerprint is
 * the SHA-256 of the request's target and body. Kept at least 48 hours.
 */
#ifndef MYPOS_SQLITE_IDEMPOTENCY_H
#define MYPOS_SQLITE_IDEMPOTENCY_H

#include "base/arena.h"
#include "sqlite/db.h"

#define IDEMPOTENCY_KEPT_MS (48 * 3600 * 1000LL)

struct idempotency_key {
    bool present; /* false: the client sent none, and nothing is kept */
    struct hash key;
    struct hash fingerprint;
};

/* What is kept of an answer; strings may be NULL. */
struct kept_answer {
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
