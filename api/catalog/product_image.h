/*
 * The pictures of products, as the catalogue knows them: which product has which, and which none has.
 *
 * A picture that a product gives up is not removed at once: other instances, offline tills and caches still
 * show it. It is noted with the time of the change, in the same act, and so on every instance alike. An upload
 * is noted too, before it is kept, and so it is never kept unnoted, however it ends:
 *
 *     product_image_expect ──▶ keep the picture ──▶ a product has it: product_image_stored
 *     noted                    failed, killed: it is     forgotten, until it is given up: noted again
 *                              collected later
 *
 * What is removed later (app/images/image_collector.h) is only what this table names: a catalogue that knows nothing
 * of a picture never removes it, even from a bucket that it shares by mistake.
 */
#ifndef MYPOS_CATALOG_PRODUCT_IMAGE_H
#define MYPOS_CATALOG_PRODUCT_IMAGE_H

#include "catalog/entity.h"
#include "catalog/product.h"

/* Notes are kept this long: long after the picture is gone. */
#define PRODUCT_IMAGE_NOTE_MS (90LL * 24 * 60 * 60 * 1000)

/* After a product's row was written: notes the picture that it gave up, and forgets the note of the one that
 * it has now. `before` is NULL for a new product. */
MUST_CHECK enum status product_image_stored(struct entity_act *act, const struct entity_row *before,
                                            const struct entity_row *row);

/* Inside an act, before a picture that was uploaded is kept: notes it, unless a product has it. */
MUST_CHECK enum status product_image_expect(struct db *db, const char *name, int64_t now_ms);

/* Where a walk through the notes stands; zeroed: before the first. */
struct product_image_note {
    int64_t released_at_ms;
    char name[PRODUCT_IMAGE_MAX + 1];
};

/* The notes after `after` that are not younger than `until_ms`, the oldest first, `limit` at most, in the
 * arena; without those whose picture a product or a category has again. */
MUST_CHECK enum status product_images_released(struct db *db, struct arena *arena,
                                               const struct product_image_note *after, int64_t until_ms,
                                               unsigned limit, struct product_image_note **notes,
                                               unsigned *count);

#endif
