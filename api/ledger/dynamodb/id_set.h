/*
 * A set of ids, for walks through everything: open addressing, at most three quarters full.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_ID_SET_H
#define MYPOS_LEDGER_DYNAMODB_ID_SET_H

#include "base/id.h"

struct id_set {
    struct id *slots; /* all zero: free */
    size_t count, capacity;
};

/* An empty set is all zero. Without memory the process ends, as base/arena.h does. */
void id_set_add(struct id_set *set, const struct id *id);
bool id_set_has(const struct id_set *set, const struct id *id);
void id_set_free(struct id_set *set);

#endif
