#include "app/carts/cart_parts.h"

#include "app/time/local_time.h"
#include "catalog/catalog.h"
#include "catalog/change.h"
#include "catalog/selling_cache.h"
#include "sqlite/reader.h"

/* Rows of the catalogue, all of one moment: from the cache while it has them, else from a read transaction.
 */
struct rows {
    struct call *call;
    struct selling_cache *cache;
    int64_t seq;     /* of the catalogue */
    struct db *db;   /* NULL: not needed so far */
    bool is_reading; /* in a transaction */
    bool moved;      /* which sees a newer catalogue than the rows found so far are of: begin anew with it */
};

static enum status rows_open(struct rows *rows)
{
    if (rows->db != NULL) {
        return STATUS_OK;
    }
    rows->db = reader_take(rows->call->app->readers);
    enum status status = db_begin_read(rows->db);
    rows->is_reading = status == STATUS_OK;
    int64_t seq = 0;
    if (status == STATUS_OK) {
        status = change_newest(rows->db, &seq);
    }
    rows->moved = status == STATUS_OK && seq != rows->seq;
    rows->seq = seq;
    return status;
}

static void rows_close(struct rows *rows)
{
    if (rows->is_reading) {
        db_end_read(rows->db);
    }
    if (rows->db != NULL) {
        reader_give_back(rows->call->app->readers, rows->db);
    }
}

/* Both: what is not `moved` and STATUS_OK is there. */
static enum status read_register(struct rows *rows, const struct id *id, struct selling_register *out)
{
    struct arena *arena = rows->call->arena;
    if (selling_cache_find_register(rows->cache, rows->seq, id, arena, out)) {
        return STATUS_OK;
    }
    enum status status = rows_open(rows);
    if (status == STATUS_OK && !rows->moved) {
        status = selling_register_read(rows->db, arena, id, out);
        if (status == STATUS_OK) {
            selling_cache_keep_register(rows->cache, rows->seq, out);
        }
    }
    return status;
}

static enum status read_product(struct rows *rows, const struct id *id, struct selling_product *out)
{
    struct arena *arena = rows->call->arena;
    if (selling_cache_find_product(rows->cache, rows->seq, id, arena, out)) {
        return STATUS_OK;
    }
    enum status status = rows_open(rows);
    if (status == STATUS_OK && !rows->moved) {
        status = selling_product_read(rows->db, arena, id, out);
        if (status == STATUS_OK) {
            selling_cache_keep_product(rows->cache, rows->seq, out);
        }
    }
    return status;
}

static enum status find_register(struct rows *rows, const json_t *request, struct cart *cart)
{
    struct call *call = rows->call;
    struct id id;
    const bool parsed = id_parse(json_string_value(json_object_get(request, "register_id")), &id);
    const enum status status = parsed ? read_register(rows, &id, &cart->register_)
                                      : STATUS_REGISTER_NOT_FOUND;
    if (status == STATUS_REGISTER_NOT_FOUND) {
        (void)detail_fault(&call->detail, "/register_id", status_code(status), "There is no such register.");
        return STATUS_OK; /* so that other faults are found */
    }
    if (status == STATUS_OK && !rows->moved && cart->register_.archived) {
        (void)detail_fault(&call->detail, "/register_id", "archived",
                           "The register or its store is archived.");
    }
    return status;
}

/* The same product on an earlier line; carts are short, and most of a long one's lines differ at once. */
static const struct selling_product *product_before(const struct cart *cart, size_t line, const struct id *id)
{
    for (size_t i = 0; i < line; i++) {
        if (cart->products[i] != NULL && id_equal(&cart->products[i]->id, id)) {
            return cart->products[i];
        }
    }
    return NULL;
}

static void put_product(struct call *call, const struct selling_product *product, size_t number,
                        struct cart *cart)
{
    if (product->archived) {
        (void)detail_fault(&call->detail, cart_line_pointer(call, number, "product_id"), "archived",
                           "The product %s is archived.", product->sku);
    }
    cart->products[number] = product;
    cart->priced[number].product = &product->pricing;
    cart->lines[number] = (struct sale_line){
        .product_id = id_format(&product->id, arena_alloc(call->arena, ID_TEXT_SIZE)),
        .sku = product->sku,
        .name = product->name,
        .priced = &cart->priced[number],
    };
}

static enum status find_product(struct rows *rows, const json_t *line, size_t number, struct cart *cart)
{
    struct call *call = rows->call;
    struct id id;
    const bool parsed = id_parse(json_string_value(json_object_get(line, "product_id")), &id);
    const struct selling_product *before = parsed ? product_before(cart, number, &id) : NULL;
    if (before != NULL) {
        put_product(call, before, number, cart);
        return STATUS_OK;
    }
    struct selling_product *found = arena_alloc(call->arena, sizeof *found);
    const enum status status = parsed ? read_product(rows, &id, found) : STATUS_PRODUCT_NOT_FOUND;
    if (status == STATUS_PRODUCT_NOT_FOUND) {
        (void)detail_fault(&call->detail, cart_line_pointer(call, number, "product_id"), status_code(status),
                           "There is no such product.");
        return STATUS_OK;
    }
    if (status == STATUS_OK && !rows->moved) {
        put_product(call, found, number, cart);
    }
    return status;
}

