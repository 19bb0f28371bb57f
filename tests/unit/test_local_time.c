/* Local time (app/time/local_time.h) and the files it is read from (app/time/tzif.h). */
#include "unit.h"

#include "app/time/local_time.h"
#include "app/time/tzif.h"

static int64_t utc_s(int year, int month, int day, int hour, int minute)
{
    return clock_days_of_date((struct clock_date){year, month, day}) * 86400 + hour * 3600 + minute * 60;
}

static void zones_show_the_time_on_the_wall(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        int utc[5]; /* year, month, day, hour, minute */
        const char *local;
    } cases[] = {
        {"UTC", {2026, 11, 22, 14, 5}, "2026-11-22 14:05:00"},
        {"Europe/Vienna", {2026, 11, 22, 14, 5}, "2026-11-22 15:05:00"},
        {"Europe/Vienna", {2026, 7, 1, 22, 30}, "2026-07-02 00:30:00"},
        {"Europe/Vienna", {2026, 3, 29, 0, 59}, "2026-03-29 01:59:00"}, /* the last minute of winter */
        {"Europe/Vienna", {2026, 3, 29, 1, 0}, "2026-03-29 03:00:00"},
        {"Europe/Vienna", {2026, 10, 25, 0, 59}, "2026-10-25 02:59:00"},
        {"Europe/Vienna", {2026, 10, 25, 1, 0}, "2026-10-25 02:00:00"},
        {"Europe/Vienna", {2086, 7, 1, 12, 0}, "2086-07-01 14:00:00"}, /* beyond the file's transitions */
        {"America/New_York", {2026, 3, 8, 6, 59}, "2026-03-08 01:59:00"},
        {"America/New_York", {2026, 3, 8, 7, 0}, "2026-03-08 03:00:00"},
        {"Australia/Sydney", {2060, 1, 1, 0, 0}, "2060-01-01 11:00:00"}, /* summer over the new year */
        {"Australia/Sydney", {2060, 7, 1, 0, 0}, "2060-07-01 10:00:00"},
        {"Asia/Kathmandu", {2026, 1, 1, 0, 0}, "2026-01-01 05:45:00"},
        {"Pacific/Kiritimati", {2026, 1, 1, 11, 0}, "2026-01-02 01:00:00"},
        {"America/St_Johns", {1969, 12, 31, 23, 0}, "1969-12-31 19:30:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int *utc = cases[i].utc;
        struct local_time local;
        char text[LOCAL_TIME_TEXT_SIZE];
        assert_true(
            local_time_of(cases[i].zone, utc_s(utc[0], utc[1], utc[2], utc[3], utc[4]) * 1000, &local));
        assert_string_equal(local_time_format(&local, text), cases[i].local);
        assert_memory_equal(local_time_format_day(local.day, text), cases[i].local, strlen("2026-11-22"));
    }
}

static void names_that_are_no_zones_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",           "Europe",         "Europe/",  "Mars/Olympus_Mons", "/etc/passwd", "../../../etc/passwd",
        "Europe/../", "Europe/Vienna ", "zone.tab", "right/UTC",         "tzdata.zi",   "Europe/Vienna\n"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_false(local_time_zone_exists(names[i]));
    }
    assert_true(local_time_zone_exists("Europe/Vienna"));
    struct local_time local;
    assert_false(local_time_of("Nowhere", 0, &local));
    assert_int_equal(local.offset_s, 0);
}

/* A file with one transition, at 1000 s, from UTC to UTC+1, and a footer. */
static size_t make_file(uint8_t *out, const char *footer)
{
    static const uint8_t header[44] = {'T', 'Z', 'i', 'f', '2'};
    size_t length = 0;
    for (int block = 0; block < 2; block++) {
        uint8_t *at = out + length;
        memcpy(at, header, sizeof header);
        at[35] = (uint8_t)block; /* timecnt: the first block is empty */
        at[39] = 2;              /* typecnt */
        at[43] = 1;              /* charcnt */
        length += sizeof header;
        if (block == 1) {
            static const uint8_t transition[] = {0, 0, 0, 0, 0, 0, 3, 0xe8, 1};
            memcpy(out + length, transition, sizeof transition);
            length += sizeof transition;
        }
        static const uint8_t types[] = {0, 0, 0, 0, 0, 0, 0, 0, 0x0e, 0x10, 0, 0};
        memcpy(out + length, types, sizeof types);
        length += sizeof types;
        out[length++] = 0;
    }
    return length + (size_t)sprintf((char *)out + length, "\n%s\n", footer);
}

static void footers_rule_after_the_last_transition(void **state)
{
    (void)state;
    static const struct {
        const char *footer;
        int64_t time_s;
        int32_t offset_s;
    } cases[] = {
        {"", 2000, 3600},
        {"EST5", 2000, -5 * 3600},
        {"<+0330>-3:30", 2000, 12600},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 0x60000000, 3600},
        {"AAA3BBB,J60,J300", 86400 * (365 + 59) + 5 * 3600, -2 * 3600}, /* 1 March 1971, 02:00 */
        {"AAA3BBB,J60,J300", 86400 * (365 + 59) + 5 * 3600 - 1, -3 * 3600},
        {"AAA3BBB,59,300", 86400 * 59 + 5 * 3600, -2 * 3600},
        {"IST-2IDT,M3.4.4/26,M10.5.0", 86400 * 85 + 0 * 3600, 3 * 3600}, /* the Friday after, at 02:00 */
        {"IST-2IDT,M3.4.4/26,M10.5.0", 86400 * 85 - 1, 2 * 3600},
    };
    uint8_t file[512];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tzif zone;
        assert_true(tzif_parse(file, make_file(file, cases[i].footer), &zone));
        assert_int_equal(tzif_offset_at(&zone, cases[i].time_s), cases[i].offset_s);
        assert_int_equal(tzif_offset_at(&zone, 999), 0);
        tzif_free(&zone);
    }
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    static const char *const footers[] = {"C",
                                          "CET",
                                          "CET-1CEST",
                                          "CET-1CEST,M13.5.0,M10.5.0",
                                          "<+03",
                                          "CET-25",
                                          "CET-1CEST,M3.5.0",
                                          "CET1x",
                                          "CET-1CEST,J0,J366"};
    uint8_t file[512];
    struct tzif zone;
    for (size_t i = 0; i < sizeof footers / sizeof footers[0]; i++) {
        assert_false(tzif_parse(file, make_file(file, footers[i]), &zone));
    }
    const size_t length = make_file(file, "CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t shorter = 0; shorter < length; shorter++) {
        assert_false(tzif_parse(file, shorter, &zone));
    }
    struct unit_random random = unit_random();
    for (int round = 0; round < 20000; round++) { /* nothing but false or a zone comes of any bytes */
        uint8_t changed[512];
        memcpy(changed, file, sizeof changed);
        for (int i = 0; i < 3; i++) {
            changed[unit_random_below(&random, length)] = (uint8_t)unit_random_next(&random);
        }
        if (tzif_parse(changed, length, &zone)) {
            (void)tzif_offset_at(&zone, (int64_t)(unit_random_next(&random) >> 20) - (1LL << 43));
            tzif_free(&zone);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_show_the_time_on_the_wall),
        cmocka_unit_test(names_that_are_no_zones_are_refused),
        cmocka_unit_test(footers_rule_after_the_last_transition),
        cmocka_unit_test(damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
