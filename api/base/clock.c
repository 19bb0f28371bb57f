#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_A_DAY 86400000
#define DIGITS   "0123456789"

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

/* "+05:30" or "Z", to the end of the text. */
static bool parse_offset(const char *text, int64_t *offset_ms)
{
    *offset_ms = 0;
    if (*text == 'Z' || *text == 'z') {
        return text[1] == '\0';
    }
    int hours, minutes;
    if ((*text != '+' && *text != '-') || strlen(text) != 6 || strspn(text + 1, DIGITS) != 2 ||
        text[3] != ':' || strspn(text + 4, DIGITS) != 2 ||
        sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2) {
        return false;
    }
    *offset_ms = (hours * 60 + minutes) * INT64_C(60000) * (*text == '-' ? -1 : 1);
    return hours < 24 && minutes < 60;
}

/* The digits after the point; `text` moves behind them. */
static bool parse_fraction(const char **text, int *ms)
{
    *ms = 0;
    if (**text != '.') {
        return true;
    }
    const size_t digits = strspn(++*text, DIGITS);
    for (size_t i = 0, weight = 100; i < digits && i < 3; i++, weight /= 10) {
        *ms += ((*text)[i] - '0') * (int)weight;
    }
    *text += digits;
    return digits > 0;
}

bool clock_parse(const char *text, int64_t *time_ms)
{
    char day[11] = {0};
    struct clock_date date;
    if (strnlen(text, 20) < 20 || (text[10] != 'T' && text[10] != 't')) {
        return false;
    }
    memcpy(day, text, 10);
    int hour, minute, second, length = 0, ms;
    if (!clock_parse_date(day, &date) || strspn(text + 11, DIGITS ":") < 8 ||
        sscanf(text + 11, "%2d:%2d:%2d%n", &hour, &minute, &second, &length) != 3 || length != 8 ||
        hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    const char *at = text + 19;
    int64_t offset_ms;
    if (!parse_fraction(&at, &ms) || !parse_offset(at, &offset_ms)) {
        return false;
    }
    *time_ms = clock_days_of_date(date) * MS_A_DAY + (hour * 60 + minute) * INT64_C(60000) + second * 1000 +
               ms - offset_ms;
    return true;
}
