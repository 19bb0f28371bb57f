#include "app/cart.h"

#include "catalog/catalog.h"
#include "catalog/change.h"
#include "catalog/selling_cache.h"
#include "core/decimal.h"
#include "core/money.h"
#include "core/quantity.h"
#include "sqlite/reader.h"

#include <string.h>

/* --- the request --- */

static const char *line_pointer(struct call *call, size_t line, const char *member)
{
    return arena_printf(call->arena, "/lines/%zu/%s", line, member);
}

static void read_quantity(struct call *call, const json_t *line, size_t number, struct pricing_line *out)
{
    const json_t *value = json_object_get(line, "quantity");
    if (!quantity_parse(json_string_value(value), json_string_length(value), &out->quantity) ||
        out->quantity <= 0) {
        (void)detail_fault(&call->detail, line_pointer(call, number, "quantity"), "quantity_out_of_range",
                           "A quantity is above 0 and at most %lld.", QUANTITY_MAX / QUANTITY_ONE);
        out->quantity = QUANTITY_ONE; /* so that other faults are found */
    } else if (out->product->unit == PRICING_EACH && out->quantity % QUANTITY_ONE != 0) {
        (void)detail_fault(&call->detail, line_pointer(call, number, "quantity"), "quantity_not_whole",
                           "A product sold by piece needs a whole quantity.");
    }
}

static bool read_discount(const json_t *discount, struct pricing_discount *out)
{
    const json_t *value = json_object_get(discount, "value");
    const char *text = json_string_value(value);
    const size_t length = json_string_length(value);
    if (strcmp(json_string_value(json_object_get(discount, "type")), "percent") == 0) {
        out->kind = PRICING_DISCOUNT_PERCENT;
        return rate_parse(text, length, &out->value);
    }
    out->kind = PRICING_DISCOUNT_AMOUNT;
    return decimal_parse(text, length, 0, MONEY_MAX, &out->value) && out->value >= 0;
}

static void read_discounts(struct call *call, const json_t *line, size_t number, struct pricing_line *out)
{
    const json_t *discounts = json_object_get(line, "discounts");
    size_t index;
    json_t *discount;
    struct pricing_discount *read = NULL;
    if (json_array_size(discounts) > 0) {
        read = arena_zeroed(call->arena, PRICING_DISCOUNTS_MAX, sizeof *read);
    }
    out->discounts = read;
    json_array_foreach(discounts, index, discount)
    {
        if (index == PRICING_DISCOUNTS_MAX) {
            (void)detail_fault(&call->detail, line_pointer(call, number, "discounts"), "too_many",
                               "A line takes at most %d discounts.", PRICING_DISCOUNTS_MAX);
            return;
        }
        if (!read_discount(discount, &read[index])) {
            (void)detail_fault(&call->detail,
                               arena_printf(call->arena, "/lines/%zu/discounts/%zu/value", number, index),
                               "discount_out_of_range",
                               "A percentage is at most 100; an amount is a whole number of minor units.");
        }
        out->discount_count = (uint8_t)(index + 1);
    }
}

/* --- the catalogue --- */

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
        (void)detail_fault(&call->detail, line_pointer(call, number, "product_id"), "archived",
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
        (void)detail_fault(&call->detail, line_pointer(call, number, "product_id"), status_code(status),
                           "There is no such product.");
        return STATUS_OK;
    }
    if (status == STATUS_OK && !rows->moved) {
        put_product(call, found, number, cart);
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
    return status;
}

static void clear_products(struct cart *cart)
{
    for (size_t i = 0; i < cart->count; i++) {
        cart->products[i] = NULL;
    }
}

static enum status look_up(struct call *call, const json_t *request, struct cart *cart)
{
    struct rows rows = {
        .call = call,
        .cache = catalog_selling_cache(call->app->catalog),
        .seq = catalog_seq(call->app->catalog),
    };
    enum status status = find_rows(&rows, request, cart);
    if (status == STATUS_OK && rows.moved) {
        rows.moved = false; /* once: the transaction stays open, and with it its moment */
        detail_init(&call->detail, call->arena);
        clear_products(cart);
        status = find_rows(&rows, request, cart);
    }
    cart->catalog_seq = rows.seq;
    rows_close(&rows);
    return status;
}

/* --- the price --- */

