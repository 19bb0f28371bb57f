#include "aws/credentials.h"

#include <stdlib.h>
#include <string.h>

struct credential_store {
    struct transport *transport;
};

enum status credentials_open(struct transport *transport, struct detail *detail,
                             struct credential_store **out)
{
    (void)detail;
    struct credential_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        abort();
    }
    store->transport = transport;
    *out = store;
    return STATUS_OK;
}

void credentials_close(struct credential_store *store)
{
    free(store);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

bool credentials_get(struct credential_store *store, int64_t deadline_us, struct arena *arena,
                     struct credentials *credentials, const char **reason)
{
    (void)store;
    (void)deadline_us;
    const char *key = variable("AWS_ACCESS_KEY_ID"), *secret = variable("AWS_SECRET_ACCESS_KEY");
    const char *token = variable("AWS_SESSION_TOKEN");
    if (key == NULL || secret == NULL) {
        *reason = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set";
        return false;
    }
    *credentials = (struct credentials){
        .access_key = arena_copy(arena, key),
        .secret_key = arena_copy(arena, secret),
        .session_token = token != NULL ? arena_copy(arena, token) : NULL,
        .source = "environment",
    };
    return true;
}

bool credentials_renew(struct credential_store *store, const char *access_key, int64_t deadline_us)
{
    (void)store;
    (void)access_key;
    (void)deadline_us;
    return false;
}
