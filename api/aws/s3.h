/*
 * S3: objects of one bucket, whole or streamed.
 *
 * What comes back is a status of the house: STATUS_OK; STATUS_NOT_FOUND when no object has the key;
 * STATUS_ID_TAKEN when one has it and the put asked for a new one; else what aws_status makes of the failure,
 * which was logged with the service's words.
 *
 * Keys are not encoded: "images/a b.webp". Calls block until their deadline; they may come from any thread.
 *
 * Source: Amazon Simple Storage Service, API Reference.
 */
#ifndef MYPOS_AWS_S3_H
#define MYPOS_AWS_S3_H

#include "aws/aws.h"

#define S3_KEY_MAX  1024 /* bytes: the service takes no more */
#define S3_PAGE_MAX 1000 /* objects of one list */
#define S3_TAG_SIZE 72
#define S3_PUT_MAX  (5LL << 30) /* bytes of one put: the service takes no more */

struct s3_bucket {
    struct aws *aws;
    const char *name;
    int64_t deadline_us; /* of clock_monotonic_us, of the next call; 0: the client's default from then on */
};

struct s3_put {
    const char *key;
    const void *bytes; /* borrowed; may be a mapped file */
    size_t length;
    const char *content_type;
    const char *cache_control; /* NULL: none */
    /* Only when no object has the key. A try of ours whose answer was lost may have made it: then this says
     * STATUS_ID_TAKEN, too, so name things by their content, or look what is there. */
    bool only_new;
};
MUST_CHECK enum status s3_put(const struct s3_bucket *bucket, const struct s3_put *put, struct arena *arena);

struct s3_object {
    const char *key; /* in the arena */
    int64_t size;
    int64_t changed_at_ms; /* by the service's clock */
    char tag[S3_TAG_SIZE]; /* the ETag, with its quotes; "" when the service gave none */
};

/* The bytes of an object, in the arena with a closing NUL; AWS_RESPONSE_MAX at most. */
MUST_CHECK enum status s3_get(const struct s3_bucket *bucket, const char *key, struct arena *arena,
                              const char **bytes, size_t *length);

/* The same, piece by piece: for what is large. */
MUST_CHECK enum status s3_get_stream(const struct s3_bucket *bucket, const char *key, struct arena *arena,
                                     aws_sink sink, void *context);

MUST_CHECK enum status s3_head(const struct s3_bucket *bucket, const char *key, struct arena *arena,
                               struct s3_object *object);

/* An object that is not there is as good as deleted: STATUS_OK. */
MUST_CHECK enum status s3_delete(const struct s3_bucket *bucket, const char *key, struct arena *arena);

/* A page of the objects whose keys begin with `prefix` ("" for all) and come after `after` (NULL: from the
 * first), in the order of the keys' bytes. */
struct s3_page {
    struct s3_object *objects; /* in the arena; without tags */
    unsigned count;
    bool more; /* go on after the last key */
};
MUST_CHECK enum status s3_list(const struct s3_bucket *bucket, const char *prefix, const char *after,
                               unsigned limit, struct arena *arena, struct s3_page *page);

/* An address from which anyone can get the object for `expires_s` seconds, or until the credentials end. */
MUST_CHECK enum status s3_presign(const struct s3_bucket *bucket, const char *key, unsigned expires_s,
                                  struct arena *arena, const char **url);

#endif
