#include "notify/webhook/webhook_signature.h"

#include <sodium.h>
#include <string.h>

#define PREFIX "whsec_"
#define DIGEST_TEXT_SIZE                                                                                     \
    sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES, sodium_base64_VARIANT_ORIGINAL)

_Static_assert(WEBHOOK_SECRET_TEXT_SIZE ==
                   sizeof PREFIX - 1 +
                       sodium_base64_ENCODED_LEN(WEBHOOK_SECRET_SIZE, sodium_base64_VARIANT_ORIGINAL),
               "a secret's text fits exactly");

struct webhook_secret webhook_secret_new(void)
{
    struct webhook_secret secret;
    random_fill(secret.bytes, sizeof secret.bytes);
    return secret;
}

const char *webhook_secret_format(const struct webhook_secret *secret,
                                  char text[static WEBHOOK_SECRET_TEXT_SIZE])
{
    const size_t head = sizeof PREFIX - 1;
    memcpy(text, PREFIX, head);
    sodium_bin2base64(text + head, WEBHOOK_SECRET_TEXT_SIZE - head, secret->bytes, sizeof secret->bytes,
                      sodium_base64_VARIANT_ORIGINAL);
    return text;
}

static void add_signature(struct text *out, const struct webhook_secret *secret, const struct text *head,
                          const char *body, size_t length)
{
    crypto_auth_hmacsha256_state state;
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    char base64[DIGEST_TEXT_SIZE];
    crypto_auth_hmacsha256_init(&state, secret->bytes, sizeof secret->bytes);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)head->data, head->length);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, length);
    crypto_auth_hmacsha256_final(&state, digest);
    sodium_memzero(&state, sizeof state);
    text_add_string(out, "v1,");
    text_add_string(
        out, sodium_bin2base64(base64, sizeof base64, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL));
}

void webhook_sign(struct text *out, const struct webhook_secret *secrets, size_t count,
                  const char *message_id, int64_t timestamp, const char *body, size_t length)
{
    char buffer[128];
    struct text head = text_over(buffer, sizeof buffer);
    text_add_string(&head, message_id);
    text_add_char(&head, '.');
    text_add_int(&head, timestamp);
    text_add_char(&head, '.');
    for (size_t i = 0; i < count; i++) {
        text_add_string(out, i > 0 ? " " : "");
        add_signature(out, &secrets[i], &head, body, length);
    }
}
