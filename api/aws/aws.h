/*
 * AWS: one client for all services, thread-safe. It signs (aws/sigv4.h), keeps connections, retries within a
 * budget, and says of every call what surely happened and what nobody knows.
 *
 *     const struct aws_pair headers[] = {{"content-type", "application/x-amz-json-1.0"},
 *                                        {"x-amz-target", "DynamoDB_20120810.GetItem"}};
 *     const struct aws_request request = {
 *         .service = &aws_dynamodb, .method = "POST", .path = "/",
 *         .headers = headers, .header_count = 2,
 *         .body = body, .body_length = length,
 *         .deadline_us = clock_monotonic_us() + 2000000, .idempotent = true,
 *     };
 *     struct aws_response response;
 *     switch (aws_call(aws, &request, arena, &response)) {
 *     case AWS_OK: …
 *
 * Configured by the environment, as AWS's own tools are:
 *     AWS_REGION, AWS_DEFAULT_REGION, or `region` in the profile
 *     AWS_ENDPOINT_URL for all; AWS_ENDPOINT_URL_DYNAMODB, …_S3, …_SNS, …_CLOUDWATCH, …_CLOUDWATCH_LOGS, …_STS
 *     AWS_CA_BUNDLE: certificates in PEM to trust instead of the machine's
 *     credentials: aws/credentials.h
 *
 * Retries are those of AWS's standard mode ("Retry behavior" in the AWS SDKs and Tools Reference Guide): a
 * few attempts, full jitter, 500 tokens that many failures use up; nothing goes on past the deadline. There
 * is no other layer of retries: whoever calls does not repeat, but for reasons of its own (a lost condition).
 */
#ifndef MYPOS_AWS_AWS_H
#define MYPOS_AWS_AWS_H

#include "aws/pair.h"
#include "base/arena.h"
#include "base/detail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AWS_TIMEOUT_MS  10000 /* of a call without a deadline */
#define AWS_CONNECT_MS  3000  /* at most, until a connection stands */
#define AWS_HEADERS_MAX 16    /* of a request's own */
#define AWS_QUERY_MAX   32    /* pairs of a query */
#define AWS_RESPONSE_MAX                                                                                     \
    (32 << 20) /* bytes of an answer kept in memory; the largest of DynamoDB's is 16 MB */
#define AWS_CODE_SIZE       64
#define AWS_MESSAGE_SIZE    512
#define AWS_REQUEST_ID_SIZE 80
#define AWS_PRESIGN_MAX_S   604800 /* seven days: the service takes no more */

struct aws;

/* Services, and what is particular to each. */
struct aws_service {
    const char *name;        /* as it is signed: "dynamodb" */
    const char *endpoint_id; /* of AWS_ENDPOINT_URL_…: "DYNAMODB" */
    const char *host;        /* dynamodb.REGION.amazonaws.com: "dynamodb" */
    unsigned index;          /* in aws_services */
    unsigned attempts;       /* of a call, the first included */
    int64_t base_delay_ms;   /* before the first retry, at most; doubled for each further one */
    int64_t attempt_ms;      /* one attempt may take so long */
    bool is_s3; /* paths are signed as they are sent, the body's hash is a header, buckets are hosts */
};

#define AWS_SERVICES 6
extern const struct aws_service aws_dynamodb, aws_s3, aws_sns, aws_cloudwatch, aws_logs, aws_sts;
extern const struct aws_service *const aws_services[AWS_SERVICES];

/* Reads the environment; no service is asked. The words of a refusal go to `detail`: no region, an endpoint
 * that is no URL, no profile of that name. */
MUST_CHECK enum status aws_open(struct detail *detail, struct aws **aws);
void aws_close(struct aws *aws); /* NULL is allowed; no call may be under way */

const char *aws_region(const struct aws *aws);

/* Where the body of a successful answer goes instead of memory; false stops the call. What was begun is not
 * begun again: a call whose answer breaks off after the first piece is AWS_UNKNOWN. */
typedef bool (*aws_sink)(void *context, const void *bytes, size_t length);

