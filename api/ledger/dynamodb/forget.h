/*
 * Forgetting: a document's body is overwritten and its terms go by the act itself; the details of the acts
 * that posted to it go right after, by a note that the act leaves (work F#), so that it is done whatever
 * dies. Copies made for point-in-time recovery end with the table's window, 35 days.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_FORGET_H
#define MYPOS_LEDGER_DYNAMODB_FORGET_H

#include "ledger/dynamodb/acting.h"

#define FORGET_WORK "F"

void forget_write(struct acting *acting, struct transact *transact);
void forget_settle(struct acting *acting);
enum status forget_sweep(const struct ledger_dynamodb *ledger, const json_t *note, struct arena *arena);

#endif
