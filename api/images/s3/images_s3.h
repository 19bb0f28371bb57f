/*
 * Images in a bucket of S3, under "images/": object "images/NAME" is picture NAME.
 *
 * Browsers get them from `public_url` followed by "/NAME": the bucket's own address, or that of a CDN before
 * it. Without one the bucket is private: they get addresses that are signed for some minutes.
 */
#ifndef MYPOS_IMAGES_S3_H
#define MYPOS_IMAGES_S3_H

#include "images/images.h"

struct aws;

#define IMAGES_S3_PREFIX "images/"

/* Strings and the client are borrowed; `public_url` is "" for none. */
struct images *images_s3_open(struct aws *aws, const char *bucket, const char *public_url);

#endif
