#include "app/time/local_time.h"

#include "app/time/tzif.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
#define ZONES_MAX      1024 /* more than tzdata has names */
#define DAY_S          86400

/* Zones that were read: a list that only grows at its head, so that readers need no lock. */
struct zone {
    char name[LOCAL_TIME_ZONE_MAX + 1];
    struct tzif rules;
    struct zone *next;
};

static _Atomic(struct zone *) zones;
static unsigned zone_count;
static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;

static const struct zone *zone_among(const struct zone *zone, const char *name)
{
    while (zone != NULL && strcmp(zone->name, name) != 0) {
        zone = zone->next;
    }
    return zone;
}

/* Only names as the database has them: no absolute path, no "..", nothing hidden. */
static bool name_is_plain(const char *name)
{
    const size_t length = strlen(name);
    if (length == 0 || length > LOCAL_TIME_ZONE_MAX || name[0] == '/' || name[length - 1] == '/') {
        return false;
    }
    for (size_t at = 0; at < length; at++) {
        const char c = name[at];
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && !(c >= '0' && c <= '9') && strchr("_+-/", c) == NULL) {
            return false;
        }
    }
    return true;
}

static bool zone_read(const char *name, struct tzif *rules)
{
    char path[sizeof ZONE_DIRECTORY + LOCAL_TIME_ZONE_MAX];
    snprintf(path, sizeof path, ZONE_DIRECTORY "%s", name);
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > TZIF_SIZE_MAX) {
        return false;
    }
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return false;
    }
    bool good = false;
    uint8_t *bytes = malloc(TZIF_SIZE_MAX);
    if (bytes != NULL) {
        const size_t length = fread(bytes, 1, TZIF_SIZE_MAX, file);
        good = tzif_parse(bytes, length, rules);
    }
    free(bytes);
    fclose(file);
    return good;
}

static const struct zone *zone_find(const char *name)
{
    const struct zone *known = zone_among(atomic_load(&zones), name);
    if (known != NULL || !name_is_plain(name)) {
        return known;
    }
    pthread_mutex_lock(&zones_lock);
    known = zone_among(atomic_load(&zones), name);
    if (known == NULL && zone_count < ZONES_MAX) {
        struct zone *zone = calloc(1, sizeof *zone);
        if (zone != NULL && zone_read(name, &zone->rules)) {
            memcpy(zone->name, name, strlen(name) + 1);
            zone->next = atomic_load(&zones);
            atomic_store(&zones, zone);
            zone_count++;
            known = zone;
        } else {
            free(zone);
        }
    }
    pthread_mutex_unlock(&zones_lock);
    return known;
}

bool local_time_zone_exists(const char *zone)
{
    return zone_find(zone) != NULL;
}

bool local_time_of(const char *name, int64_t time_ms, struct local_time *local)
{
    const struct zone *zone = zone_find(name);
    const int64_t time_s = time_ms / 1000 - (time_ms % 1000 < 0 ? 1 : 0);
    const int32_t offset_s = zone == NULL ? 0 : tzif_offset_at(&zone->rules, time_s);
    const int64_t wall_s = time_s + offset_s;
    const int second = (int)((wall_s % DAY_S + DAY_S) % DAY_S);
    const int64_t day = (wall_s - second) / DAY_S;
    *local = (struct local_time){
        .date = clock_date_of_days(day),
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .day = day,
        .offset_s = offset_s,
    };
    return zone != NULL;
}

const char *local_time_format(const struct local_time *local, char text[static LOCAL_TIME_TEXT_SIZE])
{
    snprintf(text, LOCAL_TIME_TEXT_SIZE, "%04u-%02u-%02u %02u:%02u:%02u", (unsigned)local->date.year % 10000u,
             (unsigned)local->date.month % 100u, (unsigned)local->date.day % 100u,
             (unsigned)local->hour % 100u, (unsigned)local->minute % 100u, (unsigned)local->second % 100u);
    return text;
}

const char *local_time_format_day(int64_t day, char text[static LOCAL_TIME_TEXT_SIZE])
{
    const struct clock_date date = clock_date_of_days(day);
    snprintf(text, LOCAL_TIME_TEXT_SIZE, "%04u-%02u-%02u", (unsigned)date.year % 10000u,
             (unsigned)date.month % 100u, (unsigned)date.day % 100u);
    return text;
}
