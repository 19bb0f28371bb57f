/*
 * Keeper: a thread of each process that does what nobody waits for. It compacts the lists it is asked to, and
 * every KEEPER_SWEEP_MS looks for what another process left half done (work.h).
 */
#ifndef MYPOS_LEDGER_DYNAMODB_KEEPER_H
#define MYPOS_LEDGER_DYNAMODB_KEEPER_H

#include "ledger/dynamodb/internal.h"

#define KEEPER_SWEEP_MS 15000
#define KEEPER_QUEUE    1024 /* lists that wait; what comes on top is asked for again by a later act */

MUST_CHECK enum status keeper_start(struct ledger_dynamodb *ledger, struct keeper **keeper);
void keeper_stop(struct keeper *keeper); /* NULL is allowed; what waits is left for later */

/* Asks for the recent list of a stock item or a document's head. */
void keeper_ask(struct keeper *keeper, const struct layout_key *key);

/* Does it all now, in this thread. */
enum status keeper_run(struct keeper *keeper);

#endif
