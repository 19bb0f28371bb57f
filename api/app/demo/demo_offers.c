#include "app/demo/demo_offers.h"

#include "catalog/price_list.h"

#include <string.h>

static const char SELECT_PRODUCT[] = "SELECT id FROM products WHERE sku = ?1";
static const char SELECT_CATEGORY[] = "SELECT id FROM categories WHERE name = ?1 ORDER BY key LIMIT 1";
static const char SELECT_GROUP[] = "SELECT id FROM customer_groups WHERE name = ?1";
static const char SELECT_TAX[] = "SELECT id FROM taxes WHERE name = ?1";

/* --- names to ids ------------------------------------------------------------------------------- */

static enum status find_id(struct entity_act *act, const char *sql, const char *name, struct id *id)
{
    sqlite3_stmt *statement = db_statement(act->db, sql);
    bool found = false;
    db_bind_string(statement, 1, name == NULL ? "" : name);
    const enum status status = db_step(act->db, statement, &found);
    const bool has_id = status == STATUS_OK && found && db_column_id(statement, 0, id);
    db_done(statement);
    if (status == STATUS_OK && !has_id) {
        return detail_set(act->detail, STATUS_VALIDATION_FAILED, "The demo shop names \"%s\", but has none.",
                          name == NULL ? "" : name);
    }
    return status;
}

/* The member `names` of an object becomes the member `ids`. */
static enum status resolve(struct entity_act *act, json_t *object, const char *names, const char *ids,
                           const char *sql)
{
    const json_t *array = json_object_get(object, names);
    if (array == NULL) {
        return STATUS_OK;
    }
    json_t *resolved = json_array();
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < json_array_size(array); i++) {
        struct id id;
        char text[ID_TEXT_SIZE];
        status = find_id(act, sql, json_string_value(json_array_get(array, i)), &id);
        if (status == STATUS_OK) {
            json_array_append_new(resolved, json_string(id_format(&id, text)));
        }
    }
    json_object_set_new(object, ids, resolved);
    (void)json_object_del(object, names);
    return status;
}

enum status demo_offers_resolve_customer(struct entity_act *act, json_t *customer)
{
    return resolve(act, customer, "customer_groups", "group_ids", SELECT_GROUP);
}

/* --- making ------------------------------------------------------------------------------------- */

static enum status make_groups(struct entity_act *act, const json_t *groups)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < json_array_size(groups); i++) {
        struct entity_row row;
        bool existed;
        status = entity_create(&entity_customer_group, act, json_array_get(groups, i), &row, &existed);
    }
    return status;
}

/* A product's taxes are those of its row in the file, and the deposit. */
static enum status add_tax(struct entity_act *act, const char *sku, const char *tax)
{
    struct id product_id;
    struct entity_row before, row;
    enum status status = find_id(act, SELECT_PRODUCT, sku, &product_id);
    if (status == STATUS_OK) {
        status = entity_find(&entity_product, act->db, act->arena, &product_id, &before);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const struct entity_value *ids = entity_value_named(&entity_product, &before, "tax_ids");
    json_t *patch = json_object(), *all = json_loadb(ids->bytes, ids->length, 0, NULL);
    json_array_append_new(all, json_string(tax));
    json_object_set_new(patch, "tax_ids", all);
    status = entity_update(&entity_product, act, &product_id, patch, NULL, &row);
    json_decref(patch);
    return status;
}

static enum status add_deposits(struct entity_act *act, const json_t *deposits)
{
    enum status status = STATUS_OK;
    const char *name;
    json_t *skus;
    json_object_foreach((json_t *)deposits, name, skus)
    {
        struct id id;
        char text[ID_TEXT_SIZE];
        status = find_id(act, SELECT_TAX, name, &id);
        for (size_t i = 0; status == STATUS_OK && i < json_array_size(skus); i++) {
            status = add_tax(act, json_string_value(json_array_get(skus, i)), id_format(&id, text));
        }
        if (status != STATUS_OK) {
            break;
        }
    }
    return status;
}

/* {"CB-101": 120} as price_list_prices_set takes it. */
static enum status set_prices(struct entity_act *act, const struct id *list_id, const json_t *prices)
{
    json_t *array = json_array();
    enum status status = STATUS_OK;
    const char *sku;
    json_t *price;
    json_object_foreach((json_t *)prices, sku, price)
    {
        struct id id;
        char text[ID_TEXT_SIZE];
        status = find_id(act, SELECT_PRODUCT, sku, &id);
        if (status != STATUS_OK) {
            break;
        }
        json_t *entry = json_object();
        json_object_set_new(entry, "product_id", json_string(id_format(&id, text)));
        json_object_set(entry, "price", price);
        json_array_append_new(array, entry);
    }
    if (status == STATUS_OK) {
        struct price_list_result result;
        status = price_list_prices_set(act, list_id, array, &result);
    }
    json_decref(array);
    return status;
}

static enum status make_price_lists(struct entity_act *act, json_t *lists)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < json_array_size(lists); i++) {
        json_t *list = json_array_get(lists, i);
        struct entity_row row;
        bool existed;
        status = resolve(act, list, "customer_groups", "customer_group_ids", SELECT_GROUP);
        if (status == STATUS_OK) {
            status = entity_create(&entity_price_list, act, list, &row, &existed);
        }
        if (status == STATUS_OK) {
            const struct id id = row.id;
            status = set_prices(act, &id, json_object_get(list, "prices"));
        }
    }
    return status;
}

static enum status make_promotions(struct entity_act *act, json_t *promotions)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < json_array_size(promotions); i++) {
        json_t *promotion = json_array_get(promotions, i);
        struct entity_row row;
        bool existed;
        status = resolve(act, promotion, "products", "product_ids", SELECT_PRODUCT);
        if (status == STATUS_OK) {
            status = resolve(act, promotion, "categories", "category_ids", SELECT_CATEGORY);
        }
        if (status == STATUS_OK) {
            status = resolve(act, promotion, "customer_groups", "customer_group_ids", SELECT_GROUP);
        }
        if (status == STATUS_OK) {
            status = entity_create(&entity_promotion, act, promotion, &row, &existed);
        }
    }
    return status;
}

enum status demo_offers_make(struct entity_act *act, json_t *shop)
{
    enum status status = add_deposits(act, json_object_get(shop, "deposits"));
    if (status == STATUS_OK) {
        status = make_groups(act, json_object_get(shop, "customer_groups"));
    }
    if (status == STATUS_OK) {
        status = make_price_lists(act, json_object_get(shop, "price_lists"));
    }
    return status == STATUS_OK ? make_promotions(act, json_object_get(shop, "promotions")) : status;
}
