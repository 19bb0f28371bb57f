#include "catalog/catalog.h"

#include "base/log.h"
#include "catalog/change.h"
#include "catalog/entity.h"
#include "catalog/selling_cache.h"
#include "catalog/store.h"

#include <stdatomic.h>
#include <stdlib.h>

#define FIRST_STORE_CODE    "MAIN"
#define FIRST_REGISTER_CODE "K1"

struct catalog {
    _Atomic int64_t seq;
    struct selling_cache *selling_cache;
};

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

/* In a savepoint, which is a transaction of its own where none is open. */
static enum status prepare(struct db *db, int64_t *seq)
{
    enum status status = db_execute(db, "SAVEPOINT first_start");
    if (status != STATUS_OK) {
        return status;
    }
    status = change_newest(db, seq);
    if (status == STATUS_OK && *seq == 0) {
        status = make_first(db, seq);
    }
    if (status == STATUS_OK) {
        status = db_execute(db, "RELEASE first_start");
    }
    if (status != STATUS_OK && db_execute(db, "ROLLBACK TO first_start; RELEASE first_start") != STATUS_OK) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    return status;
}

enum status catalog_open(struct db *writer_db, struct catalog **out)
{
    int64_t seq = 0;
    const enum status status = prepare(writer_db, &seq);
    if (status != STATUS_OK) {
        return status;
    }
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL) {
        return STATUS_OVERLOADED;
    }
    atomic_init(&catalog->seq, seq);
    catalog->selling_cache = selling_cache_new();
    *out = catalog;
    return STATUS_OK;
}

void catalog_close(struct catalog *catalog)
{
    if (catalog != NULL) {
        selling_cache_free(catalog->selling_cache);
    }
    free(catalog);
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
}
