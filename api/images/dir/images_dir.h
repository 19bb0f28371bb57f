/*
 * Images in a directory of this machine.
 *
 * A picture is a file of its name. It is written under another name, synced, and renamed: a file that is
 * there is whole. Names that begin with a dot are those of unfinished ones; what a crash left of them is
 * removed at the start.
 */
#ifndef MYPOS_IMAGES_DIR_H
#define MYPOS_IMAGES_DIR_H

#include "base/detail.h"
#include "images/images.h"

/* Makes the directory when it is missing. The words of a refusal go to `detail`. */
MUST_CHECK enum status images_dir_open(const char *path, struct detail *detail, struct images **images);

/* To read from it only, also beside the process that it belongs to: leaves what is unfinished alone.
 * STATUS_NOT_FOUND: there is none. */
MUST_CHECK enum status images_dir_open_reading(const char *path, struct detail *detail,
                                               struct images **images);

#endif
