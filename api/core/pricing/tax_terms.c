#include "core/pricing/tax_terms.h"

#include "core/money.h"
#include "core/pricing/apportion.h"
#include "core/quantity.h"

_Static_assert(PRICING_COMPOUND_MAX == 2, "the largest denominator is that of two compound taxes");

/* An inclusive amount is at most what is left of the price. -1 beyond MONEY_MAX. */
static int64_t fixed_amount(const struct pricing_line *line, const struct pricing_tax *tax, int64_t left,
                            enum rounding_mode mode)
{
    const int64_t amount = round_fraction(fraction_of(tax->amount_per_unit, line->quantity, QUANTITY_ONE),
                                          mode);
    return tax->inclusive && amount > left ? left : amount;
}

/* What the denominator is of 100 %: one factor RATE_ONE for each compound tax. */
static wide_uint scale_of(const struct pricing_product *product)
{
    wide_uint scale = 1;
    for (unsigned i = 0; i < product->tax_count; i++) {
        if (product->taxes[i].compound && tax_is_percent(&product->taxes[i])) {
            scale *= RATE_ONE;
        }
    }
    return scale;
}

bool tax_terms_find(const struct pricing_line *line, int64_t left, enum rounding_mode mode,
                    struct tax_terms *terms)
{
    const struct pricing_product *product = line->product;
    const wide_uint scale = scale_of(product);
    wide_uint before_a = 0, before_c = 0;
    terms->unit = scale * RATE_ONE;
    terms->inclusive_a = terms->inclusive_c = 0;
    terms->fixed_sum = terms->fixed_inclusive = 0;
    terms->inclusive_count = 0;
    for (unsigned i = 0; i < product->tax_count; i++) {
        const struct pricing_tax *tax = &product->taxes[i];
        terms->a[i] = terms->c[i] = 0;
        terms->fixed[i] = 0;
        if (!tax_is_percent(tax)) {
            terms->fixed[i] = fixed_amount(line, tax, left - terms->fixed_inclusive, mode);
            terms->fixed_sum += terms->fixed[i];
            if (terms->fixed[i] < 0 || terms->fixed_sum > MONEY_MAX) {
                return false;
            }
            terms->fixed_inclusive += tax->inclusive ? terms->fixed[i] : 0;
            before_c += (wide_uint)terms->fixed[i] * terms->unit;
            continue;
        }
        terms->a[i] = scale * (uint64_t)tax->rate;
        if (tax->compound) {
            /* Each compound tax before has used up one factor RATE_ONE of the scale: these divide exactly. */
            terms->a[i] += before_a / RATE_ONE * (uint64_t)tax->rate;
            terms->c[i] = before_c / RATE_ONE * (uint64_t)tax->rate;
        }
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

int64_t tax_terms_inclusive(const struct tax_terms *terms, int64_t net, enum rounding_mode mode)
{
    if (terms->inclusive_count == 0) {
        return 0;
    }
    /* base = (net − c) / (1 + a), and net − base is: */
    const struct fraction exact = {(wide_uint)net * terms->inclusive_a + terms->inclusive_c,
                                   terms->unit + terms->inclusive_a};
    const int64_t sum = round_fraction(exact, mode);
    return sum >= 0 && sum < net ? sum : net; /* taxes on fixed taxes may be more than there is */
}

void tax_terms_split(const struct tax_terms *terms, const struct pricing_product *product, int64_t sum,
                     int64_t base, int64_t amounts[static PRICING_TAXES_MAX])
{
    wide_uint weights[PRICING_TAXES_MAX], all = 0;
    for (unsigned i = 0; i < product->tax_count; i++) {
        amounts[i] = 0;
        weights[i] = 0;
        if (tax_is_inclusive_percent(&product->taxes[i])) {
            amounts[i] = sum; /* the only one, perhaps */
            /* Without constants that is by the factors, whatever the base. */
            weights[i] = terms->inclusive_c == 0 ? terms->a[i] : terms->a[i] * (uint64_t)base + terms->c[i];
            all += weights[i];
        }
    }
    if (terms->inclusive_count > 1) {
        apportion(all > 0 ? sum : 0, weights, product->tax_count, amounts);
    }
}

struct fraction tax_terms_of_net(const struct tax_terms *terms, unsigned tax, int64_t net, int64_t base)
{
    if (terms->inclusive_c == 0) {
        return (struct fraction){(wide_uint)net * terms->a[tax], terms->unit + terms->inclusive_a};
    }
    return tax_terms_of_base(terms, tax, base);
}
