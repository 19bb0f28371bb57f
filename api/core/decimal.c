#include "core/decimal.h"

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

bool decimal_parse(const char *text, size_t length, unsigned decimals, int64_t max, int64_t *scaled)
{
    if (length > DECIMAL_LENGTH_MAX || decimals > DECIMAL_DECIMALS_MAX) {
        return false;
    }
    const char *const end = text + length;
    const bool negative = text < end && *text == '-';
    if (negative) {
        text++;
    }
    int64_t number = 0;
    unsigned seen = 0; /* decimals read */
    bool in_fraction = false;
    for (const char *at = text; at < end; at++) {
        if (*at == '.' && !in_fraction && at > text && at + 1 < end) {
            in_fraction = true;
            continue;
        }
        if (!is_digit(*at) || (in_fraction && seen++ == decimals) ||
            __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *at - '0', &number)) {
            return false;
        }
    }
    for (; seen < decimals; seen++) {
        if (__builtin_mul_overflow(number, 10, &number)) {
            return false;
        }
    }
    if (text == end || number > max) {
        return false;
    }
    *scaled = negative ? -number : number;
    return true;
}

static void format(struct text *text, int64_t scaled, unsigned decimals, bool fixed)
{
    /* Digits are made from the last one back: at most 19, a point, and zeros up to the point. */
    char digits[20 + DECIMAL_DECIMALS_MAX];
    size_t at = sizeof digits;
    uint64_t rest = scaled < 0 ? 0 - (uint64_t)scaled : (uint64_t)scaled;
    bool written = fixed;
    for (unsigned i = 0; i < decimals; i++, rest /= 10) {
        const char digit = (char)('0' + rest % 10);
        written = written || digit != '0';
        if (written) {
            digits[--at] = digit;
        }
    }
    if (written && decimals > 0) {
        digits[--at] = '.';
    }
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (scaled < 0) {
        text_add_char(text, '-');
    }
    text_add(text, digits + at, sizeof digits - at);
}

void decimal_format(struct text *text, int64_t scaled, unsigned decimals)
{
    format(text, scaled, decimals, false);
}

void decimal_format_fixed(struct text *text, int64_t scaled, unsigned decimals)
{
    format(text, scaled, decimals, true);
}
