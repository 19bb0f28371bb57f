/*
 * Columns: how much room UTF-8 text takes where every character stands in a cell, on a receipt printer or
 * a terminal. Combining marks take no cell, East Asian wide characters and pictographs two (Unicode Standard
 * Annex #11), all others one. A sequence joined by U+200D counts as its parts, as such devices draw it.
 * Bytes that are no UTF-8 take one each.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_COLUMNS_H
#define MYPOS_CORE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/* The first character of a text, which is not empty. */
struct columns_character {
    uint32_t code;  /* COLUMNS_BROKEN for a byte that begins none */
    size_t bytes;   /* that it has */
    size_t columns; /* that it takes: 0 to 2 */
};
#define COLUMNS_BROKEN 0xfffd
struct columns_character columns_first(const char *text, size_t length);

/* The columns of `length` bytes of text. */
size_t columns_count(const char *text, size_t length);

/* One line of a text that is wrapped. */
struct columns_line {
    size_t length;  /* bytes in the line */
    size_t columns; /* that they take */
    size_t next;    /* offset of the next line; the text's length after the last */
};

/* The first line of a text of `length` bytes in `width` columns: it ends at \n, before the last word that
 * fits no more, or within a word that is wider than a line, but never between a character and its combining
 * marks. Blanks at its end are left out. A line has at least one character, though that be wider. */
struct columns_line columns_wrap(const char *text, size_t length, size_t width);

#endif
