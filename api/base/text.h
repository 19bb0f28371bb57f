/*
 * Text: bytes that are written piece by piece, in a buffer of the caller's or one that grows.
 *
 * A text over a fixed buffer drops what does not fit and remembers it in `overflowed`; check that once, at
 * the end. A text that grows (base/arena.h) never overflows. There is always room for, and never a need
 * of, a closing NUL: `text_string` puts it.
 *
 * Freestanding.
 */
#ifndef MYPOS_BASE_TEXT_H
#define MYPOS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* not terminated */
    size_t length, capacity;
    bool overflowed;
    /* Returns a buffer of at least `least` bytes that holds the text so far and sets `capacity`; NULL for
     * a fixed buffer. */
    char *(*grow)(struct text *text, size_t least);
    void *owner;
};

/* A text over a buffer of the caller's. */
struct text text_over(char *buffer, size_t capacity);

/* Lengthens the text by `length` bytes, which the caller writes at once to where it returns; NULL, and
 * nothing happens, when they do not fit. */
char *text_extend(struct text *text, size_t length);

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_add_char(struct text *text, char character);
void text_add_repeated(struct text *text, char character, size_t count);
void text_add_int(struct text *text, int64_t number);

/* The text with a closing NUL, which does not count in `length`. */
const char *text_string(struct text *text);

#endif
