/*
 * Images: where product pictures are kept. The port; its backends are images/dir (a directory, which the
 * server serves at /images/) and images/s3 (a bucket).
 *
 * A picture is a name and bytes. What a name stands for never changes: names are made of their content
 * (core/image_name.h). So pictures may be cached for ever, and keeping one twice is keeping it once.
 *
 * All functions may be called from any thread, and block: a bucket is far away.
 */
#ifndef MYPOS_IMAGES_IMAGES_H
#define MYPOS_IMAGES_IMAGES_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>

#define IMAGES_FOREVER "public, max-age=31536000, immutable"

struct images {
    const struct images_ops *ops;
};

struct images_picture {
    const char *name; /* letters, digits, '-', '_', '.'; does not begin with a dot */
    const char *type; /* "image/webp" */
    const void *bytes;
    size_t length;
};

struct images_ops {
    /* Keeps a picture, durably: it is there, whole, when this returns STATUS_OK; also when it was there
     * before; `is_new` says which (a bucket may err when an answer of its was lost).
     * STATUS_STORAGE_UNAVAILABLE, STATUS_OVERLOADED. */
    enum status (*keep)(const struct images *images, const struct images_picture *picture,
                        struct arena *arena, bool *is_new);

    /* Reads one, in the arena. STATUS_NOT_FOUND. */
    enum status (*read)(const struct images *images, const char *name, struct arena *arena,
                        const char **bytes, size_t *length);

    /* Removes one. STATUS_OK also when there is none. */
    enum status (*remove)(const struct images *images, const char *name, struct arena *arena);

    /* Where a browser gets a picture: a URL for it, in the arena, good for `max_age_s` seconds from now.
     * NULL: the server has the bytes itself, in its directory. */
    enum status (*locate)(const struct images *images, const char *name, struct arena *arena,
                          const char **url, unsigned *max_age_s);

    void (*close)(struct images *images);
};

#endif
