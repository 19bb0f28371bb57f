/*
 * The names of product pictures.
 *
 *     20261122-9f86d081884c7d659a2feaa0c55ad015-960.webp
 *     └ day ──┘└ first 32 digits of SHA-256 ──┘ └ size: the longest side, in pixels, at most
 *
 * The hash is that of what is stored, both sizes together, so a name has one content for ever and may be
 * cached for ever. The day, in UTC, is the one of the upload: the same file has the same name all day, and
 * another one tomorrow. That makes removal safe without a lock between machines. A picture that was given up is
 * removed two days later at the earliest, and by then no upload comes to its name again. Were the hash all of
 * the name, then one machine could find today's upload kept already, just when another one, which has yet to
 * hear of it, removes what was given up long ago. The price is a second copy, of some 50 KB, of a picture that
 * is sent again on another day.
 *
 * Other names are those of pictures that somebody put there by hand: they have one size, and are never
 * removed.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_IMAGE_NAME_H
#define MYPOS_CORE_IMAGE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define IMAGE_NAME_SIZE    51 /* of a name that was made, with the closing NUL */
#define IMAGE_NAME_DAY     8  /* digits: "20261122" */
#define IMAGE_NAME_DIGITS  32 /* of the hash */
#define IMAGE_LARGE_PIXELS 960
#define IMAGE_SMALL_PIXELS 320

/* Writes the name of the large one. `day` and `digits` have at least the characters that are used. */
void image_name_make(const char *day, const char *digits, char name[static IMAGE_NAME_SIZE]);

/* Whether it is the name of a large picture that was made from an upload. */
bool image_name_is_made(const char *name, size_t length);

/* The name of the small one of a large one that was made. */
void image_name_small(const char *name, char small[static IMAGE_NAME_SIZE]);

#endif
