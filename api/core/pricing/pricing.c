#include "core/pricing/pricing.h"

#include "core/money.h"
#include "core/pricing/apportion.h"
#include "core/pricing/pricing_steps.h"
#include "core/quantity.h"

#define MICRO 1000000

_Static_assert(MONEY_MAX <= INT64_MAX / MICRO - 1, "an amount in millionths fits in 64 bits");
_Static_assert(PRICING_LINES_MAX <= APPORTION_MAX, "a basket's amount can be spread over its lines");

bool pricing_refuse(struct pricing *pricing, size_t line, const char *member, const char *code)
{
    *pricing->fault = (struct pricing_fault){.line = line, .code = code, .member = member};
    return false;
}

/* Fills in the exact result, and the rounding unless there was none. The result is at most MONEY_MAX. */
static void set_exact(struct pricing_step *step, struct fraction exact)
{
    const int64_t whole = (int64_t)(exact.numerator / exact.denominator);
    const wide_uint micro = exact.numerator % exact.denominator * MICRO;
    step->exact_micro = whole * MICRO + (int64_t)(micro / exact.denominator);
    step->exact_is_cut = micro % exact.denominator != 0;
    if (step->exact_micro % MICRO == 0 && !step->exact_is_cut && step->rounded == whole) {
        step->rounding = PRICING_ROUNDING_NONE;
    }
}

void pricing_report(const struct pricing *pricing, const struct pricing_step *step, struct fraction exact)
{
    struct pricing_step whole = *step;
    set_exact(&whole, exact);
    pricing->tracer(pricing->context, &whole);
}

/* --- what a line is made of --- */

static bool check_discounts(struct pricing *pricing, size_t line, const struct pricing_discount *discounts,
                            size_t count)
{
    if (count > PRICING_DISCOUNTS_MAX) {
        return pricing_refuse(pricing, line, "discounts", "too_many");
    }
    for (size_t i = 0; i < count; i++) {
        const int64_t most = discounts[i].kind == PRICING_DISCOUNT_PERCENT ? RATE_ONE : MONEY_MAX;
        if (discounts[i].value < 0 || discounts[i].value > most) {
            return pricing_refuse(pricing, line, "discounts", "discount_out_of_range");
        }
    }
    return true;
}

static bool check_product(struct pricing *pricing, size_t line, const struct pricing_product *product)
{
    unsigned compound = 0;
    if (product->price_minor < 0 || product->price_minor > MONEY_MAX) {
        return pricing_refuse(pricing, line, "product_id", "price_out_of_range");
    }
    if (product->tax_count > PRICING_TAXES_MAX) {
        return pricing_refuse(pricing, line, "product_id", "too_many");
    }
    for (unsigned i = 0; i < product->tax_count; i++) {
        const struct pricing_tax *tax = &product->taxes[i];
        if (tax->rate < 0 || tax->rate > RATE_ONE || tax->amount_per_unit < 0 ||
            tax->amount_per_unit > MONEY_MAX) {
            return pricing_refuse(pricing, line, "product_id", "rate_out_of_range");
        }
        compound += tax->compound && tax->kind == PRICING_TAX_PERCENT;
    }
    return compound <= PRICING_COMPOUND_MAX || pricing_refuse(pricing, line, "product_id", "too_many");
}

static bool check_line(struct pricing *pricing, size_t index, const struct pricing_line *line)
{
    if (line->quantity <= 0 || line->quantity > QUANTITY_MAX) {
        return pricing_refuse(pricing, index, "quantity", "quantity_out_of_range");
    }
    if (line->product->unit == PRICING_EACH && line->quantity % QUANTITY_ONE != 0) {
        return pricing_refuse(pricing, index, "quantity", "quantity_not_whole");
    }
    return check_discounts(pricing, index, line->discounts, line->discount_count) &&
           check_product(pricing, index, line->product);
}

