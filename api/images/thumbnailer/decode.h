/*
 * Decoding, by libvips: a file becomes two WebP pictures, upright, in sRGB, without metadata, whose longest
 * sides are at most IMAGE_LARGE_PIXELS and IMAGE_SMALL_PIXELS. Smaller ones keep their size. Of an animation
 * the first frame is taken.
 *
 * Why libvips: it shrinks while it decodes, so that a JPEG of 50 megapixels costs some 30 MB where others
 * take 200; it applies colour profiles and the orientation that cameras note; it can be told to load with
 * nothing but the loaders for our four formats.
 */
#ifndef MYPOS_IMAGES_DECODE_H
#define MYPOS_IMAGES_DECODE_H

#include "images/thumbnail.h"

/* Once, before the first picture; false when the library cannot start. */
bool decode_start(void);

struct decoded {
    void *large, *small; /* of g_free */
    size_t large_length, small_length;
};

/* `words` gets the library's, of a failure. */
enum thumbnail_exit decode(const void *bytes, size_t length, struct decoded *decoded, char *words,
                           size_t words_size);
void decoded_free(struct decoded *decoded);

#endif
