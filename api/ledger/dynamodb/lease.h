/*
 * Leases: which of several processes does something (layout.h).
 */
#ifndef MYPOS_LEDGER_DYNAMODB_LEASE_H
#define MYPOS_LEDGER_DYNAMODB_LEASE_H

#include "ledger/dynamodb/internal.h"

/* Takes or renews a lease for LEDGER_DYNAMODB_LEASE_MS. STATUS_NOT_FOUND: another process has it. */
enum status lease_take(const struct ledger_dynamodb *ledger, const char *name, struct arena *arena);
void lease_give_back(const struct ledger_dynamodb *ledger, const char *name, struct arena *arena);

#endif
