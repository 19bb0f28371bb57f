/*
 * Apportioning: an amount is shared out in proportion to weights, and not a minor unit is lost.
 *
 * By largest remainder (Hamilton's method): everybody gets the whole part of the exact share; what is left,
 * less than one minor unit a head, goes to the largest remainders, one each, the earlier first when equal.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_APPORTION_H
#define MYPOS_CORE_APPORTION_H

#include "core/wide.h"

#include <stddef.h>
#include <stdint.h>

#define APPORTION_MAX 500 /* heads */

/* Shares `amount` (0 … MONEY_MAX) over `count` heads. The weights' sum is above 0 and below 2^126, or the
 * amount is 0. A head without weight gets nothing. */
void apportion(int64_t amount, const wide_uint *weights, size_t count, int64_t *shares);

/* value × numerator ÷ denominator for numerator ≤ denominator < 2^126 and value ≥ 0, cut off, however large
 * the product is; the remainder too. */
int64_t apportion_share(int64_t value, wide_uint numerator, wide_uint denominator, wide_uint *remainder);

#endif
