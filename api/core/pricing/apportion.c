#include "core/pricing/apportion.h"

#include <stdbool.h>

#define PRODUCT_FITS ((wide_uint)1 << 84) /* times an amount, which has 43 bits */

int64_t apportion_share(int64_t value, wide_uint numerator, wide_uint denominator, wide_uint *remainder)
{
    if (numerator < PRODUCT_FITS) {
        const wide_uint product = (wide_uint)value * numerator;
        *remainder = product % denominator;
        return (int64_t)(product / denominator);
    }
    /* Long multiplication and division at once, a bit of the value after the other. */
    int64_t share = 0;
    wide_uint rest = 0;
    for (int bit = 62; bit >= 0; bit--) {
        rest = 2 * rest + ((value >> bit & 1) != 0 ? numerator : 0);
        share *= 2;
        for (; rest >= denominator; rest -= denominator) {
            share++;
        }
    }
    *remainder = rest;
    return share;
}

void apportion(int64_t amount, const wide_uint *weights, size_t count, int64_t *shares)
{
    wide_uint sum = 0, remainders[APPORTION_MAX];
    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
    }
    int64_t left = amount;
    for (size_t i = 0; i < count; i++) {
        shares[i] = 0;
        remainders[i] = 0;
        if (amount > 0) {
            shares[i] = apportion_share(amount, weights[i], sum, &remainders[i]);
            left -= shares[i];
        }
    }
    /* The remainders add up to what is left, so those who get of it have one. */
    for (; left > 0; left--) {
        size_t largest = 0;
        for (size_t i = 1; i < count; i++) {
            if (remainders[i] > remainders[largest]) {
                largest = i;
            }
        }
        shares[largest]++;
        remainders[largest] = 0;
    }
}
