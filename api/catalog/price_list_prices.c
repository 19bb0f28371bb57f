/* The prices of a price list. */
#include "catalog/change_pack.h"
#include "catalog/price_list.h"

#include <stdlib.h>
#include <string.h>

#define SELECT                                                                                               \
    "SELECT p.key, p.id, p.sku, p.name, l.price FROM price_list_prices AS l"                                 \
    " CROSS JOIN products AS p ON p.key = l.product_key WHERE l.price_list_key = ?1"

static const char SELECT_PAGE[] = SELECT " AND l.product_key > ?2 ORDER BY l.product_key LIMIT ?3";
static const char SELECT_ONE[] = SELECT
    " AND l.product_key = (SELECT key FROM products WHERE id = ?4) AND l.product_key > ?2 LIMIT ?3";
static const char SELECT_PRODUCT[] = "SELECT key, archived FROM products WHERE id = ?1";
static const char UPSERT[] =
    "INSERT INTO price_list_prices (product_key, price_list_key, price)"
    " VALUES (?1, ?2, ?3)"
    " ON CONFLICT DO UPDATE SET price = excluded.price WHERE price <> excluded.price";
static const char DELETE[] = "DELETE FROM price_list_prices WHERE product_key = ?1 AND price_list_key = ?2";

/* --- reading ------------------------------------------------------------------------------------ */

enum status price_list_prices_read(struct db *db, struct arena *arena, int64_t price_list_key,
                                   const struct id *product_id, int64_t after, size_t limit,
                                   struct price_list_price *prices, size_t *count)
{
    sqlite3_stmt *statement = db_statement(db, product_id == NULL ? SELECT_PAGE : SELECT_ONE);
    db_bind_int(statement, 1, price_list_key);
    db_bind_int(statement, 2, after);
    db_bind_int(statement, 3, (int64_t)limit);
    if (product_id != NULL) {
        db_bind_id(statement, 4, product_id);
    }
    *count = 0;
    bool found = false;
    enum status status;
    while ((status = db_step(db, statement, &found)) == STATUS_OK && found) {
        struct price_list_price *price = &prices[(*count)++];
        *price = (struct price_list_price){
            .product_key = sqlite3_column_int64(statement, 0),
            .price_minor = sqlite3_column_int64(statement, 4),
            .sku = arena_copy(arena, db_column_string(statement, 2)),
            .name = arena_copy(arena, db_column_string(statement, 3)),
        };
        (void)db_column_id(statement, 1, &price->product_id);
    }
    return status;
}

/* --- setting ------------------------------------------------------------------------------------ */

/* An entry of the request. */
struct setting {
    int64_t product_key;
    size_t index;
};

static enum status find_product(struct entity_act *act, const json_t *entry, size_t index, int64_t *key)
{
    const char *text = json_string_value(json_object_get(entry, "product_id"));
    const bool removes = json_is_null(json_object_get(entry, "price"));
    struct id id;
    *key = 0;
    bool found = false, archived = false;
    if (id_parse(text, &id)) {
        sqlite3_stmt *statement = db_statement(act->db, SELECT_PRODUCT);
        db_bind_id(statement, 1, &id);
        const enum status status = db_step(act->db, statement, &found);
        *key = status == STATUS_OK && found ? sqlite3_column_int64(statement, 0) : 0;
        archived = *key != 0 && sqlite3_column_int(statement, 1) != 0;
        db_done(statement);
        if (status != STATUS_OK) {
            return status;
        }
    }
    const char *pointer = arena_printf(act->arena, "/prices/%zu/product_id", index);
    if (!found) {
        (void)detail_fault(act->detail, pointer, status_code(STATUS_PRODUCT_NOT_FOUND),
                           "There is no product %s.", text);
    } else if (archived && !removes) {
        (void)detail_fault(act->detail, pointer, "archived", "The product %s is archived.", text);
    }
    return STATUS_OK;
}

