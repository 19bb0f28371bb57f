/*
 * Cursors: where a page of a list ended, as a few bytes that mean something only to the list that wrote them:
 * the key of a row, the sort key of an item. Empty before the first page.
 */
#ifndef MYPOS_BASE_CURSOR_H
#define MYPOS_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CURSOR_MAX 112 /* bytes */

struct cursor {
    size_t length;
    unsigned char bytes[CURSOR_MAX];
};

extern const struct cursor cursor_start; /* before the first page */

bool cursor_is_start(const struct cursor *cursor);

/* Add to its end; what there is no room for is a mistake of the program. */
void cursor_add(struct cursor *cursor, const void *bytes, size_t length);
void cursor_add_int(struct cursor *cursor, int64_t number);

/* A cursor of one number. */
struct cursor cursor_of(int64_t number);

/* Reads what was added, from the byte `at` on. Clients may make cursors up: where one is too short, numbers
 * are 0, and `cursor_take` returns NULL. */
int64_t cursor_int(const struct cursor *cursor, size_t at);
const unsigned char *cursor_take(const struct cursor *cursor, size_t at, size_t length);

#endif
