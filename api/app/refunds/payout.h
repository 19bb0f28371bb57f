/*
 * Payouts: on which tenders the money of a refund goes back. How much it is has been worked out before
 * (core/refund.h); the client chooses where:
 *
 *     "original", or nothing   what is left of the sale's tenders: those that are no cash, the last first;
 * then cash "store_credit"           all of it to the customer of the sale
 *     [{type, amount, …}]      as it says: tenders of the sale, each up to what is left of it, and store
 * credit
 */
#ifndef MYPOS_APP_PAYOUT_H
#define MYPOS_APP_PAYOUT_H

#include "app/customers/customer.h"
#include "app/customers/gift_card.h"
#include "app/refunds/original.h"
#include "core/journal.h"

#define PAYOUT_TENDERS_MAX (TENDER_COUNT_MAX + 3) /* of the sale, cash, store credit, an exchange */

struct payout {
    struct journal_tender tenders[PAYOUT_TENDERS_MAX]; /* as the record has them; strings are borrowed */
    size_t count;
};

/* Pays `due` back. `customer` is the sale's, NULL without one; `increment` the smallest coin; `tenders` the
 * request's member at `pointer`. STATUS_VALIDATION_FAILED, STATUS_TENDER_INSUFFICIENT or STATUS_TENDER_EXCESS
 * with faults that name the tenders. */
MUST_CHECK enum status payout_choose(struct call *call, const struct original *original,
                                     const struct customer *customer, int64_t increment, int64_t due,
                                     const json_t *tenders, const char *pointer, struct payout *payout);

#endif
