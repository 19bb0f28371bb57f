/*
 * Clock: the only source of time, so that tests can set it.
 *
 * Times are milliseconds since 1970-01-01T00:00:00Z. Texts are RFC 3339 in UTC with milliseconds:
 * "2026-11-22T14:05:09.123Z".
 */
#ifndef MYPOS_BASE_CLOCK_H
#define MYPOS_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_TEXT_SIZE 25 /* with the closing NUL */

/* The time of day, and a time that only goes forward (for deadlines and durations, in microseconds). */
int64_t clock_now_ms(void);
int64_t clock_monotonic_us(void);

/* Replaces the time of day, for tests; NULL restores it. Call it before threads start. */
void clock_replace(int64_t (*now_ms)(void));

/* Reads a time as RFC 3339 has it (section 5.6), with an offset or Z; what is finer than a millisecond is cut
 * off. False for anything else. */
bool clock_parse(const char *text, int64_t *time_ms);

/* Writes the text of a time from year 0 to 9999, and returns `text`. */
const char *clock_format(int64_t time_ms, char text[static CLOCK_TEXT_SIZE]);

/* A civil date (proleptic Gregorian) of days since 1970-01-01, and back. */
struct clock_date {
    int year, month, day;
};
struct clock_date clock_date_of_days(int64_t days);
int64_t clock_days_of_date(struct clock_date date);

/* Reads "YYYY-MM-DD"; false when it is not a date of the calendar. */
bool clock_parse_date(const char *text, struct clock_date *date);

#endif
