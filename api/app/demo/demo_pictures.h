/*
 * The pictures of the demo shop: copied to the shop's images under names made of their content.
 */
#ifndef MYPOS_APP_DEMO_PICTURES_H
#define MYPOS_APP_DEMO_PICTURES_H

#include "app/app.h"

#define DEMO_PICTURES_MAX 500

struct demo_pictures;

/* Copies every picture of `directory`/images that the shop does not have; `copied` counts them. What is
 * returned lives in the call's arena. */
MUST_CHECK enum status demo_pictures_copy(struct call *call, const char *directory,
                                          struct demo_pictures **pictures, unsigned *copied);

/* The name in the shop of a picture of the demo; NULL when there is none. */
const char *demo_pictures_name(const struct demo_pictures *pictures, const char *file);

/* A CSV file like `fd`, with the names of the column "image" replaced: a file without a name, or -1 with
 * errno. The caller closes it. */
int demo_pictures_rename(const struct demo_pictures *pictures, int fd);

#endif
