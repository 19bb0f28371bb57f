/*
 * Compaction: the recent movements of a product, and the recent entries of a document, move to a page of
 * their history, so that the item that every act writes stays below a kilobyte.
 *
 * An act does not know how long a list is, for it did not read it. So every act asks for one in
 * COMPACT_ONE_IN of its lists, at random, and the list is left alone when it is short.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_COMPACT_H
#define MYPOS_LEDGER_DYNAMODB_COMPACT_H

#include "ledger/dynamodb/acting.h"

#define COMPACT_ONE_IN  8
#define COMPACT_FROM    6   /* rows in a list that is worth a page */
#define COMPACT_AT_ONCE 200 /* rows in a page */

/* After an act. */
void compact_prompt(const struct acting *acting);

/* Moves what is settled of a list to a page; nothing when it is short, or somebody else does it. */
enum status compact_list(const struct ledger_dynamodb *ledger, const struct layout_key *key,
                         struct arena *arena);

#endif
