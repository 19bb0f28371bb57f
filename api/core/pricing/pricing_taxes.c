/* Taxes: step 6 of core/pricing/pricing.h, a line after the other. */
#include "core/pricing/pricing_steps.h"
#include "core/pricing/tax_terms.h"
#include "core/quantity.h"

void pricing_explain_tax(const struct pricing *pricing, size_t line, unsigned tax, int64_t input,
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

void pricing_take_fixed(const struct pricing *pricing, size_t index, const struct tax_terms *terms)
{
    struct pricing_line *line = &pricing->cart->lines[index];
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        const struct pricing_tax *tax = &line->product->taxes[i];
        line->taxes[i].amount = terms->fixed[i];
        if (!tax_is_percent(tax) && pricing->tracer != NULL) {
            const struct fraction exact = fraction_of(tax->amount_per_unit, line->quantity, QUANTITY_ONE);
            const int64_t whole = round_fraction(exact, pricing->mode);
            const bool limited = whole < 0 || terms->fixed[i] < whole;
            pricing_explain_tax(pricing, index, i, tax->amount_per_unit, terms->fixed[i],
                                limited ? PRICING_ROUNDING_LIMITED : pricing->rounded,
                                whole < 0 ? fraction_of(terms->fixed[i], 1, 1) : exact);
        }
    }
}

int64_t pricing_exempt_line(const struct pricing *pricing, size_t index)
{
    struct pricing_line *line = &pricing->cart->lines[index];
    const bool exempt = pricing_is_exempt(pricing, line);
    int64_t base = pricing_left(line);
    line->exempted = 0;
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        if (line->product->taxes[i].inclusive) {
            base -= line->taxes[i].amount;
        }
        if (exempt && tax_is_inclusive_percent(&line->product->taxes[i])) {
            line->exempted += line->taxes[i].amount;
            line->taxes[i].amount = 0;
        }
    }
    if (exempt) {
        pricing_explain(pricing,
                        (struct pricing_step){.rule = PRICING_RULE_EXEMPTION,
                                              .line = index,
                                              .input = pricing_left(line),
                                              .rounded = line->exempted},
                        fraction_of(line->exempted, 1, 1));
    }
    return base;
}

void pricing_finish_line(struct pricing_line *line, int64_t base)
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

/* The inclusive percentages. */
static void take_inclusive(const struct pricing *pricing, size_t index, const struct tax_terms *terms)
{
    struct pricing_line *line = &pricing->cart->lines[index];
    const struct pricing_product *product = line->product;
    int64_t amounts[PRICING_TAXES_MAX];
    const int64_t net = pricing_left(line) - terms->fixed_inclusive;
    const int64_t sum = tax_terms_inclusive(terms, net, pricing->mode);
    tax_terms_split(terms, product, sum, net - sum, amounts);
    for (unsigned i = 0; i < product->tax_count; i++) {
        if (!tax_is_inclusive_percent(&product->taxes[i])) {
            continue;
        }
        line->taxes[i].amount = amounts[i];
        if (pricing->tracer != NULL) {
            pricing_explain_tax(pricing, index, i, net, amounts[i],
                                terms->inclusive_count == 1 ? pricing->rounded
                                                            : PRICING_ROUNDING_LARGEST_REMAINDER,
                                tax_terms_of_net(terms, i, net, net - sum));
        }
    }
}

/* Nearly all lines have one percentage and nobody who asks how it came about: the rules below without the
 * cases that it does not have. False when it is not such a line. */
static bool tax_plain_line(const struct pricing *pricing, struct pricing_line *line)
{
    const struct pricing_tax *tax = &line->product->taxes[0];
    if (line->product->tax_count != 1 || !tax_is_percent(tax) || pricing->tracer != NULL ||
        pricing_is_exempt(pricing, line)) {
        return false;
    }
    const int64_t net = pricing_left(line);
    const int64_t of = tax->inclusive ? RATE_ONE + tax->rate : RATE_ONE;
    const int64_t amount = round_fraction(fraction_of(net, tax->rate, of), pricing->mode);
    line->taxes[0].base = tax->inclusive ? net - amount : net; /* at most net: no rate is beyond 100 % */
    line->taxes[0].amount = amount;
    line->exempted = 0;
    line->total = tax->inclusive ? net : net + amount;
    return true;
}

bool pricing_tax_line(struct pricing *pricing, size_t index)
{
    struct pricing_line *line = &pricing->cart->lines[index];
    const struct pricing_product *product = line->product;
    struct tax_terms terms;
    if (tax_plain_line(pricing, line)) {
        return true;
    }
    if (!tax_terms_find(line, pricing_left(line), pricing->mode, &terms)) {
        return pricing_refuse(pricing, index, "quantity", "overflow");
    }
    pricing_take_fixed(pricing, index, &terms);
    take_inclusive(pricing, index, &terms);
    const int64_t base = pricing_exempt_line(pricing, index);
    for (unsigned i = 0; i < product->tax_count && !pricing_is_exempt(pricing, line); i++) {
        if (!tax_is_exclusive_percent(&product->taxes[i])) {
            continue;
        }
        const struct fraction exact = tax_terms_of_base(&terms, i, base);
        line->taxes[i].amount = round_fraction(exact, pricing->mode);
        if (line->taxes[i].amount < 0) {
            return pricing_refuse(pricing, index, "quantity", "overflow");
        }
        pricing_explain_tax(pricing, index, i, base, line->taxes[i].amount, pricing->rounded, exact);
    }
    pricing_finish_line(line, base);
    return true;
}
