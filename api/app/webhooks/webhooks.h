/*
 * Webhooks: programs of others that are told of what happens in the shop, over signed HTTPS.
 *
 * A webhook is reference data; its deliveries (app/webhooks/webhook_delivery.h) are the ledger's. The secret
 * that signs is made by the server and seen once, in the answer that makes it.
 */
#ifndef MYPOS_APP_WEBHOOKS_H
#define MYPOS_APP_WEBHOOKS_H

#include "app/app.h"

/* `body` is a WebhookCreate of the contract. The answer is the only one with the secret. */
MUST_CHECK enum status webhooks_create(struct call *call, const json_t *body);

/* A merge patch; `if_match` is the header's value, or NULL. */
MUST_CHECK enum status webhooks_update(struct call *call, const struct id *id, const json_t *patch,
                                       const char *if_match);

/* Another secret, which the answer shows; those before sign as well for a day. */
MUST_CHECK enum status webhooks_rotate(struct call *call, const struct id *id);

/* Sends an event that says nothing, once, also to a webhook that is disabled; the answer is the delivery. */
MUST_CHECK enum status webhooks_test(struct call *call, const struct id *id);

/* What was sent and what became of it, the newest first. `state` may be NULL. */
struct webhook_deliveries_query {
    unsigned limit;
    const char *cursor, *state;
};
MUST_CHECK enum status webhook_deliveries_list(struct call *call, const struct id *webhook_id,
                                               const struct webhook_deliveries_query *query);
MUST_CHECK enum status webhook_deliveries_read(struct call *call, const struct id *webhook_id,
                                               const struct id *id);

/* Due again, at once. */
MUST_CHECK enum status webhook_deliveries_retry(struct call *call, const struct id *webhook_id,
                                                const struct id *id);

#endif
