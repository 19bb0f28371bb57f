/*
 * Endpoint: where a service is: in the environment, else at its own address in the region.
 */
#ifndef MYPOS_AWS_ENDPOINT_H
#define MYPOS_AWS_ENDPOINT_H

#include "aws/aws.h"

#define ENDPOINT_HOST_SIZE 256
#define ENDPOINT_PATH_SIZE 256

struct endpoint {
    bool is_custom; /* an emulator or a proxy: buckets are in the path, not in the host's name */
    char scheme[6]; /* "https" */
    char host[ENDPOINT_HOST_SIZE]; /* as the header has it: with a port that is not the scheme's */
    char path[ENDPOINT_PATH_SIZE]; /* before every path; "" or "/aws" */
};

/* Reads AWS_ENDPOINT_URL_<id> and AWS_ENDPOINT_URL. */
MUST_CHECK enum status endpoint_of(const struct aws_service *service, const char *region,
                                   struct detail *detail, struct endpoint *endpoint);

/* "http://127.0.0.1:8000/path"; false when it is no such URL. */
bool endpoint_parse(const char *url, struct endpoint *endpoint);

/* The host and the path (not encoded) of a request; both live in the arena. */
void endpoint_address(const struct endpoint *endpoint, const char *bucket, const char *path,
                      struct arena *arena, const char **host, const char **full_path);

#endif
