/*
 * Taxes: step 6 of core/pricing.h.
 *
 * Each tax of a line is a × base + c, over one denominator for all of them. Without compound taxes that is
 * 100 %; each compound one multiplies it by 100 % once more, so with two of them it has 70 bits, a factor at
 * most 75, and an amount times a factor 119: all fits 128 bits.
 */
#include "core/apportion.h"
#include "core/money.h"
#include "core/pricing_steps.h"
#include "core/quantity.h"

#define COMMON_UNIT ((wide_uint)RATE_ONE * RATE_ONE * RATE_ONE) /* of any line's taxes */

_Static_assert(PRICING_COMPOUND_MAX == 2, "the common unit is that of two compound taxes");

struct terms {
    wide_uint unit;                                       /* the denominator */
    wide_uint a[PRICING_TAXES_MAX], c[PRICING_TAXES_MAX]; /* 0 of a fixed tax */
    wide_uint inclusive_a, inclusive_c;                   /* sums over the inclusive percentages */
    int64_t fixed[PRICING_TAXES_MAX];                     /* amounts of the fixed taxes */
    int64_t fixed_inclusive;
    unsigned inclusive_count;
};

static bool is_percent(const struct pricing_tax *tax)
{
    return tax->kind == PRICING_TAX_PERCENT;
}

/* The amount of a fixed tax: an inclusive one at most what is left of net. -1 beyond MONEY_MAX. */
static int64_t fixed_amount(const struct pricing *pricing, const struct pricing_line *line,
                            const struct pricing_tax *tax, int64_t left)
{
    const int64_t amount = round_fraction(fraction_of(tax->amount_per_unit, line->quantity, QUANTITY_ONE),
                                          pricing->mode);
    return tax->inclusive && amount > left ? left : amount;
}

/* False when the fixed taxes are beyond MONEY_MAX. */
static bool find_terms(const struct pricing *pricing, const struct pricing_line *line, struct terms *terms)
{
    const struct pricing_product *product = line->product;
    wide_uint before_a = 0, before_c = 0;
    int64_t fixed = 0;
    terms->unit = RATE_ONE;
    terms->inclusive_a = terms->inclusive_c = 0;
    terms->fixed_inclusive = 0;
    terms->inclusive_count = 0;
    for (unsigned i = 0; i < product->tax_count; i++) {
        terms->unit *= is_percent(&product->taxes[i]) && product->taxes[i].compound ? RATE_ONE : 1;
    }
    for (unsigned i = 0; i < product->tax_count; i++) {
        const struct pricing_tax *tax = &product->taxes[i];
        terms->a[i] = terms->c[i] = 0;
        terms->fixed[i] = 0;
        if (!is_percent(tax)) {
            const int64_t left = pricing_left(line) - terms->fixed_inclusive;
            terms->fixed[i] = fixed_amount(pricing, line, tax, left);
            fixed += terms->fixed[i];
            if (terms->fixed[i] < 0 || fixed > MONEY_MAX) {
                return false;
            }
            terms->fixed_inclusive += tax->inclusive ? terms->fixed[i] : 0;
            before_c += (wide_uint)terms->fixed[i] * terms->unit;
            continue;
        }
        /* Each compound tax before has used up one factor RATE_ONE of the unit: these divide exactly. */
        const wide_uint of = tax->compound ? terms->unit + before_a : terms->unit;
        terms->a[i] = of / RATE_ONE * (uint64_t)tax->rate;
        terms->c[i] = tax->compound ? before_c / RATE_ONE * (uint64_t)tax->rate : 0;
        before_a += terms->a[i];
        before_c += terms->c[i];
        if (tax->inclusive) {
            terms->inclusive_a += terms->a[i];
            terms->inclusive_c += terms->c[i];
            terms->inclusive_count++;
        }
    }
    return true;
}

