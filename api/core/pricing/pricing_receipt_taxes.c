/*
 * Taxes rounded once on the receipt: step 6 of core/pricing/pricing.h with PRICING_TAX_PER_RECEIPT.
 *
 * Inclusive percentages first, for the base of exclusive ones depends on them. Lines with the same taxes in
 * the same order are one group: its nets and constants are added up, it is priced like one line, and each
 * tax's amount is spread over its lines. Then each exclusive percentage is added up over all lines that have
 * it, over one denominator, rounded, and spread back.
 */
#include "core/money.h"
#include "core/pricing/apportion.h"
#include "core/pricing/pricing_steps.h"
#include "core/pricing/tax_terms.h"

#define EXACT_WEIGHT ((wide_uint)1 << 80) /* times an amount fits 128 bits */

/* Lines that share a rounding, by their numbers, and what they are worth in it. */
struct group {
    size_t count;
    uint16_t lines[PRICING_LINES_MAX];
    uint8_t taxes[PRICING_LINES_MAX]; /* which tax of the line it is */
    wide_uint weights[PRICING_LINES_MAX];
    int64_t shares[PRICING_LINES_MAX];
};

static void explain_part(const struct pricing *pricing, const struct group *group, size_t at, int64_t sum,
                         wide_uint all)
{
    wide_uint weight = group->weights[at];
    for (; all >= EXACT_WEIGHT; all >>= 1) {
        weight >>= 1;
    }
    if (pricing->tracer != NULL && all > 0) {
        pricing_explain_tax(pricing, group->lines[at], group->taxes[at], sum, group->shares[at],
                            PRICING_ROUNDING_LARGEST_REMAINDER,
                            (struct fraction){(wide_uint)sum * weight, all});
    }
}

/* The step of the whole: it names the tax by the first line that has it. */
static void explain_sum(const struct pricing *pricing, size_t line, unsigned tax, int64_t input, int64_t sum,
                        enum pricing_rounding rounding, struct fraction exact)
{
    const struct pricing_cart *cart = pricing->cart;
    const bool inclusive = cart->lines[line].product->taxes[tax].inclusive;
    pricing_explain(pricing,
                    (struct pricing_step){
                        .rule = inclusive ? PRICING_RULE_TAX_INCLUSIVE : PRICING_RULE_TAX_EXCLUSIVE,
                        .rounding = rounding,
                        .line = cart->line_count,
                        .index = tax,
                        .tax_line = line,
                        .input = input,
                        .rounded = sum,
                    },
                    exact);
}

/* Spreads `sum` over the group and keeps it as its taxes' amounts. */
static void spread(const struct pricing *pricing, struct group *group, int64_t sum)
{
    wide_uint all = 0;
    for (size_t i = 0; i < group->count; i++) {
        all += group->weights[i];
    }
    apportion(all > 0 ? sum : 0, group->weights, group->count, group->shares);
    for (size_t i = 0; i < group->count; i++) {
        pricing->cart->lines[group->lines[i]].taxes[group->taxes[i]].amount = group->shares[i];
        explain_part(pricing, group, i, sum, all);
    }
}

/* --- inclusive percentages --- */

static bool is_same_tax(const struct pricing_tax *a, const struct pricing_tax *b)
{
    return a->key == b->key && a->rate == b->rate && a->amount_per_unit == b->amount_per_unit &&
           a->kind == b->kind && a->inclusive == b->inclusive && a->compound == b->compound;
}

static bool has_same_taxes(const struct pricing_product *a, const struct pricing_product *b)
{
    if (a != b && a->tax_count != b->tax_count) {
        return false;
    }
    for (unsigned i = 0; a != b && i < a->tax_count; i++) {
        if (!is_same_tax(&a->taxes[i], &b->taxes[i])) {
            return false;
        }
    }
    return true;
}

static bool belongs_together(const struct pricing *pricing, const struct pricing_line *a,
                             const struct pricing_line *b)
{
    return has_same_taxes(a->product, b->product) &&
           pricing_is_exempt(pricing, a) == pricing_is_exempt(pricing, b);
}

/* What is left of a line beside its inclusive taxes so far. */
static int64_t room_of(const struct pricing_line *line)
{
    int64_t room = pricing_left(line);
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        room -= line->product->taxes[i].inclusive ? line->taxes[i].amount : 0;
    }
    return room;
}

/* Where rounded parts of several taxes are more than a line has left, the first lines with room take them.
 * The group has room for all: its sum was limited to what it has. */
static void move_excess(const struct pricing *pricing, const struct group *group, unsigned tax)
{
    int64_t excess = 0;
    for (size_t i = 0; i < group->count; i++) {
        struct pricing_line *line = &pricing->cart->lines[group->lines[i]];
        const int64_t room = room_of(line);
        if (room < 0) {
            line->taxes[tax].amount += room;
            excess -= room;
        }
    }
    for (size_t i = 0; excess > 0 && i < group->count; i++) {
        struct pricing_line *line = &pricing->cart->lines[group->lines[i]];
        const int64_t room = room_of(line);
        const int64_t taken = room < excess ? room : excess;
        line->taxes[tax].amount += taken;
        excess -= taken;
    }
}

