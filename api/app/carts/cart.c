#include "app/carts/cart.h"

#include "app/carts/cart_parts.h"
#include "app/customers/gift_card.h"
#include "app/identity/approval.h"
#include "app/identity/auth.h"
#include "app/records/transaction_draft.h"
#include "core/pricing/quote_json.h"
#include "core/quantity.h"
#include "core/tender.h"

#define POINTS_REASON "loyalty_points"

static const char *fault_pointer(struct call *call, const struct cart *cart,
                                 const struct pricing_fault *fault)
{
    return fault->line < cart->count ? cart_line_pointer(call, fault->line, fault->member)
                                     : arena_printf(call->arena, "/%s", fault->member);
}

/* Whether points were taken off in full: nobody burns them for nothing. */
static bool points_fit(const struct pricing_cart *pricing, size_t discount)
{
    int64_t sum = 0;
    for (size_t i = 0; i < pricing->share_count; i++) {
        const struct pricing_share *share = &pricing->shares[i];
        sum += share->source == PRICING_SHARE_BASKET && share->index == discount ? share->amount : 0;
    }
    return sum == pricing->discounts[discount].value;
}

enum status cart_price_lines(struct call *call, struct cart *cart)
{
    struct pricing_cart *pricing = &cart->pricing;
    struct pricing_fault fault;
    pricing->options = (struct pricing_options){
        .tax_rounding = cart->register_.tax_per_receipt ? PRICING_TAX_PER_RECEIPT : PRICING_TAX_PER_LINE,
        .rounding_mode = cart->register_.round_half_even ? ROUNDING_HALF_EVEN : ROUNDING_HALF_UP,
    };
    pricing->tax_amounts = arena_alloc(call->arena, pricing_tax_room(pricing) * sizeof *pricing->tax_amounts);
    pricing->shares = arena_alloc(call->arena, pricing_share_room(pricing) * sizeof *pricing->shares);
    const enum status status = pricing_price(pricing, NULL, NULL, &fault);
    if (status == STATUS_VALIDATION_FAILED) {
        return detail_fault(&call->detail, fault_pointer(call, cart, &fault), fault.code,
                            "The line cannot be priced: an amount is beyond what is possible.");
    }
    if (status == STATUS_OK && cart->points_discount > 0 && !points_fit(pricing, cart->points_discount - 1)) {
        return detail_fault(&call->detail, "/loyalty_points", "points_exceed_total",
                            "The points are worth more than what is left to pay.");
    }
    cart->totals = pricing->totals;
    cart->cash_total = tender_round_cash(cart->totals.total, cart->register_.cash_rounding);
    cart->is_priced = true;
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
            discounts[i].reason = share->index + 1u == cart->points_discount
                                      ? POINTS_REASON
                                      : cart->basket_reasons[share->index];
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

enum status cart_find(struct call *call, const json_t *request, int64_t at_ms, struct cart *cart)
{
    *cart = (struct cart){.at_ms = at_ms, .count = json_array_size(json_object_get(request, "lines"))};
    cart->products = arena_zeroed(call->arena, cart->count, sizeof(const struct selling_product *));
    cart->priced = arena_zeroed(call->arena, cart->count, sizeof *cart->priced);
    cart->lines = arena_zeroed(call->arena, cart->count, sizeof *cart->lines);
    cart->pricing.lines = cart->priced;
    cart->pricing.line_count = cart->count;
    cart_read_coupons(call, request, cart);
    const enum status status = cart_find_customer(call, request, cart);
    return status == STATUS_OK ? cart_look_up(call, request, cart) : status;
}

void cart_read(struct call *call, const json_t *request, struct cart *cart)
{
    cart_read_basket(call, request, cart);
    size_t number;
    json_t *line;
    json_array_foreach(json_object_get(request, "lines"), number, line)
    {
        if (cart->products[number] != NULL) {
            cart_read_line(call, line, number, cart);
        }
    }
}

enum status cart_price(struct call *call, const json_t *request, int64_t at_ms, struct cart *cart)
{
    enum status status = cart_find(call, request, at_ms, cart);
    if (status != STATUS_OK) {
        return status;
    }
    cart_read(call, request, cart);
    status = call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : cart_price_lines(call, cart);
    if (status == STATUS_OK) {
        list_discounts(call, json_object_get(request, "lines"), cart);
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
    const struct principal *discounts = NULL, *prices = NULL, *exemptions = NULL;
    enum status status = STATUS_OK;
    if (cart->has_discounts) {
        status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_DISCOUNT), &discounts);
    }
    if (status == STATUS_OK && cart->has_overrides) {
        status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_PRICE_OVERRIDE), &prices);
    }
    if (status == STATUS_OK && cart->has_exemptions) {
        status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_TAX_EXEMPT), &exemptions);
    }
    if (status == STATUS_OK && discounts != NULL) {
        permit_discounts(cart, transaction_draft_actor(call, discounts));
    }
    if (status == STATUS_OK && prices != NULL) {
        permit_prices(cart, transaction_draft_actor(call, prices));
    }
    if (status == STATUS_OK) {
        cart->exemption_allowed_by = transaction_draft_actor(call, exemptions);
    }
    return status;
}

/* --- the quote --- */

enum status cart_check_gift_card(struct call *call, size_t number, int64_t quantity, int64_t total)
{
    if (quantity != QUANTITY_ONE) {
        return detail_fault(&call->detail, cart_line_pointer(call, number, "quantity"), "gift_card_quantity",
                            "A line sells one gift card.");
    }
    if (total < 1 || total > GIFT_CARD_AMOUNT_MAX) {
        return detail_fault(&call->detail, cart_line_pointer(call, number, "unit_price"), "gift_card_amount",
                            "A gift card is loaded with 1 to %d.", GIFT_CARD_AMOUNT_MAX);
    }
    return STATUS_OK;
}

/* What is paid for goods: cards that are sold earn when they are spent (core/loyalty.h). */
static int64_t points_earned(const struct cart *cart)
{
    const struct loyalty_rule rule = {.points_per_amount = cart->register_.points_per_amount,
                                      .point_value = cart->register_.point_value};
    int64_t amount = 0;
    for (size_t i = 0; i < cart->count; i++) {
        amount += cart->products[i]->kind == SELLING_GIFT_CARD ? 0 : cart->priced[i].total;
    }
    return loyalty_earned(&rule, amount);
}

void cart_write_quote(const struct cart *cart, struct text *text)
{
    struct json_writer json = json_writer(text);
    struct pricing_cart pricing = cart->pricing;
    quote_json(&json, &(struct quote){.currency = cart->register_.currency,
                                      .lines = cart->lines,
                                      .cart = &pricing,
                                      .cash_total = cart->cash_total,
                                      .has_customer = cart->has_customer,
                                      .earned = points_earned(cart),
                                      .burned = cart->points,
                                      .has_trace = true});
}
