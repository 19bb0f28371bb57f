/* Random carts, the same in C and in JavaScript (carts.mjs): the same numbers are drawn in the same order. */
#ifndef MYPOS_TESTS_WASM_CARTS_H
#define MYPOS_TESTS_WASM_CARTS_H

#include <stdint.h>

/* xoshiro128** by Blackman and Vigna: 32 bits at a time, as JavaScript can. */
struct carts_random {
    uint32_t state[4];
};

struct carts_random carts_random(uint32_t seed);

/* Builds the next cart with the calls of core/wasm/till.h and prices it; returns the length of its quote. */
uint32_t carts_next(struct carts_random *random);

#endif
