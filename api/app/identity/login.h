/*
 * Passwords: hashing one at a time, and making guessing slow.
 */
#ifndef MYPOS_APP_LOGIN_H
#define MYPOS_APP_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#define LOGIN_HASH_SIZE 128 /* crypto_pwhash_STRBYTES */

struct app_auth;

/* Argon2id; false when there is no memory or too many wait. */
bool login_hash_password(const char *password, char hash[static LOGIN_HASH_SIZE]);

/* app/identity/auth.c: the key that signs sessions. */
const uint8_t *auth_signing_key(const struct app_auth *auth);

#endif
