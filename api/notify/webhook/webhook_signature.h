/*
 * Signatures of webhooks, as Standard Webhooks has them (https://www.standardwebhooks.com,
 * specification 1.0):
 *
 *     webhook-id: <id of the event>
 *     webhook-timestamp: <seconds since 1970>
 *     webhook-signature: v1,<base64 of HMAC-SHA256 of "id.timestamp.body">
 *
 * After a secret was replaced both sign for a while: the header then has two signatures, with a blank between
 * them. A secret is WEBHOOK_SECRET_SIZE random bytes; people see "whsec_" and their base64.
 */
#ifndef MYPOS_NOTIFY_WEBHOOK_SIGNATURE_H
#define MYPOS_NOTIFY_WEBHOOK_SIGNATURE_H

#include "base/id.h"
#include "base/text.h"

#define WEBHOOK_SECRET_SIZE      32
#define WEBHOOK_SECRET_TEXT_SIZE 51 /* with the closing NUL */
#define WEBHOOK_SECRETS_MAX      4  /* that sign one message */

struct webhook_secret {
    uint8_t bytes[WEBHOOK_SECRET_SIZE];
};

struct webhook_secret webhook_secret_new(void);

/* Writes the text form and returns `text`. */
const char *webhook_secret_format(const struct webhook_secret *secret,
                                  char text[static WEBHOOK_SECRET_TEXT_SIZE]);

/* Writes the value of the header webhook-signature. */
void webhook_sign(struct text *out, const struct webhook_secret *secrets, size_t count,
                  const char *message_id, int64_t timestamp, const char *body, size_t length);

#endif
