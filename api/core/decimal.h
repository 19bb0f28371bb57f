/*
 * Decimals: numbers written with a point, kept as integers in units of a power of ten.
 *
 * The one reader and the one writer behind amounts (core/money.h), quantities (core/quantity.h) and rates
 * (core/rate.h). A number is [-]digits[.digits], ASCII: no plus sign, no exponent, no blanks, no group
 * marks, a digit on both sides of the point. What does not fit is refused, never rounded.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_DECIMAL_H
#define MYPOS_CORE_DECIMAL_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_DECIMALS_MAX 9
#define DECIMAL_LENGTH_MAX   40 /* of the text read */

/* Reads a number with at most `decimals` decimals as an integer in units of 10^-decimals: "12.5" with two
 * decimals is 1250. False, and `*scaled` untouched, for anything else or an absolute value beyond `max`. */
bool decimal_parse(const char *text, size_t length, unsigned decimals, int64_t max, int64_t *scaled);

/* Writes the shortest text: 1250 with two decimals is "12.5". */
void decimal_format(struct text *text, int64_t scaled, unsigned decimals);

/* Writes all decimals: "12.50". */
void decimal_format_fixed(struct text *text, int64_t scaled, unsigned decimals);

#endif
