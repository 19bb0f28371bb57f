/*
 * Cursors: where a page of a list ended. Two numbers and the list's letter, opaque to the client.
 */
#ifndef MYPOS_APP_CURSOR_H
#define MYPOS_APP_CURSOR_H

#include "base/detail.h"

#include <stdint.h>

struct cursor {
    int64_t first, second;
};

/* Writes a cursor of the list `letter`. */
const char *cursor_write(struct arena *arena, char letter, struct cursor cursor);

/* Reads one; NULL is the beginning, {0, 0}. A damaged one, or another list's, is a fault at
 * "#/query/cursor". */
MUST_CHECK enum status cursor_read(const char *text, char letter, struct detail *detail,
                                   struct cursor *cursor);

#endif
