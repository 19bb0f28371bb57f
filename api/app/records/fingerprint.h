/* Fingerprints: what tells a retry of a request from another request with the same id. */
#ifndef MYPOS_APP_FINGERPRINT_H
#define MYPOS_APP_FINGERPRINT_H

#include "base/hash.h"

#include <jansson.h>

/* The SHA-256 of what is asked for: of a request's members in canonical order, but `previous`, which says
 * where the till was and is no part of it, and `id`. How the body was spaced and ordered does not matter. */
struct hash fingerprint_of_request(const json_t *request);

#endif
