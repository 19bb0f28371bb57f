/* Clock: times as text, and dates of the calendar. */
#include "base/clock.h"

#include "unit.h"

static const char *formatted(int64_t time_ms)
{
    static char text[CLOCK_TEXT_SIZE];
    return clock_format(time_ms, text);
}

static void clock_writes_rfc_3339_with_milliseconds(void **state)
{
    (void)state;
    assert_string_equal(formatted(0), "1970-01-01T00:00:00.000Z");
    assert_string_equal(formatted(1795356309123), "2026-11-22T14:05:09.123Z");
    assert_string_equal(formatted(951782400000), "2000-02-29T00:00:00.000Z");
    assert_string_equal(formatted(-1), "1969-12-31T23:59:59.999Z");
    assert_string_equal(formatted(253402300799999), "9999-12-31T23:59:59.999Z");
}

static void clock_agrees_with_the_c_library(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 20000; round++) {
        const time_t seconds = (time_t)unit_random_below(&random, 253402300800);
        struct tm tm;
        char wanted[64];
        gmtime_r(&seconds, &tm);
        strftime(wanted, sizeof wanted, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
        assert_string_equal(formatted(seconds * 1000), wanted);
    }
}

static void clock_counts_days_there_and_back(void **state)
{
    (void)state;
    for (int64_t days = -800000; days < 2932896; days += 13) {
        assert_int_equal(clock_days_of_date(clock_date_of_days(days)), days);
    }
    assert_int_equal(clock_days_of_date((struct clock_date){1970, 1, 1}), 0);
    assert_int_equal(clock_days_of_date((struct clock_date){2026, 11, 22}), 20779);
}

static void clock_reads_dates_of_the_calendar_only(void **state)
{
    (void)state;
    struct clock_date date;
    assert_true(clock_parse_date("2024-02-29", &date));
    assert_int_equal(date.year, 2024);
    assert_int_equal(date.month, 2);
    assert_int_equal(date.day, 29);
    static const char *const wrong[] = {"",           "2023-02-29", "2026-13-01",  "2026-00-10", "2026-04-31",
                                        "2026-01-00", "2026-1-1",   "2026-01-011", "20260101",   "2026/01/01",
                                        "2026-01-1 ", "+026-01-01", "2026--1-01",  "2026-01--1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (clock_parse_date(wrong[i], &date)) {
            fail_msg("took %s", wrong[i]);
        }
    }
}

static void clock_reads_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text, *same;
    } right[] = {{"2026-11-22T14:05:09.123Z", "2026-11-22T14:05:09.123Z"},
                 {"2026-11-22t14:05:09z", "2026-11-22T14:05:09.000Z"},
                 {"2026-11-22T14:05:09.1239999+01:00", "2026-11-22T13:05:09.123Z"},
                 {"2026-11-22T23:45:00.5-05:30", "2026-11-23T05:15:00.500Z"},
                 {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"}};
    static const char *const wrong[] = {"",
                                        "2026-11-22",
                                        "2026-11-22 14:05:09Z",
                                        "2026-11-22T14:05:09",
                                        "2026-11-22T14:05Z",
                                        "2026-11-22T24:00:00Z",
                                        "2026-11-31T14:05:09Z",
                                        "2026-11-22T14:05:09.Z",
                                        "2026-11-22T14:05:09+0100",
                                        "2026-11-22T14:05:09+24:00",
                                        "2026-11-22T14:05:09Zx"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        int64_t time_ms = 0;
        char text[CLOCK_TEXT_SIZE];
        assert_true(clock_parse(right[i].text, &time_ms));
        assert_string_equal(clock_format(time_ms, text), right[i].same);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t time_ms;
        if (clock_parse(wrong[i], &time_ms)) {
            fail_msg("took %s", wrong[i]);
        }
    }
}

static int64_t noon(void)
{
    return 43200000;
}

static void clock_can_be_set_for_tests(void **state)
{
    (void)state;
    clock_replace(noon);
    assert_int_equal(clock_now_ms(), 43200000);
    clock_replace(NULL);
    assert_true(clock_now_ms() > 1700000000000);
}

static void clock_monotonic_goes_forward(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_us();
    for (int i = 0; i < 1000; i++) {
        const int64_t now = clock_monotonic_us();
        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_writes_rfc_3339_with_milliseconds),
        cmocka_unit_test(clock_agrees_with_the_c_library),
        cmocka_unit_test(clock_counts_days_there_and_back),
        cmocka_unit_test(clock_reads_dates_of_the_calendar_only),
        cmocka_unit_test(clock_reads_rfc_3339),
        cmocka_unit_test(clock_can_be_set_for_tests),
        cmocka_unit_test(clock_monotonic_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
