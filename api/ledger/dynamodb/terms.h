/*
 * Terms: the words by which a document is found, an item each. There may be more than a transaction takes, so
 * they are written before the act and removed after it, and count only by the tag that the body names.
 *
 *     before the act     a note of what is about to be written (work W#), then the new terms under a new tag
 *     in the act         the body with the new tag; the note goes; a note of the old terms comes
 *     after the act      the old terms go, then their note
 *     it was refused     the note is marked, the new terms go, then their note
 *
 * Whatever dies in between, a note is left that the sweeper works off (keeper.c): it marks the note, after
 * which the act cannot be committed any more, and removes the terms. So what was said about a customer does
 * not stay behind.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_TERMS_H
#define MYPOS_LEDGER_DYNAMODB_TERMS_H

#include "ledger/dynamodb/acting.h"

#define TERMS_WORK     "W"
#define TERMS_LEASE_MS 60000 /* longer than an act takes */

/* Before a try: writes the terms of every document whose terms change, unless that was done. */
enum status terms_prepare(struct acting *acting);
/* In the try. */
void terms_write(struct acting *acting, struct transact *transact, const struct acting_document *document);
/* After the act; what fails is left to the sweeper. */
void terms_settle(struct acting *acting, bool committed);

/* Works off a note that is due. */
enum status terms_sweep(const struct ledger_dynamodb *ledger, const json_t *note, struct arena *arena);

#endif
