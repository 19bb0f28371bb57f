/*
 * The picture of a product: uploaded, shown, removed.
 *
 * An upload is decoded by a program of its own (images/thumbnail.h), kept in two sizes under a name made of
 * its content (core/image_name.h), and then named in the product: an act as any other change of it, with a
 * new version and an entry in the change log. What fails on the way leaves the product as it was, and
 * what it kept is collected (app/images/image_collector.h).
 */
#ifndef MYPOS_APP_PRODUCT_IMAGES_H
#define MYPOS_APP_PRODUCT_IMAGES_H

#include "app/app.h"

/* Gives the product the picture in the file behind `fd`, or takes it away. `if_match` is the header's value,
 * or NULL. The answer is the product. */
MUST_CHECK enum status product_images_set(struct call *call, const struct id *product_id, int fd,
                                          const char *if_match);
MUST_CHECK enum status product_images_remove(struct call *call, const struct id *product_id,
                                             const char *if_match);

/* Where a browser gets the picture of this name, for `max_age_s` seconds from now; NULL: from the server's
 * own directory. */
MUST_CHECK enum status product_images_locate(const struct app *app, const char *name, struct arena *arena,
                                             const char **url, unsigned *max_age_s);

/* Whether a name has one content for ever, so that caches may keep it. */
bool product_images_is_lasting(const char *name);

#endif
