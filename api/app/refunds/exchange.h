/*
 * Exchanges: goods come back and others are taken along, in one act. It is a refund and a sale, two records
 * in the journal of one register, each of which names the other.
 *
 * The refund is what it would be without the sale, the sale what it would be without the refund; the value of
 * the smaller one passes between them on a tender of type "exchange":
 *
 *     the sale is dearer     all of the refund pays for it, and the customer adds tenders
 *     the refund is dearer   what it leaves is paid out on tenders, as a refund's is; where that is in cash,
 * the sale is rounded so that it is payable in coins
 */
#ifndef MYPOS_APP_EXCHANGE_H
#define MYPOS_APP_EXCHANGE_H

#include "app/app.h"

/* Answers an ExchangeCreate with {"refund","sale"}, 201. Needs the scope transactions:refund, or an approval.
 * What refund_create and sell may answer. */
MUST_CHECK enum status exchange_create(struct call *call, const json_t *body);

#endif
