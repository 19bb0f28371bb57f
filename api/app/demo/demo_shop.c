#include "app/demo/demo_shop.h"

#include "app/actor.h"
#include "app/customers/customers.h"
#include "app/demo/demo_offers.h"
#include "app/demo/demo_pictures.h"
#include "app/reference/product_imports.h"
#include "catalog/category.h"
#include "catalog/entity.h"
#include "sqlite/reader.h"
#include "sqlite/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char SELECT_STORE[] = "SELECT id FROM stores WHERE code = ?1";
static const char SELECT_REGISTER[] = "SELECT id FROM registers ORDER BY key LIMIT 1";
static const char SELECT_TAX[] = "SELECT id FROM taxes WHERE name = ?1";
static const char SELECT_ANY_PRODUCT[] = "SELECT 1 FROM products LIMIT 1";
static const char SELECT_ANY_PROMOTION[] = "SELECT 1 FROM promotions LIMIT 1";

struct demo {
    const char *directory;
    json_t *shop;
    struct demo_pictures *pictures;
    struct demo_shop_result *result;
    bool has_store, has_products, has_offers;
};

static enum status refuse(struct call *call, const char *what, const char *path)
{
    return detail_set(&call->detail, STATUS_VALIDATION_FAILED, "%s %s: %s.", what, path, strerror(errno));
}

/* --- store, register, taxes and categories, in one act ------------------------------------------- */

static enum status find_id(struct db *db, const char *sql, const char *value, struct id *id, bool *found)
{
    sqlite3_stmt *statement = db_statement(db, sql);
    if (value != NULL) {
        db_bind_string(statement, 1, value);
    }
    const enum status status = db_step(db, statement, found);
    if (status == STATUS_OK && *found && sqlite3_column_type(statement, 0) == SQLITE_BLOB) {
        (void)db_column_id(statement, 0, id);
    }
    db_done(statement);
    return status;
}

/* The store that every fresh shop has becomes the demo's, with its register. */
static enum status take_store(struct entity_act *act, const json_t *shop)
{
    struct entity_row store, row;
    struct id register_id;
    bool found;
    enum status status = entity_find_first(&entity_store, act->db, act->arena, &store);
    if (status == STATUS_OK) {
        status = entity_update(&entity_store, act, &store.id, json_object_get(shop, "store"), NULL, &row);
    }
    if (status == STATUS_OK) {
        status = find_id(act->db, SELECT_REGISTER, NULL, &register_id, &found);
    }
    if (status == STATUS_OK && found) {
        status = entity_update(&entity_register, act, &register_id, json_object_get(shop, "register"), NULL,
                               &row);
    }
    return status;
}

static enum status make_taxes(struct entity_act *act, const json_t *taxes)
{
    enum status status = STATUS_OK;
    size_t index;
    json_t *tax;
    json_array_foreach((json_t *)taxes, index, tax)
    {
        struct entity_row row;
        struct id id;
        bool found, existed;
        status = find_id(act->db, SELECT_TAX, json_string_value(json_object_get(tax, "name")), &id, &found);
        if (status == STATUS_OK && !found) {
            status = entity_create(&entity_tax, act, tax, &row, &existed);
        }
        if (status != STATUS_OK) {
            break;
        }
    }
    return status;
}

/* A category with the picture's name in the shop for the one in the file. */
static enum status make_categories(struct entity_act *act, struct demo *demo)
{
    enum status status = STATUS_OK;
    size_t index;
    json_t *category;
    json_array_foreach(json_object_get(demo->shop, "categories"), index, category)
    {
        struct entity_row row;
        bool existed;
        json_t *image = json_object_get(category, "image");
        if (json_is_string(image)) {
            const char *name = demo_pictures_name(demo->pictures, json_string_value(image));
            json_object_set_new(category, "image", name == NULL ? json_null() : json_string(name));
        }
        status = entity_create(&entity_category, act, category, &row, &existed);
        if (status != STATUS_OK) {
            break;
        }
        demo->result->categories++;
    }
    return status;
}

static enum status make_shop(struct call *call, struct db *db, void *context)
{
    struct demo *demo = context;
    const struct actor actor = actor_of(call);
    struct entity_act act = {.db = db, .arena = call->arena, .detail = &call->detail, .actor = &actor};
    enum status status = take_store(&act, demo->shop);
    if (status == STATUS_OK) {
        status = make_taxes(&act, json_object_get(demo->shop, "taxes"));
    }
    if (status == STATUS_OK) {
        status = make_categories(&act, demo);
    }
    call->answer.catalog_seq = act.seq;
    return status;
}

/* --- products ----------------------------------------------------------------------------------- */

