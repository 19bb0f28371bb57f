#include "core/gift_card_code.h"

static const char ALPHABET[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
#define BASE ((int)sizeof ALPHABET - 1)

_Static_assert(sizeof ALPHABET - 1 == 30, "Luhn's formula needs an even number of characters");

static int value_of(char character)
{
    for (int value = 0; value < BASE; value++) {
        if (ALPHABET[value] == character) {
            return value;
        }
    }
    return -1;
}

/* What a character counts: every second one, from the one before the check character backwards, is doubled,
 * and its digits in this base are added. */
static int weighted(int value, bool doubled)
{
    const int product = doubled ? 2 * value : value;
    return product / BASE + product % BASE;
}

static int check_value(const char *characters)
{
    int sum = 0;
    for (int at = 0; at < GIFT_CARD_CODE_MADE - 1; at++) {
        sum += weighted(value_of(characters[at]), at % 2 == 0);
    }
    return (BASE - sum % BASE) % BASE;
}

bool gift_card_code_key(const char *text, size_t length, char key[static GIFT_CARD_CODE_SIZE])
{
    size_t count = 0;
    for (size_t at = 0; at < length; at++) {
        char character = text[at];
        if (character == ' ' || character == '-') {
            continue;
        }
        if (character >= 'a' && character <= 'z') {
            character = (char)(character - ('a' - 'A'));
        }
        const bool is_digit = character >= '0' && character <= '9';
        if ((!is_digit && (character < 'A' || character > 'Z')) || count == GIFT_CARD_CODE_MAX) {
            return false;
        }
        key[count++] = character;
    }
    key[count] = '\0';
    return count >= GIFT_CARD_CODE_MIN;
}

bool gift_card_code_make(const uint8_t random[static GIFT_CARD_CODE_RANDOM],
                         char code[static GIFT_CARD_CODE_SIZE])
{
    int count = 0;
    bool has_letter = false;
    for (int at = 0; at < GIFT_CARD_CODE_RANDOM && count < GIFT_CARD_CODE_MADE - 1; at++) {
        if (random[at] <
            256 / BASE * BASE) { /* beyond, the first characters would be likelier than the others */
            code[count] = ALPHABET[random[at] % BASE];
            has_letter |= code[count++] > '9';
        }
    }
    if (count < GIFT_CARD_CODE_MADE - 1 || !has_letter) {
        return false;
    }
    code[count++] = ALPHABET[check_value(code)];
    code[count] = '\0';
    return true;
}

bool gift_card_code_checks(const char *key)
{
    int length = 0;
    for (; key[length] != '\0'; length++) {
        if (length == GIFT_CARD_CODE_MADE || value_of(key[length]) < 0) {
            return false;
        }
    }
    return length == GIFT_CARD_CODE_MADE && key[length - 1] == ALPHABET[check_value(key)];
}
