/*
 * Taxes as terms: each tax of a line is a × base + c, exactly, over one denominator for all of them. Only
 * core/pricing*.c includes this.
 *
 * Without compound taxes the denominator is 100 %; each compound one multiplies it by 100 % once more. With
 * two of them it has 70 bits, a factor at most 75, and an amount times a factor 118; constants have 116. So
 * what is written here, and the sums of it over a cart whose amounts come to MONEY_MAX, are below 2^126.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_TAX_TERMS_H
#define MYPOS_CORE_TAX_TERMS_H

#include "core/pricing/pricing.h"

/* The largest denominator: all others divide it. */
#define TAX_TERMS_UNIT_MAX ((wide_uint)RATE_ONE * RATE_ONE * RATE_ONE)

struct tax_terms {
    wide_uint unit;                                       /* the denominator */
    wide_uint a[PRICING_TAXES_MAX], c[PRICING_TAXES_MAX]; /* 0 of a fixed tax */
    wide_uint inclusive_a, inclusive_c;                   /* sums over the inclusive percentages */
    int64_t fixed[PRICING_TAXES_MAX];                     /* amounts of the fixed taxes; 0 of percentages */
    int64_t fixed_sum, fixed_inclusive;
    unsigned inclusive_count; /* percentages */
};

static inline bool tax_is_percent(const struct pricing_tax *tax)
{
    return tax->kind == PRICING_TAX_PERCENT;
}

static inline bool tax_is_inclusive_percent(const struct pricing_tax *tax)
{
    return tax->inclusive && tax_is_percent(tax);
}

static inline bool tax_is_exclusive_percent(const struct pricing_tax *tax)
{
    return !tax->inclusive && tax_is_percent(tax);
}

/* The terms of a line of which `left` is left after all discounts. False when its fixed taxes are beyond
 * MONEY_MAX. */
bool tax_terms_find(const struct pricing_line *line, int64_t left, enum rounding_mode mode,
                    struct tax_terms *terms);

/* The inclusive percentages together, of a net without its fixed inclusive taxes, rounded; at most net. */
int64_t tax_terms_inclusive(const struct tax_terms *terms, int64_t net, enum rounding_mode mode);

/* Splits that sum over them, by the tax that each has on the rounded base. Others get 0. */
void tax_terms_split(const struct tax_terms *terms, const struct pricing_product *product, int64_t sum,
                     int64_t base, int64_t amounts[static PRICING_TAXES_MAX]);

/* What one percentage is exactly: of a base; and an inclusive one of that net, or, where it is charged on
 * fixed taxes too, of the rounded base. */
static inline struct fraction tax_terms_of_base(const struct tax_terms *terms, unsigned tax, int64_t base)
{
    return (struct fraction){terms->a[tax] * (uint64_t)base + terms->c[tax], terms->unit};
}
struct fraction tax_terms_of_net(const struct tax_terms *terms, unsigned tax, int64_t net, int64_t base);

#endif
