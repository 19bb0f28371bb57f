/*
 * Rounding: exact fractions of amounts, and the one place where they become whole minor units.
 *
 * No amount here is negative. Freestanding.
 */
#ifndef MYPOS_CORE_ROUNDING_H
#define MYPOS_CORE_ROUNDING_H

#include "core/wide.h"

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

/* The nearest whole number; -1 when that is beyond MONEY_MAX. */
int64_t round_fraction(struct fraction fraction, enum rounding_mode mode);

#endif
