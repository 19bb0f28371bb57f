/*
 * Lanes: acts of this process that touch the same item go one after the other.
 *
 * DynamoDB refuses a transaction that meets another one at an item. Within a process that need not happen:
 * whoever is about to write an item waits in its lane, so that only processes get into each other's way.
 * Items share lanes by their hash; lanes are entered in ascending order, so nobody waits for whoever waits
 * for him.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_LANES_H
#define MYPOS_LEDGER_DYNAMODB_LANES_H

#include "base/status.h"
#include "ledger/dynamodb/layout.h"

#define LANES 1024

struct lanes;

MUST_CHECK enum status lanes_open(struct lanes **lanes);
void lanes_close(struct lanes *lanes);

/* The lanes of some items; all zero: none. */
struct lane_set {
    uint64_t bits[LANES / 64];
};
void lane_set_add(struct lane_set *set, const struct layout_key *key);

/* False: the time was up (clock_monotonic_us), and none is held. */
MUST_CHECK bool lanes_enter(struct lanes *lanes, const struct lane_set *set, int64_t deadline_us);
void lanes_leave(struct lanes *lanes, const struct lane_set *set);

#endif
