/*
 * What was sold, as metrics: mypos_transactions_total{type} and
 * mypos_transactions_amount_minor_total{type,currency}, which is in the currency's minor units. Every record
 * counts once, where it was written, and not when a retry is answered again.
 */
#ifndef MYPOS_APP_RECORDS_TRANSACTION_COUNT_H
#define MYPOS_APP_RECORDS_TRANSACTION_COUNT_H

#include "ledger/transaction.h"

void transaction_count(const struct ledger_transaction *transaction);

#endif
