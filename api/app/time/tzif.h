/*
 * TZif: the files of the time zone database (RFC 8536; the package tzdata, /usr/share/zoneinfo).
 *
 * A file lists the moments at which a zone's offset from UTC changed, up to some year, and closes with a
 * rule in the form of POSIX' TZ variable for all times after: "CET-1CEST,M3.5.0,M10.5.0/3".
 *
 * The parser takes any bytes and refuses what is not a whole, consistent file. It does no I/O.
 */
#ifndef MYPOS_APP_TZIF_H
#define MYPOS_APP_TZIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TZIF_SIZE_MAX 65536 /* the largest file of tzdata has less than 4 KB */

/* The day and the second of the day at which daylight saving time begins or ends, every year. */
struct tzif_rule {
    enum tzif_rule_kind {
        TZIF_MONTH_WEEK_DAY, /* "M10.5.0": the fifth (or last) Sunday of October */
        TZIF_JULIAN,         /* "J60": the first of March, in leap years too */
        TZIF_DAY_OF_YEAR,    /* "59": counted from 0, with 29 February */
    } kind;
    int month, week, day;
    int32_t second; /* of local time; may be negative or beyond a day */
};

struct tzif {
    size_t count;           /* of transitions */
    int64_t *times_s;       /* ascending */
    int32_t *offsets_s;     /* from each transition on; east of UTC is positive */
    int32_t first_offset_s; /* before the first transition */
    /* After the last transition. Without a rule the last offset stays. */
    bool has_rule, has_daylight;
    int32_t standard_s, daylight_s;
    struct tzif_rule begin, end;
};

/* Reads the bytes of a file; false when they are not one. `tzif_free` gives the arrays back. */
bool tzif_parse(const uint8_t *bytes, size_t length, struct tzif *zone);
void tzif_free(struct tzif *zone);

/* The offset from UTC at a time, in seconds; east is positive. */
int32_t tzif_offset_at(const struct tzif *zone, int64_t time_s);

#endif
