#include "core/barcode.h"

#include <string.h>

#define GTIN_LENGTH 14

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool is_letter(char character)
{
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

char barcode_check_digit(const char *digits, size_t count)
{
    /* Weights are 3 and 1 in turn, 3 at the last digit. */
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(digits[i])) {
            return '\0';
        }
        const unsigned weight = (count - i) % 2 == 1 ? 3 : 1;
        sum = (sum + weight * (unsigned)(digits[i] - '0')) % 10;
    }
    return (char)('0' + (10 - sum) % 10);
}

static bool is_checked(const char *digits, size_t length)
{
    return barcode_check_digit(digits, length - 1) == digits[length - 1];
}

/* Takes off what scanners and fingers add. True when the scanner says that it saw an EAN-8 symbol. */
static bool trim(const char **text, size_t *length)
{
    bool is_ean_8 = false;
    while (*length > 0 && is_blank(**text)) {
        ++*text;
        --*length;
    }
    while (*length > 0 && is_blank((*text)[*length - 1])) {
        --*length;
    }
    if (*length > 3 && (*text)[0] == ']' && is_letter((*text)[1]) &&
        (is_digit((*text)[2]) || is_letter((*text)[2]))) {
        is_ean_8 = (*text)[1] == 'E' && (*text)[2] == '4';
        *text += 3;
        *length -= 3;
    }
    return is_ean_8;
}

/* Writes the GTIN-12 of a UPC-E code "0 d1…d6 C": GS1 General Specifications, figure 5.2.2.4.2-1. */
static void expand_upc_e(const char code[8], char gtin[12])
{
    const char *d = code + 1;
    memset(gtin, '0', 12);
    gtin[1] = d[0];
    gtin[2] = d[1];
    gtin[11] = code[7];
    switch (d[5]) {
    case '0':
    case '1':
    case '2':
        gtin[3] = d[5];
        memcpy(gtin + 8, d + 2, 3);
        break;
    case '3':
        gtin[3] = d[2];
        memcpy(gtin + 9, d + 3, 2);
        break;
    case '4':
        memcpy(gtin + 3, d + 2, 2);
        gtin[10] = d[4];
        break;
    default:
        memcpy(gtin + 3, d + 2, 3);
        gtin[10] = d[5];
        break;
    }
}

static enum barcode_kind refuse(struct barcode *out, const char *fault)
{
    out->fault = fault;
    return out->kind = BARCODE_INVALID;
}

static enum barcode_kind accept_gtin(struct barcode *out, const char *digits, size_t length)
{
    memset(out->key, '0', GTIN_LENGTH);
    memcpy(out->key + GTIN_LENGTH - length, digits, length);
    out->key[GTIN_LENGTH] = '\0';
    return out->kind = BARCODE_GTIN;
}

static enum barcode_kind read_gtin(struct barcode *out, bool is_ean_8)
{
    if (out->length == 8 && out->text[0] == '0' && !is_ean_8) {
        char gtin[12];
        expand_upc_e(out->text, gtin);
        if (is_checked(gtin, sizeof gtin)) {
            return accept_gtin(out, gtin, sizeof gtin);
        }
    }
    return is_checked(out->text, out->length) ? accept_gtin(out, out->text, out->length)
                                              : refuse(out, "gtin_check_digit");
}

enum barcode_kind barcode_read(const char *text, size_t length, struct barcode *out)
{
    const bool is_ean_8 = trim(&text, &length);
    *out = (struct barcode){.text = text, .length = length};
    if (length == 0) {
        return refuse(out, "empty");
    }
    if (length > BARCODE_MAX) {
        return refuse(out, "barcode_too_long");
    }
    size_t digits = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '|') {
            return refuse(out, "barcode_character");
        }
        digits += is_digit(text[i]);
    }
    if (digits == length && (length == 8 || (length >= 12 && length <= GTIN_LENGTH))) {
        return read_gtin(out, is_ean_8);
    }
    memcpy(out->key, text, length);
    return out->kind = BARCODE_IN_HOUSE;
}
