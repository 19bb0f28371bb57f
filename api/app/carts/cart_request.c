#include "app/carts/cart_parts.h"

#include "app/json_member.h"
#include "core/decimal.h"
#include "core/money.h"
#include "core/quantity.h"

#include <string.h>

const char *cart_line_pointer(struct call *call, size_t line, const char *member)
{
    return arena_printf(call->arena, "/lines/%zu/%s", line, member);
}

/* --- discounts --- */

static bool read_discount(const json_t *discount, struct pricing_discount *out)
{
    const json_t *value = json_object_get(discount, "value");
    const char *text = json_string_value(value);
    const size_t length = json_string_length(value);
    if (strcmp(member_string(discount, "type"), "percent") == 0) {
        out->kind = PRICING_DISCOUNT_PERCENT;
        return rate_parse(text, length, &out->value);
    }
    out->kind = PRICING_DISCOUNT_AMOUNT;
    return decimal_parse(text, length, 0, MONEY_MAX, &out->value) && out->value >= 0;
}

/* Discounts of a line or the basket, and room for `more`. The contract admits fewer than the core. */
static struct pricing_discount *read_discounts(struct call *call, const json_t *array, const char *pointer,
                                               size_t more)
{
    size_t index;
    json_t *discount;
    struct pricing_discount *discounts = arena_zeroed(call->arena, json_array_size(array) + more,
                                                      sizeof *discounts);
    json_array_foreach(array, index, discount)
    {
        if (!read_discount(discount, &discounts[index])) {
            (void)detail_fault(&call->detail, arena_printf(call->arena, "%s/%zu/value", pointer, index),
                               "discount_out_of_range",
                               "A percentage is at most 100; an amount is a whole number of minor units.");
        }
    }
    return discounts;
}

/* --- the basket --- */

static const char *const *strings_of(struct arena *arena, const json_t *array, const char *member,
                                     size_t *count)
{
    size_t index;
    json_t *element;
    *count = json_array_size(array);
    const char **strings = arena_zeroed(arena, *count + 1, sizeof *strings);
    json_array_foreach(array, index, element)
    {
        strings[index] = member == NULL ? json_string_value(element) : member_string(element, member);
    }
    return strings;
}

void cart_read_coupons(struct call *call, const json_t *request, struct cart *cart)
{
    const json_t *coupons = json_object_get(request, "coupons");
    if (json_array_size(coupons) > 0) {
        cart->coupons = strings_of(call->arena, coupons, NULL, &cart->coupon_count);
    }
}

/* The offers hold only what is valid now: a coupon that none of them asks for is of no use. */
static void check_coupons(struct call *call, const struct cart *cart)
{
    for (size_t i = 0; i < cart->coupon_count; i++) {
        bool is_known = false;
        for (size_t j = 0; !is_known && j < cart->offers.promotion_count; j++) {
            const char *coupon = cart->offers.promotions[j].coupon;
            is_known = coupon != NULL && promotion_coupon_equal(coupon, cart->coupons[i]);
        }
        if (!is_known) {
            (void)detail_fault(&call->detail, arena_printf(call->arena, "/coupons/%zu", i),
                               "coupon_not_valid", "No promotion takes this coupon here and now.");
        }
    }
}

/* What the request says, or else what holds for the customer. */
static void read_exemption(const json_t *exemption, struct cart *cart)
{
    if (exemption != NULL) {
        cart->exemption_reason = member_string(exemption, "reason");
        cart->exemption_certificate = member_string(exemption, "certificate");
        cart->has_exemptions = true;
    } else if (cart->customer.tax_exempt) {
        cart->exemption_reason = cart->customer.exemption_reason;
        cart->exemption_certificate = cart->customer.exemption_certificate;
    }
    cart->pricing.exempt = cart->exemption_reason != NULL;
}

/* Points are a discount on the basket, after all others. */
static void read_points(struct call *call, const json_t *points, struct pricing_discount *discounts,
                        struct cart *cart)
{
    const struct loyalty_rule rule = {.points_per_amount = cart->register_.points_per_amount,
                                      .point_value = cart->register_.point_value};
    struct pricing_discount *discount = &discounts[cart->pricing.discount_count];
    if (json_integer_value(points) == 0) {
        return;
    }
    discount->kind = PRICING_DISCOUNT_AMOUNT;
    if (!cart->has_customer || !loyalty_value(&rule, json_integer_value(points), &discount->value)) {
        (void)detail_fault(&call->detail, "/loyalty_points", "loyalty_not_possible", "%s",
                           cart->has_customer ? "Points have no value in this store."
                                              : "Points belong to a customer: name one.");
        return;
    }
    cart->points = json_integer_value(points);
    cart->points_discount = ++cart->pricing.discount_count;
}

