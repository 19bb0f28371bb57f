#include "core/rounding.h"

#include "core/money.h"

int64_t round_fraction(struct fraction fraction, enum rounding_mode mode)
{
    /* Most fractions fit 64 bits, where a division costs a tenth. */
    if ((fraction.numerator | fraction.denominator) <= UINT64_MAX) {
        const uint64_t numerator = (uint64_t)fraction.numerator, denominator = (uint64_t)fraction.denominator;
        const uint64_t whole = numerator / denominator, rest = numerator % denominator;
        const uint64_t above = denominator - rest;
        const uint64_t up = rest > above || (rest == above && (mode == ROUNDING_HALF_UP || whole % 2 == 1));
        return whole > MONEY_MAX - up ? -1 : (int64_t)(whole + up);
    }
    const wide_uint whole = fraction.numerator / fraction.denominator;
    const wide_uint rest = fraction.numerator % fraction.denominator;
    const wide_uint above = fraction.denominator - rest;
    const unsigned up = rest > above || (rest == above && (mode == ROUNDING_HALF_UP || whole % 2 == 1));
    return whole > (wide_uint)(MONEY_MAX - up) ? -1 : (int64_t)whole + up;
}
