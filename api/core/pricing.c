#include "core/pricing.h"

#include "core/money.h"
#include "core/quantity.h"
#include "core/wide.h"

#define MICRO 1000000

_Static_assert(MONEY_MAX <= INT64_MAX / MICRO - 1, "an amount in millionths fits in 64 bits");

/* What the steps of one cart share. */
struct pricing {
    struct pricing_totals *totals;
    pricing_tracer tracer;
    void *context;
    struct pricing_fault *fault;
    size_t line;
};

static bool refuse(struct pricing *pricing, const char *member, const char *code)
{
    *pricing->fault = (struct pricing_fault){.line = pricing->line, .code = code, .member = member};
    return false;
}

/* Adds to a total that stays within MONEY_MAX. */
static bool add(struct pricing *pricing, int64_t *total, int64_t amount)
{
    *total += amount; /* both are at most MONEY_MAX: the sum fits */
    return *total <= MONEY_MAX || refuse(pricing, "quantity", "overflow");
}

/* value × numerator ÷ denominator, none negative. */
struct fraction {
    wide_uint product;
    uint64_t denominator;
};

static struct fraction fraction(int64_t value, int64_t numerator, int64_t denominator)
{
    return (struct fraction){(wide_uint)value * (uint64_t)numerator, (uint64_t)denominator};
}

/* Rounds half up; -1 when that is beyond MONEY_MAX. */
static int64_t round_half_up(struct fraction fraction)
{
    const wide_uint rounded = (fraction.product + fraction.denominator / 2) / fraction.denominator;
    return rounded > MONEY_MAX ? -1 : (int64_t)rounded;
}

/* Fills in the exact result, and the rounding unless there was none. The result is at most MONEY_MAX. */
static void set_exact(struct pricing_step *step, struct fraction exact)
{
    const int64_t whole = (int64_t)(exact.product / exact.denominator);
    const wide_uint micro = exact.product % exact.denominator * MICRO;
    step->exact_micro = whole * MICRO + (int64_t)(micro / exact.denominator);
    step->exact_is_cut = micro % exact.denominator != 0;
    if (step->exact_micro % MICRO == 0 && !step->exact_is_cut && step->rounded == whole) {
        step->rounding = PRICING_ROUNDING_NONE;
    }
}

static void explain(const struct pricing *pricing, struct pricing_step step, struct fraction exact)
{
    if (pricing->tracer != NULL) {
        step.line = pricing->line;
        set_exact(&step, exact);
        pricing->tracer(pricing->context, &step);
    }
}

static bool check_line(struct pricing *pricing, const struct pricing_line *line)
{
    const struct pricing_product *product = line->product;
    if (line->quantity <= 0 || line->quantity > QUANTITY_MAX) {
        return refuse(pricing, "quantity", "quantity_out_of_range");
    }
    if (product->unit == PRICING_EACH && line->quantity % QUANTITY_ONE != 0) {
        return refuse(pricing, "quantity", "quantity_not_whole");
    }
    if (line->discount_count > PRICING_DISCOUNTS_MAX) {
        return refuse(pricing, "discounts", "too_many");
    }
    for (unsigned i = 0; i < line->discount_count; i++) {
        const struct pricing_discount *discount = &line->discounts[i];
        const int64_t most = discount->kind == PRICING_DISCOUNT_PERCENT ? RATE_ONE : MONEY_MAX;
        if (discount->value < 0 || discount->value > most) {
            return refuse(pricing, "discounts", "discount_out_of_range");
        }
    }
    if (product->price_minor < 0 || product->price_minor > MONEY_MAX) {
        return refuse(pricing, "product_id", "price_out_of_range");
    }
    if (product->tax_count > PRICING_TAXES_MAX) {
        return refuse(pricing, "product_id", "too_many");
    }
    for (unsigned i = 0; i < product->tax_count; i++) {
        if (product->taxes[i].rate < 0 || product->taxes[i].rate > RATE_ONE) {
            return refuse(pricing, "product_id", "rate_out_of_range");
        }
    }
    return true;
}

static bool price_gross(struct pricing *pricing, struct pricing_line *line)
{
    const struct fraction exact = fraction(line->product->price_minor, line->quantity, QUANTITY_ONE);
    line->gross = round_half_up(exact);
    if (line->gross < 0) {
        return refuse(pricing, "quantity", "overflow");
    }
    explain(pricing,
            (struct pricing_step){
                .rule = PRICING_RULE_GROSS,
                .rounding = PRICING_ROUNDING_HALF_UP,
                .input = line->product->price_minor,
                .rounded = line->gross,
            },
            exact);
    return true;
}

static void price_discounts(struct pricing *pricing, struct pricing_line *line)
{
    line->discount = 0;
    for (unsigned i = 0; i < line->discount_count; i++) {
        const struct pricing_discount *discount = &line->discounts[i];
        const int64_t left = line->gross - line->discount;
        const struct fraction exact = discount->kind == PRICING_DISCOUNT_PERCENT
                                          ? fraction(left, discount->value, RATE_ONE)
                                          : fraction(discount->value, 1, 1);
        const int64_t wanted = round_half_up(exact);
        const int64_t given = wanted < left ? wanted : left;
        explain(pricing,
                (struct pricing_step){
                    .rule = PRICING_RULE_DISCOUNT,
                    .rounding = given < wanted ? PRICING_ROUNDING_LIMITED : PRICING_ROUNDING_HALF_UP,
                    .index = i,
                    .input = left,
                    .rounded = given,
                },
                exact);
        line->discount += given;
    }
}

