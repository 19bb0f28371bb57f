/* Codes of gift cards: made, typed, mistyped. */
#include "unit.h"

#include "core/gift_card_code.h"

static void make(struct unit_random *random, char code[static GIFT_CARD_CODE_SIZE])
{
    uint8_t bytes[GIFT_CARD_CODE_RANDOM];
    do {
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)unit_random_next(random);
        }
    } while (!gift_card_code_make(bytes, code));
}

static void a_made_code_checks_and_has_no_look_alikes(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 10000; round++) {
        char code[GIFT_CARD_CODE_SIZE], key[GIFT_CARD_CODE_SIZE];
        make(&random, code);
        assert_int_equal(strlen(code), GIFT_CARD_CODE_MADE);
        assert_null(strpbrk(code, "01ILOU"));
        assert_non_null(strpbrk(code, "ABCDEFGHJKMNPQRSTVWXYZ"));
        assert_true(gift_card_code_checks(code));
        assert_true(gift_card_code_key(code, strlen(code), key));
        assert_string_equal(key, code);
    }
}

static void every_character_is_as_likely(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    unsigned seen[128] = {0};
    const unsigned codes = 20000;
    for (unsigned round = 0; round < codes; round++) {
        char code[GIFT_CARD_CODE_SIZE];
        make(&random, code);
        for (int at = 0; at < GIFT_CARD_CODE_MADE; at++) {
            seen[(unsigned char)code[at]]++;
        }
    }
    const unsigned expected = codes * GIFT_CARD_CODE_MADE / 30;
    for (const char *letter = "23456789ABCDEFGHJKMNPQRSTVWXYZ"; *letter != '\0'; letter++) {
        assert_in_range(seen[(unsigned char)*letter], expected * 9 / 10, expected * 11 / 10);
    }
}

static void one_wrong_character_is_noticed(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    unsigned exchanged = 0, unnoticed = 0;
    for (int round = 0; round < 500; round++) {
        char code[GIFT_CARD_CODE_SIZE];
        make(&random, code);
        for (int at = 0; at < GIFT_CARD_CODE_MADE; at++) {
            const char right = code[at];
            for (const char *wrong = "23456789ABCDEFGHJKMNPQRSTVWXYZ01ILOU"; *wrong != '\0'; wrong++) {
                code[at] = *wrong;
                assert_true(gift_card_code_checks(code) == (*wrong == right));
            }
            code[at] = right;
            if (at > 0 && code[at - 1] != right) {
                code[at] = code[at - 1];
                code[at - 1] = right;
                exchanged++;
                unnoticed += gift_card_code_checks(code);
                code[at - 1] = code[at];
                code[at] = right;
            }
        }
    }
    assert_true(unnoticed * 100 < exchanged);
}

static void a_key_is_the_same_however_it_is_typed(void **state)
{
    (void)state;
    char key[GIFT_CARD_CODE_SIZE];
    const char *const ways[] = {"7KQ2M9XRT4WPD3HV", "7kq2-m9xr-t4wp-d3hv", " 7KQ2 M9XR  T4WP D3HV "};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_true(gift_card_code_key(ways[i], strlen(ways[i]), key));
        assert_string_equal(key, "7KQ2M9XRT4WPD3HV");
    }
}

static void what_is_no_code_is_refused(void **state)
{
    (void)state;
    char key[GIFT_CARD_CODE_SIZE];
    const char *const bad[] = {"",
                               "1234567",
                               "-------------",
                               "ABCDEFG!",
                               "ABCDEFGÄ",
                               "ABCD\nEFGH",
                               "123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(gift_card_code_key(bad[i], strlen(bad[i]), key));
    }
    assert_true(gift_card_code_key("12345678901234567890123456789012", 32, key));
    assert_false(gift_card_code_checks("7KQ2M9XRT4WPD3H"));
    assert_false(gift_card_code_checks("7KQ2M9XRT4WPD3HVX"));
    assert_false(gift_card_code_checks(""));
}

static void too_few_good_bytes_make_no_code(void **state)
{
    (void)state;
    char code[GIFT_CARD_CODE_SIZE];
    uint8_t bytes[GIFT_CARD_CODE_RANDOM];
    memset(bytes, 255, sizeof bytes);
    assert_false(gift_card_code_make(bytes, code));
    memset(bytes, 0, sizeof bytes); /* digits only: like the number of a bank card */
    assert_false(gift_card_code_make(bytes, code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_made_code_checks_and_has_no_look_alikes),
        cmocka_unit_test(every_character_is_as_likely),
        cmocka_unit_test(one_wrong_character_is_noticed),
        cmocka_unit_test(a_key_is_the_same_however_it_is_typed),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(too_few_good_bytes_make_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
