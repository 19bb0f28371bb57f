/*
 * Target: the path and the query of a request, decoded once and strictly (RFC 3986, RFC 9112 section 3.2).
 *
 * What is ambiguous is refused, so that no two parts of a system can read one request in two ways: "%2F"
 * and "%00", broken percent-encoding, overlong or broken UTF-8, control characters. Nothing is collapsed:
 * "/a//b" has an empty segment and "/a/" ends in one, and neither matches "/a/b" or "/a".
 */
#ifndef MYPOS_HTTP_TARGET_H
#define MYPOS_HTTP_TARGET_H

#include "base/arena.h"
#include "base/detail.h"

#define TARGET_LENGTH_MAX   8192
#define TARGET_SEGMENTS_MAX 16
#define TARGET_QUERY_MAX    32

struct target {
    const char *path; /* as it was sent, without the query */
    unsigned segment_count;
    const char *segments[TARGET_SEGMENTS_MAX]; /* decoded */
    unsigned query_count;
    struct target_pair {
        const char *name, *value; /* decoded; "+" is a space */
    } query[TARGET_QUERY_MAX];
};

/* Reads a target in origin form ("/path?query") or absolute form ("http://host/path?query"). Everything
 * lives in the arena. STATUS_MALFORMED_REQUEST or STATUS_URI_TOO_LONG, with the reason in `detail`. */
MUST_CHECK enum status target_parse(const char *text, struct arena *arena, struct target *target,
                                    struct detail *detail);

/* Whether bytes are valid UTF-8 (RFC 3629: no surrogates, nothing overlong). */
bool utf8_valid(const char *bytes, size_t length);

#endif
