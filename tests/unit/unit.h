/*
 * What unit tests share: cmocka with the headers that it needs before it, and random numbers.
 *
 * A property test draws from `unit_random`; its seed is printed, and MYPOS_TEST_SEED runs it again.
 */
#ifndef MYPOS_TESTS_UNIT_H
#define MYPOS_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct unit_random {
    uint64_t state;
};

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (SplitMix64). */
static inline uint64_t unit_random_next(struct unit_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline struct unit_random unit_random(void)
{
    const char *given = getenv("MYPOS_TEST_SEED");
    struct unit_random random = {given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL)};
    print_message("MYPOS_TEST_SEED=%llu\n", (unsigned long long)random.state);
    return random;
}

/* From 0 to limit − 1. */
static inline uint64_t unit_random_below(struct unit_random *random, uint64_t limit)
{
    return unit_random_next(random) % limit;
}

/* From 0 to `max`, small ones as often as large ones: the number of bits is drawn first. */
static inline int64_t unit_random_amount(struct unit_random *random, int64_t max)
{
    const uint64_t number = unit_random_next(random) >> (1 + unit_random_below(random, 63));
    return number > (uint64_t)max ? (int64_t)(number % ((uint64_t)max + 1)) : (int64_t)number;
}

#endif
