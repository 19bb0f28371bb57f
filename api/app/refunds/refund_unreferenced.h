/*
 * Refunds without a receipt: goods come back, and nobody knows of which sale. They are priced as a sale would
 * be, today or as the cashier says, and paid out on the tenders that the request names.
 *
 * Nothing limits such a refund but who may make it: so it has a scope of its own, and a reason.
 */
#ifndef MYPOS_APP_REFUND_UNREFERENCED_H
#define MYPOS_APP_REFUND_UNREFERENCED_H

#include "app/app.h"

/* Answers a TransactionCreate of type "refund" with the Transaction, 201. Needs the scope
 * transactions:refund_unreferenced, or an approval. */
MUST_CHECK enum status refund_unreferenced(struct call *call, const json_t *body);

#endif
