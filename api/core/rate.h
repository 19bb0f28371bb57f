/*
 * Rates: percentages of taxes and discounts, from 0 to 100 with at most five decimals, kept as integers in
 * units of 10^-5 percent: 8.875 % is 887,500.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_RATE_H
#define MYPOS_CORE_RATE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_DECIMALS 5
#define RATE_ONE      10000000LL /* 100 %, and the largest rate */

/* Reads "20" or "8.875"; false for anything else, a negative rate or one beyond 100. */
bool rate_parse(const char *text, size_t length, int64_t *rate);

/* Writes the shortest text: "20", "8.875". */
void rate_format(struct text *text, int64_t rate);

#endif
