/*
 * What every fuzz target shares.
 *
 * A target takes bytes from outside through one parser and checks what must hold for whatever it accepts.
 */
#ifndef MYPOS_TESTS_FUZZ_H
#define MYPOS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Like assert, whatever the build type. */
#define FUZZ_CHECK(condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