void cart_read_basket(struct call *call, const json_t *request, struct cart *cart)
{
    const json_t *given = json_object_get(request, "discounts");
    const json_t *points = json_object_get(request, "loyalty_points");
    check_coupons(call, cart);
    read_exemption(json_object_get(request, "tax_exemption"), cart);
    cart->pricing.promotions = cart->offers.promotions;
    cart->pricing.promotion_count = cart->offers.promotion_count;
    cart->pricing.facts = &cart->offers.facts;
    if (given == NULL && points == NULL) {
        return;
    }
    struct pricing_discount *discounts = read_discounts(call, given, "/discounts", 1);
    cart->pricing.discounts = discounts;
    cart->pricing.discount_count = json_array_size(given);
    cart->has_discounts = cart->pricing.discount_count > 0;
    size_t count;
    cart->basket_reasons = strings_of(call->arena, given, "reason", &count);
    read_points(call, points, discounts, cart);
}

/* --- a line --- */

static void read_quantity(struct call *call, const json_t *line, size_t number, struct pricing_line *out)
{
    const json_t *value = json_object_get(line, "quantity");
    if (!quantity_parse(json_string_value(value), json_string_length(value), &out->quantity) ||
        out->quantity <= 0) {
        (void)detail_fault(&call->detail, cart_line_pointer(call, number, "quantity"),
                           "quantity_out_of_range", "A quantity is above 0 and at most %lld.",
                           QUANTITY_MAX / QUANTITY_ONE);
        out->quantity = QUANTITY_ONE; /* so that other faults are found */
    } else if (out->product->unit == PRICING_EACH && out->quantity % QUANTITY_ONE != 0) {
        (void)detail_fault(&call->detail, cart_line_pointer(call, number, "quantity"), "quantity_not_whole",
                           "A product sold by piece needs a whole quantity.");
    }
}

static void read_tare(struct call *call, const json_t *line, size_t number, struct cart *cart)
{
    const json_t *value = json_object_get(line, "tare");
    if (value == NULL) {
        return;
    }
    if (cart->priced[number].product->unit != PRICING_WEIGHED) {
        (void)detail_fault(&call->detail, cart_line_pointer(call, number, "tare"), "tare_not_possible",
                           "Only what is sold by weight has a tare.");
    } else if (!quantity_parse(json_string_value(value), json_string_length(value),
                               &cart->lines[number].tare) ||
               cart->lines[number].tare < 0) {
        (void)detail_fault(&call->detail, cart_line_pointer(call, number, "tare"), "quantity_out_of_range",
                           "A tare is at least 0 and at most %lld.", QUANTITY_MAX / QUANTITY_ONE);
    }
}

/* The till's price: of an open-price product the only one, of others one that stands in for the shop's. */
static void read_price(struct call *call, const json_t *line, size_t number, struct cart *cart)
{
    const json_t *value = json_object_get(line, "unit_price");
    struct pricing_line *priced = &cart->priced[number];
    if (cart->products[number]->open_price) {
        if (value == NULL) {
            (void)detail_fault(&call->detail, cart_line_pointer(call, number, "unit_price"), "required",
                               "The product has an open price: say what it costs.");
        }
        priced->price_source = PRICING_PRICE_OPEN;
        cart->lines[number].price_reason = member_string(line, "price_reason");
        priced->unit_price = json_integer_value(value);
        return;
    }
    int64_t price = priced->product->price_minor;
    if (offers_price(&cart->offers, cart->products[number], &price) != NULL) {
        priced->price_source = PRICING_PRICE_LIST;
        priced->unit_price = price;
    }
    if (value != NULL && json_integer_value(value) != price) {
        priced->price_source = PRICING_PRICE_OVERRIDE;
        priced->unit_price = json_integer_value(value);
        cart->lines[number].price_reason = member_string(line, "price_reason");
        cart->has_overrides = true;
    }
}

void cart_read_line(struct call *call, const json_t *line, size_t number, struct cart *cart)
{
    struct pricing_line *priced = &cart->priced[number];
    const json_t *exemption = json_object_get(line, "tax_exemption");
    read_quantity(call, line, number, priced);
    read_tare(call, line, number, cart);
    read_price(call, line, number, cart);
    const json_t *discounts = json_object_get(line, "discounts");
    if (discounts != NULL) {
        priced->discounts = read_discounts(call, discounts, cart_line_pointer(call, number, "discounts"), 0);
        priced->discount_count = (uint8_t)json_array_size(discounts);
        cart->has_discounts = cart->has_discounts || priced->discount_count > 0;
    }
    cart->lines[number].note = member_string(line, "note");
    cart->lines[number].exemption_reason = cart->exemption_reason;
    if (exemption != NULL) {
        cart->lines[number].exemption_reason = member_string(exemption, "reason");
        priced->exempt = cart->has_exemptions = true;
    }
    priced->undiscounted = cart->products[number]->kind == SELLING_GIFT_CARD;
    if (json_object_get(line, "gift_card") != NULL && !priced->undiscounted) {
        (void)detail_fault(&call->detail, cart_line_pointer(call, number, "gift_card"), "not_of_this_product",
                           "The product is no gift card.");
    }
}
