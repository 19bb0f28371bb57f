/*
 * Pricing once more, by another way: fractions of whole numbers that are kept as decimal digits, added,
 * multiplied and divided as at school, and rounded by definition. Slow, and obviously right; it shares
 * nothing with core/pricing/pricing.c but the words of its contract.
 */
#ifndef MYPOS_TESTS_REFERENCE_H
#define MYPOS_TESTS_REFERENCE_H

#include "core/pricing/pricing.h"

#include <stdint.h>

struct reference_line {
    int64_t gross, discount, total;
    int64_t base, tax[PRICING_TAXES_MAX];
};

/* Prices a line without bounds; aborts when an amount does not fit 64 bits. */
struct reference_line reference_price(const struct pricing_line *line);

/* value × numerator ÷ denominator, rounded half up. */
int64_t reference_round(int64_t value, int64_t numerator, int64_t denominator);

/* The same in millionths, cut off; `is_cut` tells of further digits. */
int64_t reference_micro(int64_t value, int64_t numerator, int64_t denominator, bool *is_cut);

#endif
