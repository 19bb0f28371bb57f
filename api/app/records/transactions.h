/* Transactions: reading what was sold. A record is answered with its stored bytes, so its hash can be
 * checked. */
#ifndef MYPOS_APP_TRANSACTIONS_H
#define MYPOS_APP_TRANSACTIONS_H

#include "app/app.h"

/* Which transactions, as a client asks. Everything is optional and borrowed. */
struct transactions_query {
    bool has_store, has_register, has_shift, has_customer, has_original;
    struct id store_id, register_id, shift_id, customer_id, original_id;
    const char *type;           /* "sale", "refund", "void" */
    bool flagged;               /* only those that a manager should look at */
    const char *day;            /* "2026-11-22", valid */
    const char *receipt_number; /* a prefix */
    const char *cursor;
    int64_t limit;
};

/* Answers with a Transaction. STATUS_TRANSACTION_NOT_FOUND. */
MUST_CHECK enum status transaction_read(struct call *call, const struct id *id);

/* Answers with a page of Transactions, the newest first. */
MUST_CHECK enum status transactions_list(struct call *call, const struct transactions_query *query);

#endif
