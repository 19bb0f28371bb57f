/*
 * Members of a JSON object that may be absent: of a request that the contract admits, of a record or a body
 * that this house wrote. One that is absent, or of another type, reads as nothing.
 */
#ifndef MYPOS_APP_JSON_MEMBER_H
#define MYPOS_APP_JSON_MEMBER_H

#include "base/id.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Borrowed from the object; NULL for none. */
const char *member_string(const json_t *object, const char *name);

/* 0 for none. */
int64_t member_int(const json_t *object, const char *name);

/* Whether there is an id; `id` is untouched without. */
bool member_id(const json_t *object, const char *name, struct id *id);

#endif
