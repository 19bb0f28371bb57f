/*
 * Card numbers: what is found is what a slow search finds that tries each beginning and each end.
 */
#include "core/card_number.h"

#include "fuzz.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define UUID "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"
#define HASH "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"

static bool is_word(const char *text, size_t size, size_t at, bool with_hyphen)
{
    return at < size &&
           ((isalnum((unsigned char)text[at]) && (text[at] & 0x80) == 0) || (with_hyphen && text[at] == '-'));
}

static bool fits(const char *text, size_t size, size_t at, const char *pattern)
{
    const size_t length = strlen(pattern);
    if (size - at < length || (at > 0 && is_word(text, size, at - 1, true)) ||
        is_word(text, size, at + length, pattern[8] == '-')) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (pattern[i] == 'h' ? !isxdigit((unsigned char)text[at + i]) : text[at + i] != pattern[i]) {
            return false;
        }
    }
    return true;
}

/* Whether the check digit fits the digits of text[from … to). */
static bool is_number(const char *text, size_t from, size_t to)
{
    unsigned count = 0, sum = 0;
    for (size_t at = to; at > from; at--) {
        const char character = text[at - 1];
        if (character == ' ' || character == '-') {
            if (at - 1 == from || !isdigit((unsigned char)text[at - 2]) || at == to) {
                return false; /* at an end, or a second one */
            }
            continue;
        }
        if (!isdigit((unsigned char)character)) {
            return false;
        }
        const unsigned digit = (unsigned)(character - '0') * (count % 2 == 0 ? 1 : 2);
        sum += digit / 10 + digit % 10;
        count++;
    }
    return count >= CARD_NUMBER_DIGITS_MIN && count <= CARD_NUMBER_DIGITS_MAX && sum % 10 == 0;
}

static bool search(const char *text, size_t size)
{
    size_t from = 0;
    while (from < size) {
        const char *name = fits(text, size, from, UUID) ? UUID : fits(text, size, from, HASH) ? HASH : NULL;
        if (name != NULL) {
            from += strlen(name);
            continue;
        }
        for (size_t to = from + 1; to <= size && to <= from + 2 * CARD_NUMBER_DIGITS_MAX; to++) {
            const bool alone = (from == 0 || !isdigit((unsigned char)text[from - 1])) &&
                               (to == size || !isdigit((unsigned char)text[to]));
            if (alone && is_number(text, from, to)) {
                return true;
            }
        }
        from++;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    if (size <= 4096) {
        FUZZ_CHECK(card_number_in(text, size) == search(text, size));
    }
    return 0;
}
