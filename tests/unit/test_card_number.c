/* Card numbers: which texts hold one. */
#include "core/card_number.h"

#include "unit.h"

#define ROUNDS 100000

/* The networks' own numbers for tests. */
static const char *const numbers[] = {
    "4222222222222",       /* Visa, 13 digits */
    "30569309025904",      /* Diners Club */
    "378282246310005",     /* American Express */
    "4242424242424242",    /* Visa */
    "5555555555554444",    /* Mastercard */
    "6011111111111117",    /* Discover */
    "3566002020360505",    /* JCB */
    "6304000000000000000", /* Maestro, 19 digits */
};

static bool found(const char *text)
{
    return card_number_in(text, strlen(text));
}

static void card_number_is_found_in_any_text(void **state)
{
    (void)state;
    static const char *const around[][2] = {
        {"", ""},
        {" ", ""},
        {"", " "},
        {"paid with ", " today"},
        {"PAN", ""},
        {"", "EXP"},
        {"n=", ";"},
        {"1 ", ""},
        {"", " 12/28"},
        {"12 ", " 28"},
        {"4242-", ""},
        {"--", "--"},
        {"\"", "\""},
        {"0.", ""},
        {"", ".00"},
        {"é", "é"},
        {"01920212-3456-7890-8123-456789012345 ", ""},
    };
    char text[128];
    for (size_t number = 0; number < sizeof numbers / sizeof *numbers; number++) {
        for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
            snprintf(text, sizeof text, "%s%s%s", around[i][0], numbers[number], around[i][1]);
            if (!found(text)) {
                fail_msg("not found in: %s", text);
            }
        }
    }
}

static void card_number_is_found_in_groups(void **state)
{
    (void)state;
    assert_true(found("4242 4242 4242 4242"));
    assert_true(found("4242-4242-4242-4242"));
    assert_true(found("4242 4242-4242 4242"));
    assert_true(found("3782 822463 10005"));
    assert_true(found("4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2"));
    assert_true(found("4242 4242 4242 4242 123")); /* with the code on the back */
    assert_true(found("1 4242 4242 4242 4242 12 28"));
}

static void card_number_with_another_digit_is_none(void **state)
{
    (void)state;
    for (size_t number = 0; number < sizeof numbers / sizeof *numbers; number++) {
        char text[32];
        for (size_t at = 0; numbers[number][at] != '\0'; at++) {
            for (char digit = '0'; digit <= '9'; digit++) {
                snprintf(text, sizeof text, "%s", numbers[number]);
                text[at] = digit;
                assert_int_equal(found(text), digit == numbers[number][at]);
            }
        }
    }
}

static void card_number_is_neither_shorter_nor_longer(void **state)
{
    (void)state;
    assert_false(found(""));
    assert_false(found("0"));
    assert_false(found("000000000000"));         /* 12 */
    assert_true(found("0000000000000"));         /* 13 */
    assert_true(found("0000000000000000000"));   /* 19 */
    assert_false(found("00000000000000000000")); /* 20 */
    assert_false(found("4242  4242  4242  4242"));
    assert_false(found("4242.4242.4242.4242"));
    assert_false(found("2026-11-22T14:05:09.123Z"));
}

static void card_number_is_not_seen_in_ids_and_hashes(void **state)
{
    (void)state;
    assert_false(found("00000000-0000-7000-8000-000000000000"));
    assert_false(found("42424242-4242-4242-4242-424242424242"));
    assert_false(found("see 42424242-4242-4242-4242-424242424242."));
    assert_false(found("0000000000000000000000000000000000000000000000000000000000000000"));
    assert_false(found("a4242424242424242abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcde"));
    /* What only looks like one. */
    assert_true(found("x42424242-4242-4242-4242-424242424242"));
    assert_true(found("42424242-4242-4242-4242-4242424242420"));
    assert_true(found("a4242424242424242abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdef"));
    assert_true(found("a4242424242424242abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd"));
}

/* The check digit as the standard works it out, from the last digit to the first. */
static char check_digit(const char *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned digit = (unsigned)(digits[count - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
        sum += digit / 10 + digit % 10;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static void card_number_of_any_digits_and_groups_is_found(void **state)
{
    (void)state;
    static const char around[] = "abz .,;:/*#-\"' \n";
    struct unit_random random = unit_random();
    for (unsigned round = 0; round < ROUNDS; round++) {
        char digits[CARD_NUMBER_DIGITS_MAX + 1], text[128];
        const size_t count = CARD_NUMBER_DIGITS_MIN + unit_random_below(&random, 7);
        for (size_t i = 0; i + 1 < count; i++) {
            digits[i] = (char)('0' + unit_random_below(&random, 10));
        }
        digits[count - 1] = check_digit(digits, count - 1);
        size_t length = 0;
        for (uint64_t i = unit_random_below(&random, 10); i > 0; i--) {
            text[length++] = around[unit_random_below(&random, sizeof around - 1)];
        }
        for (size_t i = 0; i < count; i++) {
            text[length++] = digits[i];
            if (i + 1 < count && unit_random_below(&random, 4) == 0) {
                text[length++] = unit_random_below(&random, 2) == 0 ? ' ' : '-';
            }
        }
        for (uint64_t i = unit_random_below(&random, 10); i > 0; i--) {
            text[length++] = around[unit_random_below(&random, sizeof around - 1)];
        }
        assert_true(card_number_in(text, length));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_number_is_found_in_any_text),
        cmocka_unit_test(card_number_is_found_in_groups),
        cmocka_unit_test(card_number_with_another_digit_is_none),
        cmocka_unit_test(card_number_is_neither_shorter_nor_longer),
        cmocka_unit_test(card_number_is_not_seen_in_ids_and_hashes),
        cmocka_unit_test(card_number_of_any_digits_and_groups_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
