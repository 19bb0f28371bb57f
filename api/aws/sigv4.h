/*
 * SigV4: AWS Signature Version 4 ("Signing AWS API requests" in the IAM User Guide). Pure: no clock, no I/O.
 *
 * A request is written in a canonical form, its SHA-256 is signed with a key that is derived from the secret
 * for one day, region and service, and the signature travels in the header `authorization`, or in the query
 * of a presigned URL. Every header that is given here is signed: the caller passes host, x-amz-date, with
 * temporary credentials x-amz-security-token, for S3 x-amz-content-sha256, and what it sends beside.
 */
#ifndef MYPOS_AWS_SIGV4_H
#define MYPOS_AWS_SIGV4_H

#include "aws/pair.h"
#include "base/arena.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

#define SIGV4_DATE_SIZE        17 /* "20150830T123600Z" with the closing NUL */
#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

struct sigv4_request {
    const char *method;
    const char *path; /* not encoded, with the first slash */
    bool is_s3; /* the path is encoded once and kept as it is; else twice and without dots and empty segments
                 */
    const struct aws_pair *query; /* not encoded, in any order */
    size_t query_count;
    const struct aws_pair *headers; /* in any order and case */
    size_t header_count;
    const char *payload_hash; /* hexadecimal SHA-256 of the body, or SIGV4_UNSIGNED_PAYLOAD */
};

/* Who signs, and for what. */
struct sigv4_scope {
    const char *access_key, *secret_key;
    const char *region, *service;
    const char *date; /* as sigv4_date writes it */
};

const char *sigv4_date(int64_t at_ms, char date[static SIGV4_DATE_SIZE]);

/* Percent-encodes all but letters, digits, "-", ".", "_" and "~" (RFC 3986), and "/" when `keep_slashes`. */
void sigv4_encode(struct text *out, const char *bytes, bool keep_slashes);

/* "a=1&b=%20": sorted and encoded, as it is signed and as it is sent. */
const char *sigv4_query(struct arena *arena, const struct aws_pair *pairs, size_t count);

/* The two forms that a signature is made of; to test and to explain refused ones. */
const char *sigv4_canonical_request(struct arena *arena, const struct sigv4_request *request);
const char *sigv4_string_to_sign(struct arena *arena, const struct sigv4_request *request,
                                 const struct sigv4_scope *scope);

/* The signature in hexadecimal. */
const char *sigv4_signature(struct arena *arena, const struct sigv4_request *request,
                            const struct sigv4_scope *scope);

/* The value of the header `authorization`. */
const char *sigv4_authorization(struct arena *arena, const struct sigv4_request *request,
                                const struct sigv4_scope *scope);

/* The query of a presigned URL: the request's own with the X-Amz- parameters and the signature.
 * `session_token` is NULL for lasting credentials. */
const char *sigv4_presigned_query(struct arena *arena, const struct sigv4_request *request,
                                  const struct sigv4_scope *scope, const char *session_token,
                                  unsigned expires_s);

#endif
