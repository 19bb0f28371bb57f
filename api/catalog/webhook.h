/*
 * Webhooks: which programs are told of what happens in the shop. The entity is what everybody may read; the
 * secrets that sign its messages are in a table of their own, and their change entries have no body.
 */
#ifndef MYPOS_CATALOG_WEBHOOK_H
#define MYPOS_CATALOG_WEBHOOK_H

#include "catalog/entity.h"

#define WEBHOOKS_MAX              32 /* that are not archived */
#define WEBHOOK_SECRET_BYTES      32
#define WEBHOOK_VALID_SECRETS     4                    /* that sign at a time */
#define WEBHOOK_SECRET_OVERLAP_MS (24LL * 3600 * 1000) /* how long one that was replaced still signs */

enum webhook_field {
    WEBHOOK_URL,
    WEBHOOK_DESCRIPTION,
    WEBHOOK_EVENT_TYPES,
    WEBHOOK_ENABLED,
    WEBHOOK_DISABLED_REASON,
    WEBHOOK_FIELD_COUNT,
};

/* Why a webhook is disabled, when nobody did it. */
#define WEBHOOK_REASON_GONE    "gone"    /* the receiver answered 410 */
#define WEBHOOK_REASON_FAILING "failing" /* nothing was delivered for days */

/* A webhook as deliveries need it. Strings live in the arena. */
struct webhook {
    int64_t key;
    struct id id;
    bool active; /* neither archived nor disabled */
    const char *url;
    const char *event_types; /* a JSON array of texts */
};

/* STATUS_WEBHOOK_NOT_FOUND. */
MUST_CHECK enum status webhook_read(struct db *db, struct arena *arena, const struct id *id,
                                    struct webhook *webhook);

/* The active ones; `webhooks` has room for WEBHOOKS_MAX. */
MUST_CHECK enum status webhook_list_active(struct db *db, struct arena *arena, struct webhook *webhooks,
                                           size_t *count);

/* Whether it is to be told of events of this type. */
bool webhook_wants(const struct webhook *webhook, const char *type);

/* Inside an act: a first secret, or another one, besides which those before sign for
 * WEBHOOK_SECRET_OVERLAP_MS. `webhook_secret_replace` appends the change entry. */
MUST_CHECK enum status webhook_secret_add(struct db *db, const struct id *webhook_id,
                                          const uint8_t secret[static WEBHOOK_SECRET_BYTES]);
MUST_CHECK enum status webhook_secret_replace(struct db *db, const struct actor *actor,
                                              const struct id *webhook_id,
                                              const uint8_t secret[static WEBHOOK_SECRET_BYTES],
                                              int64_t *expires_at_ms, int64_t *seq);

/* Those that sign now, the newest first; `count` of them. */
MUST_CHECK enum status
webhook_secrets_read(struct db *db, const struct id *webhook_id,
                     uint8_t secrets[static WEBHOOK_VALID_SECRETS][WEBHOOK_SECRET_BYTES], size_t *count);

#endif
