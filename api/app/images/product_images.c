#include "app/images/product_images.h"

#include "app/reference/reference.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "catalog/product_image.h"
#include "core/image_name.h"
#include "images/images.h"
#include "images/thumbnail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000LL

static enum status change_image(struct call *call, const struct id *product_id, json_t *name,
                                const char *if_match)
{
    json_t *patch = json_object();
    if (patch == NULL || json_object_set_new(patch, "image", name) != 0) {
        abort();
    }
    const enum status status = reference_update(call, REFERENCE_PRODUCT, product_id, patch, if_match);
    json_decref(patch);
    return status;
}

/* The day of the upload and the hash of both sizes: core/image_name.h. */
static void name_picture(const struct thumbnail *large, const struct thumbnail *small,
                         char name[static IMAGE_NAME_SIZE])
{
    char day[16], digits[HASH_TEXT_SIZE];
    const struct clock_date date = clock_date_of_days(clock_now_ms() / DAY_MS);
    snprintf(day, sizeof day, "%04u%02u%02u", (unsigned)date.year % 10000, (unsigned)date.month % 100,
             (unsigned)date.day % 100);
    struct hash_stream stream = hash_stream();
    hash_stream_add(&stream, large->bytes, large->length);
    hash_stream_add(&stream, small->bytes, small->length);
    const struct hash hash = hash_stream_end(&stream);
    image_name_make(day, hash_format(&hash, digits), name);
}

static enum status expect(struct db *db, void *context)
{
    return product_image_expect(db, context, clock_now_ms());
}

static enum status keep(struct call *call, const char *name, const struct thumbnail *thumbnail)
{
    const struct images *images = call->app->images;
    const struct images_picture picture = {
        .name = name, .type = "image/webp", .bytes = thumbnail->bytes, .length = thumbnail->length};
    bool is_new;
    return images->ops->keep(images, &picture, call->arena, &is_new);
}

/* Noted first, then kept, then the product's: what ends on the way is collected. */
static enum status keep_both(struct call *call, char *name, const struct thumbnail *large,
                             const struct thumbnail *small)
{
    char small_name[IMAGE_NAME_SIZE];
    image_name_small(name, small_name);
    FAULT_ACT("image");
    enum status status = catalog_write(call->app->catalog, expect, name, false);
    if (status == STATUS_OK) {
        FAULT_POINT("expected");
        status = keep(call, small_name, small);
    }
    if (status == STATUS_OK) {
        FAULT_POINT("kept_small");
        status = keep(call, name, large);
    }
    if (status == STATUS_OK) {
        FAULT_POINT("kept");
    }
    return status;
}

enum status product_images_set(struct call *call, const struct id *product_id, int fd, const char *if_match)
{
    struct thumbnail large, small;
    char name[IMAGE_NAME_SIZE];
    /* The act asks again: this is so that nothing is decoded or kept for nothing. */
    enum status status = reference_expect(call, REFERENCE_PRODUCT, product_id, if_match);
    if (status == STATUS_OK) {
        status = thumbnails_make(fd, call->arena, &call->detail, &large, &small);
    }
    if (status == STATUS_OK) {
        name_picture(&large, &small, name);
        status = keep_both(call, name, &large, &small);
    }
    return status == STATUS_OK ? change_image(call, product_id, json_string(name), if_match) : status;
}

enum status product_images_remove(struct call *call, const struct id *product_id, const char *if_match)
{
    return change_image(call, product_id, json_null(), if_match);
}

enum status product_images_locate(const struct app *app, const char *name, struct arena *arena,
                                  const char **url, unsigned *max_age_s)
{
    return app->images->ops->locate(app->images, name, arena, url, max_age_s);
}

bool product_images_is_lasting(const char *name)
{
    /* Both sizes: the small one's name differs in its last part alone. */
    char large[IMAGE_NAME_SIZE];
    if (strlen(name) != IMAGE_NAME_SIZE - 1) {
        return false;
    }
    image_name_make(name, name + IMAGE_NAME_DAY + 1, large);
    char small[IMAGE_NAME_SIZE];
    image_name_small(large, small);
    return image_name_is_made(large, IMAGE_NAME_SIZE - 1) &&
           (strcmp(name, large) == 0 || strcmp(name, small) == 0);
}
