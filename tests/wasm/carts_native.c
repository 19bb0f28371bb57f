/* carts SEED COUNT STRIDE: prices random carts and prints the running hash of their quotes, a line every
 * STRIDE carts. The same is done in WebAssembly by core.test.mjs, which compares. */
#include "carts.h"
#include "core/wasm/till.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* FNV-1a, 32 bits. */
static uint32_t hash_on(uint32_t hash, const char *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)bytes[i]) * 16777619u;
    }
    return hash;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: carts SEED COUNT STRIDE\n");
        return 2;
    }
    struct carts_random random = carts_random((uint32_t)strtoul(argv[1], NULL, 10));
    const unsigned long count = strtoul(argv[2], NULL, 10), stride = strtoul(argv[3], NULL, 10);
    uint32_t hash = 2166136261u;
    for (unsigned long i = 1; i <= count; i++) {
        const uint32_t length = carts_next(&random);
        hash = hash_on(hash, till_output(), length);
        if (i % stride == 0) {
            printf("%08" PRIx32 "\n", hash);
        }
    }
    return 0;
}
