/*
 * Quantities: decimal numbers with at most five decimals, kept as integers in units of 10^-5: 0.125 kg is
 * 12,500.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_QUANTITY_H
#define MYPOS_CORE_QUANTITY_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUANTITY_DECIMALS  5
#define QUANTITY_ONE       100000LL
#define QUANTITY_MAX       (1000000000LL * QUANTITY_ONE)
#define QUANTITY_TEXT_SIZE 18 /* of the longest text, "-999999999.99999", with its closing NUL */

/* Reads [-]digits[.digits], with at most five decimals; false for anything else or beyond QUANTITY_MAX. */
bool quantity_parse(const char *text, size_t length, int64_t *quantity);

/* Writes the shortest text: "2", "0.125". */
void quantity_format(struct text *text, int64_t quantity);

#endif