/* Splits `amount` over the line's inclusive taxes in proportion to their rates. The shares' whole parts
 * leave less than one minor unit a tax; these go to the largest remainders, the earlier tax first. */
static void split_inclusive(struct pricing_line *line, int64_t amount, int64_t rates)
{
    const struct pricing_product *product = line->product;
    int64_t remainders[PRICING_TAXES_MAX];
    int64_t left = amount;
    for (unsigned i = 0; i < product->tax_count; i++) {
        remainders[i] = -1;
        line->taxes[i].amount = 0;
        if (product->taxes[i].inclusive && rates > 0) {
            const wide_uint share = (wide_uint)amount * (uint64_t)product->taxes[i].rate;
            line->taxes[i].amount = (int64_t)(share / (uint64_t)rates);
            remainders[i] = (int64_t)(share % (uint64_t)rates);
            left -= line->taxes[i].amount;
        }
    }
    for (; left > 0; left--) {
        unsigned largest = 0;
        for (unsigned i = 1; i < product->tax_count; i++) {
            if (remainders[i] > remainders[largest]) {
                largest = i;
            }
        }
        line->taxes[largest].amount++;
        remainders[largest] = -1;
    }
}

/* Sets the amounts of the inclusive taxes and returns their sum. */
static int64_t price_inclusive(struct pricing *pricing, struct pricing_line *line, int64_t net)
{
    const struct pricing_product *product = line->product;
    int64_t rates = 0;
    unsigned count = 0;
    for (unsigned i = 0; i < product->tax_count; i++) {
        if (product->taxes[i].inclusive) {
            rates += product->taxes[i].rate;
            count++;
        }
    }
    const int64_t sum = round_half_up(fraction(net, rates, RATE_ONE + rates));
    split_inclusive(line, sum, rates);
    for (unsigned i = 0; i < product->tax_count; i++) {
        if (product->taxes[i].inclusive) {
            explain(
                pricing,
                (struct pricing_step){
                    .rule = PRICING_RULE_TAX_INCLUSIVE,
                    .rounding = count == 1 ? PRICING_ROUNDING_HALF_UP : PRICING_ROUNDING_LARGEST_REMAINDER,
                    .index = i,
                    .input = net,
                    .rounded = line->taxes[i].amount,
                },
                fraction(net, product->taxes[i].rate, RATE_ONE + rates));
        }
    }
    return sum;
}

/* Sets the bases of all taxes and the amounts of the exclusive ones, and returns these amounts' sum: at
 * most `base` a tax, for no rate is beyond 100 %. */
static int64_t price_exclusive(struct pricing *pricing, struct pricing_line *line, int64_t base)
{
    const struct pricing_product *product = line->product;
    int64_t sum = 0;
    for (unsigned i = 0; i < product->tax_count; i++) {
        line->taxes[i].base = base;
        if (product->taxes[i].inclusive) {
            continue;
        }
        const struct fraction exact = fraction(base, product->taxes[i].rate, RATE_ONE);
        line->taxes[i].amount = round_half_up(exact);
        sum += line->taxes[i].amount;
        explain(pricing,
                (struct pricing_step){
                    .rule = PRICING_RULE_TAX_EXCLUSIVE,
                    .rounding = PRICING_ROUNDING_HALF_UP,
                    .index = i,
                    .input = base,
                    .rounded = line->taxes[i].amount,
                },
                exact);
    }
    return sum;
}

static bool price_line(struct pricing *pricing, struct pricing_line *line)
{
    if (!check_line(pricing, line) || !price_gross(pricing, line)) {
        return false;
    }
    price_discounts(pricing, line);
    const int64_t net = line->gross - line->discount;
    const int64_t inclusive = price_inclusive(pricing, line, net);
    const int64_t exclusive = price_exclusive(pricing, line, net - inclusive);
    line->total = net + exclusive;

    struct pricing_totals *totals = pricing->totals;
    return add(pricing, &totals->subtotal, line->gross) &&
           add(pricing, &totals->discount_total, line->discount) &&
           add(pricing, &totals->tax_total, inclusive + exclusive) &&
           add(pricing, &totals->tax_included, inclusive) && add(pricing, &totals->total, line->total);
}

enum status pricing_price(struct pricing_line *lines, size_t count, struct pricing_totals *totals,
                          pricing_tracer tracer, void *context, struct pricing_fault *fault)
{
    struct pricing pricing = {.totals = totals, .tracer = tracer, .context = context, .fault = fault};
    *totals = (struct pricing_totals){0};
    for (; pricing.line < count; pricing.line++) {
        if (!price_line(&pricing, &lines[pricing.line])) {
            return STATUS_VALIDATION_FAILED;
        }
    }
    explain(&pricing,
            (struct pricing_step){
                .rule = PRICING_RULE_TOTAL,
                .input = totals->subtotal,
                .rounded = totals->total,
            },
            fraction(totals->total, 1, 1));
    return STATUS_OK;
}
