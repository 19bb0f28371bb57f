/*
 * Customers: created, found, changed, merged, credited, exported, erased. Bodies of requests are valid by the
 * contract; answers are its Customer, CustomerEntry and pages of them.
 *
 * Nothing that tells about a person is kept beside the customer's document: a kept answer of an
 * Idempotency-Key says only which customer it was about, and a replay answers with that customer as it is
 * then.
 */
#ifndef MYPOS_APP_CUSTOMERS_H
#define MYPOS_APP_CUSTOMERS_H

#include "app/app.h"

struct customers_query {
    const char *q;     /* NULL: all, the newest first */
    const char *state; /* NULL: active */
    const char *cursor;
    int64_t limit;
};

MUST_CHECK enum status customers_create(struct call *call, const json_t *request);
MUST_CHECK enum status customers_list(struct call *call, const struct customers_query *query);

/* STATUS_CUSTOMER_NOT_FOUND, also of all the following. */
MUST_CHECK enum status customers_read(struct call *call, const struct id *id);

/* A merge patch; `if_match` is the header's value, or NULL. STATUS_VERSION_MISMATCH, STATUS_CUSTOMER_MERGED,
 * STATUS_CUSTOMER_ERASED. */
MUST_CHECK enum status customers_update(struct call *call, const struct id *id, const json_t *patch,
                                        const char *if_match);

/* Makes `from_id` of the request a part of this customer. Again: the same answer. */
MUST_CHECK enum status customers_merge(struct call *call, const struct id *id, const json_t *request);

/* Erases the person, everywhere. STATUS_CUSTOMER_HAS_BALANCE unless the request says that they may be lost.
 */
MUST_CHECK enum status customers_erase(struct call *call, const struct id *id, const json_t *request);

/* Transactions of the customer and of those merged into it; postings to its balances. */
MUST_CHECK enum status customers_transactions(struct call *call, const struct id *id, const char *cursor,
                                              int64_t limit);
MUST_CHECK enum status customers_entries(struct call *call, const struct id *id, const char *cursor,
                                         int64_t limit);

/* A posting by hand. STATUS_INSUFFICIENT_BALANCE. */
MUST_CHECK enum status customers_post(struct call *call, const struct id *id, const json_t *request);

/* Everything about the person, as a file that is streamed. */
MUST_CHECK enum status customers_export(struct call *call, const struct id *id);

#endif
