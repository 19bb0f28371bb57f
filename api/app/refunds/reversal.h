/*
 * A reversal in the making: what refunds, voids and exchanges share, all of which undo a sale or part of it.
 *
 *     reversal_open ──▶ what is paid back, and where ──▶ reversal_lay_out ──▶ the ledger's commit
 *         ▲                                                                       │
 *         └──────────────── again, where another reversal was faster ─────────────┘
 *
 * Nothing is remembered from one try to the next: how much is left is read anew. The nth reversal of a sale
 * is committed as the nth, so two that have read the same can not both happen. Everything lives in the call's
 * arena, but the original's record: reversal_close.
 */
#ifndef MYPOS_APP_REVERSAL_H
#define MYPOS_APP_REVERSAL_H

#include "app/customers/customer.h"
#include "app/records/effects.h"
#include "app/records/transaction_draft.h"
#include "app/refunds/original.h"
#include "app/refunds/payout.h"
#include "app/refunds/refund_lines.h"
#include "app/shifts/shift.h"
#include "catalog/selling.h"

#define REVERSAL_TRIES 64 /* as many may be faster, one after the other */

/* What is asked for. */
struct reversal_request {
    const char *type; /* "refund" or "void" */
    struct id id, original_id;
    bool has_register, has_shift, has_previous; /* the request names one */
    struct id register_id, shift_id;
    struct ledger_position previous;
    const json_t *lines;       /* NULL: everything that is left */
    const char *lines_pointer; /* of the request */
    const char *reason;        /* NULL: none */
    const struct principal *allowed_by;
};

/* What is about to happen, read and worked out. */
struct reversal {
    const struct reversal_request *request;
    struct original original;
    struct selling_register register_;
    struct refund_lines lines;
    bool has_customer;
    struct customer customer;
    struct payout payout;
    struct shift_place shift;
    struct transaction_draft draft;
    struct journal_loyalty loyalty;
    const char *exchange_id; /* NULL: none */
};

/* Reads the members that refunds, voids and exchanges have in common: id, register_id, shift_id, previous,
 * reason. */
void reversal_read_request(const json_t *body, const struct id *original_id,
                           struct reversal_request *request);

/* Reads the original, the register, and what comes back, and works out what is paid for it.
 * STATUS_TRANSACTION_NOT_FOUND, STATUS_TRANSACTION_VOIDED, STATUS_REFUND_NOT_POSSIBLE,
 * STATUS_REFUND_EXCEEDS_SALE, STATUS_VALIDATION_FAILED. Close it in any case. */
MUST_CHECK enum status reversal_open(struct call *call, const struct reversal_request *request,
                                     struct reversal *reversal);

void reversal_close(struct reversal *reversal);

/* Begins the record, after the payout was chosen, and finds its shift. */
MUST_CHECK enum status reversal_begin(struct call *call, int64_t now_ms, struct reversal *reversal);

/* Lays the record out and adds what it does. */
MUST_CHECK enum status reversal_lay_out(struct call *call, struct reversal *reversal,
                                        struct effects *effects);

/* What a refusal of the ledger means: sets `again` when somebody was faster, else the words. */
MUST_CHECK enum status reversal_refused(struct call *call, const struct effects *effects,
                                        const struct ledger_outcome *outcome, enum status status,
                                        bool *again);

/* The fingerprint of a request about a transaction. */
struct hash reversal_fingerprint(const json_t *body, const char *what, const struct id *original_id);

/* Tries until nobody was faster, at most REVERSAL_TRIES times; each try begins without the words of the one
 * before, and sets `again` when it is worth another. */
typedef enum status (*reversal_try)(struct call *call, const void *request, bool *again);
MUST_CHECK enum status reversal_commit(struct call *call, reversal_try try_once, const void *request);

#endif
