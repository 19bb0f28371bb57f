/*
 * Work: notes of what a process has begun, so that another one can take it up (layout.h). A note has `un`:
 * until then it belongs to the process that wrote it.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_WORK_H
#define MYPOS_LEDGER_DYNAMODB_WORK_H

#include "ledger/dynamodb/internal.h"

/* The key of a note that was read. False: it is none. */
bool work_key(const json_t *note, struct layout_key *key);

/* Takes a note that is due, by which its act cannot be committed any more (`dd`). `until_ms` is what it said.
 * STATUS_NOT_FOUND: it is gone, or somebody else has it. */
enum status work_mark(const struct ledger_dynamodb *ledger, const struct layout_key *key, int64_t until_ms,
                      struct arena *arena);

enum status work_delete(const struct ledger_dynamodb *ledger, const struct layout_key *key,
                        struct arena *arena);

/* Looks for notes that are due and works them off. */
enum status work_sweep(const struct ledger_dynamodb *ledger, struct arena *arena);

#endif
