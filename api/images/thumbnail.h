/*
 * Thumbnails: an uploaded file becomes two small WebP pictures, upright, in sRGB, without metadata.
 *
 * Whoever uploads may have made the file to break the decoder, so it is decoded by a program of its own,
 * mypos-thumbnailer (images/thumbnailer): with bounded memory and time, without a network, the shop's files
 * or secrets in its environment, behind the till in the queue for the processor. When it dies, the till sells
 * on; and what it took is given back to the machine when it ends. THUMBNAILS_AT_ONCE of them run at a time.
 *
 *     upload ──▶ the head says kind and size ──▶ mypos-thumbnailer ──▶ large, small
 *                (images/image_head.h)           fd 0: the file, fd 3 and 4: what becomes of it
 */
#ifndef MYPOS_IMAGES_THUMBNAIL_H
#define MYPOS_IMAGES_THUMBNAIL_H

#include "base/detail.h"

#define THUMBNAILS_AT_ONCE    2
#define THUMBNAILS_WAIT_MS    10000 /* for one's turn */
#define THUMBNAILS_TIMEOUT_MS 20000 /* of one picture */
#define THUMBNAIL_BYTES_MAX   (4 << 20)

/* What the program says by its exit status; anything else is a failure of its own. */
enum thumbnail_exit {
    THUMBNAIL_MADE = 0,
    THUMBNAIL_UNREADABLE = 10, /* damaged, cut off, or not what it begins as */
    THUMBNAIL_TOO_LARGE = 11,
    THUMBNAIL_NO_MEMORY = 12,
};

enum {
    THUMBNAIL_FD_LARGE = 3,
    THUMBNAIL_FD_SMALL = 4,
};

struct thumbnail {
    const char *bytes; /* in the arena */
    size_t length;
};

/* Finds the program: beside this one, or in ../libexec/mypos. The words of a refusal go to `detail`. */
MUST_CHECK enum status thumbnails_find_program(struct detail *detail);

/* Makes both pictures of the file behind `fd`. STATUS_UNSUPPORTED_MEDIA_TYPE: it is of another kind;
 * STATUS_IMAGE_TOO_LARGE, STATUS_IMAGE_UNREADABLE; STATUS_OVERLOADED: too many others before it. The words go
 * to `detail`. */
MUST_CHECK enum status thumbnails_make(int fd, struct arena *arena, struct detail *detail,
                                       struct thumbnail *large, struct thumbnail *small);

#endif
