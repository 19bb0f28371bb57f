#include "app/time/tzif.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE  44
#define DAY_S        86400
#define OFFSET_MAX_S (26 * 3600) /* RFC 8536 advises −25 h … +26 h */
#define YEAR_MAX     9999

struct header {
    char version;
    uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static uint32_t big_endian_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t big_endian_64(const uint8_t *bytes)
{
    return (int64_t)((uint64_t)big_endian_32(bytes) << 32 | big_endian_32(bytes + 4));
}

static bool read_header(const uint8_t *bytes, size_t length, struct header *header)
{
    if (length < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0) {
        return false;
    }
    *header = (struct header){
        .version = (char)bytes[4],
        .isutcnt = big_endian_32(bytes + 20),
        .isstdcnt = big_endian_32(bytes + 24),
        .leapcnt = big_endian_32(bytes + 28),
        .timecnt = big_endian_32(bytes + 32),
        .typecnt = big_endian_32(bytes + 36),
        .charcnt = big_endian_32(bytes + 40),
    };
    /* Limits of the file size make every sum below fit. Leap seconds (the "right/" zones) count time in
     * another way than POSIX and this program do. */
    return header->isutcnt <= 256 && header->isstdcnt <= 256 && header->leapcnt == 0 &&
           header->timecnt <= TZIF_SIZE_MAX && header->typecnt >= 1 && header->typecnt <= 256 &&
           header->charcnt <= 4096;
}

static size_t data_size(const struct header *header, size_t time_size)
{
    return header->timecnt * (time_size + 1) + header->typecnt * 6u + header->charcnt + header->isstdcnt +
           header->isutcnt;
}

/* The 64-bit data block: times, the type of each, the types. */
static bool read_transitions(const uint8_t *data, const struct header *header, struct tzif *zone)
{
    const uint8_t *indexes = data + header->timecnt * 8u;
    const uint8_t *types = indexes + header->timecnt;
    int32_t offsets[256] = {0};
    for (uint32_t i = 0; i < header->typecnt; i++) {
        offsets[i] = (int32_t)big_endian_32(types + i * 6u);
        if (offsets[i] < -OFFSET_MAX_S || offsets[i] > OFFSET_MAX_S) {
            return false;
        }
    }
    zone->first_offset_s = offsets[0];
    zone->count = header->timecnt;
    if (zone->count == 0) {
        return true;
    }
    zone->times_s = calloc(zone->count, sizeof *zone->times_s);
    zone->offsets_s = calloc(zone->count, sizeof *zone->offsets_s);
    if (zone->times_s == NULL || zone->offsets_s == NULL) {
        return false;
    }
    for (size_t i = 0; i < zone->count; i++) {
        zone->times_s[i] = big_endian_64(data + i * 8);
        if (indexes[i] >= header->typecnt || (i > 0 && zone->times_s[i] <= zone->times_s[i - 1])) {
            return false;
        }
        zone->offsets_s[i] = offsets[indexes[i]];
    }
    return true;
}

/* --- the footer: a POSIX TZ string with the extensions of RFC 8536, section 3.3.1 --- */

static bool read_number(const char **at, int least, int most, int *number)
{
    const char *from = *at;
    int value = 0;
    while (**at >= '0' && **at <= '9' && *at - from < 5) {
        value = value * 10 + (*(*at)++ - '0');
    }
    *number = value;
    return *at > from && value >= least && value <= most;
}

/* "CET", "<+03>" */
static bool read_name(const char **at)
{
    const char *from = *at;
    if (**at == '<') {
        do {
            (*at)++;
        } while (**at != '\0' && **at != '>');
        return *(*at)++ == '>' && *at - from >= 5;
    }
    while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z')) {
        (*at)++;
    }
    return *at - from >= 3;
}

/* "[+-]hh[:mm[:ss]]", in seconds. */
static bool read_duration(const char **at, int hours_max, int32_t *seconds)
{
    const int sign = **at == '-' ? -1 : 1;
    if (**at == '-' || **at == '+') {
        (*at)++;
    }
    int part[3] = {0, 0, 0};
    if (!read_number(at, 0, hours_max, &part[0])) {
        return false;
    }
    for (int i = 1; i < 3 && **at == ':'; i++) {
        (*at)++;
        if (!read_number(at, 0, 59, &part[i])) {
            return false;
        }
    }
    *seconds = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return true;
}

/* "M3.5.0/2", "J60/2", "59/2"; the time is 02:00 when not given. */
static bool read_rule(const char **at, struct tzif_rule *rule)
{
    *rule = (struct tzif_rule){.second = 2 * 3600};
    if (**at == 'M') {
        rule->kind = TZIF_MONTH_WEEK_DAY;
        (*at)++;
        if (!read_number(at, 1, 12, &rule->month) || *(*at)++ != '.' || !read_number(at, 1, 5, &rule->week) ||
            *(*at)++ != '.' || !read_number(at, 0, 6, &rule->day)) {
            return false;
        }
    } else if (**at == 'J') {
        rule->kind = TZIF_JULIAN;
        (*at)++;
        if (!read_number(at, 1, 365, &rule->day)) {
            return false;
        }
    } else {
        rule->kind = TZIF_DAY_OF_YEAR;
        if (!read_number(at, 0, 365, &rule->day)) {
            return false;
        }
    }
    if (**at != '/') {
        return true;
    }
    (*at)++;
    return read_duration(at, 167, &rule->second);
}

