/*
 * Cursors (base/cursor.h) as text: the list's letter and hexadecimal digits, opaque to the client.
 */
#ifndef MYPOS_APP_CURSOR_H
#define MYPOS_APP_CURSOR_H

#include "base/cursor.h"
#include "base/detail.h"

/* Writes a cursor of the list `letter`. */
const char *cursor_write(struct arena *arena, char letter, const struct cursor *cursor);

/* Reads one; NULL is the beginning. A damaged one, or another list's, is a fault at "#/query/cursor". */
MUST_CHECK enum status cursor_read(const char *text, char letter, struct detail *detail,
                                   struct cursor *cursor);

#endif