/* Steps 1 and 2. */
static bool price_gross(struct pricing *pricing, size_t index)
{
    struct pricing_line *line = &pricing->cart->lines[index];
    if (!check_line(pricing, index, line)) {
        return false;
    }
    if (line->price_source == PRICING_PRICE_CATALOGUE) {
        line->unit_price = line->product->price_minor;
    } else if (line->unit_price < 0 || line->unit_price > MONEY_MAX) {
        return pricing_refuse(pricing, index, "unit_price", "price_out_of_range");
    } else {
        pricing_explain(pricing,
                        (struct pricing_step){.rule = PRICING_RULE_PRICE,
                                              .line = index,
                                              .input = line->product->price_minor,
                                              .rounded = line->unit_price},
                        fraction_of(line->unit_price, 1, 1));
    }
    const struct fraction exact = fraction_of(line->unit_price, line->quantity, QUANTITY_ONE);
    line->gross = round_fraction(exact, pricing->mode);
    line->discount = 0;
    line->closed = false;
    line->promotion_count = 0;
    line->first_share = line->last_share = 0;
    if (line->gross < 0) {
        return pricing_refuse(pricing, index, "quantity", "overflow");
    }
    pricing_explain(pricing,
                    (struct pricing_step){.rule = PRICING_RULE_GROSS,
                                          .rounding = pricing->rounded,
                                          .line = index,
                                          .input = line->unit_price,
                                          .rounded = line->gross},
                    exact);
    return true;
}

/* --- what is taken off --- */

void pricing_take(struct pricing *pricing, size_t line, enum pricing_share_source source, size_t index,
                  int64_t amount)
{
    struct pricing_cart *cart = pricing->cart;
    struct pricing_line *of = &cart->lines[line];
    if (amount == 0) {
        return;
    }
    cart->shares[cart->share_count++] = (struct pricing_share){
        .amount = amount, .source = source, .index = (uint16_t)index, .line = (uint16_t)line};
    const uint32_t number = (uint32_t)cart->share_count; /* from 1: 0 is none */
    if (of->first_share == 0) {
        of->first_share = number;
    } else {
        cart->shares[of->last_share - 1].next = number;
    }
    of->last_share = number;
    of->discount += amount;
}

const struct pricing_share *pricing_first_share(const struct pricing_cart *cart,
                                                const struct pricing_line *line)
{
    return line->first_share == 0 ? NULL : &cart->shares[line->first_share - 1];
}

const struct pricing_share *pricing_next_share(const struct pricing_cart *cart,
                                               const struct pricing_share *share)
{
    return share->next == 0 ? NULL : &cart->shares[share->next - 1];
}

static struct fraction discount_of(struct pricing_discount discount, int64_t left)
{
    return discount.kind == PRICING_DISCOUNT_PERCENT ? fraction_of(left, discount.value, RATE_ONE)
                                                     : fraction_of(discount.value, 1, 1);
}

/* Step 4. */
static void price_discounts(struct pricing *pricing, size_t index)
{
    const struct pricing_line *line = &pricing->cart->lines[index];
    for (unsigned i = 0; i < line->discount_count; i++) {
        const int64_t left = pricing_left(line);
        const struct fraction exact = discount_of(line->discounts[i], left);
        const int64_t wanted = round_fraction(exact, pricing->mode);
        const int64_t given = wanted < left ? wanted : left;
        pricing_explain(pricing,
                        (struct pricing_step){
                            .rule = PRICING_RULE_DISCOUNT,
                            .rounding = given < wanted ? PRICING_ROUNDING_LIMITED : pricing->rounded,
                            .line = index,
                            .index = i,
                            .input = left,
                            .rounded = given,
                        },
                        exact);
        pricing_take(pricing, index, PRICING_SHARE_LINE, i, given);
    }
}

void pricing_spread(struct pricing *pricing, const struct pricing_step *step,
                    enum pricing_share_source source, int64_t amount, const uint16_t *lines,
                    const wide_uint *weights, size_t count)
{
    int64_t shares[PRICING_LINES_MAX];
    wide_uint sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
    }
    apportion(amount, weights, count, shares);
    for (size_t i = 0; i < count; i++) {
        if (shares[i] == 0) {
            continue;
        }
        struct pricing_step part = *step;
        part.rounding = PRICING_ROUNDING_LARGEST_REMAINDER;
        part.line = lines[i];
        part.input = amount;
        part.rounded = shares[i];
        pricing_explain(pricing, part, (struct fraction){(wide_uint)amount * weights[i], sum});
        pricing_take(pricing, lines[i], source, step->index, shares[i]);
    }
}

