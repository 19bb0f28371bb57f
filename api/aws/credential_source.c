/* Credentials that this machine has itself: the environment and the shared files. */
#include "aws/credential_source.h"

#include "aws/profile.h"

#include <stdlib.h>

const char *credential_variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

static bool environment_is_there(void)
{
    return credential_variable("AWS_ACCESS_KEY_ID") != NULL &&
           credential_variable("AWS_SECRET_ACCESS_KEY") != NULL;
}

static bool environment_fetch(struct credential_fetch *fetch)
{
    const char *token = credential_variable("AWS_SESSION_TOKEN");
    fetch->result.access_key = arena_copy(fetch->arena, getenv("AWS_ACCESS_KEY_ID"));
    fetch->result.secret_key = arena_copy(fetch->arena, getenv("AWS_SECRET_ACCESS_KEY"));
    fetch->result.session_token = token != NULL ? arena_copy(fetch->arena, token) : NULL;
    return true;
}

const struct credential_source credential_environment = {
    .name = "environment",
    .is_fixed = true,
    .is_there = environment_is_there,
    .fetch = environment_fetch,
};

/* Asked for by name, or there with keys: a default profile that only says a region is none. */
static bool profile_is_there(void)
{
    struct arena arena;
    arena_init(&arena);
    const bool is_there = credential_variable("AWS_PROFILE") != NULL ||
                          profile_value(&arena, "aws_access_key_id") != NULL;
    arena_free(&arena);
    return is_there;
}

static bool profile_fetch(struct credential_fetch *fetch)
{
    static const char *const beyond[] = {"role_arn", "credential_process", "sso_session", "sso_start_url",
                                         "web_identity_token_file"};
    fetch->result.access_key = profile_value(fetch->arena, "aws_access_key_id");
    fetch->result.secret_key = profile_value(fetch->arena, "aws_secret_access_key");
    fetch->result.session_token = profile_value(fetch->arena, "aws_session_token");
    if (fetch->result.access_key != NULL && fetch->result.secret_key != NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        if (profile_value(fetch->arena, beyond[i]) != NULL) {
            fetch->reason =
                arena_printf(fetch->arena,
                             "the profile %s has %s, which is not supported here: give it "
                             "aws_access_key_id and aws_secret_access_key, or let the machine have a role",
                             profile_name(), beyond[i]);
            return false;
        }
    }
    fetch->reason = arena_printf(
        fetch->arena, "the profile %s has no aws_access_key_id and aws_secret_access_key", profile_name());
    return false;
}

const struct credential_source credential_profile = {
    .name = "profile",
    .is_there = profile_is_there,
    .fetch = profile_fetch,
};
