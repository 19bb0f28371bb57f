/*
 * Codes of gift cards.
 *
 * A code that we make has 16 characters of an alphabet without look-alikes: no 0 and O, no 1, I and L, no U,
 * which is read as V. 15 of them are random, 73 bits: whoever tries a million codes a second, for ten million
 * cards in circulation, finds one in forty years. The last one checks the others (Luhn's formula modulo 30;
 * ISO/IEC 7812-1, annex B, has it modulo 10): one character mistyped is always noticed, two neighbours
 * exchanged nearly always.
 *
 * Cards that were printed elsewhere have codes of their own: 8 to 32 letters and digits.
 *
 * The key of a code is what cards are looked up by: upper case, without blanks and dashes.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_GIFT_CARD_CODE_H
#define MYPOS_CORE_GIFT_CARD_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GIFT_CARD_CODE_MIN    8
#define GIFT_CARD_CODE_MAX    32
#define GIFT_CARD_CODE_SIZE   (GIFT_CARD_CODE_MAX + 1) /* with the closing NUL */
#define GIFT_CARD_CODE_MADE   16                       /* characters of one that we make */
#define GIFT_CARD_CODE_RANDOM 64                       /* random bytes that one is made of */

/* The key of what was typed or scanned; false when that is no code. */
bool gift_card_code_key(const char *text, size_t length, char key[static GIFT_CARD_CODE_SIZE]);

/* Makes a code of random bytes. False, rarely, when they are not enough or make one that looks like the
 * number of a bank card: take others. */
bool gift_card_code_make(const uint8_t random[static GIFT_CARD_CODE_RANDOM],
                         char code[static GIFT_CARD_CODE_SIZE]);

/* Whether a key could be one of ours: 16 characters of the alphabet, and the last one is right. */
bool gift_card_code_checks(const char *key);

#endif
