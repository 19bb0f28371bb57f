/*
 * Shifts as documents of the ledger: what the files of this capability share.
 *
 * The body holds what the opening and the closing say, as members of the answer; what changes with every
 * record are the balances. Unique keys:
 *
 *     open:<register key>            while it is open: a register has one open shift
 *     number:<register key>:<n>      always: shifts are numbered without gaps, for the next one can only be
 *                                    opened when the one before is closed
 *
 * A shift is closed in two acts. The first makes it "closed" with what was counted: from then on no record is
 * posted to its totals, whoever sells meanwhile, so they stand still. The second sums the records and adds
 * the Z report. Whoever reads a closed shift without its report does the second, so it makes no difference
 * when the process dies between the two. One act that expects the balances that were summed would do for a
 * quiet register, but would never win against tills that go on selling.
 */
#ifndef MYPOS_APP_SHIFT_DOCUMENT_H
#define MYPOS_APP_SHIFT_DOCUMENT_H

#include "app/app.h"
#include "ledger/ledger.h"

bool shift_document_is_open(const struct ledger_document *shift);

/* STATUS_SHIFT_NOT_FOUND. */
MUST_CHECK enum status shift_document_read(struct call *call, const struct id *id,
                                           struct ledger_document *shift);

/* The open shift of a register, if it has one. */
MUST_CHECK enum status shift_document_open(struct call *call, int64_t register_key,
                                           struct ledger_document *shift, bool *found);

/* When a closed shift was closed: nothing but the Z report was written since, with the same time. */
int64_t shift_document_closed_at(const struct ledger_document *shift);

/* The unique keys of a shift; they live in the call's arena. */
const char *shift_document_open_key(struct call *call, int64_t register_key);
const char *shift_document_number_key(struct call *call, int64_t register_key, int64_t number);

/* Walks the shifts of a register, the newest first. */
struct shift_walk {
    struct call *call;
    struct ledger_document_filter filter;
    struct ledger_document_page page;
    size_t at;
};
struct shift_walk shift_walk(struct call *call, int64_t register_key);
MUST_CHECK enum status shift_walk_next(struct shift_walk *walk, struct ledger_document *shift, bool *found);

#endif
