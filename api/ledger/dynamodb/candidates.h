/*
 * Candidates: ids of records that may pass a filter, the newest first, as an index or a journal lists them.
 * Of several lists (stores, customers, registers) they are merged by what they are ordered by.
 *
 *     a filter names        is answered from                     ordered by
 *     an original           its reversals, consistently          time
 *     a shift               by_shift                             time
 *     customers             by_customer of each                  time
 *     a receipt number      the journals of the registers whose code it begins with, consistently     time
 *     flagged, no sales     by_notice of the store, of all       day and time
 *     a register            its journal, consistently            sequence
 *     anything else         by_store of the store, of all        day and time
 *
 * Indexes lag a little behind, so what was committed just now may not be listed yet; what is listed was
 * committed.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_CANDIDATES_H
#define MYPOS_LEDGER_DYNAMODB_CANDIDATES_H

#include "ledger/dynamodb/reads.h"

struct candidate {
    struct id id;
    struct cursor place; /* where it is: a page that ends with it goes on behind it */
};

struct candidates;

/* Everything lives in the arena but what `_close` frees, whatever came of it. */
MUST_CHECK enum status candidates_open(const struct ledger_dynamodb *ledger,
                                       const struct ledger_filter *filter, const struct cursor *after,
                                       size_t limit, struct arena *arena, struct candidates **candidates);
MUST_CHECK enum status candidates_next(struct candidates *candidates, struct candidate *candidate,
                                       bool *found);
void candidates_close(struct candidates *candidates);

#endif
