/*
 * Values as canonical JSON (RFC 8785): what a client or another record said becomes part of a record.
 */
#ifndef MYPOS_APP_CANONICAL_JSON_H
#define MYPOS_APP_CANONICAL_JSON_H

#include "base/json_writer.h"

#include <jansson.h>

#define CANONICAL_MEMBERS_MAX 64 /* of one object */

/* Writes a value, members in the order of their names. Numbers are integers and names plain ASCII, as the
 * contract admits no others; an object has at most CANONICAL_MEMBERS_MAX members. */
void canonical_emit(struct json_writer *json, const json_t *value);

#endif
