#include "core/card_number.h"

#define UUID_LENGTH 36
#define HASH_LENGTH 64

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool is_hexadecimal(char character)
{
    return is_digit(character) || (character >= 'a' && character <= 'f') ||
           (character >= 'A' && character <= 'F');
}

static bool is_of_word(char character)
{
    return is_digit(character) || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

/* Whether 8-4-4-4-12 hexadecimal digits stand here. */
static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < UUID_LENGTH; i++) {
        const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text[i] != '-' : !is_hexadecimal(text[i])) {
            return false;
        }
    }
    return true;
}

static bool is_hash(const char *text)
{
    for (size_t i = 0; i < HASH_LENGTH; i++) {
        if (!is_hexadecimal(text[i])) {
            return false;
        }
    }
    return true;
}

/* The length of the id or hash that stands here, as a word of its own; 0 for none. */
static size_t name_length(const char *text, size_t length, size_t at)
{
    const size_t left = length - at;
    if (at > 0 && (is_of_word(text[at - 1]) || text[at - 1] == '-')) {
        return 0;
    }
    if (left >= UUID_LENGTH && is_uuid(text + at) &&
        (left == UUID_LENGTH || (!is_of_word(text[at + UUID_LENGTH]) && text[at + UUID_LENGTH] != '-'))) {
        return UUID_LENGTH;
    }
    if (left >= HASH_LENGTH && is_hash(text + at) &&
        (left == HASH_LENGTH || !is_of_word(text[at + HASH_LENGTH]))) {
        return HASH_LENGTH;
    }
    return 0;
}

/* Whether a card number begins with the digit at `at`, before which there is none. Two sums are kept, for
 * which digits count double depends on how many there are: each second one, counted from the last. */
static bool begins_at(const char *text, size_t length, size_t at)
{
    static const unsigned doubled[] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
    unsigned even = 0, odd = 0; /* with the digits at even, at odd places doubled */
    unsigned count = 0;
    while (at < length && count < CARD_NUMBER_DIGITS_MAX) {
        const unsigned digit = (unsigned)(text[at] - '0');
        even += count % 2 == 0 ? doubled[digit] : digit;
        odd += count % 2 == 0 ? digit : doubled[digit];
        count++;
        at++;
        const bool ends = at == length || !is_digit(text[at]);
        if (ends && count >= CARD_NUMBER_DIGITS_MIN && (count % 2 == 0 ? even : odd) % 10 == 0) {
            return true;
        }
        if (ends && at < length && (text[at] == ' ' || text[at] == '-')) {
            at++;
        }
        if (at < length && !is_digit(text[at])) {
            return false;
        }
    }
    return false;
}

bool card_number_in(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        const size_t name = is_hexadecimal(text[at]) ? name_length(text, length, at) : 0;
        if (name > 0) {
            at += name;
        } else if (is_digit(text[at]) && (at == 0 || !is_digit(text[at - 1])) &&
                   begins_at(text, length, at)) {
            return true;
        } else {
            at++;
        }
    }
    return false;
}
