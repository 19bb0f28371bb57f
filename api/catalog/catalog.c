#include "catalog/catalog.h"

#include "catalog/change.h"
#include "catalog/entity.h"
#include "catalog/replica.h"
#include "catalog/selling_cache.h"
#include "catalog/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_STORE_CODE    "MAIN"
#define FIRST_REGISTER_CODE "K1"

struct catalog {
    _Atomic int64_t seq;
    struct selling_cache *selling_cache;
    struct writer *writer;
    struct replica *replica; /* NULL: there is one instance */
    _Atomic unsigned waiting;
    pthread_mutex_t mutex; /* for those who wait */
    pthread_cond_t advanced;
};

_Static_assert(CATALOG_WORDS_MAX == REPLICA_WORDS_MAX, "the same words");

static enum status make_store(struct entity_act *act, struct id *id)
{
    struct entity_row row;
    entity_row_begin(&entity_store, &row);
    row.values[STORE_CODE] = entity_string(FIRST_STORE_CODE);
    row.values[STORE_NAME] = entity_string("My shop");
    row.values[STORE_CURRENCY] = entity_string("EUR");
    row.values[STORE_TIME_ZONE] = entity_string("Europe/Berlin");
    const enum status status = entity_store_row(&entity_store, act, NULL, &row, "create");
    *id = row.id;
    return status;
}

static enum status make_register(struct entity_act *act, const struct id *store_id)
{
    struct entity_row row = {
        .values = {entity_id(store_id), entity_string(FIRST_REGISTER_CODE), entity_string("Counter")},
    };
    return entity_store_row(&entity_register, act, NULL, &row, "create");
}

/* A shop can sell at once: one store, one register. */
static enum status make_first(struct db *db, int64_t *seq)
{
    const struct actor actor = {.kind = "system", .name = "first start"};
    struct arena arena;
    struct detail detail;
    struct id store_id;
    arena_init(&arena);
    detail_init(&detail, &arena);
    struct entity_act act = {.db = db, .arena = &arena, .detail = &detail, .actor = &actor};
    enum status status = make_store(&act, &store_id);
    if (status == STATUS_OK) {
        status = make_register(&act, &store_id);
    }
    *seq = act.seq;
    arena_free(&arena);
    return status;
}

enum status catalog_prepare(struct db *db, int64_t *seq)
{
    const enum status status = change_newest(db, seq);
    if (status != STATUS_OK || *seq > 0) {
        *seq = 0;
        return status;
    }
    return make_first(db, seq);
}

enum status catalog_open(struct db *db, struct catalog **out)
{
    int64_t seq = 0;
    const enum status status = change_newest(db, &seq);
    if (status != STATUS_OK) {
        return status;
    }
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL) {
        return STATUS_OVERLOADED;
    }
    atomic_init(&catalog->seq, seq);
    catalog->selling_cache = selling_cache_new();
    pthread_mutex_init(&catalog->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&catalog->advanced, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = catalog;
    return STATUS_OK;
}

void catalog_close(struct catalog *catalog)
{
    if (catalog != NULL) {
        selling_cache_free(catalog->selling_cache);
        pthread_cond_destroy(&catalog->advanced);
        pthread_mutex_destroy(&catalog->mutex);
    }
    free(catalog);
}

void catalog_attach(struct catalog *catalog, struct writer *writer, struct replica *replica)
{
    catalog->writer = writer;
    catalog->replica = replica;
}

enum status catalog_write(struct catalog *catalog, writer_act act, void *context, bool large)
{
    if (catalog->replica != NULL) {
        return replica_write(catalog->replica, act, context, large);
    }
    return large ? writer_run_alone(catalog->writer, act, context)
                 : writer_run(catalog->writer, act, context);
}

bool catalog_is_broken(const struct catalog *catalog, char words[static CATALOG_WORDS_MAX])
{
    return catalog->replica != NULL && replica_is_broken(catalog->replica, words);
}

bool catalog_has_fault(const struct catalog *catalog, char words[static CATALOG_WORDS_MAX])
{
    return catalog->replica != NULL && replica_has_fault(catalog->replica, words);
}

struct selling_cache *catalog_selling_cache(const struct catalog *catalog)
{
    return catalog->selling_cache;
}

int64_t catalog_seq(const struct catalog *catalog)
{
    return atomic_load(&catalog->seq);
}

void catalog_seq_advance(struct catalog *catalog, int64_t seq)
{
    int64_t now = atomic_load(&catalog->seq);
    while (now < seq && !atomic_compare_exchange_weak(&catalog->seq, &now, seq)) {
    }
    if (atomic_load(&catalog->waiting) > 0) {
        pthread_mutex_lock(&catalog->mutex);
        pthread_cond_broadcast(&catalog->advanced);
        pthread_mutex_unlock(&catalog->mutex);
    }
}

bool catalog_wait(struct catalog *catalog, int64_t seq, int64_t wait_ms)
{
    if (catalog_seq(catalog) >= seq) {
        return true;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += wait_ms % 1000 * 1000000;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (catalog->replica != NULL) {
        replica_prompt(catalog->replica);
    }
    int waited = 0;
    atomic_fetch_add(&catalog->waiting, 1); /* before looking again: who advances after that will signal */
    pthread_mutex_lock(&catalog->mutex);
    while (catalog_seq(catalog) < seq && waited == 0) {
        waited = pthread_cond_timedwait(&catalog->advanced, &catalog->mutex, &until);
    }
    pthread_mutex_unlock(&catalog->mutex);
    atomic_fetch_sub(&catalog->waiting, 1);
    return catalog_seq(catalog) >= seq;
}
