/*
 * The key under which the answer to a request is kept, so that the same request again gets it again.
 *
 * The key is the SHA-256 of who asks, which operation and the client's Idempotency-Key; the fingerprint is
 * the SHA-256 of the request's target and body: the same key with another one is refused.
 */
#ifndef MYPOS_BASE_IDEMPOTENCY_KEY_H
#define MYPOS_BASE_IDEMPOTENCY_KEY_H

#include "base/hash.h"

#include <stdbool.h>

struct idempotency_key {
    bool present; /* false: the client sent none, and nothing is kept */
    struct hash key;
    struct hash fingerprint;
};

#endif
