#include "app/identity/token.h"

#include <sodium.h>
#include <string.h>

#define CLAIMS_SIZE 48
#define SIGNED_SIZE (CLAIMS_SIZE + HASH_SIZE)

_Static_assert(HASH_SIZE == crypto_auth_hmacsha256_BYTES && HASH_SIZE == crypto_auth_hmacsha256_KEYBYTES,
               "HMAC-SHA256 has 32 bytes");

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void put_time(uint8_t *at, int64_t time_ms)
{
    for (int i = 0; i < 8; i++) {
        at[i] = (uint8_t)((uint64_t)time_ms >> (56 - 8 * i));
    }
}

static int64_t get_time(const uint8_t *at)
{
    uint64_t time_ms = 0;
    for (int i = 0; i < 8; i++) {
        time_ms = time_ms << 8 | at[i];
    }
    return (int64_t)time_ms;
}

void token_write(const struct token *token, const uint8_t key[static HASH_SIZE],
                 char text[static TOKEN_TEXT_SIZE])
{
    uint8_t bytes[SIGNED_SIZE];
    memcpy(bytes, token->employee_id.bytes, 16);
    memcpy(bytes + 16, token->session_id.bytes, 16);
    put_time(bytes + 32, token->issued_at_ms);
    put_time(bytes + 40, token->expires_at_ms);
    crypto_auth_hmacsha256(bytes + CLAIMS_SIZE, bytes, CLAIMS_SIZE, key);
    const size_t prefix = sizeof TOKEN_PREFIX - 1;
    memcpy(text, TOKEN_PREFIX, prefix);
    sodium_bin2base64(text + prefix, TOKEN_TEXT_SIZE - prefix, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool token_read(const char *text, const uint8_t key[static HASH_SIZE], struct token *token)
{
    const size_t prefix = sizeof TOKEN_PREFIX - 1;
    uint8_t bytes[SIGNED_SIZE];
    size_t length;
    if (strncmp(text, TOKEN_PREFIX, prefix) != 0 ||
        sodium_base642bin(bytes, sizeof bytes, text + prefix, strlen(text + prefix), NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        length != sizeof bytes ||
        crypto_auth_hmacsha256_verify(bytes + CLAIMS_SIZE, bytes, CLAIMS_SIZE, key) != 0) {
        return false;
    }
    memcpy(token->employee_id.bytes, bytes, 16);
    memcpy(token->session_id.bytes, bytes + 16, 16);
    token->issued_at_ms = get_time(bytes + 32);
    token->expires_at_ms = get_time(bytes + 40);
    return true;
}

/* CRC-32 of ISO 3309, bit by bit: keys are made and first seen seldom. */
static uint32_t crc32_of(const char *bytes, size_t length)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

static void write_checksum(const char *random, char checksum[static API_KEY_CHECKSUM])
{
    uint32_t crc = crc32_of(random, API_KEY_RANDOM);
    for (int i = API_KEY_CHECKSUM; i-- > 0; crc /= 62) {
        checksum[i] = base62[crc % 62];
    }
}

void api_key_make(char text[static API_KEY_TEXT_SIZE])
{
    const size_t prefix = sizeof API_KEY_PREFIX - 1;
    memcpy(text, API_KEY_PREFIX, prefix);
    char *random = text + prefix;
    for (size_t i = 0; i < API_KEY_RANDOM;) {
        uint8_t byte;
        random_fill(&byte, 1);
        if (byte < 248) { /* four times 62: every character is as likely as any other */
            random[i++] = base62[byte % 62];
        }
    }
    write_checksum(random, random + API_KEY_RANDOM);
    random[API_KEY_RANDOM + API_KEY_CHECKSUM] = '\0';
}

bool api_key_is_well_formed(const char *text)
{
    const size_t prefix = sizeof API_KEY_PREFIX - 1;
    if (strncmp(text, API_KEY_PREFIX, prefix) != 0 || strlen(text) != API_KEY_TEXT_SIZE - 1 ||
        strspn(text + prefix, base62) != API_KEY_RANDOM + API_KEY_CHECKSUM) {
        return false;
    }
    char checksum[API_KEY_CHECKSUM];
    write_checksum(text + prefix, checksum);
    return memcmp(checksum, text + prefix + API_KEY_RANDOM, API_KEY_CHECKSUM) == 0;
}
