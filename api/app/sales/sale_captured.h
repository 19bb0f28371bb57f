/*
 * What a till computed by itself, while it had no server: the lines and totals that the customer was shown
 * and has paid. They are taken as they are, when they are arithmetic: each line and the totals add up, and
 * the lines are those of the request.
 */
#ifndef MYPOS_APP_SALE_CAPTURED_H
#define MYPOS_APP_SALE_CAPTURED_H

#include "app/app.h"
#include "core/pricing/pricing.h"

struct sale_captured_line {
    int64_t quantity, total;
};

/* Reads `quote`, a CapturedQuote that the contract admits, into `lines` (as many as the request has) and
 * totals. STATUS_VALIDATION_FAILED with all that does not add up. */
MUST_CHECK enum status sale_captured_read(struct call *call, const json_t *request, const json_t *quote,
                                          struct sale_captured_line *lines, struct pricing_totals *totals);

#endif