static enum status price(struct call *call, struct cart *cart)
{
    struct pricing_cart *pricing = &cart->pricing;
    struct pricing_fault fault;
    pricing->lines = cart->priced;
    pricing->line_count = cart->count;
    pricing->tax_amounts = arena_alloc(call->arena, pricing_tax_room(pricing) * sizeof *pricing->tax_amounts);
    pricing->shares = arena_alloc(call->arena, pricing_share_room(pricing) * sizeof *pricing->shares);
    const enum status status = pricing_price(pricing, NULL, NULL, &fault);
    if (status == STATUS_VALIDATION_FAILED) {
        return detail_fault(&call->detail, line_pointer(call, fault.line, fault.member), fault.code,
                            "The line cannot be priced: an amount is beyond what is possible.");
    }
    cart->totals = pricing->totals;
    return status;
}

/* What each line says of its discounts. */
static void list_discounts(struct call *call, struct cart *cart)
{
    struct sale_discount *discounts = arena_alloc(call->arena, cart->pricing.share_count * sizeof *discounts);
    size_t at = 0;
    for (size_t i = 0; i < cart->count && cart->pricing.share_count > 0; i++) {
        cart->lines[i].discounts = discounts + at;
        cart->lines[i].discount_count = sale_line_discounts(&cart->pricing, &cart->priced[i], discounts + at,
                                                            cart->pricing.share_count - at);
        at += cart->lines[i].discount_count;
    }
}

enum status cart_price(struct call *call, const json_t *request, struct cart *cart)
{
    const json_t *lines = json_object_get(request, "lines");
    *cart = (struct cart){.count = json_array_size(lines)};
    cart->products = arena_zeroed(call->arena, cart->count, sizeof(const struct selling_product *));
    cart->priced = arena_zeroed(call->arena, cart->count, sizeof *cart->priced);
    cart->lines = arena_zeroed(call->arena, cart->count, sizeof *cart->lines);
    const enum status status = look_up(call, request, cart);
    if (status != STATUS_OK) {
        return status;
    }
    size_t number;
    json_t *line;
    json_array_foreach(lines, number, line)
    {
        if (cart->products[number] != NULL) {
            read_quantity(call, line, number, &cart->priced[number]);
            read_discounts(call, line, number, &cart->priced[number]);
        }
    }
    const enum status priced = call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : price(call, cart);
    if (priced == STATUS_OK) {
        list_discounts(call, cart);
    }
    return priced;
}

/* --- the quote --- */

struct trace {
    struct json_writer *json;
    const struct pricing_cart *cart;
    size_t count;
};

static void write_step(void *context, const struct pricing_step *step)
{
    struct trace *trace = context;
    sale_json_step(trace->json, trace->cart, ++trace->count, step);
}

/* The core explains while it prices: so it prices once more. */
static void write_trace(struct json_writer *json, const struct cart *cart, struct arena *arena)
{
    struct pricing_cart again = cart->pricing;
    struct trace trace = {.json = json, .cart = &again};
    struct pricing_fault fault;
    again.lines = arena_alloc(arena, again.line_count * sizeof *again.lines);
    memcpy(again.lines, cart->pricing.lines, again.line_count * sizeof *again.lines);
    again.tax_amounts = arena_alloc(arena, pricing_tax_room(&again) * sizeof *again.tax_amounts);
    again.shares = arena_alloc(arena, pricing_share_room(&again) * sizeof *again.shares);
    emit_name(json, "trace");
    emit_begin_array(json);
    if (pricing_price(&again, write_step, &trace, &fault) != STATUS_OK) {
        __builtin_trap(); /* what could be priced can be priced again */
    }
    emit_end_array(json);
}

void cart_write_quote(const struct cart *cart, struct arena *arena, struct text *text)
{
    struct json_writer json = json_writer(text);
    emit_begin_object(&json);
    emit_member_string(&json, "currency", cart->register_.currency);
    sale_json_lines(&json, cart->lines, cart->count);
    emit_member_int(&json, "subtotal", cart->totals.subtotal);
    emit_member_int(&json, "discount_total", cart->totals.discount_total);
    emit_member_int(&json, "tax_total", cart->totals.tax_total);
    emit_member_int(&json, "tax_included", cart->totals.tax_included);
    emit_member_int(&json, "rounding", cart->totals.rounding);
    emit_member_int(&json, "total", cart->totals.total);
    write_trace(&json, cart, arena);
    emit_end_object(&json);
}