struct aws_request {
    const struct aws_service *service;
    const char *method;
    const char *path;             /* not encoded; NULL: "/". S3: "/" and the key */
    const char *bucket;           /* of S3; NULL: none */
    const struct aws_pair *query; /* not encoded */
    size_t query_count;
    const struct aws_pair *headers; /* beside host, authorization and x-amz-date, which are the client's */
    size_t header_count;
    const void *body; /* borrowed; may be a mapped file */
    size_t body_length;
    aws_sink sink; /* NULL: the body is kept in the arena */
    void *sink_context;
    int64_t deadline_us; /* of clock_monotonic_us; 0: AWS_TIMEOUT_MS from now */
    unsigned attempts;   /* 0: as the service has it */
    /* Doing it twice is as good as once: a read, a write of a whole thing, a transaction with a token. Only
     * then is it tried again after AWS_UNKNOWN. GET and HEAD always are. */
    bool idempotent;
};

enum aws_result {
    AWS_OK,          /* 2xx, or 304 */
    AWS_REFUSED,     /* the service said no, and will again: nothing happened. The error says why */
    AWS_THROTTLED,   /* too much at once: nothing happened */
    AWS_UNAVAILABLE, /* it was not reached, or there are no credentials: nothing happened */
    AWS_UNKNOWN,     /* it was sent, and no answer came or a 5xx: it may have happened */
};

struct aws_error {
    char code[AWS_CODE_SIZE];       /* the service's, without its namespace: "AccessDenied"; ours when there
                                       was no answer: "Timeout", "ConnectionReset", "NoCredentials" … */
    char message[AWS_MESSAGE_SIZE]; /* for the log of an operator, not for clients */
    char request_id[AWS_REQUEST_ID_SIZE]; /* by which AWS finds it; "" */
};

struct aws_response {
    int http_status;  /* 0: none */
    const char *body; /* in the arena, with a closing NUL; "" when a sink took it */
    size_t body_length;
    const struct aws_pair *headers; /* in the arena; names in lower case */
    size_t header_count;
    struct aws_error error; /* of whatever is not AWS_OK */
    unsigned attempts;      /* that were made */
};

/* Blocks until the deadline at most. `response` is filled in every case. */
MUST_CHECK enum aws_result aws_call(struct aws *aws, const struct aws_request *request, struct arena *arena,
                                    struct aws_response *response);

/* A header of the answer; NULL: it has none. `name` in lower case. */
const char *aws_response_header(const struct aws_response *response, const char *name);

bool aws_error_is(const struct aws_response *response, const char *code);

/* What a result is to whoever asked over HTTP: STATUS_OK, STATUS_OVERLOADED for throttled and unavailable
 * ones, STATUS_STORAGE_UNAVAILABLE for unknown ones, STATUS_INTERNAL_ERROR for refused ones that nobody
 * expected. */
enum status aws_status(enum aws_result result);

/* A URL that does the request without a signature of its own, for `expires_s` seconds (AWS_PRESIGN_MAX_S at
 * most) and no longer than the credentials last. `headers` are those that the one who uses it must send.
 * False: there are no credentials. */
MUST_CHECK bool aws_presign(struct aws *aws, const struct aws_request *request, unsigned expires_s,
                            struct arena *arena, const char **url);

/* Who asks, for an operator to read: nothing secret. False: there are no credentials; `reason` says why. */
struct aws_identity {
    const char *source;     /* "environment", "profile", "container", "instance", "none" */
    const char *access_key; /* the public half, in the arena */
    bool is_temporary;
    int64_t expires_at_ms; /* 0: never, or nobody says */
    const char *reason;
};
MUST_CHECK bool aws_identity(struct aws *aws, int64_t deadline_us, struct arena *arena,
                             struct aws_identity *identity);

/* Where requests of a service go: "https://dynamodb.eu-central-1.amazonaws.com", in the arena. */
const char *aws_address(const struct aws *aws, const struct aws_service *service, struct arena *arena);

/* What the client counted since it was opened, of one service. */
struct aws_figures {
    uint64_t calls;
    uint64_t attempts;  /* calls and their retries */
    uint64_t throttles; /* attempts that were throttled */
    uint64_t results[AWS_UNKNOWN + 1];
};
struct aws_figures aws_figures(const struct aws *aws, const struct aws_service *service);

#endif