void pricing_take_of_basket(struct pricing *pricing, enum pricing_rule rule, enum pricing_share_source source,
                            size_t index, struct pricing_discount discount, const struct promotion *promotion)
{
    const struct pricing_cart *cart = pricing->cart;
    uint16_t lines[PRICING_LINES_MAX];
    wide_uint weights[PRICING_LINES_MAX];
    size_t count = 0;
    int64_t left = 0;
    for (size_t i = 0; i < cart->line_count; i++) {
        const struct pricing_line *line = &cart->lines[i];
        if (promotion != NULL ? pricing_promotion_takes(line, promotion)
                              : !line->undiscounted && pricing_left(line) > 0) {
            lines[count] = (uint16_t)i;
            weights[count++] = (wide_uint)pricing_left(line);
            left += pricing_left(line); /* at most the subtotal */
        }
    }
    const struct fraction exact = discount_of(discount, left);
    const int64_t wanted = round_fraction(exact, pricing->mode);
    const int64_t given = wanted < left ? wanted : left;
    const struct pricing_step step = {
        .rule = rule,
        .rounding = given < wanted ? PRICING_ROUNDING_LIMITED : pricing->rounded,
        .line = cart->line_count,
        .index = (unsigned)index,
        .input = left,
        .rounded = given,
    };
    if (given == 0 && promotion != NULL) {
        return; /* it did not apply */
    }
    pricing_explain(pricing, step, exact);
    pricing_spread(pricing, &step, source, given, lines, weights, count);
    for (size_t i = 0; promotion != NULL && i < count; i++) {
        pricing_promotion_took(&cart->lines[lines[i]], promotion);
    }
}

/* Step 5. */
static void price_basket(struct pricing *pricing)
{
    const struct pricing_cart *cart = pricing->cart;
    if (cart->promotion_count > 0) {
        pricing_promote_basket(pricing);
    }
    for (size_t i = 0; i < cart->discount_count; i++) {
        pricing_take_of_basket(pricing, PRICING_RULE_BASKET_DISCOUNT, PRICING_SHARE_BASKET, i,
                               cart->discounts[i], NULL);
    }
}

/* --- the whole --- */

/* Adds to a total that stays within MONEY_MAX. */
static bool add(struct pricing *pricing, size_t line, int64_t *total, int64_t amount)
{
    *total += amount; /* both are at most MONEY_MAX: the sum fits */
    return *total <= MONEY_MAX || pricing_refuse(pricing, line, "quantity", "overflow");
}

static bool add_gross(struct pricing *pricing, size_t index)
{
    struct pricing_cart *cart = pricing->cart;
    return add(pricing, index, &cart->totals.subtotal, cart->lines[index].gross);
}

/* Adds what is known of a line once its taxes are. */
static bool add_line(struct pricing *pricing, size_t index)
{
    const struct pricing_line *line = &pricing->cart->lines[index];
    struct pricing_totals *totals = &pricing->cart->totals;
    const struct pricing_product *product = line->product;
    int64_t tax = 0, included = line->exempted;
    for (unsigned i = 0; i < product->tax_count; i++) {
        tax += line->taxes[i].amount;
        included += product->taxes[i].inclusive ? line->taxes[i].amount : 0;
    }
    return add(pricing, index, &totals->discount_total, line->discount) &&
           add(pricing, index, &totals->tax_total, tax) &&
           add(pricing, index, &totals->tax_included, included) &&
           add(pricing, index, &totals->total, line->total);
}

/* Where nothing concerns several lines, one after the other is priced to its end. */
static bool price_lines_alone(struct pricing *pricing)
{
    for (size_t i = 0; i < pricing->cart->line_count; i++) {
        if (!price_gross(pricing, i)) {
            return false;
        }
        price_discounts(pricing, i);
        if (!pricing_tax_line(pricing, i) || !add_gross(pricing, i) || !add_line(pricing, i)) {
            return false;
        }
    }
    return true;
}

