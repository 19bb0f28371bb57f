/*
 * A sale in the making: what the files of selling share.
 *
 *     sale_read ──▶ sale_check ──▶ sale_lay_out ──▶ the ledger's commit ──▶ the record is the answer
 *     sale_request.c  sale_check.c    sale_effects.c     │         ▲
 *                                       ▲                ▼         │
 *                                       └──────── sale_refused ────┘ tries again where somebody was faster
 *                                                 sale_refusals.c
 *
 * sell.c has the way through them. Everything lives in the call's arena.
 */
#ifndef MYPOS_APP_SALE_H
#define MYPOS_APP_SALE_H

#include "app/cart.h"
#include "app/shift.h"
#include "app/tenders.h"
#include "app/transaction_draft.h"

/* Somebody closes the shift, takes the parked cart, issues the gift card: then the sale is laid out anew. */
#define SALE_TRIES 8

struct sale {
    const json_t *request;
    struct id id;
    struct hash fingerprint;
    int64_t expected_total;
    bool has_previous;
    struct ledger_position previous;
    bool has_shift, has_parked_cart; /* the request names one */
    struct id shift_id, parked_cart_id;

    struct cart cart;
    struct tenders tenders;
    struct tender_settlement settlement;
};

/* What a sale does to the ledger, laid out once a try. */
struct sale_act {
    struct ledger_act act;
    struct transaction_draft draft;
    struct shift_place shift;
    struct ledger_movement *movements;
    struct ledger_posting postings[LEDGER_POSTINGS_MAX];
    struct ledger_write writes[LEDGER_WRITES_MAX];
    struct ledger_event events[1];
    size_t parked_cart_write; /* which write it is; LEDGER_WRITES_MAX: none */
};

/* Reads a request that the contract admits, but for its cart. STATUS_VALIDATION_FAILED. */
MUST_CHECK enum status sale_read(struct call *call, const json_t *request, struct sale *sale);

/* Prices the cart, compares it with what the customer was shown, and settles the tenders. */
MUST_CHECK enum status sale_check(struct call *call, struct sale *sale);

/* Lays the act out as things are now. */
MUST_CHECK enum status sale_lay_out(struct call *call, const struct sale *sale, struct sale_act *out);

/* What a refusal of the ledger means: sets `again` when the sale is to be laid out anew, else the words. */
MUST_CHECK enum status sale_refused(struct call *call, const struct sale *sale, const struct sale_act *act,
                                    const struct ledger_outcome *outcome, enum status status, bool *again);

#endif
