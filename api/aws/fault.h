/*
 * Fault: what an answer that is not a success says, in the words of either family of protocols: JSON
 * (DynamoDB, CloudWatch Logs) and XML (S3, and the Query services). Pure.
 */
#ifndef MYPOS_AWS_FAULT_H
#define MYPOS_AWS_FAULT_H

#include "aws/transport.h"

enum fault_kind {
    FAULT_NONE,        /* 2xx, 304 */
    FAULT_REFUSED,     /* and would be again */
    FAULT_THROTTLED,   /* nothing happened; later it will */
    FAULT_NOT_TAKEN,   /* the service did not get all of it: nothing happened */
    FAULT_TRANSIENT,   /* 5xx, or an earlier try is still under way: it may have happened */
    FAULT_CREDENTIALS, /* the credentials are not valid any more, or not yet everywhere */
    FAULT_CLOCK,       /* the signature's time is not the service's */
};

/* Reads code, message and request id of an answer. */
void fault_read(const struct transport_answer *answer, struct aws_error *error);

enum fault_kind fault_classify(int http_status, const char *code);

/* Whether the body is what the service sent, when it says so in x-amz-crc32 (DynamoDB does). */
bool fault_crc_holds(const struct transport_answer *answer);

/* Reads a date as HTTP has it (RFC 9110, section 5.6.7: "Sun, 22 Nov 2026 14:05:09 GMT"). */
bool fault_parse_date(const char *text, int64_t *time_ms);

#endif
