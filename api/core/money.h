/*
 * Money: integers in minor units of a currency (ISO 4217). Checked arithmetic: what does not fit is an
 * error, never a wrong amount.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_MONEY_H
#define MYPOS_CORE_MONEY_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No single amount is larger. It keeps an amount in millionths (an explanation's exact results) within 64
 * bits, and the sum of a thousand amounts within the integers that JavaScript holds exactly. */
#define MONEY_MAX 9000000000000LL

#define MONEY_DECIMALS_MAX 4

/* The decimals of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for BHD; -1 for a code that is not an
 * active one of ISO 4217, or has no minor unit (gold, special drawing rights, testing). Upper case. */
int money_decimals(const char *currency);

/* Writes "12.50" for 1250 with 2 decimals. */
void money_format(struct text *text, int64_t minor, int decimals);

/* Reads "12.50", "12.5" or "12" as 1250; false for more decimals than the currency has, an amount beyond
 * MONEY_MAX, or no number (core/decimal.h). */
bool money_parse(const char *text, size_t length, int decimals, int64_t *minor);

#endif