static enum status import_products(struct call *call, struct demo *demo)
{
    const char *path = arena_printf(call->arena, "%s/products.csv", demo->directory);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return refuse(call, "Cannot read", path);
    }
    const int named = demo_pictures_rename(demo->pictures, fd);
    close(fd);
    if (named < 0) {
        return refuse(call, "Cannot copy", path);
    }
    const struct import_request request = {.fd = named, .abort_on_error = true};
    enum status status = product_imports_create(call, &request);
    close(named);
    if (status != STATUS_OK) {
        return status;
    }
    json_t *report = json_loadb(call->answer.body, call->answer.body_length, 0, NULL);
    demo->result->products = json_integer_value(json_object_get(report, "created"));
    if (json_integer_value(json_object_get(report, "failed")) > 0) {
        const json_t *error = json_array_get(json_object_get(report, "errors"), 0);
        status = detail_set(&call->detail, STATUS_VALIDATION_FAILED, "%s, line %lld: %s", path,
                            (long long)json_integer_value(json_object_get(error, "line")),
                            json_string_value(json_object_get(error, "detail")));
    }
    json_decref(report);
    return status;
}

/* --- deposits, groups, price lists and promotions, in an act after the products' ------------------ */

static enum status make_offers(struct call *call, struct db *db, void *context)
{
    struct demo *demo = context;
    const struct actor actor = actor_of(call);
    struct entity_act act = {.db = db, .arena = call->arena, .detail = &call->detail, .actor = &actor};
    json_t *shop = json_deep_copy(demo->shop); /* its names become ids, and an act may be run twice */
    if (shop == NULL) {
        return STATUS_OVERLOADED;
    }
    const enum status status = demo_offers_make(&act, shop);
    json_decref(shop);
    call->answer.catalog_seq = act.seq;
    return status;
}

/* --- customers, each in an act of its own: they have ids, so once more changes nothing ------------ */

static enum status make_customer(struct call *call, json_t *customer)
{
    struct entity_act act = {.arena = call->arena, .detail = &call->detail};
    act.db = reader_take(call->app->readers);
    const enum status status = demo_offers_resolve_customer(&act, customer);
    reader_give_back(call->app->readers, act.db);
    return status == STATUS_OK ? customers_create(call, customer) : status;
}

static enum status make_customers(struct call *call, const json_t *customers)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < json_array_size(customers); i++) {
        status = make_customer(call, json_array_get(customers, i));
    }
    return status;
}

static enum status look_around(struct call *call, struct demo *demo)
{
    struct id id;
    const char *code = json_string_value(json_object_get(json_object_get(demo->shop, "store"), "code"));
    struct db *db = reader_take(call->app->readers);
    enum status status = find_id(db, SELECT_STORE, code == NULL ? "" : code, &id, &demo->has_store);
    if (status == STATUS_OK) {
        status = find_id(db, SELECT_ANY_PRODUCT, NULL, &id, &demo->has_products);
    }
    if (status == STATUS_OK) {
        status = find_id(db, SELECT_ANY_PROMOTION, NULL, &id, &demo->has_offers);
    }
    reader_give_back(call->app->readers, db);
    return status;
}

static enum status load(struct call *call, struct demo *demo)
{
    enum status status = look_around(call, demo);
    if (status != STATUS_OK) {
        return status;
    }
    if (demo->has_products && !demo->has_store) {
        return detail_set(&call->detail, STATUS_VALIDATION_FAILED,
                          "This shop has products of its own; the demo shop is for a fresh one.");
    }
    demo->result->was_there = demo->has_store && demo->has_products && demo->has_offers;
    if (!demo->has_store) {
        status = call_write(call, make_shop, demo);
    }
    if (status == STATUS_OK && !demo->has_products) {
        status = import_products(call, demo);
    }
    if (status == STATUS_OK && !demo->has_offers) {
        status = call_write(call, make_offers, demo);
    }
    if (status == STATUS_OK && !demo->result->was_there) {
        status = make_customers(call, json_object_get(demo->shop, "customers"));
    }
    return status;
}

enum status demo_shop_load(struct call *call, const char *directory, struct demo_shop_result *result)
{
    *result = (struct demo_shop_result){0};
    json_error_t error;
    struct demo demo = {.directory = directory, .result = result};
    const char *path = arena_printf(call->arena, "%s/shop.json", directory);
    demo.shop = json_load_file(path, 0, &error);
    if (demo.shop == NULL) {
        return detail_set(&call->detail, STATUS_VALIDATION_FAILED, "There is no demo shop in %s: %s.",
                          directory, error.text);
    }
    const char *name = json_string_value(json_object_get(json_object_get(demo.shop, "store"), "name"));
    result->store = arena_copy(call->arena, name == NULL ? "" : name);
    enum status status = demo_pictures_copy(call, directory, &demo.pictures, &result->pictures);
    if (status == STATUS_OK) {
        status = load(call, &demo);
    }
    json_decref(demo.shop);
    return status;
}
