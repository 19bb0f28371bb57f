/* Decimal numbers, and the amounts, quantities and rates that are read with them. */
#include "core/decimal.h"
#include "core/money.h"
#include "core/quantity.h"
#include "core/rate.h"

#include "unit.h"

static bool parses(const char *text, unsigned decimals, int64_t wanted)
{
    int64_t scaled = -1;
    return decimal_parse(text, strlen(text), decimals, INT64_MAX, &scaled) && scaled == wanted;
}

static void decimal_reads_what_is_written_with_a_point(void **state)
{
    (void)state;
    assert_true(parses("0", 0, 0));
    assert_true(parses("12", 2, 1200));
    assert_true(parses("12.5", 2, 1250));
    assert_true(parses("12.50", 2, 1250));
    assert_true(parses("-12.50", 2, -1250));
    assert_true(parses("-0", 2, 0));
    assert_true(parses("007", 0, 7));
    assert_true(parses("0.00001", 5, 1));
    assert_true(parses("9223372036854775807", 0, INT64_MAX));
    assert_true(parses("0000000000000000000000000000000000000001", 0, 1));
}

static void decimal_refuses_everything_else(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        " ",
        "-",
        ".",
        ".5",
        "5.",
        "-.5",
        "+5",
        "1,5",
        "1.2.3",
        "1e3",
        "0x10",
        " 5",
        "5 ",
        "1 000",
        "--5",
        "5-",
        "1.234",
        "1.-2",
        "nan",
        "inf",
        "٣",
        "1..",
        "1.2-",
        "12.50€",
        "9223372036854775808",
        "92233720368547758.08",
        "00000000000000000000000000000000000000001",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t scaled = 42;
        if (decimal_parse(wrong[i], strlen(wrong[i]), 2, INT64_MAX, &scaled)) {
            fail_msg("took \"%s\" as %lld", wrong[i], (long long)scaled);
        }
        assert_int_equal(scaled, 42);
    }
    int64_t scaled;
    assert_false(decimal_parse("1.\0", 3, 2, INT64_MAX, &scaled));
    assert_false(decimal_parse("1.0", 3, 0, INT64_MAX, &scaled));
}

static void decimal_bounds_are_inclusive(void **state)
{
    (void)state;
    int64_t scaled;
    assert_true(decimal_parse("10.00", 5, 2, 1000, &scaled));
    assert_true(decimal_parse("-10.00", 6, 2, 1000, &scaled));
    assert_false(decimal_parse("10.01", 5, 2, 1000, &scaled));
    assert_false(decimal_parse("-10.01", 6, 2, 1000, &scaled));
}

static const char *shortest(int64_t scaled, unsigned decimals)
{
    static char buffer[64];
    struct text text = text_over(buffer, sizeof buffer);
    decimal_format(&text, scaled, decimals);
    return text_string(&text);
}

static void decimal_writes_the_shortest_text(void **state)
{
    (void)state;
    assert_string_equal(shortest(0, 5), "0");
    assert_string_equal(shortest(200000, 5), "2");
    assert_string_equal(shortest(12500, 5), "0.125");
    assert_string_equal(shortest(-1, 5), "-0.00001");
    assert_string_equal(shortest(1000000, 5), "10");
    assert_string_equal(shortest(42, 0), "42");
    assert_string_equal(shortest(100, 0), "100");
    assert_string_equal(shortest(INT64_MIN, 9), "-9223372036.854775808");
    assert_string_equal(shortest(INT64_MAX, 0), "9223372036854775807");
}

static void decimal_reads_back_what_it_wrote(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 100000; round++) {
        const unsigned decimals = (unsigned)unit_random_below(&random, DECIMAL_DECIMALS_MAX + 1);
        const int64_t number = unit_random_amount(&random, INT64_MAX) *
                               (unit_random_below(&random, 2) ? 1 : -1);
        char buffer[64];
        struct text text = text_over(buffer, sizeof buffer);
        if (round % 2 == 0) {
            decimal_format(&text, number, decimals);
        } else {
            decimal_format_fixed(&text, number, decimals);
        }
        int64_t read;
        assert_true(decimal_parse(text.data, text.length, decimals, INT64_MAX, &read));
        assert_true(read == number);
    }
}