/* POSIX counts offsets west of Greenwich as positive. */
static bool read_footer(const char *at, struct tzif *zone)
{
    if (*at == '\0') {
        return true;
    }
    int32_t west;
    if (!read_name(&at) || !read_duration(&at, 24, &west)) {
        return false;
    }
    zone->has_rule = true;
    zone->standard_s = -west;
    if (*at == '\0') {
        return true;
    }
    zone->has_daylight = true;
    zone->daylight_s = zone->standard_s + 3600;
    if (!read_name(&at)) {
        return false;
    }
    if (*at != ',') {
        if (!read_duration(&at, 24, &west)) {
            return false;
        }
        zone->daylight_s = -west;
    }
    return *at++ == ',' && read_rule(&at, &zone->begin) && *at++ == ',' && read_rule(&at, &zone->end) &&
           *at == '\0';
}

static bool parse(const uint8_t *bytes, size_t length, struct tzif *zone)
{
    struct header header;
    if (length > TZIF_SIZE_MAX || !read_header(bytes, length, &header) || header.version < '2') {
        return false; /* version 1 has 32-bit times and no rule: tzdata has not written it for years */
    }
    const size_t first = HEADER_SIZE + data_size(&header, 4);
    if (first > length || !read_header(bytes + first, length - first, &header)) {
        return false;
    }
    const size_t data = first + HEADER_SIZE;
    const size_t footer = data + data_size(&header, 8);
    if (footer + 2 > length || bytes[footer] != '\n' || !read_transitions(bytes + data, &header, zone)) {
        return false;
    }
    const uint8_t *rule = bytes + footer + 1;
    const uint8_t *rule_end = memchr(rule, '\n', length - footer - 1);
    char text[128];
    if (rule_end == NULL || (size_t)(rule_end - rule) >= sizeof text) {
        return false;
    }
    memcpy(text, rule, (size_t)(rule_end - rule));
    text[rule_end - rule] = '\0';
    return strlen(text) == (size_t)(rule_end - rule) && read_footer(text, zone);
}

bool tzif_parse(const uint8_t *bytes, size_t length, struct tzif *zone)
{
    *zone = (struct tzif){0};
    if (parse(bytes, length, zone)) {
        return true;
    }
    tzif_free(zone);
    return false;
}

void tzif_free(struct tzif *zone)
{
    free(zone->times_s);
    free(zone->offsets_s);
    *zone = (struct tzif){0};
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The rule's day of a year, as days since the epoch. */
static int64_t rule_day(const struct tzif_rule *rule, int year)
{
    const int64_t new_year = clock_days_of_date((struct clock_date){year, 1, 1});
    switch (rule->kind) {
    case TZIF_JULIAN:
        return new_year + rule->day - 1 + (is_leap(year) && rule->day >= 60 ? 1 : 0);
    case TZIF_DAY_OF_YEAR:
        return new_year + rule->day;
    case TZIF_MONTH_WEEK_DAY:
        break;
    }
    const int64_t first = clock_days_of_date((struct clock_date){year, rule->month, 1});
    const int64_t next = rule->month == 12
                             ? clock_days_of_date((struct clock_date){year + 1, 1, 1})
                             : clock_days_of_date((struct clock_date){year, rule->month + 1, 1});
    /* 1970-01-01 was a Thursday; + 7 keeps the remainder positive for earlier days. */
    const int weekday = (int)(((first + 4) % 7 + 7) % 7);
    int64_t day = first + (rule->day - weekday + 7) % 7 + 7 * (rule->week - 1);
    while (day >= next) {
        day -= 7; /* week 5 means the last one */
    }
    return day;
}

static int32_t rule_offset_at(const struct tzif *zone, int64_t time_s)
{
    if (!zone->has_daylight) {
        return zone->standard_s;
    }
    const int64_t local = time_s + zone->standard_s;
    const int64_t day = local >= 0 ? local / DAY_S : -((-local + DAY_S - 1) / DAY_S);
    int year = clock_date_of_days(day).year;
    if (year > YEAR_MAX) {
        year = YEAR_MAX;
    }
    const int64_t begin = rule_day(&zone->begin, year) * DAY_S + zone->begin.second - zone->standard_s;
    const int64_t end = rule_day(&zone->end, year) * DAY_S + zone->end.second - zone->daylight_s;
    /* In the south daylight saving time lasts over the new year. */
    const bool daylight = begin < end ? time_s >= begin && time_s < end : time_s >= begin || time_s < end;
    return daylight ? zone->daylight_s : zone->standard_s;
}

int32_t tzif_offset_at(const struct tzif *zone, int64_t time_s)
{
    if (zone->count == 0 || time_s < zone->times_s[0]) {
        return zone->count == 0 && zone->has_rule ? rule_offset_at(zone, time_s) : zone->first_offset_s;
    }
    if (time_s >= zone->times_s[zone->count - 1]) {
        return zone->has_rule ? rule_offset_at(zone, time_s) : zone->offsets_s[zone->count - 1];
    }
    size_t low = 0, high = zone->count - 1; /* times[low] ≤ time < times[high] */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (time_s >= zone->times_s[middle]) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return zone->offsets_s[low];
}
