#include "aws/fault.h"

#include "aws/xml.h"
#include "base/clock.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* --- reading --- */

static void copy_n(char *to, size_t size, const char *from, size_t length)
{
    const size_t kept = length < size - 1 ? length : size - 1;
    memcpy(to, from, kept);
    to[kept] = '\0';
}

/* "com.amazonaws.dynamodb.v20120810#ThrottlingException", or "ThrottlingException:http://…" */
static void read_code(struct aws_error *error, const char *code)
{
    const char *hash = strchr(code, '#');
    code = hash != NULL ? hash + 1 : code;
    copy_n(error->code, sizeof error->code, code, strcspn(code, ":"));
}

static void read_json(const struct transport_answer *answer, struct aws_error *error)
{
    json_t *root = json_loadb(answer->body, answer->body_length, 0, NULL);
    const char *code = json_string_value(json_object_get(root, "__type"));
    const char *message = json_string_value(json_object_get(root, "message"));
    if (message == NULL) {
        message = json_string_value(json_object_get(root, "Message"));
    }
    if (code != NULL) {
        read_code(error, code);
    }
    if (message != NULL) {
        copy_n(error->message, sizeof error->message, message, strlen(message));
    }
    json_decref(root);
}

static void read_element(const struct transport_answer *answer, const char *name, char *to, size_t size)
{
    size_t length;
    const char *text = xml_element(answer->body, answer->body + answer->body_length, name, &length);
    if (text != NULL) {
        copy_n(to, size, text, length);
    }
}

/* HEAD has no body, and what stands between may have its own: the status is a code then. */
static const char *code_of_status(int status)
{
    switch (status) {
    case 400:
        return "BadRequest";
    case 403:
        return "Forbidden";
    case 404:
        return "NotFound";
    case 409:
        return "Conflict";
    case 412:
        return "PreconditionFailed";
    case 429:
        return "TooManyRequests";
    case 500:
        return "InternalError";
    case 503:
        return "ServiceUnavailable";
    default:
        return "HttpError";
    }
}

void fault_read(const struct transport_answer *answer, struct aws_error *error)
{
    const char *type = transport_header(answer, "x-amzn-errortype");
    const char *id = transport_header(answer, "x-amzn-requestid");
    *error = (struct aws_error){.code = ""};
    id = id != NULL ? id : transport_header(answer, "x-amz-request-id");
    if (id != NULL) {
        copy_n(error->request_id, sizeof error->request_id, id, strlen(id));
    }
    if (answer->body_length > 0 && *answer->body == '{') {
        read_json(answer, error);
    } else if (answer->body_length > 0 && *answer->body == '<') {
        read_element(answer, "Code", error->code, sizeof error->code);
        read_element(answer, "Message", error->message, sizeof error->message);
    }
    if (*error->code == '\0' && type != NULL) {
        read_code(error, type);
    }
    if (*error->code == '\0') {
        snprintf(error->code, sizeof error->code, "%s", code_of_status(answer->status));
    }
    if (*error->message == '\0') {
        snprintf(error->message, sizeof error->message, "HTTP status %d", answer->status);
    }
}

/* --- judging --- */

static const struct {
    const char *code;
    enum fault_kind kind;
} known[] = {
    {"Throttling", FAULT_THROTTLED},
    {"ThrottlingException", FAULT_THROTTLED},
    {"ThrottledException", FAULT_THROTTLED},
    {"RequestThrottledException", FAULT_THROTTLED},
    {"RequestThrottled", FAULT_THROTTLED},
    {"TooManyRequestsException", FAULT_THROTTLED},
    {"TooManyRequests", FAULT_THROTTLED},
    {"ProvisionedThroughputExceededException", FAULT_THROTTLED},
    {"RequestLimitExceeded", FAULT_THROTTLED},
    {"BandwidthLimitExceeded", FAULT_THROTTLED},
    {"LimitExceededException", FAULT_THROTTLED},
    {"SlowDown", FAULT_THROTTLED},
    {"TransactionInProgressException", FAULT_TRANSIENT}, /* our own, with the same token */
    {"RequestTimeout", FAULT_NOT_TAKEN},
    {"RequestTimeoutException", FAULT_NOT_TAKEN},
    {"ExpiredToken", FAULT_CREDENTIALS},
    {"ExpiredTokenException", FAULT_CREDENTIALS},
    {"InvalidAccessKeyId", FAULT_CREDENTIALS},
    {"InvalidClientTokenId", FAULT_CREDENTIALS},
    {"UnrecognizedClientException", FAULT_CREDENTIALS},
    {"RequestTimeTooSkewed", FAULT_CLOCK},
    {"RequestExpired", FAULT_CLOCK},
    {"RequestInTheFuture", FAULT_CLOCK},
    {"InvalidSignatureException", FAULT_CLOCK},
    {"SignatureDoesNotMatch", FAULT_CLOCK},
    {"AuthFailure", FAULT_CLOCK},
};

enum fault_kind fault_classify(int http_status, const char *code)
{
    if ((http_status >= 200 && http_status < 300) || http_status == 304) {
        return FAULT_NONE;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].code, code) == 0) {
            return known[i].kind;
        }
    }
    if (http_status == 429) {
        return FAULT_THROTTLED;
    }
    return http_status >= 500 ? FAULT_TRANSIENT : FAULT_REFUSED;
}

bool fault_crc_holds(const struct transport_answer *answer)
{
    const char *said = transport_header(answer, "x-amz-crc32");
    if (said == NULL) {
        return true;
    }
    const uLong crc = crc32_z(crc32(0, NULL, 0), (const Bytef *)answer->body, answer->body_length);
    return strtoull(said, NULL, 10) == crc;
}

bool fault_parse_date(const char *text, int64_t *time_ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4] = "";
    struct clock_date date;
    int hour, minute, second;
    if (sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &date.day, month, &date.year, &hour, &minute,
               &second) != 6 ||
        strlen(month) != 3) {
        return false;
    }
    const char *found = strstr(months, month);
    if (found == NULL || (found - months) % 3 != 0) {
        return false;
    }
    date.month = (int)(found - months) / 3 + 1;
    *time_ms = (clock_days_of_date(date) * 86400 + hour * 3600 + minute * 60 + second) * 1000;
    return true;
}
