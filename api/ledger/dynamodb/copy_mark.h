/*
 * The mark of a copy: one item that says which copy the tables were made by, how much of it is here for good, and
 * whether what is here is a shop.
 *
 *     begin ──▶ pieces are told ──▶ all of it is copied ──▶ it was compared: whole
 *
 * Tables without a mark were never copied to. As long as a mark does not say that they are whole, nobody sells on
 * them.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_COPY_MARK_H
#define MYPOS_LEDGER_DYNAMODB_COPY_MARK_H

#include "ledger/dynamodb/puts.h"

struct copy_mark {
    bool is_there, has_source;
    struct hash source; /* the digest of what is copied; none before the first piece */
    uint64_t told;      /* pieces that are here for good */
    bool is_copied;     /* all of them */
    bool is_whole;
};

MUST_CHECK enum status copy_mark_read(const struct ledger_dynamodb *ledger, struct copy_mark *mark);

/* After everything that was gathered before. */
MUST_CHECK enum status copy_mark_put(struct puts *puts, const struct copy_mark *mark);

/* Whether there is nothing in the tables but a mark and leases. */
MUST_CHECK enum status copy_mark_is_alone(const struct ledger_dynamodb *ledger, bool *is);

#endif