/* The inclusive percentages together, of a net without fixed taxes: (net × Σa + Σc) ÷ (unit + Σa). */
static struct fraction inclusive_sum(const struct terms *terms, int64_t net)
{
    return (struct fraction){(wide_uint)net * terms->inclusive_a + terms->inclusive_c,
                             terms->unit + terms->inclusive_a};
}

static int64_t at_most(int64_t amount, int64_t limit)
{
    return amount < limit ? amount : limit;
}

/* Splits the inclusive percentages' sum over them, by the tax that each has on the rounded base. Without
 * constants that is by their factors, whatever the base. */
static void split_inclusive(const struct terms *terms, const struct pricing_product *product, int64_t sum,
                            int64_t base, int64_t *amounts)
{
    wide_uint weights[PRICING_TAXES_MAX], all = 0;
    const bool by_factors = terms->inclusive_c == 0;
    for (unsigned i = 0; i < product->tax_count; i++) {
        const bool takes_part = product->taxes[i].inclusive && is_percent(&product->taxes[i]);
        weights[i] = !takes_part ? 0 : by_factors ? terms->a[i] : terms->a[i] * (uint64_t)base + terms->c[i];
        all += weights[i];
    }
    if (terms->inclusive_count == 1) {
        for (unsigned i = 0; i < product->tax_count; i++) {
            amounts[i] = product->taxes[i].inclusive && is_percent(&product->taxes[i]) ? sum : 0;
        }
        return;
    }
    apportion(all > 0 ? sum : 0, weights, product->tax_count, amounts);
}

static void explain_tax(const struct pricing *pricing, size_t line, unsigned tax, int64_t input,
                        int64_t rounded, enum pricing_rounding rounding, struct fraction exact)
{
    const bool inclusive = pricing->cart->lines[line].product->taxes[tax].inclusive;
    pricing_explain(pricing,
                    (struct pricing_step){
                        .rule = inclusive ? PRICING_RULE_TAX_INCLUSIVE : PRICING_RULE_TAX_EXCLUSIVE,
                        .rounding = rounding,
                        .line = line,
                        .index = tax,
                        .tax_line = line,
                        .input = input,
                        .rounded = rounded,
                    },
                    exact);
}

static void explain_fixed(const struct pricing *pricing, size_t index, const struct terms *terms)
{
    const struct pricing_line *line = &pricing->cart->lines[index];
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        const struct pricing_tax *tax = &line->product->taxes[i];
        if (!is_percent(tax)) {
            const struct fraction exact = fraction_of(tax->amount_per_unit, line->quantity, QUANTITY_ONE);
            const bool limited = terms->fixed[i] < round_fraction(exact, pricing->mode);
            explain_tax(pricing, index, i, tax->amount_per_unit, terms->fixed[i],
                        limited ? PRICING_ROUNDING_LIMITED : pricing->rounded, exact);
        }
    }
}

/* What an inclusive tax is exactly: a × (net + …); over fixed taxes, what it is of the rounded base. */
static struct fraction exact_inclusive(const struct terms *terms, unsigned tax, int64_t net, int64_t base)
{
    if (terms->inclusive_c == 0) {
        return (struct fraction){(wide_uint)net * terms->a[tax], terms->unit + terms->inclusive_a};
    }
    return (struct fraction){(wide_uint)base * terms->a[tax] + terms->c[tax], terms->unit};
}

static void explain_inclusive(const struct pricing *pricing, size_t index, const struct terms *terms,
                              int64_t net, int64_t base, const int64_t *amounts)
{
    const struct pricing_line *line = &pricing->cart->lines[index];
    for (unsigned i = 0; pricing->tracer != NULL && i < line->product->tax_count; i++) {
        if (line->product->taxes[i].inclusive && is_percent(&line->product->taxes[i])) {
            explain_tax(pricing, index, i, net, amounts[i],
                        terms->inclusive_count == 1 ? pricing->rounded : PRICING_ROUNDING_LARGEST_REMAINDER,
                        exact_inclusive(terms, i, net, base));
        }
    }
}

