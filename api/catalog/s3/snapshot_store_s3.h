/*
 * Snapshots of the catalogue in a bucket of S3, under their names ("snapshots/PREFIX…"). They hold secrets: the
 * bucket is private.
 */
#ifndef MYPOS_CATALOG_SNAPSHOT_STORE_S3_H
#define MYPOS_CATALOG_SNAPSHOT_STORE_S3_H

#include "aws/aws.h"
#include "catalog/snapshot.h"

/* `aws`, `bucket` and the shop's `prefix` are borrowed; no call is made. The caller closes it. */
MUST_CHECK enum status snapshot_store_s3_open(struct aws *aws, const char *bucket, const char *prefix,
                                              const struct snapshot_store **store);

#endif
