/* The contract's CustomerEntry. */
#ifndef MYPOS_APP_CUSTOMER_ENTRIES_H
#define MYPOS_APP_CUSTOMER_ENTRIES_H

#include "app/app.h"
#include "ledger/ledger.h"

void customer_entry_emit(struct json_writer *json, const struct ledger_entry *entry);

#endif
