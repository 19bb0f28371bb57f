/*
 * The digest of everything that a ledger tells (ledger/copy.h): two ledgers that hold the same have the same,
 * in whatever order they tell it.
 */
#ifndef MYPOS_LEDGER_COPY_DIGEST_H
#define MYPOS_LEDGER_COPY_DIGEST_H

#include "ledger/copy.h"

enum copy_piece {
    COPY_RECORDS,
    COPY_ACTS,
    COPY_MOVEMENTS,
    COPY_LEVELS,
    COPY_ENTRIES,
    COPY_DOCUMENTS,
    COPY_KEYS,
    COPY_TERMS,
    COPY_ANSWERS,
    COPY_EVENTS,
    COPY_PIECES
};
extern const char *const copy_piece_names[COPY_PIECES]; /* "records" … */

struct copy_digest {
    struct {
        uint64_t count;
        uint64_t sum[HASH_SIZE / 8]; /* of the hashes of all pieces */
    } of[COPY_PIECES];               /* that last: to compare two ledgers by */
    uint64_t told[HASH_SIZE / 8]; /* of all that was told, whenever that was: to know one ledger again by */
};

/* `now_ms`: of what lasts, what expires within the hour after it, and answers that will be dropped before
 * long, are left out, for they may go while one looks. Answers that name no act may be the catalogue's, and
 * are left out too. */
MUST_CHECK enum status copy_digest_take(const struct ledger *ledger, int64_t now_ms,
                                        const struct ledger_copy_watch *watch, struct copy_digest *digest);

/* Of all that was told. */
struct hash copy_digest_hash(const struct copy_digest *digest);

#endif
