/* A stored transaction as an answer: its record as it is stored, its hash as the strong ETag. */
#ifndef MYPOS_APP_TRANSACTION_ANSWER_H
#define MYPOS_APP_TRANSACTION_ANSWER_H

#include "app/app.h"
#include "ledger/ledger.h"

void transaction_answer(struct call *call, const struct ledger_transaction *transaction);

/* The same, 201: this request has made it, or an earlier one that was the same. */
void transaction_answer_created(struct call *call, const struct ledger_transaction *transaction,
                                bool replayed);

#endif
