#include "app/cart_request.h"

#include "app/approval.h"
#include "app/auth.h"
#include "app/transaction_draft.h"
#include "catalog/catalog.h"
#include "catalog/change.h"
#include "catalog/selling_cache.h"
#include "core/tender.h"
#include "sqlite/reader.h"

#include <string.h>

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

static const char *fault_pointer(struct call *call, const struct cart *cart,
                                 const struct pricing_fault *fault)
{
    return fault->line < cart->count ? cart_line_pointer(call, fault->line, fault->member)
                                     : arena_printf(call->arena, "/%s", fault->member);
}

static enum status price(struct call *call, struct cart *cart)
{
    struct pricing_cart *pricing = &cart->pricing;
    struct pricing_fault fault;
    pricing->options = (struct pricing_options){
        .tax_rounding = cart->register_.tax_per_receipt ? PRICING_TAX_PER_RECEIPT : PRICING_TAX_PER_LINE,
        .rounding_mode = cart->register_.round_half_even ? ROUNDING_HALF_EVEN : ROUNDING_HALF_UP,
    };
    pricing->lines = cart->priced;
    pricing->line_count = cart->count;
    pricing->tax_amounts = arena_alloc(call->arena, pricing_tax_room(pricing) * sizeof *pricing->tax_amounts);
    pricing->shares = arena_alloc(call->arena, pricing_share_room(pricing) * sizeof *pricing->shares);
    const enum status status = pricing_price(pricing, NULL, NULL, &fault);
    if (status == STATUS_VALIDATION_FAILED) {
        return detail_fault(&call->detail, fault_pointer(call, cart, &fault), fault.code,
                            "The line cannot be priced: an amount is beyond what is possible.");
    }
    cart->totals = pricing->totals;
    cart->cash_total = tender_round_cash(cart->totals.total, cart->register_.cash_rounding);
    return status;
}

/* The reasons that the request gives for a line's shares, in their order. */
static void give_reasons(const struct cart *cart, const json_t *line, size_t number,
                         struct sale_discount *discounts)
{
    const json_t *given = json_object_get(line, "discounts");
    const struct pricing_share *share = pricing_first_share(&cart->pricing, &cart->priced[number]);
    for (size_t i = 0; share != NULL; i++, share = pricing_next_share(&cart->pricing, share)) {
        if (share->source == PRICING_SHARE_LINE) {
            discounts[i].reason =
                json_string_value(json_object_get(json_array_get(given, share->index), "reason"));
        } else if (share->source == PRICING_SHARE_BASKET) {
            discounts[i].reason = cart->basket_reasons[share->index];
        }
    }
}

/* What each line says of its discounts. */
static void list_discounts(struct call *call, const json_t *lines, struct cart *cart)
{
    const size_t all = cart->pricing.share_count;
    struct sale_discount *discounts = arena_alloc(call->arena, all * sizeof *discounts);
    size_t at = 0;
    cart->discounts = discounts;
    for (size_t i = 0; i < cart->count && at < all; i++) {
        cart->lines[i].discounts = discounts + at;
        cart->lines[i].discount_count = sale_line_discounts(&cart->pricing, &cart->priced[i], discounts + at,
                                                            all - at);
        give_reasons(cart, json_array_get(lines, i), i, discounts + at);
        at += cart->lines[i].discount_count;
    }
}

enum status cart_price(struct call *call, const json_t *request, int64_t at_ms, struct cart *cart)
{
    const json_t *lines = json_object_get(request, "lines");
    *cart = (struct cart){.at_ms = at_ms, .count = json_array_size(lines)};
    cart->products = arena_zeroed(call->arena, cart->count, sizeof(const struct selling_product *));
    cart->priced = arena_zeroed(call->arena, cart->count, sizeof *cart->priced);
    cart->lines = arena_zeroed(call->arena, cart->count, sizeof *cart->lines);
    enum status status = look_up(call, request, cart);
    if (status != STATUS_OK) {
        return status;
    }
    cart_read_basket(call, request, cart);
    size_t number;
    json_t *line;
    json_array_foreach(lines, number, line)
    {
        if (cart->products[number] != NULL) {
            cart_read_line(call, line, number, cart);
        }
    }
    status = call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : price(call, cart);
    if (status == STATUS_OK) {
        list_discounts(call, lines, cart);
    }
    return status;
}

/* --- who permits it --- */

static void permit_discounts(struct cart *cart, const struct sale_actor *who)
{
    for (size_t i = 0; i < cart->pricing.share_count; i++) {
        if (cart->discounts[i].source != PRICING_SHARE_PROMOTION) {
            cart->discounts[i].allowed_by = who;
        }
    }
}

static void permit_prices(struct cart *cart, const struct sale_actor *who)
{
    for (size_t i = 0; i < cart->count; i++) {
        if (cart->priced[i].price_source == PRICING_PRICE_OVERRIDE) {
            cart->lines[i].price_allowed_by = who;
        }
    }
}

enum status cart_permit(struct call *call, struct cart *cart)
{
    const struct principal *discounts = NULL, *prices = NULL;
    enum status status = STATUS_OK;
    if (cart->has_discounts) {
        status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_DISCOUNT), &discounts);
    }
    if (status == STATUS_OK && cart->has_overrides) {
        status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_PRICE_OVERRIDE), &prices);
    }
    if (status == STATUS_OK && cart->has_exemptions) {
        status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_TAX_EXEMPT), NULL);
    }
    if (status == STATUS_OK && discounts != NULL) {
        permit_discounts(cart, transaction_draft_actor(call, discounts));
    }
    if (status == STATUS_OK && prices != NULL) {
        permit_prices(cart, transaction_draft_actor(call, prices));
    }
    return status;
}
