/*
 * Copies the pictures that a catalogue names, of products and categories, from where they are kept to
 * elsewhere: to move a shop and to back it up. Each is read again after it was written.
 *
 * Pictures that were made from uploads never change and may be there already. Those that somebody put there by
 * hand have names of their own: one that differs is replaced.
 */
#ifndef MYPOS_CLI_PICTURE_COPY_H
#define MYPOS_CLI_PICTURE_COPY_H

#include "base/status.h"

#include <stdint.h>

struct db;
struct images;

struct picture_copy {
    const struct images *from, *to;
    void (*told)(void *context, uint64_t copied); /* of the progress; NULL: nobody */
    void *context;
    /* result: files; of an upload there are two */
    uint64_t copied, missing; /* missing: the catalogue names it, and it is not there */
};

MUST_CHECK enum status picture_copy_run(struct picture_copy *copy, struct db *db);

#endif
