/*
 * Local time: what the clock on the wall of a store shows.
 *
 * Zones have the names of the IANA time zone database ("Europe/Vienna") and are read from the system's
 * files once, at first use; the process sees an update of tzdata after a restart. Any thread.
 */
#ifndef MYPOS_APP_LOCAL_TIME_H
#define MYPOS_APP_LOCAL_TIME_H

#include "base/clock.h"

#define LOCAL_TIME_ZONE_MAX  64 /* bytes of a zone's name */
#define LOCAL_TIME_TEXT_SIZE 20

struct local_time {
    struct clock_date date;
    int hour, minute, second;
    int64_t day;      /* days since 1970-01-01: the business day of a sale */
    int32_t offset_s; /* from UTC; east is positive */
};

/* Is it a zone of this machine? Ask before a store with it is stored. */
bool local_time_zone_exists(const char *zone);

/* The local time of a moment; false, with UTC, when the zone does not exist. */
bool local_time_of(const char *zone, int64_t time_ms, struct local_time *local);

/* "2026-11-22 15:05:09" */
const char *local_time_format(const struct local_time *local, char text[static LOCAL_TIME_TEXT_SIZE]);

/* "2026-11-22" of days since 1970-01-01; the buffer has room for it and more. */
const char *local_time_format_day(int64_t day, char text[static LOCAL_TIME_TEXT_SIZE]);

#endif
