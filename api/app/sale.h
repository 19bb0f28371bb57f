/*
 * A sale in the making: what the files of selling share.
 *
 *     sale_read ──▶ sale_check ──▶ sale_lay_out ──▶ the ledger's commit ──▶ the record is the answer
 *     sale_request.c  sale_check.c    sale_effects.c     │         ▲
 *                                     sale_parties.c     ▼         │
 *                                       ▲             sale_refused ┘ sale_refusals.c
 *                                       └──────────────────┘ again, where somebody was faster
 *
 * sell.c has the way through them. Everything lives in the call's arena.
 */
#ifndef MYPOS_APP_SALE_H
#define MYPOS_APP_SALE_H

#include "app/cart.h"
#include "app/customer.h"
#include "app/gift_card.h"
#include "app/shift.h"
#include "app/tenders.h"
#include "app/transaction_draft.h"

/* Somebody closes the shift, takes the parked cart, merges the customer, issues the gift card: then the sale
 * is laid out anew. */
#define SALE_TRIES          8
#define SALE_GIFT_CARDS_MAX 20 /* lines that sell one */

struct sale {
    const json_t *request;
    struct id id;
    struct hash fingerprint;
    int64_t expected_total;
    bool has_previous;
    struct ledger_position previous;
    bool has_shift, has_parked_cart, has_customer; /* the request names one */
    struct id shift_id, parked_cart_id, customer_id;

    struct cart cart;
    struct tenders tenders;
    struct tender_settlement settlement;
};

/* Whom a posting or a write is about, for the words of a refusal. */
struct sale_party {
    enum sale_party_kind {
        SALE_PARTY_SHIFT,
        SALE_PARTY_PARKED_CART,
        SALE_PARTY_CUSTOMER,
        SALE_PARTY_GIFT_CARD,
    } kind;
    const struct gift_card *gift_card;
    const char *pointer; /* the member of the request that names it */
};

/* What a sale does to the ledger, laid out once a try. */
struct sale_act {
    struct ledger_act act;
    struct transaction_draft draft;
    struct shift_place shift;
    struct customer customer;
    struct journal_loyalty loyalty;
    struct journal_exemption exemption;
    struct journal_tender tenders[TENDER_COUNT_MAX];
    struct ledger_movement *movements;
    struct ledger_posting postings[LEDGER_POSTINGS_MAX];
    struct sale_party posted[LEDGER_POSTINGS_MAX]; /* of the postings */
    struct ledger_write writes[LEDGER_WRITES_MAX];
    struct sale_party written[LEDGER_WRITES_MAX]; /* of the writes */
    struct ledger_event events[1];
};

/* Reads a request that the contract admits, but for its cart. STATUS_VALIDATION_FAILED. */
MUST_CHECK enum status sale_read(struct call *call, const json_t *request, struct sale *sale);

/* Prices the cart, compares it with what the customer was shown, and settles the tenders. */
MUST_CHECK enum status sale_check(struct call *call, struct sale *sale);

/* Lays the act out as things are now. */
MUST_CHECK enum status sale_lay_out(struct call *call, const struct sale *sale, struct sale_act *out);

/* Adds an effect for one who takes part; returns where to fill it in. */
struct ledger_posting *sale_add_posting(struct sale_act *out, struct sale_party party);
struct ledger_write *sale_add_write(struct sale_act *out, struct sale_party party);

/* Finds the customer and the gift cards that pay and that are sold, and adds what happens to them. All faults
 * at once. */
MUST_CHECK enum status sale_add_parties(struct call *call, const struct sale *sale, struct sale_act *out);

/* What a refusal of the ledger means: sets `again` when the sale is to be laid out anew, else the words. */
MUST_CHECK enum status sale_refused(struct call *call, const struct sale *sale, const struct sale_act *act,
                                    const struct ledger_outcome *outcome, enum status status, bool *again);

#endif