static int compare_settings(const void *a, const void *b)
{
    const struct setting *first = a, *second = b;
    if (first->product_key != second->product_key) {
        return first->product_key < second->product_key ? -1 : 1;
    }
    return first->index < second->index ? -1 : 1;
}

/* Sorted by product: the table's pages are written in their order. */
static enum status find_products(struct entity_act *act, const json_t *prices, struct setting *settings)
{
    const size_t count = json_array_size(prices);
    for (size_t i = 0; i < count; i++) {
        settings[i].index = i;
        const enum status status = find_product(act, json_array_get(prices, i), i, &settings[i].product_key);
        if (status != STATUS_OK) {
            return status;
        }
    }
    qsort(settings, count, sizeof *settings, compare_settings);
    for (size_t i = 1; i < count; i++) {
        if (settings[i].product_key != 0 && settings[i].product_key == settings[i - 1].product_key) {
            (void)detail_fault(act->detail,
                               arena_printf(act->arena, "/prices/%zu/product_id", settings[i].index),
                               "product_repeated", "The product is in the list before.");
        }
    }
    return act->detail->faults > 0 ? STATUS_VALIDATION_FAILED : STATUS_OK;
}

static enum status write_price(struct entity_act *act, int64_t price_list_key, int64_t product_key,
                               const json_t *price, bool *changed)
{
    sqlite3_stmt *statement = db_statement(act->db, json_is_null(price) ? DELETE : UPSERT);
    db_bind_int(statement, 1, product_key);
    db_bind_int(statement, 2, price_list_key);
    if (!json_is_null(price)) {
        db_bind_int(statement, 3, json_integer_value(price));
    }
    const enum status status = db_step(act->db, statement, NULL);
    *changed = status == STATUS_OK && sqlite3_changes(db_handle(act->db)) > 0;
    return status;
}

static enum status log_price(struct change_pack *pack, const char *product_id, const json_t *price)
{
    char buffer[128];
    struct text body = text_over(buffer, sizeof buffer);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "product_id", product_id);
    if (json_is_null(price)) {
        emit_member_null(&json, "price");
    } else {
        emit_member_int(&json, "price", json_integer_value(price));
    }
    emit_end_object(&json);
    return change_pack_add(pack, body.data, body.length);
}

static enum status write_prices(struct entity_act *act, const struct entity_row *list, const json_t *prices,
                                const struct setting *settings, struct change_pack *pack,
                                struct price_list_result *result)
{
    enum status status = STATUS_OK;
    const size_t count = json_array_size(prices);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        const json_t *entry = json_array_get(prices, settings[i].index);
        const json_t *price = json_object_get(entry, "price");
        bool changed = false;
        status = write_price(act, list->key, settings[i].product_key, price, &changed);
        if (status == STATUS_OK && changed) {
            status = log_price(pack, json_string_value(json_object_get(entry, "product_id")), price);
        }
        result->unchanged += !changed;
        result->removed += changed && json_is_null(price);
        result->set += changed && !json_is_null(price);
    }
    return status == STATUS_OK ? change_pack_flush(pack) : status;
}

enum status price_list_prices_set(struct entity_act *act, const struct id *price_list_id,
                                  const json_t *prices, struct price_list_result *result)
{
    struct entity_row list;
    *result = (struct price_list_result){0};
    enum status status = entity_find(&entity_price_list, act->db, act->arena, price_list_id, &list);
    if (status != STATUS_OK) {
        return status;
    }
    struct setting *settings = arena_zeroed(act->arena, json_array_size(prices), sizeof *settings);
    status = find_products(act, prices, settings);
    if (status != STATUS_OK) {
        return status;
    }
    const struct change change = {
        .entity = entity_price_list.name, .entity_id = &list.id, .op = "prices", .version = list.version};
    struct change_pack pack;
    if (!change_pack_open(&pack, act->db, act->actor, &change, "prices")) {
        return STATUS_OVERLOADED;
    }
    status = write_prices(act, &list, prices, settings, &pack, result);
    act->seq = pack.seq;
    change_pack_close(&pack);
    return status;
}
