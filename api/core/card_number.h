/*
 * Card numbers: found so that they can be refused. A shop that never receives one has nothing to lose.
 *
 * A card number is 13 to 19 digits (ISO/IEC 7812-1) whose check digit fits (Luhn's formula, annex B there),
 * with at most one blank or hyphen between two digits, and no further digit directly before or after it:
 *
 *     "paid with 4242 4242 4242 4242"    "4242-4242-4242-4242 12/28"    "PAN4242424242424242"
 *
 * Digits of a UUID and of a SHA-256 in hexadecimal are none: ids and hashes are in every request. One in ten
 * other numbers of that length has a check digit that fits by chance, and is refused as well.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_CARD_NUMBER_H
#define MYPOS_CORE_CARD_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#define CARD_NUMBER_DIGITS_MIN 13
#define CARD_NUMBER_DIGITS_MAX 19

/* Whether the text holds a card number. */
bool card_number_in(const char *text, size_t length);

#endif
