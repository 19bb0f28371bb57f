/*
 * What comes back of a sale in one refund: which quantities of its lines, their share of the amounts, and
 * what is paid back for them.
 */
#ifndef MYPOS_APP_REFUND_LINES_H
#define MYPOS_APP_REFUND_LINES_H

#include "app/refunds/original.h"

struct refund_lines {
    /* For each line of the original. */
    int64_t *quantities; /* 0: it does not come back */
    bool *restock;       /* it goes back into the stock */
    struct refund_line *shares;
    /* In all. */
    struct pricing_totals totals;   /* with the rounding of what is paid in cash */
    int64_t taken_back, given_back; /* points */
    const char *json;               /* the record's lines, canonical */
    size_t json_length;
};

/* Reads the request's lines at `pointer` ("/lines"); NULL: everything that is left. Lines that are unknown,
 * named twice or of no fit quantity are faults; more than is left is STATUS_REFUND_EXCEEDS_SALE, with what is
 * left. */
MUST_CHECK enum status refund_lines_read(struct call *call, const json_t *lines, const char *pointer,
                                         const struct original *original, struct refund_lines *out);

/* Works out shares, totals, points and the record's lines. `increment`: the smallest coin. Everything lives
 * in the call's arena. */
void refund_lines_share(struct call *call, const struct original *original, int64_t increment,
                        struct refund_lines *lines);

/* Adds {"refundable":…} to the members of the problem. */
void refund_lines_tell(struct call *call, const struct original *original);

#endif
