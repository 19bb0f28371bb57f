/*
 * JSON body: from bytes of a request to a value, strictly (RFC 8259).
 *
 * Refused, with line and column: what is not UTF-8 or has a NUL, a byte order mark, nesting deeper than
 * JSON_DEPTH_MAX, a name twice in one object, integers beyond 64 bits and numbers beyond a double, lone
 * surrogates, and anything after the value.
 */
#ifndef MYPOS_HTTP_JSON_BODY_H
#define MYPOS_HTTP_JSON_BODY_H

#include "base/detail.h"

#include <jansson.h>

#define JSON_DEPTH_MAX 32

/* STATUS_MALFORMED_JSON with the reason; on success the caller owns `value`. */
MUST_CHECK enum status json_body_parse(const char *bytes, size_t length, json_t **value,
                                       struct detail *detail);

#endif
