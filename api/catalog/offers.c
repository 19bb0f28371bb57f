#include "catalog/offers.h"

#include "catalog/price_list.h"
#include "catalog/promotion.h"

#include <stdlib.h>
#include <string.h>

static const char SELECT_PROMOTIONS[] = "SELECT key, id, " ENTITY_COLUMNS PROMOTION_COLUMNS
                                        " FROM promotions WHERE archived = 0 ORDER BY priority, id";
static const char SELECT_PRICE_LISTS[] = "SELECT key, id, " ENTITY_COLUMNS PRICE_LIST_COLUMNS
                                         " FROM price_lists WHERE archived = 0 ORDER BY key";
static const char SELECT_GROUPS[] = "SELECT id, key FROM customer_groups WHERE archived = 0 ORDER BY key";

/* Of an id, its key; a category stands for those below it too. */
static const char SELECT_STORE[] = "SELECT key FROM stores WHERE id = ?1";
static const char SELECT_GROUP[] = "SELECT key FROM customer_groups WHERE id = ?1";
static const char SELECT_PRODUCT[] = "SELECT key FROM products WHERE id = ?1";
static const char SELECT_CATEGORY[] =
    "WITH RECURSIVE below (id, key) AS (SELECT id, key FROM categories WHERE id = ?1 UNION"
    " SELECT c.id, c.key FROM categories AS c JOIN below ON c.parent_id = below.id)"
    " SELECT key FROM below";

/* --- keys --------------------------------------------------------------------------------------- */

/* An array that grows in an arena. */
struct key_array {
    struct arena *arena;
    int64_t *keys;
    size_t count, capacity;
};

static void add_key(struct key_array *array, int64_t key)
{
    if (array->count == array->capacity) {
        array->capacity = array->capacity == 0 ? 8 : array->capacity * 2;
        int64_t *keys = arena_alloc(array->arena, array->capacity * sizeof *keys);
        if (array->count > 0) {
            memcpy(keys, array->keys, array->count * sizeof *keys);
        }
        array->keys = keys;
    }
    array->keys[array->count++] = key;
}

static int compare_keys(const void *a, const void *b)
{
    const int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

static struct promotion_keys sorted(const struct key_array *array)
{
    if (array->count > 1) {
        qsort(array->keys, array->count, sizeof *array->keys, compare_keys);
    }
    return (struct promotion_keys){.keys = array->keys, .count = array->count};
}

/* The keys of a JSON text of ids; `sql` gives those of one id. */
static enum status read_keys(struct db *db, const struct entity_value *ids, const char *sql,
                             struct arena *arena, struct promotion_keys *out)
{
    struct key_array array = {.arena = arena};
    size_t at = 0;
    const char *text;
    struct id id;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (text = entity_next_id(arena, ids->bytes, ids->length, &at)) != NULL &&
           id_parse(text, &id)) {
        sqlite3_stmt *statement = db_statement(db, sql);
        bool found = false;
        db_bind_id(statement, 1, &id);
        while ((status = db_step(db, statement, &found)) == STATUS_OK && found) {
            add_key(&array, sqlite3_column_int64(statement, 0));
        }
    }
    *out = sorted(&array);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------ */

static enum status read_promotion(struct db *db, const struct entity_row *row, struct arena *arena,
                                  struct promotion *out)
{
    const struct entity_value *values = row->values;
    promotion_read(row, arena, out);
    enum status status = read_keys(db, &values[PROMOTION_STORE_IDS], SELECT_STORE, arena, &out->stores);
    if (status == STATUS_OK) {
        status = read_keys(db, &values[PROMOTION_CUSTOMER_GROUP_IDS], SELECT_GROUP, arena,
                           &out->customer_groups);
    }
    if (status == STATUS_OK) {
        status = read_keys(db, &values[PROMOTION_PRODUCT_IDS], SELECT_PRODUCT, arena, &out->products);
    }
    if (status == STATUS_OK) {
        status = read_keys(db, &values[PROMOTION_CATEGORY_IDS], SELECT_CATEGORY, arena, &out->categories);
    }
    return status;
}

static enum status read_promotions(struct db *db, struct arena *arena, struct offers *out)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_PROMOTIONS);
    struct promotion *promotions = NULL;
    enum status status;
    bool found = false;
    while ((status = db_step(db, statement, &found)) == STATUS_OK && found &&
           out->promotion_count < PROMOTIONS_MAX) {
        struct entity_row row;
        if (promotions == NULL) {
            promotions = arena_alloc(arena, PROMOTIONS_MAX * sizeof *promotions);
        }
        entity_row_of(&entity_promotion, statement, &row);
        status = read_promotion(db, &row, arena, &promotions[out->promotion_count++]);
        if (status != STATUS_OK) {
            break;
        }
    }
    db_done(statement);
    out->promotions = promotions;
    return status;
}

