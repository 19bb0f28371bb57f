/*
 * The dispatcher: sends what is due to webhooks, in a thread of its own.
 *
 *     outbox ──take, claim──▶ queue ──▶ on its way ──▶ written down, settled
 *
 * 1. What is taken is claimed first: its event is put off by WEBHOOK_CLAIM_MS, so that another instance
 * leaves it alone, and so that it comes again when this process dies.
 * 2. No webhook holds up another. Each has so many messages under way and waiting; those that find no room
 *    are put off, so that they do not hide what stands behind them in the outbox. One that is down
 *    gets a single message at a time, and what is due for it waits until then.
 * 3. A message that was not accepted is tried again after the configured seconds, twice as long each time
 * with jitter, WEBHOOK_RETRY_MAX_MS at most; when it was due for longer than the configured time, it has
 *    failed, and a webhook to which nothing was delivered in all that time is disabled ("failing"). One that
 *    answers 410 is disabled at once ("gone"). A test is sent once.
 * 4. It may arrive twice: when the process dies after the receiver has taken it, and in other rare cases.
 *    Receivers tell by webhook-id.
 *
 * Metrics: mypos_webhook_attempts_total{outcome="accepted"|"refused"|"down"|"gone"},
 * mypos_webhook_deliveries_failed_total, mypos_webhook_duration_seconds, mypos_webhook_in_flight.
 */
#ifndef MYPOS_APP_WEBHOOK_DISPATCHER_H
#define MYPOS_APP_WEBHOOK_DISPATCHER_H

#include "app/app.h"
#include "notify/webhook/webhook_sender.h"

#define WEBHOOK_CLAIM_MS     30000
#define WEBHOOK_RETRY_MAX_MS (24LL * 3600 * 1000)

struct webhook_dispatcher;

/* Borrowed until webhook_dispatcher_stop. */
struct webhook_dispatcher_options {
    struct webhook_sender_options sender;
    unsigned retry_seconds, give_up_seconds;
};

/* The caller owns the dispatcher. */
MUST_CHECK enum status webhook_dispatcher_start(struct app *app,
                                                const struct webhook_dispatcher_options *options,
                                                struct webhook_dispatcher **dispatcher);

/* There is something to send. NULL is allowed. */
void webhook_dispatcher_wake(struct webhook_dispatcher *dispatcher);

/* Where webhooks may lead beside the public Internet. Without a dispatcher, nowhere. Owned by it. */
const struct webhook_networks *webhook_dispatcher_networks(const struct webhook_dispatcher *dispatcher);

/* What is on its way may arrive for a few seconds, the rest is given back. NULL is allowed. */
void webhook_dispatcher_stop(struct webhook_dispatcher *dispatcher);

#endif
