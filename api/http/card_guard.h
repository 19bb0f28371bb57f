/*
 * Card guard: a request that holds a card number is refused before anything else is done with it.
 *
 * For operations that the document marks with x-mypos-refuses-card-numbers. Looked at are all strings,
 * numbers and names of members, before the schema is: so the number is in no fault, no log and no record.
 */
#ifndef MYPOS_HTTP_CARD_GUARD_H
#define MYPOS_HTTP_CARD_GUARD_H

#include "base/detail.h"

#include <jansson.h>

/* A fault "card_number_refused" for each value that holds one; for the name of a member the fault is its
 * object's. STATUS_VALIDATION_FAILED when there is any. */
MUST_CHECK enum status card_guard_check(const json_t *body, struct detail *detail);

#endif
