/*
 * Formats of strings that the contract asserts.
 *
 *   uuid            RFC 9562, in lower case
 *   date            RFC 3339 full-date, a day of the calendar: "2026-11-22"
 *   date-time       RFC 3339, with an offset or Z
 *   decimal         an optional minus, 1 to 18 digits, at most 9 decimals: "12", "-0.125"
 *   currency        a code of ISO 4217
 *   iana-time-zone  a name of the time zone database that this machine has: "Europe/Berlin"
 *   colour          "#RRGGBB"
 */
#ifndef MYPOS_HTTP_FORMAT_H
#define MYPOS_HTTP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

enum format {
    FORMAT_NONE,
    FORMAT_UUID,
    FORMAT_DATE,
    FORMAT_DATE_TIME,
    FORMAT_DECIMAL,
    FORMAT_CURRENCY,
    FORMAT_TIME_ZONE,
    FORMAT_COLOUR,
    FORMAT_UNKNOWN,
};

/* The format of a name; FORMAT_UNKNOWN for one that is not listed above. */
enum format format_named(const char *name);

/* Whether the text, which has no NUL inside, is of the format. */
bool format_check(enum format format, const char *text);

/* What a person should write: "a date such as 2026-11-22". */
const char *format_words(enum format format);

#endif
