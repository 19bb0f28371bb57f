/*
 * API keys: made, listed and revoked by administrators.
 */
#ifndef MYPOS_APP_API_KEYS_H
#define MYPOS_APP_API_KEYS_H

#include "app/app.h"

/* `body` is an ApiKeyCreate of the contract. The answer is the only time that the key is seen. */
MUST_CHECK enum status api_keys_create(struct call *call, const json_t *body);

/* A page; `cursor` may be NULL. */
MUST_CHECK enum status api_keys_list(struct call *call, unsigned limit, const char *cursor);

/* Revoking again is well. */
MUST_CHECK enum status api_keys_revoke(struct call *call, const struct id *id);

#endif
