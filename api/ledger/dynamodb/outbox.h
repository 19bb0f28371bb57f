/*
 * The outbox. Events wait in OUTBOX_SHARDS lines of an index, each in the order in which they are due, so
 * that a busy day is not one partition.
 *
 * Several processes look into it, and one of them delivers: whoever holds the lease of the filter. It is
 * renewed while it is looked into, given back when the ledger is closed, and ends by itself LEDGER_DYNAMODB_
 * LEASE_MS after its owner died. Nothing hangs on it but how often an event is delivered; at least once holds
 * without.
 *
 * Whoever looks for events of a filter learns whether any wait at all, by one request: as long as none do, all
 * filters of the process rest. What this process puts in ends the rest; what another one puts in is seen after
 * it, so it is short while there is something to do and for OUTBOX_LIVELY_MS after that, and never longer than
 * OUTBOX_CALM_MS.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_OUTBOX_H
#define MYPOS_LEDGER_DYNAMODB_OUTBOX_H

#include "ledger/dynamodb/internal.h"

#define OUTBOX_SHARDS     4
#define OUTBOX_BUSY_MS    1000 /* between two looks into an outbox that was empty a moment ago */
#define OUTBOX_CALM_MS    2000 /* … and of one that was empty for long */
#define OUTBOX_LIVELY_MS  10000
#define OUTBOX_SHARD_SIZE 16
#define OUTBOX_DUE_SIZE   (16 + 1 + ID_TEXT_SIZE)

void outbox_shard(const struct id *id, char shard[static OUTBOX_SHARD_SIZE]);
/* Microseconds: events of a register are told in the order of its journal. */
void outbox_due(int64_t due_us, const struct id *id, char due[static OUTBOX_DUE_SIZE]);
void outbox_due_at(int64_t due_ms, const struct id *id, char due[static OUTBOX_DUE_SIZE]);
int64_t outbox_due_ms(const char *due); /* NULL: 0 */

MUST_CHECK enum status outbox_open(struct outbox **outbox);
void outbox_close(const struct ledger_dynamodb *ledger, struct outbox *outbox); /* gives its leases back */

/* An event of a large act counts when the act is there, by the same try at it; it waits while a try is under way;
 * and is void when its own was taken back. */
enum outbox_standing {
    OUTBOX_COUNTS,
    OUTBOX_WAITS,
    OUTBOX_IS_VOID,
};
enum status outbox_judge(const struct ledger_dynamodb *ledger, const json_t *event, struct arena *arena,
                         enum outbox_standing *standing);

/* This process may have put events in. */
void outbox_stir(struct outbox *outbox);

enum status ledger_dynamodb_outbox_take(const struct ledger *port, const struct ledger_outbox_filter *filter,
                                        size_t limit, struct arena *arena,
                                        struct ledger_outbox_event **events, size_t *count);
enum status ledger_dynamodb_outbox_settle(const struct ledger *port, const struct ledger_delivery *deliveries,
                                          size_t count);

#endif
