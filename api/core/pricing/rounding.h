/*
 * Rounding: exact fractions of amounts, and the one place where they become whole minor units.
 *
 * No amount here is negative. Freestanding.
 */
#ifndef MYPOS_CORE_ROUNDING_H
#define MYPOS_CORE_ROUNDING_H

#include "core/money.h"
#include "core/wide.h"

#include <stdbool.h>
#include <stdint.h>

/* To the nearest; the halves differ. */
enum rounding_mode {
    ROUNDING_HALF_UP,   /* away from zero: what most laws and people do */
    ROUNDING_HALF_EVEN, /* to the even neighbour, "banker's rounding" (IEEE 754, roundTiesToEven) */
};

/* numerator ÷ denominator; the denominator is above 0. */
struct fraction {
    wide_uint numerator, denominator;
};

static inline struct fraction fraction_of(int64_t value, int64_t numerator, int64_t denominator)
{
    return (struct fraction){(wide_uint)value * (uint64_t)numerator, (uint64_t)denominator};
}

/* Whether a division that leaves `rest` of `denominator` goes to the next number. */
static inline bool rounds_up(wide_uint whole, wide_uint rest, wide_uint denominator, enum rounding_mode mode)
{
    const wide_uint above = denominator - rest;
    return rest > above || (rest == above && (mode == ROUNDING_HALF_UP || whole % 2 == 1));
}

/* The nearest whole number; -1 when that is beyond MONEY_MAX. Inline, for every amount comes by here: nearly
 * all fractions fit 64 bits, where a division costs a tenth. */
static inline int64_t round_fraction(struct fraction fraction, enum rounding_mode mode)
{
    wide_uint whole;
    if ((fraction.numerator | fraction.denominator) <= UINT64_MAX) {
        whole = (uint64_t)fraction.numerator / (uint64_t)fraction.denominator;
    } else {
        whole = fraction.numerator / fraction.denominator;
    }
    const wide_uint rest = fraction.numerator - whole * fraction.denominator;
    whole += rounds_up(whole, rest, fraction.denominator, mode);
    return whole > MONEY_MAX ? -1 : (int64_t)whole;
}

#endif
