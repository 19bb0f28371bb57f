/*
 * Encode: what is done to every answer before it is sent: If-None-Match, gzip, CORS, the common headers.
 *
 * A compressed answer is another representation, so its strong ETag differs: "3" becomes "3-gzip"
 * (RFC 9110, 8.8.3.3). What clients send back in If-Match and If-None-Match is brought into the plain form
 * by encode_plain_etags, so no one else knows of it.
 */
#ifndef MYPOS_HTTP_ENCODE_H
#define MYPOS_HTTP_ENCODE_H

#include "http/request.h"

/* The origins that browsers may call from: exact, as in the Origin header. Borrowed. */
struct cors {
    const char *const *origins;
    unsigned count;
};

/* Finishes the request's reply. */
void encode_reply(struct request *request, const struct cors *cors);

/* Makes the reply that of a preflight or plain OPTIONS; `allow` is the list of the path's methods. */
void encode_options(struct request *request, const struct cors *cors, const char *allow);

/* A list of entity tags without the mark of compression; NULL stays NULL. */
const char *encode_plain_etags(struct arena *arena, const char *tags);

/* Whether a list of entity tags, or "*", has the tag; weak comparison. */
bool encode_etag_matches(const char *tags, const char *tag);

/* Compresses into the arena; NULL when it does not get smaller. */
const char *encode_gzip(struct arena *arena, const char *bytes, size_t length, size_t *compressed);

#endif
