/*
 * A delivery: one event on its way to one webhook, and what became of each try. A document of the ledger,
 * kept WEBHOOK_DELIVERY_KEPT_MS; while it is pending an event in the outbox says when it is due.
 *
 *     pending ──2xx──▶ delivered        an administrator may ask for any again: it is pending then
 *        └──given up, refused for good──▶ failed
 *
 * Its id follows from the event and the webhook, so an event that is taken twice is delivered once.
 */
#ifndef MYPOS_APP_WEBHOOK_DELIVERY_H
#define MYPOS_APP_WEBHOOK_DELIVERY_H

#include "app/app.h"
#include "catalog/webhook.h"
#include "ledger/ledger.h"
#include "notify/notify.h"

#define WEBHOOK_DELIVERY_EVENT "webhook.delivery" /* in the outbox: one is due */
#define WEBHOOK_TEST_EVENT     "webhook.test"     /* what a test sends */

#define WEBHOOK_PENDING   "pending"
#define WEBHOOK_DELIVERED "delivered"
#define WEBHOOK_FAILED    "failed"

#define WEBHOOK_DELIVERY_KEPT_MS (30LL * 24 * 3600 * 1000)
#define WEBHOOK_TRIES_KEPT       10

struct webhook_try {
    int64_t at_ms;
    int http_status; /* 0: no answer */
    int64_t latency_ms;
    const char *error;  /* NULL: it was accepted */
    const char *answer; /* its beginning; NULL: none */
};

/* A delivery, as its document holds it. Strings live in the arena. */
struct webhook_delivery {
    struct ledger_document document;
    struct id webhook_id, event_id;
    struct id due_id;       /* the event in the outbox that counts; others are of an earlier wish */
    const char *event_type; /* "transaction.completed" */
    int64_t event_at_ms;
    int64_t since_ms;           /* when it was first due, or last asked for again */
    int64_t next_attempt_at_ms; /* 0: none */
    int64_t attempt_count;
    struct webhook_try tries[WEBHOOK_TRIES_KEPT]; /* the last ones, the newest last */
    size_t try_count;
    const char *payload; /* what is sent, byte for byte */
    size_t payload_length;
};

/* What the outbox says of a delivery that is due. False when it is damaged. */
struct webhook_due {
    struct id delivery_id, webhook_id;
};
bool webhook_due_read(const struct ledger_outbox_event *event, struct webhook_due *due);

/* Makes a delivery of an event to a webhook, due at once; the same again changes nothing. `key` may be NULL.
 * `id` is the delivery's, of a replay by key the first one's. */
MUST_CHECK enum status webhook_delivery_create(const struct ledger *ledger, struct arena *arena,
                                               const struct webhook *webhook,
                                               const struct notify_event *event,
                                               const struct idempotency_key *key, struct id *id,
                                               bool *replayed);

/* STATUS_WEBHOOK_DELIVERY_NOT_FOUND. */
MUST_CHECK enum status webhook_delivery_load(const struct ledger *ledger, struct arena *arena,
                                             const struct id *id, struct webhook_delivery *delivery);

/* Writes what became of it. With `due` it is due again by a new event in the outbox, and `key`, which may be
 * NULL, makes that idempotent. STATUS_VERSION_MISMATCH: somebody else wrote. */
MUST_CHECK enum status webhook_delivery_save(const struct ledger *ledger, struct arena *arena,
                                             struct webhook_delivery *delivery, const char *state, bool due,
                                             const struct idempotency_key *key, bool *replayed);

/* Adds a try; the oldest goes when there are too many. */
void webhook_delivery_add_try(struct webhook_delivery *delivery, const struct webhook_try *try);

/* Writes it as the API shows it, with or without what is sent. */
void webhook_delivery_emit(struct json_writer *json, const struct webhook_delivery *delivery,
                           bool with_payload);

/* Reads a document of a list. False when it is damaged. */
bool webhook_delivery_of(struct arena *arena, const struct ledger_document *document,
                         struct webhook_delivery *delivery);

#endif
