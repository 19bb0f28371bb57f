/* Barcodes: kinds, check digits, and which of them are the same code. */
#include "core/barcode.h"

#include "unit.h"

static const char *key_of(const char *text)
{
    static struct barcode barcode;
    barcode_read(text, strlen(text), &barcode);
    return barcode.key;
}

static void is_gtin(const char *text, const char *key)
{
    struct barcode barcode;
    assert_int_equal(barcode_read(text, strlen(text), &barcode), BARCODE_GTIN);
    assert_int_equal(barcode.kind, BARCODE_GTIN);
    assert_string_equal(barcode.key, key);
    assert_null(barcode.fault);
}

static void is_in_house(const char *text, const char *key)
{
    struct barcode barcode;
    assert_int_equal(barcode_read(text, strlen(text), &barcode), BARCODE_IN_HOUSE);
    assert_string_equal(barcode.key, key);
    assert_null(barcode.fault);
}

static void is_refused(const char *text, const char *fault)
{
    struct barcode barcode;
    assert_int_equal(barcode_read(text, strlen(text), &barcode), BARCODE_INVALID);
    assert_string_equal(barcode.fault, fault);
    assert_string_equal(barcode.key, "");
}

static void barcode_of_every_length_has_one_key(void **state)
{
    (void)state;
    is_gtin("036000291452", "00036000291452");
    is_gtin("0036000291452", "00036000291452");
    is_gtin("00036000291452", "00036000291452");
    is_gtin("4006381333931", "04006381333931");
    is_gtin("96385074", "00000096385074");
    is_gtin("00000096385074", "00000096385074");
    is_gtin("10614141000415", "10614141000415");
}

/* Examples of GS1's check digit calculator, and of products. */
static void barcode_check_digit_is_that_of_gs1(void **state)
{
    (void)state;
    assert_int_equal(barcode_check_digit("629104150021", 12), '3');
    assert_int_equal(barcode_check_digit("400638133393", 12), '1');
    assert_int_equal(barcode_check_digit("03600029145", 11), '2');
    assert_int_equal(barcode_check_digit("9638507", 7), '4');
    assert_int_equal(barcode_check_digit("37610425002123456", 17), '9'); /* an SSCC */
    assert_int_equal(barcode_check_digit("0000000", 7), '0');
    assert_int_equal(barcode_check_digit("12a", 3), '\0');
}

static void barcode_with_any_wrong_digit_is_refused(void **state)
{
    (void)state;
    static const char *const codes[] = {"96385074", "036000291452", "4006381333931", "10614141000415"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        for (size_t at = 0; codes[i][at] != '\0'; at++) {
            for (char digit = '0'; digit <= '9'; digit++) {
                char changed[16];
                strcpy(changed, codes[i]);
                changed[at] = digit;
                if (digit == codes[i][at]) {
                    is_gtin(changed, key_of(codes[i]));
                } else if (strlen(changed) != 8 || changed[0] != '0') {
                    is_refused(changed, "gtin_check_digit");
                }
            }
        }
    }
}

static void barcode_upc_e_is_the_code_that_it_abbreviates(void **state)
{
    (void)state;
    is_gtin("01234565", key_of("012345000065"));
    is_gtin("04252614", key_of("042100005264"));
    is_gtin("01234531", key_of("012300000451"));
    is_gtin("01234543", key_of("012340000053"));
    is_gtin("01234505", key_of("012000003455"));
    is_refused("01234566", "gtin_check_digit");
    is_refused("11234565", "gtin_check_digit");
    is_gtin("]E401234565", "00000001234565");
    /* The check digit is not that of the full number: a GTIN-8 of the shop itself. */
    is_gtin("01234534", "00000001234534");
}

static void barcode_of_eight_digits_is_a_gtin_8(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int i = 0; i < 10000; i++) {
        char code[9], key[BARCODE_KEY_SIZE];
        snprintf(code, sizeof code, "%07u", 1000000 + (unsigned)unit_random_below(&random, 9000000));
        code[7] = barcode_check_digit(code, 7);
        code[8] = '\0';
        snprintf(key, sizeof key, "000000%s", code);
        is_gtin(code, key);
    }
}

static void barcode_of_other_lengths_is_in_house(void **state)
{
    (void)state;
    is_in_house("1", "1");
    is_in_house("12345678901", "12345678901");
    is_in_house("123456789012345", "123456789012345");
    is_in_house("TEA-250", "TEA-250");
    is_in_house("4006381333931X", "4006381333931X");
    is_in_house("]", "]");
    is_in_house("]E0", "]E0");
    is_in_house("123456789012345678901234567890123456789012345678",
                "123456789012345678901234567890123456789012345678");
}

static void barcode_loses_what_scanners_add(void **state)
{
    (void)state;
    is_gtin("]E04006381333931\r\n", "04006381333931");
    is_gtin("]E496385074", "00000096385074");
    is_gtin("\t 4006381333931 \r", "04006381333931");
    is_in_house("]C0TEA-250", "TEA-250");
    struct barcode barcode;
    const char scanned[] = " ]E0036000291452\r";
    barcode_read(scanned, strlen(scanned), &barcode);
    assert_ptr_equal(barcode.text, scanned + 4);
    assert_int_equal(barcode.length, 12);
}

static void barcode_says_what_is_wrong(void **state)
{
    (void)state;
    is_refused("", "empty");
    is_refused(" \r\n", "empty");
    is_refused("1234567890123456789012345678901234567890123456789", "barcode_too_long");
    is_refused("TEA 250", "barcode_character");
    is_refused("TEA|250", "barcode_character");
    is_refused("Grün", "barcode_character");
    is_refused("A\x1d"
               "B",
               "barcode_character");
    is_refused("4006381333930", "gtin_check_digit");
    struct barcode barcode;
    assert_int_equal(barcode_read("A\0B", 3, &barcode), BARCODE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(barcode_of_every_length_has_one_key),
        cmocka_unit_test(barcode_check_digit_is_that_of_gs1),
        cmocka_unit_test(barcode_with_any_wrong_digit_is_refused),
        cmocka_unit_test(barcode_upc_e_is_the_code_that_it_abbreviates),
        cmocka_unit_test(barcode_of_eight_digits_is_a_gtin_8),
        cmocka_unit_test(barcode_of_other_lengths_is_in_house),
        cmocka_unit_test(barcode_loses_what_scanners_add),
        cmocka_unit_test(barcode_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
