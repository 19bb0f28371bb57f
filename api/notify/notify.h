/*
 * Notifications: the port through which others learn what happened in the shop.
 *
 * An act of the ledger puts an event into its outbox (ledger/act.h); the relay (notify/relay.h) takes it from
 * there, publishes it through this port, and only then removes it. So an event is delivered at least once,
 * whatever is killed in between, and a backend that is down delays events but never a sale. Receivers tell
 * repetitions by the event's id, which stays the same.
 *
 * Events are published in the order in which they were committed; only one that failed is tried again later,
 * after younger ones.
 *
 * A backend embeds `struct notify` and sets its `ops`. Its slots are called by one thread at a time.
 */
#ifndef MYPOS_NOTIFY_NOTIFY_H
#define MYPOS_NOTIFY_NOTIFY_H

#include "base/id.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTIFY_BATCH_MAX 100

struct notify;

struct notify_event {
    struct id id;
    const char *type; /* "transaction.completed" */
    int64_t at_ms;    /* when it happened */
    const char *data; /* JSON; not terminated */
    size_t data_length;
};

struct notify_ops {
    const char *name;

    /* Publishes at most NOTIFY_BATCH_MAX events, in their order, and says of each whether it was: one that
     * was not comes again later. It may block, for some seconds at most. */
    void (*publish)(const struct notify *notify, const struct notify_event *events, size_t count,
                    bool *published);

    void (*close)(const struct notify *notify);
};

struct notify {
    const struct notify_ops *ops;
};

/* Writes the event as receivers get it, in every backend the same: {"id","type","at","data"}. When that takes
 * more than `max` bytes, a notice instead: `data` has only the id of what it is about, and `data_at` says at
 * which address of the API the rest is. */
void notify_event_write(struct text *text, const struct notify_event *event, size_t max);

#endif