static const char *amount(int64_t minor, int decimals)
{
    static char buffer[64];
    struct text text = text_over(buffer, sizeof buffer);
    money_format(&text, minor, decimals);
    return text_string(&text);
}

static void money_has_the_decimals_of_its_currency(void **state)
{
    (void)state;
    assert_int_equal(money_decimals("EUR"), 2);
    assert_int_equal(money_decimals("JPY"), 0);
    assert_int_equal(money_decimals("BHD"), 3);
    assert_int_equal(money_decimals("CLF"), 4);
    assert_int_equal(money_decimals("USD"), 2);
    assert_int_equal(money_decimals("ISK"), 0);
    assert_int_equal(money_decimals("ZWG"), 2);
    assert_string_equal(amount(1250, 2), "12.50");
    assert_string_equal(amount(5, 2), "0.05");
    assert_string_equal(amount(-5, 2), "-0.05");
    assert_string_equal(amount(1250, 0), "1250");
    assert_string_equal(amount(1250, 3), "1.250");
}

static void money_refuses_codes_that_are_no_currency(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",    "EU",  "EURO", "eur", "UR ", "R G",
                                        "XXX", "XAU", "XTS",  "HRK", "   "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(money_decimals(wrong[i]), -1);
    }
}

static void money_refuses_decimals_that_its_currency_lacks(void **state)
{
    (void)state;
    int64_t minor;
    assert_true(money_parse("12.5", 4, 2, &minor));
    assert_int_equal(minor, 1250);
    assert_false(money_parse("12.505", 6, 2, &minor));
    assert_false(money_parse("12.5", 4, 0, &minor));
    assert_true(money_parse("90000000000.00", 14, 2, &minor));
    assert_true(minor == MONEY_MAX);
    assert_false(money_parse("90000000000.01", 14, 2, &minor));
}

static void quantity_has_at_most_five_decimals(void **state)
{
    (void)state;
    int64_t quantity;
    assert_true(quantity_parse("0.125", 5, &quantity));
    assert_int_equal(quantity, 12500);
    assert_true(quantity_parse("1000000000", 10, &quantity));
    assert_false(quantity_parse("1000000000.00001", 16, &quantity));
    assert_false(quantity_parse("0.000001", 8, &quantity));
    char buffer[QUANTITY_TEXT_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    quantity_format(&text, -(QUANTITY_MAX - 1));
    assert_string_equal(text_string(&text), "-999999999.99999");
    assert_false(text.overflowed);
}

static void rate_is_between_0_and_100_percent(void **state)
{
    (void)state;
    int64_t rate = -1;
    assert_true(rate_parse("8.875", 5, &rate));
    assert_int_equal(rate, 887500);
    assert_true(rate_parse("100", 3, &rate));
    assert_true(rate == RATE_ONE);
    assert_false(rate_parse("100.00001", 9, &rate));
    assert_false(rate_parse("-1", 2, &rate));
    char buffer[32];
    struct text text = text_over(buffer, sizeof buffer);
    rate_format(&text, 1900000);
    assert_string_equal(text_string(&text), "19");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_reads_what_is_written_with_a_point),
        cmocka_unit_test(decimal_refuses_everything_else),
        cmocka_unit_test(decimal_bounds_are_inclusive),
        cmocka_unit_test(decimal_writes_the_shortest_text),
        cmocka_unit_test(decimal_reads_back_what_it_wrote),
        cmocka_unit_test(money_has_the_decimals_of_its_currency),
        cmocka_unit_test(money_refuses_codes_that_are_no_currency),
        cmocka_unit_test(money_refuses_decimals_that_its_currency_lacks),
        cmocka_unit_test(quantity_has_at_most_five_decimals),
        cmocka_unit_test(rate_is_between_0_and_100_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
