/*
 * Texts of credentials: what a session token and an API key look like.
 *
 *   mypos_tok_<base64url of employee, session, issued, expires, HMAC-SHA256 of these>
 *   mypos_live_<32 base62 characters><6: their CRC-32 in base62>
 *
 * The checksum tells a mistyped key from an unknown one without asking the database.
 */
#ifndef MYPOS_APP_TOKEN_H
#define MYPOS_APP_TOKEN_H

#include "base/hash.h"
#include "base/id.h"

#include <stdbool.h>

#define TOKEN_PREFIX      "mypos_tok_"
#define TOKEN_TEXT_SIZE   128
#define API_KEY_PREFIX    "mypos_live_"
#define API_KEY_RANDOM    32
#define API_KEY_CHECKSUM  6
#define API_KEY_TEXT_SIZE (sizeof API_KEY_PREFIX + API_KEY_RANDOM + API_KEY_CHECKSUM)
#define API_KEY_SHOWN     (sizeof API_KEY_PREFIX - 1 + 4) /* characters that tell keys apart */

struct token {
    struct id employee_id, session_id;
    int64_t issued_at_ms, expires_at_ms;
};

/* Writes the text of a session under the signing key. */
void token_write(const struct token *token, const uint8_t key[static HASH_SIZE],
                 char text[static TOKEN_TEXT_SIZE]);

/* Reads it; false when it is not signed with the key. Whether it has expired is for the caller. */
bool token_read(const char *text, const uint8_t key[static HASH_SIZE], struct token *token);

/* Makes a new API key. */
void api_key_make(char text[static API_KEY_TEXT_SIZE]);

/* Whether the text has the form and the checksum of an API key. */
bool api_key_is_well_formed(const char *text);

#endif
