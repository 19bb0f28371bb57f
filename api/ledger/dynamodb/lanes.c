#include "ledger/dynamodb/lanes.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct lanes {
    pthread_mutex_t mutex[LANES];
};

enum status lanes_open(struct lanes **lanes)
{
    *lanes = calloc(1, sizeof **lanes);
    if (*lanes == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    for (size_t i = 0; i < LANES; i++) {
        pthread_mutex_init(&(*lanes)->mutex[i], NULL);
    }
    return STATUS_OK;
}

void lanes_close(struct lanes *lanes)
{
    for (size_t i = 0; lanes != NULL && i < LANES; i++) {
        pthread_mutex_destroy(&lanes->mutex[i]);
    }
    free(lanes);
}

/* FNV-1a: near keys are far apart. */
void lane_set_add(struct lane_set *set, const struct layout_key *key)
{
    uint32_t hash = 2166136261u;
    for (const char *at = key->pk; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    for (const char *at = key->sk; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    hash = (hash ^ hash >> 16) % LANES;
    set->bits[hash / 64] |= UINT64_C(1) << hash % 64;
}

static bool holds(const struct lane_set *set, size_t lane)
{
    return (set->bits[lane / 64] >> lane % 64 & 1) != 0;
}

static void leave_below(struct lanes *lanes, const struct lane_set *set, size_t end)
{
    for (size_t i = end; i-- > 0;) {
        if (holds(set, i)) {
            pthread_mutex_unlock(&lanes->mutex[i]);
        }
    }
}

/* The deadline by the clock of pthread_mutex_timedlock: ThreadSanitizer knows no other timed lock. */
static struct timespec until(int64_t deadline_us)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    const int64_t left_us = deadline_us - clock_monotonic_us();
    const int64_t nanoseconds = at.tv_nsec + (left_us > 0 ? left_us : 0) % 1000000 * 1000;
    at.tv_sec += (left_us > 0 ? left_us : 0) / 1000000 + nanoseconds / 1000000000;
    at.tv_nsec = nanoseconds % 1000000000;
    return at;
}

bool lanes_enter(struct lanes *lanes, const struct lane_set *set, int64_t deadline_us)
{
    const struct timespec deadline = until(deadline_us);
    for (size_t i = 0; i < LANES; i++) {
        if (holds(set, i) && pthread_mutex_timedlock(&lanes->mutex[i], &deadline) != 0) {
            leave_below(lanes, set, i);
            return false;
        }
    }
    return true;
}

void lanes_leave(struct lanes *lanes, const struct lane_set *set)
{
    leave_below(lanes, set, LANES);
}
