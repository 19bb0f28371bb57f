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

#include "app/carts/cart.h"
#include "app/customers/customer.h"
#include "app/customers/gift_card.h"
#include "app/records/transaction_draft.h"
#include "app/sales/tenders.h"
#include "app/shifts/shift.h"

/* Somebody closes the shift, takes the parked cart, merges the customer, issues the gift card: then the sale
 * is laid out anew. */
#define SALE_TRIES          8
#define SALE_GIFT_CARDS_MAX 20 /* lines that sell one */

/* What a manager should look at: why a sale that happened offline would have been refused. */
#define SALE_FLAGS(X)                                                                                        \
    X(ARCHIVED_PRODUCT, "archived_product")                                                                  \
    X(ARCHIVED_REGISTER, "archived_register")                                                                \
    X(CLOCK_VARIANCE, "clock_variance") /* it happened in the future, or ages ago */                         \
    X(CLOSED_SHIFT, SHIFT_LATE_FLAG)                                                                         \
    X(GIFT_CARD_REFUSED, "gift_card_refused")       /* unknown, frozen, expired: nothing was taken off it */ \
    X(INSUFFICIENT_BALANCE, "insufficient_balance") /* only what was there was taken */                      \
    X(INSUFFICIENT_STOCK, "insufficient_stock")                                                              \
    X(NOT_PERMITTED, "not_permitted")                                                                        \
    X(NOT_PRICED, "not_priced") /* the server has no price for it today */                                   \
    X(NUMBER_VARIANCE, "number_variance")                                                                    \
    X(PARKED_CART_TAKEN, "parked_cart_taken")                                                                \
    X(PRICE_VARIANCE, "price_variance")                                                                      \
    X(UNKNOWN_CUSTOMER, "unknown_customer")                                                                  \
    X(UNKNOWN_PRODUCT, "unknown_product")                                                                    \
    X(UNKNOWN_SHIFT, "unknown_shift")

enum sale_flag_number {
#define X(flag, name) SALE_FLAG_NUMBER_##flag,
    SALE_FLAGS(X)
#undef X
    SALE_FLAG_COUNT
};
#define SALE_FLAG(flag) (1u << SALE_FLAG_NUMBER_##flag)

/* A line, whoever priced it. */
struct sale_sold {
    const struct selling_product *product; /* NULL: the catalogue does not know it */
    int64_t quantity, total;
};

/* A sale that happened at a till without a server. */
struct sale_offline {
    int64_t captured_at_ms;
    const char *receipt_number; /* that the till printed; NULL: none */
    const json_t *quote;        /* as the till computed it */
    int64_t price_variance;
    bool position_is_known; /* of the register: in `previous` */
};

struct sale {
    const json_t *request;
    struct id id;
    struct hash fingerprint;
    int64_t expected_total;
    int64_t points; /* of the customer's, to be burned */
    bool has_previous;
    struct ledger_position previous;
    bool has_shift, has_parked_cart, has_customer; /* the request names one */
    struct id shift_id, parked_cart_id, customer_id;
    const char *exchange_id; /* of the refund that it is exchanged for; NULL: none */

    bool is_offline;
    struct sale_offline offline;
    unsigned flags; /* so far */

    struct cart cart;       /* of a sale that happened offline only for what it would cost today */
    struct sale_sold *sold; /* its lines */
    struct pricing_totals totals;
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
    unsigned tries; /* this one included */
    struct ledger_act act;
    struct transaction_draft draft;
    struct shift_place shift;
    bool has_customer;
    struct customer customer;
    struct journal_loyalty loyalty;
    struct journal_exemption exemption;
    struct journal_offline offline;
    unsigned flags;
    const char *flag_names[SALE_FLAG_COUNT];
    const char *gift_card_ids[PRICING_LINES_MAX]; /* of the lines that sell one */
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

/* Store credit and accounts are somebody's, and so are points: STATUS_VALIDATION_FAILED without a customer.
 */
MUST_CHECK enum status sale_check_customer(struct call *call, const struct sale *sale);

/* Prices the cart, when the cashier may have it like that. */
MUST_CHECK enum status sale_price(struct call *call, struct sale *sale);

/* The cart costs something else than the customer was shown: STATUS_TOTAL_MISMATCH, with the quote. */
MUST_CHECK enum status sale_refuse_total(struct call *call, const struct sale *sale);

/* Both, and compares it with what the customer was shown, and settles the tenders. */
MUST_CHECK enum status sale_check(struct call *call, struct sale *sale);

/* The same for one that happened offline, which is never refused for what is otherwise today: only for what
 * is not arithmetic. */
MUST_CHECK enum status sale_check_offline(struct call *call, struct sale *sale);

/* Lays the act out as things are now. */
MUST_CHECK enum status sale_lay_out(struct call *call, const struct sale *sale, struct sale_act *out);

/* Whether the till has charged no taxes on it. */
bool sale_offline_is_exempt(const struct sale *sale);

/* For one that happened offline: what the register's last record must be (NULL: whatever it is), so that the
 * record has the number that the till printed, or a flag; whether it is laid out anew after a refusal; and
 * the captured lines, for the record. */
const struct ledger_position *sale_offline_previous(const struct sale *sale, unsigned *flags);
bool sale_offline_goes_on(struct sale *sale, const struct ledger_outcome *outcome, enum status status);
void sale_offline_write_lines(struct call *call, const struct sale *sale, const char *const *gift_card_ids,
                              struct journal_record *record);

/* Adds an effect for one who takes part; returns where to fill it in. */
struct ledger_posting *sale_add_posting(struct sale_act *out, struct sale_party party);
struct ledger_write *sale_add_write(struct sale_act *out, struct sale_party party);

/* A refusal of what happened offline is no refusal but a flag. Returns the status to go on with. */
MUST_CHECK enum status sale_tolerates(struct call *call, const struct sale *sale, struct sale_act *out,
                                      unsigned flag, enum status status);

/* Finds the customer and the gift cards that pay and that are sold, and adds what happens to them. All faults
 * at once. */
MUST_CHECK enum status sale_add_parties(struct call *call, const struct sale *sale, struct sale_act *out);

/* What a refusal of the ledger means: sets `again` when the sale is to be laid out anew, else the words. */
MUST_CHECK enum status sale_refused(struct call *call, struct sale *sale, const struct sale_act *act,
                                    const struct ledger_outcome *outcome, enum status status, bool *again);

#endif
