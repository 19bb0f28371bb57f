/*
 * Heads: where each register's journal ends, as far as this process knows.
 *
 * A position that was once the last is a fact for ever, and rows follow one another without gaps; so a head
 * that is out of date makes a transaction fail, never a journal wrong. Which stores and registers are in the
 * list of what there is (layout.h, meta) is remembered too.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_HEADS_H
#define MYPOS_LEDGER_DYNAMODB_HEADS_H

#include "base/status.h"
#include "core/journal.h"
#include "ledger/transaction.h"

struct heads;

MUST_CHECK enum status heads_open(struct heads **heads);
void heads_close(struct heads *heads);

/* The last position that was seen; false: none. A position that is not behind the one known replaces it. */
bool heads_know(struct heads *heads, int64_t register_key, struct ledger_position *position);
void heads_learn(struct heads *heads, int64_t register_key, const struct ledger_position *position);

/* Whether a store, or a register with its code, is known to be in the list. */
bool heads_is_listed(struct heads *heads, int64_t key, const char *code); /* NULL: a store */
void heads_set_listed(struct heads *heads, int64_t key, const char *code);

/* Microseconds since 1970 for the order of acts: later than any given out before, and `now_ms` as far as that
 * allows. */
int64_t heads_stamp_us(struct heads *heads, int64_t now_ms);

#endif
