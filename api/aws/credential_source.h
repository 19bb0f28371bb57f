/*
 * Credential sources: where a set of credentials can come from. Each is a row of the table, in the order in
 * which they are asked; the first that is there is used as long as the process runs.
 */
#ifndef MYPOS_AWS_CREDENTIAL_SOURCE_H
#define MYPOS_AWS_CREDENTIAL_SOURCE_H

#include "aws/credentials.h"

#define CREDENTIAL_ANSWER_MAX 65536

/* A fetch: what it needs, and what comes of it. */
struct credential_fetch {
    struct transport *transport;
    int64_t deadline_us;
    struct arena *arena;
    struct credentials result; /* in the arena */
    const char *reason;        /* why there is none, in the arena or a literal */
};

struct credential_source {
    const char *name;
    bool is_fixed; /* fetching again gives the same */
    /* Whether it is configured: reads the environment and files, asks nobody. */
    bool (*is_there)(void);
    /* False: `reason` says why. */
    bool (*fetch)(struct credential_fetch *fetch);
};

extern const struct credential_source credential_environment, credential_profile, credential_container,
    credential_instance;

/* A variable of the environment; NULL: not set, or empty. */
const char *credential_variable(const char *name);

#endif
