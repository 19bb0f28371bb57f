/*
 * Credentials: whose requests are signed. They come from the first of these that is there:
 *
 *     environment   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 *     profile       ~/.aws/credentials and ~/.aws/config (aws/profile.h)
 *     container     AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI, with
 *                   AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN
 *     instance      the metadata service, IMDSv2 only, unless AWS_EC2_METADATA_DISABLED=true;
 *                   AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE
 *
 *     none ──fetch──▶ fresh ──5 minutes before its end──▶ due ──its end──▶ over
 *                       ▲                                  │                │
 *                       └──────── one caller fetches ──────┴────────────────┘
 *
 * Invariants:
 * 1. One caller fetches at a time. While a set is due, all others go on with it at once; when there is none,
 * or it is over, they wait for the one.
 * 2. A fetch that fails takes nothing away: the old set is used on, even past its end, for the services may
 * take it longer than the clock says. The next try comes after CREDENTIALS_RETRY_MS, not with the next call.
 * 3. A set is a value: what a call was given stays whole while others are fetched.
 */
#ifndef MYPOS_AWS_CREDENTIALS_H
#define MYPOS_AWS_CREDENTIALS_H

#include "aws/transport.h"

#define CREDENTIALS_EARLY_MS     300000 /* before its end, a set is due */
#define CREDENTIALS_RETRY_MS     5000   /* after a fetch that failed; up to half as much again, by chance */
#define CREDENTIALS_STALE_MS     60000  /* after a fetch that gave what is due already */
#define CREDENTIALS_FETCH_MS     6000   /* a fetch that callers wait for may take so long */
#define CREDENTIALS_FETCH_DUE_MS 2000   /* and one that only the one waits for */

struct credential_store;

struct credentials {
    const char *access_key, *secret_key;
    const char *session_token; /* NULL: lasting credentials */
    int64_t expires_at_ms;     /* 0: never */
    const char *source;        /* "environment", a literal */
};

/* Finds the source; asks nobody. The transport is borrowed. A profile that is asked for by name and is
 * nowhere is refused. */
MUST_CHECK enum status credentials_open(struct transport *transport, struct detail *detail,
                                        struct credential_store **store);
void credentials_close(struct credential_store *store);

/* A set, copied into the arena. False: there is none; `reason` says why, in the arena. */
MUST_CHECK bool credentials_get(struct credential_store *store, int64_t deadline_us, struct arena *arena,
                                struct credentials *credentials, const char **reason);

/* The service does not take this key (any more): another set is fetched, if there is one. Returns whether the
 * set is now another. */
bool credentials_renew(struct credential_store *store, const char *access_key, int64_t deadline_us);

/* The name of the source; "none". */
const char *credentials_source(const struct credential_store *store);

#endif
