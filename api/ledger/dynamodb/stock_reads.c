/* Levels of stock, read and listed. Of a large act that is under way the levels hold back what it takes. */
#include "ledger/dynamodb/reads.h"

#include <stdlib.h>
#include <string.h>

#define LEVEL "sk, lv, up, si, pi" /* without the movements */

enum status ledger_dynamodb_stock_read(const struct ledger *ledger, int64_t store_key,
                                       const int64_t *product_keys, size_t count, int64_t *levels)
{
    struct arena arena;
    struct dynamodb_items items;
    arena_init(&arena);
    struct layout_key *keys = arena_alloc(&arena, count * sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        keys[i] = layout_stock(store_key, product_keys[i]);
    }
    const enum status status = ledger_dynamodb_get_all(ledger_dynamodb_of(ledger), keys, count, &arena,
                                                       &items);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        levels[i] = dynamodb_n(items.items[i], "lv");
    }
    ledger_dynamodb_items_free(&items);
    arena_free(&arena);
    return status;
}

/* --- lists --- */

struct level_list {
    struct arena *arena;
    const struct ledger_dynamodb *ledger;
    const struct ledger_stock_filter *filter;
    size_t limit;
    struct ledger_stock_level *levels;
    size_t count;
    bool has_more;
};

static bool read_id(const json_t *item, const char *name, struct arena *arena, struct id *id)
{
    size_t length;
    const void *bytes = dynamodb_b(item, name, arena, &length);
    if (bytes == NULL || length != sizeof id->bytes) {
        return false;
    }
    memcpy(id->bytes, bytes, sizeof id->bytes);
    return true;
}

bool ledger_dynamodb_level(const json_t *item, int64_t store_key, struct arena *arena,
                           struct ledger_stock_level *level)
{
    const char *sk = dynamodb_s(item, "sk");
    *level = (struct ledger_stock_level){
        .store.key = store_key,
        .product.key = sk == NULL ? 0 : strtoll(sk, NULL, 10),
        .level = dynamodb_n(item, "lv"),
        .updated_at_ms = dynamodb_n(item, "up"),
    };
    return read_id(item, "si", arena, &level->store.id) && read_id(item, "pi", arena, &level->product.id);
}

/* The levels of a store between two keys of products, both included, until the page is full. */
static enum status list_store(struct level_list *list, int64_t store_key, int64_t from, int64_t to)
{
    const struct layout_key first = layout_stock(store_key, from), last = layout_stock(store_key, to);
    const struct dynamodb_query query = {
        .table = first.table,
        .hash = first.pk,
        .from = first.sk,
        .to = last.sk,
        .limit = list->limit - list->count + 1,
        .projection = LEVEL,
    };
    struct dynamodb_stream stream = ledger_dynamodb_stream(list->ledger, &query);
    const json_t *item;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        if (list->count == list->limit) {
            list->has_more = true;
            break;
        }
        if (!ledger_dynamodb_level(item, store_key, list->arena, &list->levels[list->count++])) {
            status = STATUS_INTERNAL_ERROR;
            break;
        }
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

static enum status list_in(struct level_list *list, int64_t store_key)
{
    const struct ledger_stock_filter *filter = list->filter;
    if (filter->has_product) {
        return store_key > filter->after_store_key
                   ? list_store(list, store_key, filter->product_key, filter->product_key)
                   : STATUS_OK;
    }
    if (store_key < filter->after_store_key) {
        return STATUS_OK;
    }
    const bool begun = filter->has_store || store_key == filter->after_store_key;
    if (begun && filter->after_product_key == INT64_MAX) {
        return STATUS_OK;
    }
    return list_store(list, store_key, begun ? filter->after_product_key + 1 : 0, INT64_MAX);
}

enum status ledger_dynamodb_stock_list(const struct ledger *ledger, const struct ledger_stock_filter *filter,
                                       size_t limit, struct ledger_stock_level *levels, size_t *count,
                                       bool *has_more)
{
    struct arena arena;
    struct level_list list = {.arena = &arena,
                              .ledger = ledger_dynamodb_of(ledger),
                              .filter = filter,
                              .limit = limit,
                              .levels = levels};
    enum status status = STATUS_OK;
    arena_init(&arena);
    if (filter->has_store) {
        status = list_in(&list, filter->store_key);
    } else {
        struct ledger_place *stores;
        size_t store_count;
        status = ledger_dynamodb_stores(list.ledger, &arena, &stores, &store_count);
        for (size_t i = 0; status == STATUS_OK && !list.has_more && i < store_count; i++) {
            status = list_in(&list, stores[i].key);
        }
    }
    arena_free(&arena);
    *count = list.count;
    *has_more = list.has_more;
    return status;
}
