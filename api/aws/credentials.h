/*
 * Credentials: whose requests are signed, from the first of these that has any:
 *
 *     environment   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 *
 * A set is a value: what a call was given stays whole while others are fetched.
 */
#ifndef MYPOS_AWS_CREDENTIALS_H
#define MYPOS_AWS_CREDENTIALS_H

#include "aws/transport.h"

struct credential_store;

struct credentials {
    const char *access_key, *secret_key;
    const char *session_token; /* NULL: lasting credentials */
    int64_t expires_at_ms;     /* 0: never */
    const char *source;        /* "environment" */
};

/* The transport is borrowed. */
MUST_CHECK enum status credentials_open(struct transport *transport, struct detail *detail,
                                        struct credential_store **store);
void credentials_close(struct credential_store *store);

/* A set, copied into the arena. False: there is none; `reason` says why, in the arena. */
MUST_CHECK bool credentials_get(struct credential_store *store, int64_t deadline_us, struct arena *arena,
                                struct credentials *credentials, const char **reason);

/* The service does not take this key (any more): another set is fetched, if there is one. Returns whether the
 * set is now another. */
bool credentials_renew(struct credential_store *store, const char *access_key, int64_t deadline_us);

#endif