static bool price_taxes(struct pricing *pricing)
{
    const struct pricing_cart *cart = pricing->cart;
    if (cart->options.tax_rounding == PRICING_TAX_PER_RECEIPT) {
        return pricing_tax_receipt(pricing);
    }
    for (size_t i = 0; i < cart->line_count; i++) {
        if (!pricing_tax_line(pricing, i)) {
            return false;
        }
    }
    return true;
}

static bool price_lines_together(struct pricing *pricing)
{
    const struct pricing_cart *cart = pricing->cart;
    for (size_t i = 0; i < cart->line_count; i++) {
        if (!price_gross(pricing, i) || !add_gross(pricing, i)) {
            return false;
        }
    }
    if (cart->promotion_count > 0) {
        pricing_promote_lines(pricing);
    }
    for (size_t i = 0; i < cart->line_count; i++) {
        price_discounts(pricing, i);
    }
    price_basket(pricing);
    if (!price_taxes(pricing)) {
        return false;
    }
    for (size_t i = 0; i < cart->line_count; i++) {
        if (!add_line(pricing, i)) {
            return false;
        }
    }
    return true;
}

static bool check_basket(struct pricing *pricing)
{
    const struct pricing_cart *cart = pricing->cart;
    if (cart->line_count > PRICING_LINES_MAX) {
        return pricing_refuse(pricing, cart->line_count, "lines", "too_many");
    }
    if (cart->promotion_count > PROMOTIONS_MAX) {
        return pricing_refuse(pricing, cart->line_count, "promotions", "too_many");
    }
    for (size_t i = 0; i < cart->promotion_count; i++) {
        if (promotion_fault(&cart->promotions[i]) != NULL) {
            return pricing_refuse(pricing, cart->line_count, "promotions", "promotion_out_of_range");
        }
    }
    return check_discounts(pricing, cart->line_count, cart->discounts, cart->discount_count);
}

static void give_room(struct pricing_cart *cart)
{
    size_t at = 0;
    for (size_t i = 0; i < cart->line_count; i++) {
        cart->lines[i].taxes = cart->tax_amounts + at;
        at += cart->lines[i].product->tax_count;
    }
    cart->share_count = 0;
}

size_t pricing_tax_room(const struct pricing_cart *cart)
{
    size_t room = 0;
    for (size_t i = 0; i < cart->line_count; i++) {
        room += cart->lines[i].product->tax_count;
    }
    return room;
}

size_t pricing_share_room(const struct pricing_cart *cart)
{
    const size_t promotions = cart->promotion_count < PROMOTION_LINE_MAX ? cart->promotion_count
                                                                         : PROMOTION_LINE_MAX;
    size_t room = cart->line_count * (cart->discount_count + promotions);
    for (size_t i = 0; i < cart->line_count; i++) {
        room += cart->lines[i].discount_count;
    }
    return room;
}

enum status pricing_price(struct pricing_cart *cart, pricing_tracer tracer, void *context,
                          struct pricing_fault *fault)
{
    const bool is_even = cart->options.rounding_mode == ROUNDING_HALF_EVEN;
    struct pricing pricing = {
        .cart = cart,
        .mode = cart->options.rounding_mode,
        .rounded = is_even ? PRICING_ROUNDING_HALF_EVEN : PRICING_ROUNDING_HALF_UP,
        .tracer = tracer,
        .context = context,
        .fault = fault,
    };
    cart->totals = (struct pricing_totals){0};
    if (!check_basket(&pricing)) {
        return STATUS_VALIDATION_FAILED;
    }
    give_room(cart);
    const bool alone = cart->promotion_count == 0 && cart->discount_count == 0 &&
                       cart->options.tax_rounding == PRICING_TAX_PER_LINE;
    if (!(alone ? price_lines_alone(&pricing) : price_lines_together(&pricing))) {
        return STATUS_VALIDATION_FAILED;
    }
    pricing_explain(&pricing,
                    (struct pricing_step){.rule = PRICING_RULE_TOTAL,
                                          .line = cart->line_count,
                                          .input = cart->totals.subtotal,
                                          .rounded = cart->totals.total},
                    fraction_of(cart->totals.total, 1, 1));
    return STATUS_OK;
}
