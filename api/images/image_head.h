/*
 * The head of a picture: what a file says it is, without decoding any of it.
 *
 * Formats are told by content, never by a name or a Content-Type. Sizes are read here so that a small file
 * that claims to be a huge picture is refused before anything is allocated for it. Nothing is allocated, and
 * nothing outside of the given bytes is read, whatever they hold.
 *
 * Sources: ITU T.81, annex B (JPEG); RFC 2083, sections 3 and 4.1.1 (PNG); RFC 9649 (WebP); ISO/IEC 23008-12
 * and the AV1 Image File Format (AVIF).
 */
#ifndef MYPOS_IMAGES_IMAGE_HEAD_H
#define MYPOS_IMAGES_IMAGE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is taken: 50 megapixels are the largest that phones take by default. */
#define IMAGE_PIXELS_MAX 52000000

enum image_format {
    IMAGE_UNKNOWN,
    IMAGE_JPEG,
    IMAGE_PNG,
    IMAGE_WEBP,
    IMAGE_AVIF,
};

struct image_head {
    enum image_format format;
    const char *name;       /* "a PNG", "a GIF", "an empty file", "no picture that is known": for sentences */
    bool is_cut;            /* it announces more bytes than there are */
    uint32_t width, height; /* 0: the file ends before it says so; of AVIF always: the decoder knows */
};

struct image_head image_head_read(const void *file, size_t length);

/* Whether a picture of this size is taken. */
bool image_size_is_allowed(uint32_t width, uint32_t height);

#endif
