/*
 * Documents of the ledger: a customer, a gift card, a shift, a parked cart, a receipt on its way by mail, an
 * event on its way to a webhook.
 *
 * A document is JSON of the application's, with what the ledger needs to find it and to guard it: a version,
 * a state, unique keys, words to search by, and balances. The ledger never reads the JSON.
 *
 * Balances are moved by postings (ledger/act.h), any number of them at a time and without a read; the rest is
 * changed by writes, which name the version that they change. So a card is redeemed at ten tills at once, and
 * a customer's address is still not overwritten by one who saw an older one.
 */
#ifndef MYPOS_LEDGER_DOCUMENT_H
#define MYPOS_LEDGER_DOCUMENT_H

#include "base/id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stored: append only. */
enum ledger_kind {
    LEDGER_CUSTOMER,
    LEDGER_GIFT_CARD,
    LEDGER_SHIFT,
    LEDGER_PARKED_CART,
    LEDGER_RECEIPT_EMAIL,
    LEDGER_WEBHOOK_DELIVERY,
    LEDGER_CURSOR, /* how far a reader of something that grows has come */
    LEDGER_KIND_COUNT
};

/* What the balances of a kind count, in minor units where it is money. Stored: append only. */
#define LEDGER_BALANCES 8
enum ledger_gift_card_balance {
    LEDGER_GIFT_CARD_BALANCE
};
enum ledger_customer_balance {
    LEDGER_CUSTOMER_VISITS,
    LEDGER_CUSTOMER_SPENT,
    LEDGER_CUSTOMER_STORE_CREDIT,
    LEDGER_CUSTOMER_ACCOUNT, /* what is owed is negative: the floor is the limit, negated */
    LEDGER_CUSTOMER_POINTS
};
enum ledger_shift_balance {
    LEDGER_SHIFT_TRANSACTIONS,
    LEDGER_SHIFT_SALES,
    LEDGER_SHIFT_REFUNDS,           /* and voids */
    LEDGER_SHIFT_CASH,              /* what should be in the drawer, the float included */
    LEDGER_SHIFT_LATE_TRANSACTIONS, /* what a till had not yet sent when the shift was closed */
    LEDGER_SHIFT_LATE_SALES,
    LEDGER_SHIFT_LATE_REFUNDS,
    LEDGER_SHIFT_LATE_CASH
};

#define LEDGER_STATE_MAX 16     /* bytes of a state */
#define LEDGER_BODY_MAX  262144 /* bytes of a body: an item of DynamoDB holds 400 KB */

struct ledger_document {
    enum ledger_kind kind;
    struct id id;
    int64_t version;                 /* 1, 2, 3 …: counts writes, not postings */
    const char *state;               /* the application's: "active", "frozen", "open", "closed" … */
    int64_t store_key, register_key; /* where it belongs, for lists; 0: nowhere. The store of what goes to a
                                      * webhook is the webhook */
    int64_t created_at_ms, updated_at_ms; /* of the first and the last write */
    int64_t recorded_at_ms;               /* of the last act with a record that posted to it; 0: none */
    int64_t expires_at_ms;                /* 0: never. Past it, it is not found and in no list, and goes some
                                           * time later: for what holds no money, such as a parked cart */
    int64_t balances[LEDGER_BALANCES];
    const char *body; /* not terminated when it was read */
    size_t body_length;
};

/* A posting that was kept: the history of a document's balances. */
struct ledger_entry {
    struct id act_id;   /* the transaction's, or the act's that has no record */
    bool by_record;     /* it is a transaction's */
    const char *reason; /* as posted: "sale", "load", "pay_in" … */
    int64_t at_ms;
    int64_t amounts[LEDGER_BALANCES];
    int64_t balances[LEDGER_BALANCES]; /* after it */
    const char *detail;                /* of the act (ledger/act.h); NULL: none */
};

/* Which documents. They are listed in the order in which they were created, the newest first. */
struct ledger_document_filter {
    enum ledger_kind kind;
    bool has_store, has_register;
    int64_t store_key, register_key;
    const char *state; /* NULL: any */
};

#endif
