/*
 * From a transaction's record to what its receipt shows (core/receipt/receipt.h).
 */
#ifndef MYPOS_APP_RECEIPT_RECORD_H
#define MYPOS_APP_RECEIPT_RECORD_H

#include "base/arena.h"
#include "core/receipt/receipt.h"

#include <jansson.h>

/* Fills in all that the record says itself; not what other records say (numbers of originals), nor the
 * store's letterhead. Strings are borrowed from the record or live in the arena. */
struct receipt receipt_record_read(struct arena *arena, const json_t *record);

#endif
