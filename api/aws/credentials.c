#include "aws/credentials.h"

#include "aws/credential_source.h"
#include "aws/profile.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct credential_store {
    struct transport *transport;
    const struct credential_source *source; /* NULL: there is none */
    pthread_mutex_t lock;
    pthread_cond_t fetched;
    struct arena *arena; /* of the set */
    struct credentials set;
    bool has_set, is_fetching;
    int64_t next_try_us; /* no fetch before that */
    char reason[AWS_MESSAGE_SIZE];
};

static const struct credential_source *find_source(void)
{
    static const struct credential_source *const sources[] = {&credential_environment, &credential_profile,
                                                              &credential_container, &credential_instance};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (sources[i]->is_there()) {
            return sources[i];
        }
    }
    return NULL;
}

enum status credentials_open(struct transport *transport, struct detail *detail,
                             struct credential_store **out)
{
    const struct credential_source *source = find_source();
    if (source == &credential_profile && !profile_exists()) {
        return detail_set(detail, STATUS_VALIDATION_FAILED,
                          "AWS_PROFILE names the profile %s, which is in neither of AWS's files.",
                          profile_name());
    }
    struct credential_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        abort();
    }
    store->transport = transport;
    store->source = source;
    pthread_mutex_init(&store->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&store->fetched, &attributes);
    pthread_condattr_destroy(&attributes);
    *out = store;
    return STATUS_OK;
}

static void drop_arena(struct arena *arena)
{
    if (arena != NULL) {
        arena_free(arena);
        free(arena);
    }
}

void credentials_close(struct credential_store *store)
{
    if (store == NULL) {
        return;
    }
    drop_arena(store->arena);
    pthread_cond_destroy(&store->fetched);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

const char *credentials_source(const struct credential_store *store)
{
    return store->source != NULL ? store->source->name : "none";
}

static int64_t some_more(int64_t ms)
{
    uint32_t random;
    random_fill(&random, sizeof random);
    return ms + (int64_t)(random % ((uint64_t)ms / 2 + 1));
}

static void keep(struct credential_store *store, struct arena *arena, const struct credential_fetch *fetch)
{
    drop_arena(store->arena);
    store->arena = arena;
    store->set = fetch->result;
    store->set.source = store->source->name;
    store->has_set = true;
    const int64_t expires_at_ms = store->set.expires_at_ms;
    const bool is_due = expires_at_ms != 0 && clock_now_ms() >= expires_at_ms - CREDENTIALS_EARLY_MS;
    store->next_try_us = is_due ? clock_monotonic_us() + some_more(CREDENTIALS_STALE_MS) * 1000 : 0;
}

static void complain(struct credential_store *store, const char *reason)
{
    snprintf(store->reason, sizeof store->reason, "%s", reason);
    store->next_try_us = clock_monotonic_us() + some_more(CREDENTIALS_RETRY_MS) * 1000;
    struct log_line line = log_begin(LOG_WARNING, "aws_credentials_not_fetched");
    log_text(&line, "source", store->source->name);
    log_text(&line, "reason", reason);
    log_int(&line, "has_old_ones", store->has_set);
    log_end(&line);
}

/* Under the lock, which it gives up while it fetches. */
static void fetch(struct credential_store *store, int64_t deadline_us, int64_t most_ms)
{
    const int64_t most_us = clock_monotonic_us() + most_ms * 1000;
    struct arena *arena = malloc(sizeof *arena);
    if (arena == NULL) {
        abort();
    }
    arena_init(arena);
    struct credential_fetch fetch = {
        .transport = store->transport,
        .deadline_us = most_us < deadline_us ? most_us : deadline_us,
        .arena = arena,
        .reason = "",
    };
    store->is_fetching = true;
    pthread_mutex_unlock(&store->lock);
    const bool ok = store->source->fetch(&fetch);
    pthread_mutex_lock(&store->lock);
    store->is_fetching = false;
    if (ok) {
        keep(store, arena, &fetch);
    } else {
        complain(store, fetch.reason);
        /* Whoever had too little time says nothing of the source. */
        store->next_try_us = clock_monotonic_us() < deadline_us ? store->next_try_us : 0;
        drop_arena(arena);
    }
    pthread_cond_broadcast(&store->fetched);
}

/* False: the deadline has passed. */
static bool wait_for_fetch(struct credential_store *store, int64_t deadline_us)
{
    const struct timespec until = {.tv_sec = deadline_us / 1000000, .tv_nsec = deadline_us % 1000000 * 1000};
    int waited = 0;
    while (store->is_fetching && waited == 0) {
        waited = pthread_cond_timedwait(&store->fetched, &store->lock, &until);
    }
    return waited == 0;
}

/* Brings a set that is as fresh as can be had; under the lock. */
static void freshen(struct credential_store *store, int64_t deadline_us)
{
    const int64_t now_ms = clock_now_ms(), ends_at_ms = store->set.expires_at_ms;
    const bool is_usable = store->has_set && (ends_at_ms == 0 || now_ms < ends_at_ms);
    if (is_usable && (ends_at_ms == 0 || now_ms < ends_at_ms - CREDENTIALS_EARLY_MS)) {
        return;
    }
    if (store->is_fetching) {
        if (!is_usable && !wait_for_fetch(store, deadline_us)) {
            snprintf(store->reason, sizeof store->reason, "the %s gave none in time",
                     credentials_source(store));
        }
        return;
    }
    if (clock_monotonic_us() >= store->next_try_us) {
        fetch(store, deadline_us, is_usable ? CREDENTIALS_FETCH_DUE_MS : CREDENTIALS_FETCH_MS);
    }
}

bool credentials_get(struct credential_store *store, int64_t deadline_us, struct arena *arena,
                     struct credentials *credentials, const char **reason)
{
    if (store->source == NULL) {
        *reason = "there are none in the environment, in the shared files or of a container, and the "
                  "instance's are "
                  "turned off";
        return false;
    }
    pthread_mutex_lock(&store->lock);
    freshen(store, deadline_us);
    const bool has_set = store->has_set;
    if (has_set) {
        *credentials = store->set;
        credentials->access_key = arena_copy(arena, store->set.access_key);
        credentials->secret_key = arena_copy(arena, store->set.secret_key);
        credentials->session_token = store->set.session_token != NULL
                                         ? arena_copy(arena, store->set.session_token)
                                         : NULL;
    } else {
        *reason = arena_copy(arena, store->reason);
    }
    pthread_mutex_unlock(&store->lock);
    return has_set;
}

bool credentials_renew(struct credential_store *store, const char *access_key, int64_t deadline_us)
{
    if (store->source == NULL || store->source->is_fixed) {
        return false;
    }
    pthread_mutex_lock(&store->lock);
    if (store->has_set && strcmp(store->set.access_key, access_key) == 0) {
        if (store->is_fetching) {
            (void)wait_for_fetch(store, deadline_us);
        } else if (clock_monotonic_us() >= store->next_try_us) {
            fetch(store, deadline_us, CREDENTIALS_FETCH_MS);
        }
    }
    const bool is_another = store->has_set && strcmp(store->set.access_key, access_key) != 0;
    if (!is_another && store->has_set && clock_monotonic_us() >= store->next_try_us) {
        /* The source has no other: it is not asked again with every call that is refused. */
        store->next_try_us = clock_monotonic_us() + some_more(CREDENTIALS_RETRY_MS) * 1000;
    }
    pthread_mutex_unlock(&store->lock);
    return is_another;
}