/* Prices a group as one line whose net is `net` and whose terms are the sums of its lines'. */
static void take_inclusive(const struct pricing *pricing, struct group *group, const struct tax_terms *terms,
                           int64_t net)
{
    const struct pricing_product *product = pricing->cart->lines[group->lines[0]].product;
    int64_t amounts[PRICING_TAXES_MAX];
    const int64_t sum = tax_terms_inclusive(terms, net, pricing->mode);
    tax_terms_split(terms, product, sum, net - sum, amounts);
    for (unsigned tax = 0; tax < product->tax_count; tax++) {
        if (!tax_is_inclusive_percent(&product->taxes[tax])) {
            continue;
        }
        if (pricing->tracer != NULL) {
            explain_sum(pricing, group->lines[0], tax, net, amounts[tax],
                        terms->inclusive_count == 1 ? pricing->rounded : PRICING_ROUNDING_LARGEST_REMAINDER,
                        tax_terms_of_net(terms, tax, net, net - sum));
        }
        for (size_t i = 0; i < group->count; i++) {
            group->taxes[i] = (uint8_t)tax;
        }
        spread(pricing, group, amounts[tax]);
        move_excess(pricing, group, tax);
    }
}

/* Gathers the lines that have the taxes of `first`, and their terms. A line counts by its part of the exact
 * sum: that is by its net where nothing is charged on fixed taxes. False beyond MONEY_MAX. */
static bool price_group(struct pricing *pricing, size_t first, bool *is_done, int64_t *fixed_sum)
{
    const struct pricing_cart *cart = pricing->cart;
    struct tax_terms all = {0}, terms;
    struct group group = {0};
    int64_t net = 0;
    for (size_t i = first; i < cart->line_count; i++) {
        const struct pricing_line *line = &cart->lines[i];
        if (is_done[i] || !belongs_together(pricing, &cart->lines[first], line)) {
            continue;
        }
        if (!tax_terms_find(line, pricing_left(line), pricing->mode, &terms) ||
            (*fixed_sum += terms.fixed_sum) > MONEY_MAX) {
            return pricing_refuse(pricing, i, "quantity", "overflow");
        }
        is_done[i] = true;
        pricing_take_fixed(pricing, i, &terms);
        const int64_t line_net = pricing_left(line) - terms.fixed_inclusive;
        group.lines[group.count] = (uint16_t)i;
        group.weights[group.count++] = (wide_uint)line_net * terms.inclusive_a + terms.inclusive_c;
        net += line_net;
        for (unsigned tax = 0; tax < line->product->tax_count; tax++) {
            terms.c[tax] += all.c[tax];
        }
        terms.inclusive_c += all.inclusive_c;
        all = terms;
    }
    if (all.inclusive_count > 0) {
        take_inclusive(pricing, &group, &all, net);
    }
    return true;
}

/* --- exclusive percentages --- */

/* Gathers who has the tax, each once. */
static int64_t gather(const struct pricing *pricing, uint32_t key, const int64_t *bases, uint8_t *is_done,
                      struct group *group)
{
    const struct pricing_cart *cart = pricing->cart;
    int64_t input = 0;
    group->count = 0;
    for (size_t i = 0; i < cart->line_count; i++) {
        const struct pricing_line *line = &cart->lines[i];
        struct tax_terms terms;
        unsigned tax = 0;
        while (tax < line->product->tax_count &&
               (line->product->taxes[tax].key != key || (is_done[i] >> tax & 1))) {
            tax++;
        }
        if (tax == line->product->tax_count ||
            !tax_terms_find(line, pricing_left(line), pricing->mode, &terms)) {
            continue;
        }
        is_done[i] |= (uint8_t)(1u << tax);
        group->lines[group->count] = (uint16_t)i;
        group->taxes[group->count] = (uint8_t)tax;
        group->weights[group->count++] = tax_terms_of_base(&terms, tax, bases[i]).numerator *
                                         (TAX_TERMS_UNIT_MAX / terms.unit);
        input += bases[i];
    }
    return input;
}

static bool take_exclusive(struct pricing *pricing, size_t line, unsigned tax, const int64_t *bases,
                           uint8_t *is_done)
{
    struct group group = {0};
    const uint32_t key = pricing->cart->lines[line].product->taxes[tax].key;
    const int64_t input = gather(pricing, key, bases, is_done, &group);
    struct fraction exact = {0, TAX_TERMS_UNIT_MAX};
    for (size_t i = 0; i < group.count; i++) {
        exact.numerator += group.weights[i];
    }
    const int64_t sum = round_fraction(exact, pricing->mode);
    if (sum < 0) {
        return pricing_refuse(pricing, line, "quantity", "overflow");
    }
    explain_sum(pricing, line, tax, input, sum, pricing->rounded, exact);
    spread(pricing, &group, sum);
    return true;
}

bool pricing_tax_receipt(struct pricing *pricing)
{
    const struct pricing_cart *cart = pricing->cart;
    bool is_grouped[PRICING_LINES_MAX] = {false};
    uint8_t is_done[PRICING_LINES_MAX] = {0}; /* a bit a tax: no exclusive percentage, or taken */
    int64_t bases[PRICING_LINES_MAX] = {0}, fixed_sum = 0;
    _Static_assert(PRICING_TAXES_MAX <= 8, "a bit a tax");
    for (size_t i = 0; i < cart->line_count; i++) {
        if (!is_grouped[i] && !price_group(pricing, i, is_grouped, &fixed_sum)) {
            return false;
        }
    }
    for (size_t i = 0; i < cart->line_count; i++) {
        const struct pricing_line *line = &cart->lines[i];
        bases[i] = pricing_exempt_line(pricing, i);
        for (unsigned tax = 0; tax < line->product->tax_count; tax++) {
            if (!tax_is_exclusive_percent(&line->product->taxes[tax]) || pricing_is_exempt(pricing, line)) {
                is_done[i] |= (uint8_t)(1u << tax);
            }
        }
    }
    for (size_t i = 0; i < cart->line_count; i++) {
        for (unsigned tax = 0; tax < cart->lines[i].product->tax_count; tax++) {
            if ((is_done[i] >> tax & 1) == 0 && !take_exclusive(pricing, i, tax, bases, is_done)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < cart->line_count; i++) {
        pricing_finish_line(&cart->lines[i], bases[i]);
    }
    return true;
}