/* What the shop offers at the cart's moment to its customer. */
static enum status read_offers(struct rows *rows, struct cart *cart)
{
    struct arena *arena = rows->call->arena;
    const struct selling_register *register_ = &cart->register_;
    struct local_time local;
    if (register_->time_zone == NULL) {
        return STATUS_OK; /* there is no such register */
    }
    (void)local_time_of(register_->time_zone, cart->at_ms, &local); /* UTC where the zone is unknown */
    const struct offers_question question = {
        .store_key = register_->store_key,
        .at_ms = cart->at_ms,
        .weekday = (unsigned)((local.day + 3) % 7), /* 1970-01-01 was a Thursday */
        .minute = (unsigned)(local.hour * 60 + local.minute),
        .customer_group_ids = cart->customer.group_ids,
        .customer_group_count = cart->customer.group_count,
        .coupons = cart->coupons,
        .coupon_count = cart->coupon_count,
    };
    if (selling_cache_find_offers(rows->cache, rows->seq, &question, arena, &cart->offers)) {
        return STATUS_OK;
    }
    struct offers all;
    enum status status = rows_open(rows);
    if (status == STATUS_OK && !rows->moved) {
        status = offers_read(rows->db, arena, &all);
        if (status == STATUS_OK) {
            selling_cache_keep_offers(rows->cache, rows->seq, &all);
            offers_select(&all, &question, arena, &cart->offers);
        }
    }
    return status;
}

static enum status find_rows(struct rows *rows, const json_t *request, struct cart *cart)
{
    enum status status = find_register(rows, request, cart);
    const json_t *lines = json_object_get(request, "lines");
    for (size_t number = 0; status == STATUS_OK && !rows->moved && number < cart->count; number++) {
        status = find_product(rows, json_array_get(lines, number), number, cart);
    }
    return status == STATUS_OK && !rows->moved ? read_offers(rows, cart) : status;
}

static void clear_products(struct cart *cart)
{
    for (size_t i = 0; i < cart->count; i++) {
        cart->products[i] = NULL;
    }
}

enum status cart_look_up(struct call *call, const json_t *request, struct cart *cart)
{
    const struct detail before = call->detail;
    struct rows rows = {
        .call = call,
        .cache = catalog_selling_cache(call->app->catalog),
        .seq = catalog_seq(call->app->catalog),
    };
    enum status status = find_rows(&rows, request, cart);
    if (status == STATUS_OK && rows.moved) {
        rows.moved = false; /* once: the transaction stays open, and with it its moment */
        call->detail = before;
        *call->detail.last = NULL;
        clear_products(cart);
        status = find_rows(&rows, request, cart);
    }
    cart->catalog_seq = rows.seq;
    rows_close(&rows);
    return status;
}

/* The time zone of the register's store, before all else: what holds for a customer depends on the day. */
static enum status read_zone(struct call *call, const struct id *register_id, const char **zone)
{
    struct rows rows = {
        .call = call,
        .cache = catalog_selling_cache(call->app->catalog),
        .seq = catalog_seq(call->app->catalog),
    };
    struct selling_register register_;
    enum status status = read_register(&rows, register_id, &register_);
    if (status == STATUS_OK && rows.moved) {
        rows.moved = false;
        status = read_register(&rows, register_id, &register_);
    }
    rows_close(&rows);
    *zone = status == STATUS_OK ? register_.time_zone : NULL;
    return status == STATUS_REGISTER_NOT_FOUND ? STATUS_OK : status;
}

/* The ledger is asked before the catalogue: nobody waits for a second reader with the first in hand. */
enum status cart_find_customer(struct call *call, const json_t *request, struct cart *cart)
{
    const json_t *customer_id = json_object_get(request, "customer_id");
    struct id id, register_id;
    struct local_time local;
    const char *zone = NULL;
    if (customer_id == NULL || !id_parse(json_string_value(customer_id), &id) ||
        !id_parse(json_string_value(json_object_get(request, "register_id")), &register_id)) {
        return STATUS_OK;
    }
    enum status status = read_zone(call, &register_id, &zone);
    if (status != STATUS_OK || zone == NULL) {
        return status; /* that there is no such register is said later */
    }
    (void)local_time_of(zone, cart->at_ms, &local);
    status = customer_find(call, &id, "/customer_id", local.day, &cart->customer);
    cart->has_customer = status == STATUS_OK;
    return status == STATUS_VALIDATION_FAILED ? STATUS_OK : status; /* so that other faults are found */
}
