/*
 * A sale as its refunds see it: what its record says, and what refunds before have given back of it.
 *
 * Read for one try: whoever is beaten by another refund of the same sale (STATUS_REVERSAL_TAKEN) reads it
 * anew. The numbers are the record's own; what they come to is for core/refund.h.
 */
#ifndef MYPOS_APP_ORIGINAL_H
#define MYPOS_APP_ORIGINAL_H

#include "app/app.h"
#include "core/refund.h"
#include "ledger/ledger.h"

struct original_line {
    const json_t *json; /* as the record has it */
    struct refund_line sold;
    int64_t returned; /* how much of it has come back */
    bool by_piece;
    struct id product_id;
    const char *gift_card_id; /* that it sold or loaded; NULL: none */
};

struct original {
    struct ledger_transaction transaction;
    json_t *record; /* owned: original_close */
    const char *currency;
    struct original_line *lines;
    size_t line_count;
    const json_t *tenders; /* of the record */
    struct refund_paid paid;
    size_t other[TENDER_COUNT_MAX]; /* which tender of the record paid->others[i] is */
    bool has_customer;
    struct id customer_id;
    int64_t earned, burned;    /* points */
    int64_t lines_total;       /* of all lines: what refunds are a part of */
    struct refund_payout back; /* what refunds have paid out */
    int64_t back_total;
    int64_t reversals; /* refunds and voids so far */
    bool voided;
    bool was_short; /* a till told of it later, when less was on a card than it took */
};

/* Reads a transaction and what refers to it. STATUS_TRANSACTION_NOT_FOUND; STATUS_REFUND_NOT_POSSIBLE when
 * the record's lines do not add up. Close it in any case. */
MUST_CHECK enum status original_read(struct call *call, const struct id *id, struct original *original);

void original_close(struct original *original);

bool original_is_sale(const struct original *original);

/* The totals of what has come back, when `more` of each line (NULL: nothing) comes back as well; whether that
 * is all. */
int64_t original_returned(const struct original *original, const int64_t *more, bool *complete);

/* What of a balance the sale has taken and its refunds have not given back. It is what the tenders say, so
 * INT64_MAX, but where a till told of the sale when less was there: then the history of the balance says it.
 */
MUST_CHECK enum status original_taken(struct call *call, const struct original *original,
                                      enum ledger_kind kind, const struct id *id, size_t balance,
                                      int64_t *taken);

/* Writes {"lines":[…],"tenders":[…],"total":…}: what is left to be refunded. */
void original_emit_refundable(struct json_writer *json, const struct original *original);

#endif
