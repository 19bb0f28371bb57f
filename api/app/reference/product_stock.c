#include "app/reference/product_stock.h"

#include "base/clock.h"
#include "catalog/import_count.h"
#include "sqlite/reader.h"

#include <stdlib.h>
#include <string.h>

/* Movements of one act: what one transaction of a distributed ledger takes. */
#define CHUNK 80

#define DERIVED_VERSION 0x80 /* UUID version 8: of the application's own making */
#define TIME_SIZE       6    /* the first bytes of an id: ids that derive from one are beside it */

/* --- levels --- */

static bool make_room(struct product_stock *stock, size_t more)
{
    if (stock->count + more <= stock->capacity) {
        return true;
    }
    const size_t capacity = 2 * stock->capacity + more;
    struct product_level *levels = reallocarray(stock->levels, capacity, sizeof *levels);
    if (levels == NULL) {
        return false;
    }
    stock->levels = levels;
    stock->capacity = capacity;
    return true;
}

enum status product_stock_load(const struct ledger *ledger, const struct ledger_ref *store,
                               struct product_stock *stock)
{
    struct ledger_stock_level page[LEDGER_PAGE_MAX];
    struct ledger_stock_filter filter = {.has_store = true, .store_key = store->key};
    bool has_more = true;
    *stock = (struct product_stock){.store = *store};
    while (has_more) {
        size_t count = 0;
        const enum status status = ledger->ops->stock_list(ledger, &filter, LEDGER_PAGE_MAX, page, &count,
                                                           &has_more);
        if (status != STATUS_OK || !make_room(stock, count)) {
            return status != STATUS_OK ? status : STATUS_OVERLOADED;
        }
        for (size_t i = 0; i < count; i++) {
            stock->levels[stock->count++] = (struct product_level){page[i].product.key, page[i].level};
            filter.after_store_key = page[i].store.key;
            filter.after_product_key = page[i].product.key;
        }
    }
    return STATUS_OK;
}

void product_stock_free(struct product_stock *stock)
{
    free(stock->levels);
    *stock = (struct product_stock){0};
}

static int by_key(const void *a, const void *b)
{
    const struct product_level *left = a, *right = b;
    return (left->product_key > right->product_key) - (left->product_key < right->product_key);
}

enum status product_stock_read(void *context, struct db *db, int64_t product_key, bool *has, int64_t *level)
{
    const struct product_stock *stock = context;
    const struct product_level key = {.product_key = product_key};
    const struct product_level *found = stock->count == 0
                                            ? NULL
                                            : bsearch(&key, stock->levels, stock->count, sizeof key, by_key);
    (void)db;
    *has = found != NULL;
    *level = found != NULL ? found->level : 0;
    return STATUS_OK;
}

/* --- counting --- */

static enum status begin_count(struct db *db, struct product_stock *stock)
{
    const struct import_count count = {.import_id = stock->import_id,
                                       .store_key = stock->store.key,
                                       .counted_at_ms = clock_now_ms(),
                                       .detail = stock->detail};
    return stock->counts ? STATUS_OK : import_count_begin(db, &count);
}

enum status product_stock_set(void *context, struct db *db, int64_t product_key, bool is_new, int64_t level,
                              bool *changed)
{
    struct product_stock *stock = context;
    bool has = false;
    int64_t old = 0;
    enum status status = is_new ? STATUS_OK : product_stock_read(context, db, product_key, &has, &old);
    *changed = !has || old != level;
    if (status != STATUS_OK || !*changed) {
        return status;
    }
    status = begin_count(db, stock);
    stock->counts = true;
    return status == STATUS_OK ? import_count_add(db, &stock->import_id, product_key, level) : status;
}

/* --- posting --- */

/* An id that is the same for the same chunk, whoever posts it. */
static struct id derive_id(const struct id *import_id, int64_t first_product)
{
    struct hash_stream stream = hash_stream();
    hash_stream_add(&stream, import_id->bytes, sizeof import_id->bytes);
    hash_stream_add(&stream, &first_product, sizeof first_product);
    const struct hash hash = hash_stream_end(&stream);
    struct id id;
    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    memcpy(id.bytes, import_id->bytes, TIME_SIZE);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | DERIVED_VERSION);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

static enum status post_chunk(struct call *call, const struct import_count *count,
                              const struct import_count_line *lines, size_t line_count)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_movement movements[CHUNK];
    for (size_t i = 0; i < line_count; i++) {
        movements[i] = (struct ledger_movement){
            .store = {.key = count->store_key, .id = count->store_id},
            .product = {.key = lines[i].product_key, .id = lines[i].product_id},
            .reason = "count",
            .quantity = lines[i].level,
            .counted = true,
            .low_at = LEDGER_NO_LEVEL,
        };
    }
    const struct ledger_act act = {
        .name = "import_count",
        .id = derive_id(&count->import_id, lines[0].product_key),
        .fingerprint = hash_of(lines, line_count * sizeof *lines),
        .at_ms = clock_now_ms(),
        .detail = count->detail,
        .movements = movements,
        .movement_count = line_count,
    };
    struct ledger_outcome outcome;
    return ledger->ops->commit(ledger, &act, call->arena, &outcome);
}

static enum status end_count(struct call *call, struct db *db, void *context)
{
    const struct import_count *count = context;
    (void)call;
    return import_count_end(db, &count->import_id);
}

/* Posts from the beginning: chunks that were posted before are replays. */
static enum status post_count(struct call *call, struct import_count *count)
{
    struct import_count_line lines[CHUNK];
    size_t line_count;
    int64_t after_key = INT64_MIN;
    enum status status;
    do {
        struct db *db = reader_take(call->app->readers);
        status = import_count_lines(db, &count->import_id, after_key, CHUNK, lines, &line_count);
        reader_give_back(call->app->readers, db);
        if (status == STATUS_OK && line_count > 0) {
            after_key = lines[line_count - 1].product_key;
            status = post_chunk(call, count, lines, line_count);
        }
    } while (status == STATUS_OK && line_count == CHUNK);
    return status == STATUS_OK ? call_write(call, end_count, count) : status;
}

enum status product_stock_post(struct call *call, int64_t before_ms)
{
    for (;;) {
        struct arena arena;
        arena_init(&arena);
        struct call own = {.app = call->app, .arena = &arena, .principal = call->principal, .request_id = ""};
        detail_init(&own.detail, &arena);
        struct import_count count;
        bool found;
        struct db *db = reader_take(call->app->readers);
        enum status status = import_count_due(db, before_ms, &arena, &count, &found);
        reader_give_back(call->app->readers, db);
        if (status == STATUS_OK && found) {
            status = post_count(&own, &count);
        }
        arena_free(&arena);
        if (status != STATUS_OK || !found) {
            return status;
        }
    }
}