static enum status read_price_list(struct db *db, const struct entity_row *row, struct arena *arena,
                                   struct offer_price_list *out)
{
    const struct entity_value *values = row->values, *name = &values[PRICE_LIST_NAME];
    const struct entity_value *from = &values[PRICE_LIST_VALID_FROM];
    const struct entity_value *until = &values[PRICE_LIST_VALID_UNTIL];
    *out = (struct offer_price_list){
        .key = row->key,
        .id = row->id,
        .name = arena_copy_n(arena, name->bytes, name->length),
        .valid_from_ms = from->is_null ? 0 : from->number,
        .valid_until_ms = until->is_null ? 0 : until->number,
    };
    const enum status status = read_keys(db, &values[PRICE_LIST_STORE_IDS], SELECT_STORE, arena,
                                         &out->stores);
    return status == STATUS_OK ? read_keys(db, &values[PRICE_LIST_CUSTOMER_GROUP_IDS], SELECT_GROUP, arena,
                                           &out->customer_groups)
                               : status;
}

static enum status read_price_lists(struct db *db, struct arena *arena, struct offers *out)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_PRICE_LISTS);
    struct offer_price_list *lists = NULL;
    enum status status;
    bool found = false;
    while ((status = db_step(db, statement, &found)) == STATUS_OK && found &&
           out->price_list_count < PRICE_LISTS_MAX) {
        struct entity_row row;
        if (lists == NULL) {
            lists = arena_alloc(arena, PRICE_LISTS_MAX * sizeof *lists);
        }
        entity_row_of(&entity_price_list, statement, &row);
        status = read_price_list(db, &row, arena, &lists[out->price_list_count++]);
        if (status != STATUS_OK) {
            break;
        }
    }
    db_done(statement);
    out->price_lists = lists;
    return status;
}

static enum status read_groups(struct db *db, struct arena *arena, struct offers *out)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_GROUPS);
    struct offer_group *groups = NULL;
    size_t count = 0, capacity = 0;
    enum status status;
    bool found = false;
    while ((status = db_step(db, statement, &found)) == STATUS_OK && found) {
        if (count == capacity) {
            capacity = capacity * 2 + 8;
            struct offer_group *more = arena_alloc(arena, capacity * sizeof *more);
            if (count > 0) {
                memcpy(more, groups, count * sizeof *more);
            }
            groups = more;
        }
        (void)db_column_id(statement, 0, &groups[count].id);
        groups[count++].key = sqlite3_column_int64(statement, 1);
    }
    out->group_count = count;
    out->groups = groups;
    return status;
}

enum status offers_read(struct db *db, struct arena *arena, struct offers *out)
{
    *out = (struct offers){0};
    enum status status = read_promotions(db, arena, out);
    if (status == STATUS_OK) {
        status = read_price_lists(db, arena, out);
    }
    return status == STATUS_OK ? read_groups(db, arena, out) : status;
}

/* --- copies ------------------------------------------------------------------------------------- */

static void *copy_bytes(struct arena *arena, const void *bytes, size_t size)
{
    void *copy = NULL;
    if (size > 0) {
        copy = arena_alloc(arena, size);
        memcpy(copy, bytes, size);
    }
    return copy;
}

static void copy_keys(struct promotion_keys *keys, struct arena *arena)
{
    keys->keys = copy_bytes(arena, keys->keys, keys->count * sizeof *keys->keys);
}

static struct promotion copy_promotion(const struct promotion *promotion, struct arena *arena)
{
    struct promotion copy = *promotion;
    copy.id = arena_copy(arena, promotion->id);
    copy.name = arena_copy(arena, promotion->name);
    copy.coupon = promotion->coupon == NULL ? NULL : arena_copy(arena, promotion->coupon);
    copy_keys(&copy.products, arena);
    copy_keys(&copy.categories, arena);
    copy_keys(&copy.customer_groups, arena);
    copy_keys(&copy.stores, arena);
    return copy;
}