static void explain_exemption(const struct pricing *pricing, size_t index)
{
    const struct pricing_line *line = &pricing->cart->lines[index];
    pricing_explain(pricing,
                    (struct pricing_step){.rule = PRICING_RULE_EXEMPTION,
                                          .line = index,
                                          .input = pricing_left(line),
                                          .rounded = line->exempted},
                    fraction_of(line->exempted, 1, 1));
}

static bool is_exempt(const struct pricing *pricing, const struct pricing_line *line)
{
    return line->exempt || pricing->cart->exempt;
}

/* Sets the amounts of the fixed and inclusive taxes, or what an exemption takes out instead; returns the
 * line's base. */
static int64_t set_inclusive(const struct pricing *pricing, size_t index, const struct terms *terms,
                             const int64_t *amounts)
{
    struct pricing_line *line = &pricing->cart->lines[index];
    const bool exempt = is_exempt(pricing, line);
    int64_t sum = 0;
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        line->taxes[i].amount = exempt ? terms->fixed[i] : terms->fixed[i] + amounts[i];
        sum += amounts[i];
    }
    line->exempted = exempt ? sum : 0;
    if (line->exempted > 0) {
        explain_exemption(pricing, index);
    }
    return pricing_left(line) - terms->fixed_inclusive - sum;
}

/* Sets the bases and the total, when all amounts are known. */
static void finish_line(struct pricing_line *line, int64_t base)
{
    const struct pricing_product *product = line->product;
    int64_t before = 0;
    line->total = pricing_left(line) - line->exempted;
    for (unsigned i = 0; i < product->tax_count; i++) {
        line->taxes[i].base = product->taxes[i].compound ? base + before : base;
        before += line->taxes[i].amount;
        line->total += product->taxes[i].inclusive ? 0 : line->taxes[i].amount;
    }
}

static bool is_exclusive_percent(const struct pricing_tax *tax)
{
    return is_percent(tax) && !tax->inclusive;
}

static struct fraction exact_exclusive(const struct terms *terms, unsigned tax, int64_t base)
{
    return (struct fraction){terms->a[tax] * (uint64_t)base + terms->c[tax], terms->unit};
}

bool pricing_tax_line(struct pricing *pricing, size_t index)
{
    struct pricing_line *line = &pricing->cart->lines[index];
    const struct pricing_product *product = line->product;
    struct terms terms;
    int64_t amounts[PRICING_TAXES_MAX];
    if (!find_terms(pricing, line, &terms)) {
        return pricing_refuse(pricing, index, "quantity", "overflow");
    }
    explain_fixed(pricing, index, &terms);
    const int64_t net = pricing_left(line) - terms.fixed_inclusive;
    const int64_t sum = terms.inclusive_count == 0
                            ? 0
                            : at_most(round_fraction(inclusive_sum(&terms, net), pricing->mode), net);
    split_inclusive(&terms, product, sum, net - sum, amounts);
    explain_inclusive(pricing, index, &terms, net, net - sum, amounts);
    const int64_t base = set_inclusive(pricing, index, &terms, amounts);
    for (unsigned i = 0; i < product->tax_count && !is_exempt(pricing, line); i++) {
        if (!is_exclusive_percent(&product->taxes[i])) {
            continue;
        }
        const struct fraction exact = exact_exclusive(&terms, i, base);
        line->taxes[i].amount = round_fraction(exact, pricing->mode);
        if (line->taxes[i].amount < 0) {
            return pricing_refuse(pricing, index, "quantity", "overflow");
        }
        explain_tax(pricing, index, i, base, line->taxes[i].amount, pricing->rounded, exact);
    }
    finish_line(line, base);
    return true;
}

bool pricing_tax_receipt(struct pricing *pricing)
{
    for (size_t i = 0; i < pricing->cart->line_count; i++) {
        if (!pricing_tax_line(pricing, i)) {
            return false;
        }
    }
    return true;
}
