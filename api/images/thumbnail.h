/*
 * Thumbnails: an uploaded file becomes two small WebP pictures, upright, in sRGB, without metadata.
 *
 * Whoever uploads may have made the file to break the decoder, so it is decoded by a program of its own,
 * mypos-thumbnailer (images/thumbnailer): with bounded memory and time, without a network, the shop's files
 * or secrets in its environment, behind the till in the queue for the processor. From the first byte on it may
 * do nothing but compute (images/thumbnailer/confine.h). When it dies, the till sells on; and what it took is
 * given back to the machine when it ends. THUMBNAILS_AT_ONCE of them run at a time.
 *
 * Where the system offers no seccomp, as in containers of old, pictures are decoded without that wall: a shop
 * that cannot show its goods would be told to switch off more. The log says so once, as thumbnailer_unconfined,
 * and `mypos doctor` each time.
 *
 *     upload ──▶ the head says kind and size ──▶ mypos-thumbnailer ──▶ large, small
 *                (images/image_head.h)           fd 0: the file, fd 3 and 4: what becomes of it
 */
#ifndef MYPOS_IMAGES_THUMBNAIL_H
#define MYPOS_IMAGES_THUMBNAIL_H

#include "base/detail.h"

#define THUMBNAILS_AT_ONCE    2
#define THUMBNAILS_WAIT_MS    10000 /* for one's turn */
#define THUMBNAILS_TIMEOUT_MS 20000 /* of one picture, on a machine that is busy with others */
#define THUMBNAIL_BYTES_MAX   (4 << 20)

/* What the program says by its exit status; anything else is a failure of its own. */
enum thumbnail_exit {
    THUMBNAIL_MADE = 0,
    THUMBNAIL_MADE_UNCONFINED = 9, /* without seccomp; its words say why */
    THUMBNAIL_UNREADABLE = 10,     /* damaged, cut off, or not what it begins as */
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

/* Starts the program without a picture, as `mypos doctor` does. When it cannot start, or `is_confined` is
 * false, why goes to `detail`. */
MUST_CHECK enum status thumbnails_check(struct detail *detail, bool *is_confined);

/* Makes both pictures of the file behind `fd`. STATUS_UNSUPPORTED_MEDIA_TYPE: it is of another kind;
 * STATUS_IMAGE_TOO_LARGE, STATUS_IMAGE_UNREADABLE; STATUS_OVERLOADED: too many others before it, or beside. The words go
 * to `detail`. */
MUST_CHECK enum status thumbnails_make(int fd, struct arena *arena, struct detail *detail,
                                       struct thumbnail *large, struct thumbnail *small);

#endif
