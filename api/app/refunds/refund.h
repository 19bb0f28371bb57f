/*
 * Refunds and voids: a sale is undone, in part or whole, by a record of its own that refers to it.
 *
 * What goes back is core/refund.h's to say; which record, stock, shift, customer and cards it moves is one
 * act of the ledger. A refund may be made on any register, of any store with the same currency: it belongs to
 * that register's journal and shift, and what comes back to that store's stock.
 */
#ifndef MYPOS_APP_REFUND_H
#define MYPOS_APP_REFUND_H

#include "app/app.h"

/* Answers a RefundCreate with the Transaction, 201. Needs the scope transactions:refund, or an approval.
 * STATUS_TRANSACTION_NOT_FOUND, STATUS_TRANSACTION_VOIDED, STATUS_REFUND_NOT_POSSIBLE,
 * STATUS_REFUND_EXCEEDS_SALE, STATUS_TOTAL_MISMATCH, STATUS_VALIDATION_FAILED, those of tenders, of shifts
 * and of the ledger. */
MUST_CHECK enum status refund_create(struct call *call, const struct id *transaction_id, const json_t *body);

/* Answers a page of the refunds and the void of a sale, the newest first, and what is left to be refunded. */
MUST_CHECK enum status refunds_list(struct call *call, const struct id *transaction_id, const char *cursor,
                                    int64_t limit);

/* Answers a VoidCreate with the Transaction, 201: the whole sale is undone, tips too. Only in the shift of
 * the sale (when it has none: on the business day, unless a shift was opened since) and before any refund:
 * else STATUS_VOID_NOT_POSSIBLE. Needs the scope transactions:void, or an approval. */
MUST_CHECK enum status void_create(struct call *call, const struct id *transaction_id, const json_t *body);

#endif
