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

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof((struct hash_stream *)0)->state,
               "the state of SHA-256 fits");

struct hash_stream hash_stream(void)
{
    struct hash_stream stream;
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)stream.state);
    return stream;
}

void hash_stream_add(struct hash_stream *stream, const void *bytes, size_t length)
{
    crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)stream->state, bytes, length);
}

struct hash hash_stream_end(struct hash_stream *stream)
{
    struct hash hash;
    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)stream->state, hash.bytes);
    return hash;
}

const char *hash_format(const struct hash *hash, char text[static HASH_TEXT_SIZE])
{
    sodium_bin2hex(text, HASH_TEXT_SIZE, hash->bytes, sizeof hash->bytes);
    return text;
}

bool hash_parse(const char *text, struct hash *hash)
{
    size_t length;
    return strspn(text, "0123456789abcdef") == HASH_TEXT_SIZE - 1 && text[HASH_TEXT_SIZE - 1] == '\0' &&
           sodium_hex2bin(hash->bytes, sizeof hash->bytes, text, HASH_TEXT_SIZE - 1, NULL, &length, NULL) == 0 &&
           length == sizeof hash->bytes;
}
