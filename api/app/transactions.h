/* Transactions: reading what was sold. A record is answered with its stored bytes, so its hash can be
 * checked. */
#ifndef MYPOS_APP_TRANSACTIONS_H
#define MYPOS_APP_TRANSACTIONS_H

#include "app/app.h"
#include "ledger/ledger.h"

/* Which transactions, as a client asks. Everything is optional and borrowed. */
struct transactions_query {
    bool has_store, has_register;
    struct id store_id, register_id;
    const char *day;            /* "2026-11-22", valid */
    const char *receipt_number; /* a prefix */
    const char *cursor;
    int64_t limit;
};

/* Answers with a Transaction. STATUS_TRANSACTION_NOT_FOUND. */
MUST_CHECK enum status transaction_read(struct call *call, const struct id *id);

/* Answers with a page of Transactions, the newest first. */
MUST_CHECK enum status transactions_list(struct call *call, const struct transactions_query *query);

/* Sets the answer to a stored transaction; and to one that this request, or an earlier one, has made. */
void transaction_answer(struct call *call, const struct ledger_transaction *transaction);
void transaction_answer_created(struct call *call, bool replayed);

#endif
