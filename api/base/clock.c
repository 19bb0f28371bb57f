#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_A_DAY 86400000

static int64_t (*replaced_now_ms)(void);

int64_t clock_now_ms(void)
{
    if (replaced_now_ms != NULL) {
        return replaced_now_ms();
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_replace(int64_t (*now_ms)(void))
{
    replaced_now_ms = now_ms;
}

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, eras of 400 years. */
struct clock_date clock_date_of_days(int64_t days)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t day_of_era = days - era * 146097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
                                365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    return (struct clock_date){
        .year = (int)(year_of_era + era * 400 + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

int64_t clock_days_of_date(struct clock_date date)
{
    const int64_t year = date.year - (date.month <= 2);
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void put_digits(char *at, int number, int count)
{
    while (count-- > 0) {
        at[count] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* snprintf would cost a tenth of a product look-up. */
const char *clock_format(int64_t time_ms, char text[static CLOCK_TEXT_SIZE])
{
    int64_t days = time_ms / MS_A_DAY;
    int64_t rest = time_ms % MS_A_DAY;
    if (rest < 0) {
        days--;
        rest += MS_A_DAY;
    }
    const struct clock_date date = clock_date_of_days(days);
    memcpy(text, "0000-00-00T00:00:00.000Z", CLOCK_TEXT_SIZE);
    put_digits(text, date.year, 4);
    put_digits(text + 5, date.month, 2);
    put_digits(text + 8, date.day, 2);
    put_digits(text + 11, (int)(rest / 3600000), 2);
    put_digits(text + 14, (int)(rest / 60000 % 60), 2);
    put_digits(text + 17, (int)(rest / 1000 % 60), 2);
    put_digits(text + 20, (int)(rest % 1000), 3);
    return text;
}

bool clock_parse_date(const char *text, struct clock_date *date)
{
    if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 || text[4] != '-' || text[7] != '-' ||
        sscanf(text, "%4d-%2d-%2d", &date->year, &date->month, &date->day) != 3) {
        return false;
    }
    const struct clock_date same = clock_date_of_days(clock_days_of_date(*date));
    return date->month >= 1 && date->month <= 12 && same.year == date->year && same.month == date->month &&
           same.day == date->day;
}
