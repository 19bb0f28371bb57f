#include "base/hash.h"

#include <sodium.h>
#include <string.h>

_Static_assert(HASH_SIZE == crypto_hash_sha256_BYTES, "SHA-256 has 32 bytes");

struct hash hash_of(const void *bytes, size_t length)
{
    struct hash hash;
    crypto_hash_sha256(hash.bytes, bytes, length);
    return hash;
}

struct hash hash_of_strings(const char *const *strings, size_t count)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++) {
        const uint64_t length = strlen(strings[i]);
        uint8_t prefix[8];
        for (int at = 0; at < 8; at++) {
            prefix[at] = (uint8_t)(length >> (56 - 8 * at));
        }
        crypto_hash_sha256_update(&state, prefix, sizeof prefix);
        crypto_hash_sha256_update(&state, (const uint8_t *)strings[i], length);
    }
    struct hash hash;
    crypto_hash_sha256_final(&state, hash.bytes);
    return hash;
}

const char *hash_format(const struct hash *hash, char text[static HASH_TEXT_SIZE])
{
    sodium_bin2hex(text, HASH_TEXT_SIZE, hash->bytes, sizeof hash->bytes);
    return text;
}
