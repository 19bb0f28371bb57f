/*
 * Ids: UUID version 7 (RFC 9562, section 5.7): 48 bits of time in milliseconds, then random bits, so that
 * new ids sort after old ones and fill indexes in order. In the database an id is 16 bytes, in JSON the
 * lower-case text.
 */
#ifndef MYPOS_BASE_ID_H
#define MYPOS_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_TEXT_SIZE 37 /* with the closing NUL */

struct id {
    uint8_t bytes[16];
};

/* A new id; unique among all threads and machines. */
struct id id_new(void);

/* Reads the text form, in either case, of any UUID version; false when it is none. */
bool id_parse(const char *text, struct id *id);

/* Writes the text form and returns `text`. */
const char *id_format(const struct id *id, char text[static ID_TEXT_SIZE]);

bool id_equal(const struct id *a, const struct id *b);

/* Random bytes from the system's generator; the only source of randomness. Tests may replace it. */
void random_fill(void *bytes, size_t length);
void random_replace(void (*fill)(void *bytes, size_t length));

#endif
