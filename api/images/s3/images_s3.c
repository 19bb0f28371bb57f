#include "images/s3/images_s3.h"

#include "aws/s3.h"
#include "base/clock.h"

#include <stdlib.h>

#define CALL_MS      10000
#define SIGNED_S     900 /* how long a signed address is good */
#define SIGNED_AGE_S 300 /* how long one is passed on: credentials may end before the address does */
#define PUBLIC_AGE_S 86400

struct images_s3 {
    struct images images;
    struct aws *aws;
    const char *bucket, *public_url;
};

static const struct images_s3 *s3_of(const struct images *images)
{
    return (const struct images_s3 *)images;
}

static struct s3_bucket bucket_of(const struct images *images)
{
    return (struct s3_bucket){
        .aws = s3_of(images)->aws,
        .name = s3_of(images)->bucket,
        .deadline_us = clock_monotonic_us() + (int64_t)CALL_MS * 1000,
    };
}

static const char *key_of(struct arena *arena, const char *name)
{
    return arena_printf(arena, IMAGES_S3_PREFIX "%s", name);
}

/* A missing permission is ours to mend, not the client's; it can try again when we have. */
static enum status as_storage(enum status status)
{
    return status == STATUS_INTERNAL_ERROR ? STATUS_STORAGE_UNAVAILABLE : status;
}

static enum status keep(const struct images *images, const struct images_picture *picture,
                        struct arena *arena, bool *is_new)
{
    const struct s3_bucket bucket = bucket_of(images);
    const struct s3_put put = {
        .key = key_of(arena, picture->name),
        .bytes = picture->bytes,
        .length = picture->length,
        .content_type = picture->type,
        .cache_control = IMAGES_FOREVER,
        .only_new = true,
    };
    const enum status status = s3_put(&bucket, &put, arena);
    *is_new = status == STATUS_OK;
    return status == STATUS_ID_TAKEN ? STATUS_OK : as_storage(status);
}

static enum status read_picture(const struct images *images, const char *name, struct arena *arena,
                                const char **bytes, size_t *length)
{
    const struct s3_bucket bucket = bucket_of(images);
    return as_storage(s3_get(&bucket, key_of(arena, name), arena, bytes, length));
}

static enum status remove_picture(const struct images *images, const char *name, struct arena *arena)
{
    const struct s3_bucket bucket = bucket_of(images);
    return as_storage(s3_delete(&bucket, key_of(arena, name), arena));
}

static enum status locate(const struct images *images, const char *name, struct arena *arena,
                          const char **url, unsigned *max_age_s)
{
    const struct images_s3 *s3 = s3_of(images);
    if (*s3->public_url != '\0') {
        *url = arena_printf(arena, "%s/%s", s3->public_url, name);
        *max_age_s = PUBLIC_AGE_S;
        return STATUS_OK;
    }
    const struct s3_bucket bucket = bucket_of(images);
    *max_age_s = SIGNED_AGE_S;
    return s3_presign(&bucket, key_of(arena, name), SIGNED_S, arena, url);
}

static void close_s3(struct images *images)
{
    free(images);
}

static const struct images_ops ops = {
    .keep = keep, .read = read_picture, .remove = remove_picture, .locate = locate, .close = close_s3};

struct images *images_s3_open(struct aws *aws, const char *bucket, const char *public_url)
{
    struct images_s3 *s3 = calloc(1, sizeof *s3);
    if (s3 == NULL) {
        abort();
    }
    *s3 = (struct images_s3){.images = {.ops = &ops}, .aws = aws, .bucket = bucket, .public_url = public_url};
    return &s3->images;
}
