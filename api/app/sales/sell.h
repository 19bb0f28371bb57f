/* Selling: a sale is priced by the server, compared with what the customer was shown, paid, and committed. */
#ifndef MYPOS_APP_SELL_H
#define MYPOS_APP_SELL_H

#include "app/app.h"

/* Answers a TransactionCreate with the Transaction, 201. The request's id is idempotent for ever: the same
 * sale again answers with the first record, also when it would be refused today. STATUS_VALIDATION_FAILED,
 * STATUS_TOTAL_MISMATCH, STATUS_TENDER_INSUFFICIENT, and the ledger's refusals. */
MUST_CHECK enum status sell(struct call *call, const json_t *request);

#endif
