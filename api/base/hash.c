#include "base/hash.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>

_Static_assert(HASH_SIZE == SHA256_DIGEST_SIZE, "SHA-256 has 32 bytes");
_Static_assert(sizeof(struct sha256_ctx) <= sizeof((struct hash_stream *)0)->state,
               "the state of SHA-256 fits");

static struct sha256_ctx *state_of(struct hash_stream *stream)
{
    return (struct sha256_ctx *)(void *)stream->state;
}

struct hash_stream hash_stream(void)
{
    struct hash_stream stream;
    sha256_init(state_of(&stream));
    return stream;
}

void hash_stream_add(struct hash_stream *stream, const void *bytes, size_t length)
{
    sha256_update(state_of(stream), length, bytes);
}

struct hash hash_stream_end(struct hash_stream *stream)
{
    struct hash hash;
    sha256_digest(state_of(stream), sizeof hash.bytes, hash.bytes);
    return hash;
}

struct hash hash_of(const void *bytes, size_t length)
{
    struct hash_stream stream = hash_stream();
    hash_stream_add(&stream, bytes, length);
    return hash_stream_end(&stream);
}

struct hash hash_of_strings(const char *const *strings, size_t count)
{
    struct hash_stream stream = hash_stream();
    for (size_t i = 0; i < count; i++) {
        const uint64_t length = strlen(strings[i]);
        uint8_t prefix[8];
        for (int at = 0; at < 8; at++) {
            prefix[at] = (uint8_t)(length >> (56 - 8 * at));
        }
        hash_stream_add(&stream, prefix, sizeof prefix);
        hash_stream_add(&stream, strings[i], length);
    }
    return hash_stream_end(&stream);
}

struct hash hash_hmac(const void *key, size_t key_length, const void *bytes, size_t length)
{
    struct hmac_sha256_ctx context;
    struct hash hash;
    hmac_sha256_set_key(&context, key_length, key);
    hmac_sha256_update(&context, length, bytes);
    hmac_sha256_digest(&context, sizeof hash.bytes, hash.bytes);
    sodium_memzero(&context, sizeof context);
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
           sodium_hex2bin(hash->bytes, sizeof hash->bytes, text, HASH_TEXT_SIZE - 1, NULL, &length, NULL) ==
               0 &&
           length == sizeof hash->bytes;
}
