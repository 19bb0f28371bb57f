/*
 * The relay: takes events from the ledger's outbox and publishes them, in a thread of its own.
 *
 *     outbox ──take──▶ publish ──▶ settle: what was published goes, the rest comes again later
 *
 * The outbox is looked into every RELAY_IDLE_MS, and again at once while there are whole batches. An event
 * that was not published waits a second, then twice as long each time up to RELAY_RETRY_MAX_MS, with jitter;
 * there is no last try. When the relay is stopped it publishes what waits, for RELAY_DRAIN_MS at most.
 *
 * Metrics: mypos_events_published_total, mypos_events_failed_total, mypos_events_lag_seconds.
 */
#ifndef MYPOS_NOTIFY_RELAY_H
#define MYPOS_NOTIFY_RELAY_H

#include "ledger/ledger.h"
#include "notify/notify.h"

#define RELAY_IDLE_MS      250
#define RELAY_RETRY_MIN_MS 1000
#define RELAY_RETRY_MAX_MS 300000
#define RELAY_DRAIN_MS     5000

struct relay;

/* `filter` says which events are its own. All is borrowed until relay_stop; the caller owns the relay. */
MUST_CHECK enum status relay_start(const struct ledger *ledger, const struct ledger_outbox_filter *filter,
                                   const struct notify *notify, struct relay **relay);

/* NULL is allowed. */
void relay_stop(struct relay *relay);

#endif
