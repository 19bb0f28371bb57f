/*
 * Intents: acts that move more than one transaction takes, such as a sale of 300 products or a count of 500.
 *
 *     noted    the intent is put (work T#<id> or A#<id>), with a lease; another one of the same act waits or,
 *              when the lease ended, takes it back first. Only then it is sure that the act is not there yet:
 *              nobody commits it but under an intent, and there is one at a time
 *     chunks   transactions of as many movements as fit, each only while the intent is this process's. Their
 *              rows are marked as parts: they count when the act is there
 *     end      the act's own transaction, with everything else it does; it removes the intent
 *
 * Refused, or left behind: the intent is marked, after which no chunk and no end can be committed; each row
 * is taken out of its list again and its level goes back, as long as the intent is there; then it goes. So an
 * act is whole or leaves nothing; while it is under way, what it takes out is reserved.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_INTENTS_H
#define MYPOS_LEDGER_DYNAMODB_INTENTS_H

#include "ledger/dynamodb/acting.h"

#define INTENT_OF_RECORD "T"
#define INTENT_OF_ACT    "A"
#define INTENT_LEASE_MS  30000
#define INTENT_DEADLINES 3 /* a large act has so many times the time of another; less than the lease */

bool intent_is_needed(const struct ledger_act *act);
enum status intent_commit(struct acting *acting);

/* Its part of the act's own transaction. */
void intent_end(struct acting *acting, struct transact *transact);

/* Takes back what a process left behind. */
enum status intent_sweep(const struct ledger_dynamodb *ledger, const json_t *note, struct arena *arena);

#endif
