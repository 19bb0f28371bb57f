/*
 * The image collector: removes pictures that no product has any more.
 *
 * A thread of its own looks at what the catalogue noted as given up (catalog/product_image.h), and removes,
 * some at a time, what has been so for the grace time and that nothing has taken up again. Two days by
 * default: other instances catch up in seconds, but a till may be offline for a day, and a name may come
 * again on the day that is part of it (core/image_name.h). So goes what an upload kept that then failed, or whose
 * process was killed: it is noted before it is kept, and on every instance, should this one not come back.
 *
 * Every instance does it; removing twice is removing once. A bucket that does not answer is asked again
 * later.
 */
#ifndef MYPOS_APP_IMAGE_COLLECTOR_H
#define MYPOS_APP_IMAGE_COLLECTOR_H

#include "app/app.h"

struct image_collector;

MUST_CHECK enum status image_collector_start(struct app *app, unsigned grace_seconds,
                                             struct image_collector **collector);
void image_collector_stop(struct image_collector *collector); /* NULL is allowed */

#endif