static struct offer_price_list copy_price_list(const struct offer_price_list *list, struct arena *arena)
{
    struct offer_price_list copy = *list;
    copy.name = arena_copy(arena, list->name);
    copy_keys(&copy.customer_groups, arena);
    copy_keys(&copy.stores, arena);
    return copy;
}

/* --- choosing ----------------------------------------------------------------------------------- */

static bool has_key(struct promotion_keys keys, int64_t key)
{
    return keys.count > 0 && bsearch(&key, keys.keys, keys.count, sizeof key, compare_keys) != NULL;
}

static bool list_holds(const struct offer_price_list *list, const struct promotion_facts *facts)
{
    if ((list->valid_from_ms != 0 && facts->at_ms < list->valid_from_ms) ||
        (list->valid_until_ms != 0 && facts->at_ms >= list->valid_until_ms) ||
        (list->stores.count > 0 && !has_key(list->stores, facts->store_key))) {
        return false;
    }
    bool is_member = list->customer_groups.count == 0;
    for (size_t i = 0; !is_member && i < facts->customer_groups.count; i++) {
        is_member = has_key(list->customer_groups, facts->customer_groups.keys[i]);
    }
    return is_member;
}

/* A group that is archived or unknown opens nothing. */
static struct promotion_keys group_keys(const struct offers *all, const struct offers_question *question,
                                        struct arena *arena)
{
    struct key_array array = {.arena = arena};
    for (size_t i = 0; i < all->group_count; i++) {
        for (size_t j = 0; j < question->customer_group_count; j++) {
            if (id_equal(&all->groups[i].id, &question->customer_group_ids[j])) {
                add_key(&array, all->groups[i].key);
                break;
            }
        }
    }
    return sorted(&array);
}

/* Of everything, what holds for the facts; NULL: everything. */
static void choose(const struct offers *all, const struct promotion_facts *facts, struct arena *arena,
                   struct offers *out)
{
    struct promotion *promotions = NULL;
    struct offer_price_list *lists = NULL;
    for (size_t i = 0; i < all->promotion_count; i++) {
        if (facts != NULL && !promotion_is_valid(&all->promotions[i], facts)) {
            continue;
        }
        if (promotions == NULL) {
            promotions = arena_alloc(arena, (all->promotion_count - i) * sizeof *promotions);
        }
        promotions[out->promotion_count++] = copy_promotion(&all->promotions[i], arena);
    }
    for (size_t i = 0; i < all->price_list_count; i++) {
        if (facts != NULL && !list_holds(&all->price_lists[i], facts)) {
            continue;
        }
        if (lists == NULL) {
            lists = arena_alloc(arena, (all->price_list_count - i) * sizeof *lists);
        }
        lists[out->price_list_count++] = copy_price_list(&all->price_lists[i], arena);
    }
    out->promotions = promotions;
    out->price_lists = lists;
}

void offers_select(const struct offers *all, const struct offers_question *question, struct arena *arena,
                   struct offers *out)
{
    *out = (struct offers){
        .facts = {.at_ms = question->at_ms,
                  .weekday = question->weekday,
                  .minute = question->minute,
                  .store_key = question->store_key,
                  .customer_groups = group_keys(all, question, arena),
                  .coupons = question->coupons,
                  .coupon_count = question->coupon_count},
    };
    choose(all, &out->facts, arena, out);
}

void offers_copy(const struct offers *all, struct arena *arena, struct offers *out)
{
    *out = (struct offers){
        .group_count = all->group_count,
        .groups = copy_bytes(arena, all->groups, all->group_count * sizeof *all->groups),
    };
    choose(all, NULL, arena, out);
}

const struct offer_price_list *offers_price(const struct offers *offers,
                                            const struct selling_product *product, int64_t *price_minor)
{
    const struct offer_price_list *best = NULL;
    for (size_t i = 0; i < product->list_price_count && offers->price_list_count > 0; i++) {
        const struct selling_list_price *price = &product->list_prices[i];
        for (size_t j = 0; j < offers->price_list_count; j++) {
            if (offers->price_lists[j].key == price->price_list_key &&
                (best == NULL || price->price_minor < *price_minor)) {
                best = &offers->price_lists[j];
                *price_minor = price->price_minor;
            }
        }
    }
    return best;
}
