/*
 * Barcodes: what a scanner sends or a person types, and when two of them are the same code.
 *
 * A GTIN (GS1 General Specifications, sections 2.1 and 7.2.1) has 8, 12, 13 or 14 digits, the last of which
 * checks the others (section 7.9.1). Its key is the number right-aligned in 14 digits with leading zeros, as
 * the standard stores it: UPC-A 036000291452, EAN-13 0036000291452 and GTIN-14 00036000291452 have one key.
 * Any other code is in-house: up to BARCODE_MAX visible ASCII characters, its key is itself. A code of 14
 * digits is always a GTIN, so keys of both kinds cannot meet.
 *
 * A UPC-E symbol is a GTIN-12 that begins with 0, its zeros left out (section 2.1.3.3); "for application
 * processing, the GTIN-12 must be transformed into its full length", and many scanners leave that to the
 * application. So eight digits that begin with 0 are read as UPC-E when the check digit of the full number
 * is right. GTIN-8s that begin with 0 are not assigned to trade items, shops may have their own; one in ten
 * of these is taken for a UPC-E, whenever it is read, unless the scanner says "]E4" (EAN-8).
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_BARCODE_H
#define MYPOS_CORE_BARCODE_H

#include <stdbool.h>
#include <stddef.h>

#define BARCODE_MAX      48
#define BARCODE_KEY_SIZE (BARCODE_MAX + 1) /* with the closing NUL */

enum barcode_kind {
    BARCODE_INVALID,
    BARCODE_GTIN,
    BARCODE_IN_HOUSE,
};

struct barcode {
    enum barcode_kind kind;
    /* Equal for codes that mean the same product; "" when invalid. */
    char key[BARCODE_KEY_SIZE];
    /* The code without what scanners add: borrowed from the text read, not terminated. */
    const char *text;
    size_t length;
    /* Why it is invalid, NULL when it is not:
     *     "empty"             nothing is left
     *     "barcode_too_long"  more than BARCODE_MAX characters
     *     "barcode_character" a space, '|', control or non-ASCII character inside: lists of codes are
     *                         separated by spaces or bars
     *     "gtin_check_digit"  8, 12, 13 or 14 digits whose check digit is wrong */
    const char *fault;
};

/* Reads a code; blanks, CR, LF, TAB around it and a symbology identifier before it ("]E0", ISO/IEC 15424)
 * are taken off. Returns out->kind. */
enum barcode_kind barcode_read(const char *text, size_t length, struct barcode *out);

/* The check digit, '0' … '9', that follows `count` digits; NUL when they are not digits. */
char barcode_check_digit(const char *digits, size_t count);

#endif
