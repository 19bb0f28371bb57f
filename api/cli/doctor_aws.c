/*
 * mypos doctor: AWS. Every permission that the server uses is used once, in a way that changes nothing: reads
 * of what is not there, writes whose condition cannot hold, messages that are too long to be taken. Only S3
 * and the log get something: an object, which is deleted again, and a line in a stream of its own.
 */
#include "aws/sigv4.h"
#include "aws/xml.h"
#include "base/clock.h"
#include "base/id.h"
#include "cli/doctor_visit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALL_MS          8000
#define SKEW_WARNING_MS  60000
#define SKEW_BAD_MS      300000 /* services refuse signatures that are older */
#define MESSAGE_TOO_LONG (256 * 1024 + 1)
#define NETWORK_ADVICE                                                                                       \
    "Look at the route (NAT or a VPC endpoint), the security group, AWS_REGION and AWS_ENDPOINT_URL."

/* --- judging --- */

static void look_at_clock(struct doctor_visit *visit, const struct aws_response *response)
{
    const char *date = aws_response_header(response, "date");
    struct tm then = {0};
    if (visit->clock_seen || date == NULL || strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &then) == NULL) {
        return;
    }
    visit->clock_seen = true;
    const int64_t off_ms = clock_now_ms() - (int64_t)timegm(&then) * 1000;
    const int64_t much_ms = off_ms < 0 ? -off_ms : off_ms;
    const enum doctor_state state = much_ms >= SKEW_BAD_MS       ? DOCTOR_BAD
                                    : much_ms >= SKEW_WARNING_MS ? DOCTOR_WARNING
                                                                 : DOCTOR_GOOD;
    doctor_add(visit->doctor, "clock", state,
               state == DOCTOR_GOOD ? NULL : "Let the machine keep its time: apt-get install chrony.",
               "it is %lld seconds %s AWS's", (long long)(much_ms / 1000),
               off_ms < 0 ? "behind" : "ahead of");
}

/* Codes stand one after the other, with blanks between. */
static bool is_one_of(const struct aws_response *response, const char *codes)
{
    const size_t length = strlen(response->error.code);
    for (const char *at = codes; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " ")) {
        if (length == strcspn(at, " ") && memcmp(at, response->error.code, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_denied(const struct aws_response *response)
{
    return is_one_of(response, "AccessDenied AccessDeniedException AuthorizationError UnauthorizedOperation "
                               "Forbidden NotAuthorized");
}

static bool is_missing(const struct aws_response *response)
{
    return is_one_of(response, "ResourceNotFoundException NotFound NotFoundException NoSuchBucket");
}

/* What to do about keys that are not taken; NULL: it is not the keys. */
static const char *todo_of_keys(const struct aws_response *response)
{
    static const struct {
        const char *codes, *todo;
    } all[] = {
        {"ExpiredToken ExpiredTokenException RequestExpired",
         "They have expired: get new ones, or let the machine have a role, whose keys are renewed."},
        {"InvalidClientTokenId InvalidAccessKeyId UnrecognizedClientException InvalidToken",
         "AWS does not know the keys (any more), or the session token is not theirs: get new ones."},
        {"SignatureDoesNotMatch InvalidSignatureException IncompleteSignature",
         "The secret key is not the access key's: set AWS_SECRET_ACCESS_KEY anew, or look at the clock."},
        {"RequestTimeTooSkewed RequestInTheFuture",
         "The clock is off: let the machine keep its time (apt-get install chrony)."},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (is_one_of(response, all[i].codes)) {
            return all[i].todo;
        }
    }
    return NULL;
}

static const char *todo_of(const struct doctor_visit *visit, const struct doctor_probe *probe,
                           enum aws_result result, const struct aws_response *response)
{
    struct arena *arena = visit->doctor->arena;
    const char *region = aws_response_header(response, "x-amz-bucket-region");
    if (result == AWS_THROTTLED) {
        return "Run it again: the service had too much to do.";
    }
    if (result != AWS_REFUSED) {
        return aws_error_is(response, "NoCredentials") ? "See the credentials above." : NETWORK_ADVICE;
    }
    if (region != NULL && strcmp(region, aws_region(visit->aws)) != 0) {
        return arena_printf(arena, "Set AWS_REGION to %s, where the bucket is.", region);
    }
    if (is_denied(response)) {
        return arena_printf(arena, "Allow %s on %s to %s%s.", probe->action, probe->resource, visit->who,
                            strcmp(probe->area, "s3") == 0 ? ", if the bucket is of this account" : "");
    }
    const bool is_misnamed = probe->misnamed != NULL &&
                             strstr(response->error.message, probe->misnamed) != NULL;
    if (is_missing(response) || is_misnamed) {
        return probe->missing;
    }
    const char *todo = todo_of_keys(response);
    if (todo == NULL && aws_error_is(response, "ValidationException")) {
        todo = probe->unfit;
    }
    return todo != NULL ? todo : "Go by the service's words; AWS_ENDPOINT_URL may lead to another one.";
}

bool doctor_judge(struct doctor_visit *visit, const struct doctor_probe *probe, enum aws_result result,
                  const struct aws_response *response)
{
    look_at_clock(visit, response);
    const bool is_good =
        result == AWS_OK ||
        (result == AWS_REFUSED && probe->wanted != NULL && is_one_of(response, probe->wanted) &&
         (probe->misnamed == NULL || strstr(response->error.message, probe->misnamed) == NULL));
    if (is_good) {
        doctor_add(visit->doctor, probe->area, DOCTOR_GOOD, NULL, "%s on %s", probe->action, probe->resource);
    } else {
        doctor_add(visit->doctor, probe->area, DOCTOR_BAD, todo_of(visit, probe, result, response),
                   "%s on %s: %s: %s", probe->action, probe->resource, response->error.code,
                   response->error.message);
    }
    return is_good;
}

/* --- calling --- */

enum aws_result doctor_call(const struct doctor_visit *visit, const struct aws_service *service,
                            const char *type, const char *target, const char *body,
                            struct aws_response *response)
{
    const struct aws_pair headers[] = {{"content-type", type}, {"x-amz-target", target}};
    const struct aws_request request = {
        .service = service,
        .method = "POST",
        .headers = headers,
        .header_count = target != NULL ? 2 : 1,
        .body = body,
        .body_length = strlen(body),
        .deadline_us = clock_monotonic_us() + CALL_MS * INT64_C(1000),
        .idempotent = true,
    };
    return aws_call(visit->aws, &request, visit->doctor->arena, response);
}

bool doctor_try_json(struct doctor_visit *visit, const struct aws_service *service, const char *target,
                     const char *body, const struct doctor_probe *probe)
{
    struct aws_response response;
    const char *type = service == &aws_logs ? "application/x-amz-json-1.1" : "application/x-amz-json-1.0";
    const enum aws_result result = doctor_call(visit, service, type, target, body, &response);
    return doctor_judge(visit, probe, result, &response);
}

static bool try_query(struct doctor_visit *visit, const struct aws_service *service, const char *body,
                      const struct doctor_probe *probe)
{
    struct aws_response response;
    const enum aws_result result = doctor_call(visit, service, "application/x-www-form-urlencoded", NULL,
                                               body, &response);
    return doctor_judge(visit, probe, result, &response);
}

/* --- credentials --- */

static bool look_at_credentials(struct doctor_visit *visit)
{
    struct doctor *doctor = visit->doctor;
    struct aws_identity identity;
    if (!aws_identity(visit->aws, clock_monotonic_us() + CALL_MS * INT64_C(1000), doctor->arena, &identity)) {
        doctor_add(
            doctor, "credentials", DOCTOR_BAD,
            "Give the instance or the container a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            "there are none: %s", identity.reason);
        return false;
    }
    char at[CLOCK_TEXT_SIZE] = "";
    if (identity.expires_at_ms != 0) {
        clock_format(identity.expires_at_ms, at);
    }
    doctor_add(doctor, "credentials", DOCTOR_GOOD, NULL, "from the %s: %s%s%s", identity.source,
               identity.access_key, identity.expires_at_ms != 0 ? ", until " : "", at);
    if (!identity.is_temporary) {
        doctor_add(doctor, "credentials", DOCTOR_WARNING,
                   "Prefer a role: its keys are replaced every few hours.", "the keys are lasting ones");
    }
    return true;
}

/* The one call that needs no permission. Networks may be closed to it, so its silence is no fault. */
static void look_at_caller(struct doctor_visit *visit)
{
    struct aws_response response;
    const enum aws_result result = doctor_call(visit, &aws_sts, "application/x-www-form-urlencoded", NULL,
                                               "Action=GetCallerIdentity&Version=2011-06-15", &response);
    look_at_clock(visit, &response);
    if (result == AWS_OK) {
        size_t length;
        const char *arn = xml_element(response.body, response.body + response.body_length, "Arn", &length);
        visit->who = arn != NULL ? arena_copy_n(visit->doctor->arena, arn, length) : visit->who;
        doctor_add(visit->doctor, "credentials", DOCTOR_GOOD, NULL, "they are of %s", visit->who);
    } else if (result == AWS_REFUSED) {
        const char *todo = todo_of_keys(&response);
        doctor_add(visit->doctor, "credentials", DOCTOR_BAD,
                   todo != NULL ? todo : "Get new keys: the account does not take these.",
                   "sts:GetCallerIdentity: %s: %s", response.error.code, response.error.message);
    } else {
        doctor_add(visit->doctor, "credentials", DOCTOR_WARNING,
                   "The server does without STS; a VPC endpoint would show who it is.",
                   "STS cannot be asked whose they are: %s", response.error.message);
    }
}

/* --- S3 --- */

/* Of the bucket itself, "/", one object is listed. */
static bool try_object(struct doctor_visit *visit, const char *method, const char *key, const char *body,
                       const struct doctor_probe *probe)
{
    static const struct aws_pair list[] = {{"list-type", "2"}, {"max-keys", "1"}};
    struct aws_response response;
    const struct aws_request request = {
        .service = &aws_s3,
        .method = method,
        .bucket = visit->doctor->config->s3_bucket,
        .path = key,
        .query = list,
        .query_count = strcmp(key, "/") == 0 ? 2 : 0,
        .body = body,
        .body_length = strlen(body),
        .deadline_us = clock_monotonic_us() + CALL_MS * INT64_C(1000),
        .idempotent = true,
    };
    const enum aws_result result = aws_call(visit->aws, &request, visit->doctor->arena, &response);
    return doctor_judge(visit, probe, result, &response);
}

/* An object of ours is put, read and deleted under each of the prefixes that are used. */
static void look_at_prefix(struct doctor_visit *visit, const char *prefix)
{
    static const struct {
        const char *method, *action, *body;
    } calls[] = {{"PUT", "s3:PutObject", "mypos doctor\n"},
                 {"GET", "s3:GetObject", ""},
                 {"DELETE", "s3:DeleteObject", ""}};
    struct arena *arena = visit->doctor->arena;
    const char *bucket = visit->doctor->config->s3_bucket;
    char id_text[ID_TEXT_SIZE];
    const struct id id = id_new();
    const char *key = arena_printf(arena, "/%s/doctor-%s", prefix, id_format(&id, id_text));
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < sizeof calls / sizeof *calls; i++) {
        const struct doctor_probe probe = {
            .area = "s3",
            .action = calls[i].action,
            .resource = arena_printf(arena, "%s/%s/*", bucket, prefix),
            .missing = "Make the bucket, or let MYPOS_S3_BUCKET name one that is there."};
        goes_on = try_object(visit, calls[i].method, key, calls[i].body, &probe) || i > 0;
    }
}

static void look_at_s3(struct doctor_visit *visit)
{
    const struct config *config = visit->doctor->config;
    const struct doctor_probe probe = {
        .area = "s3",
        .action = "s3:ListBucket",
        .resource = arena_printf(visit->doctor->arena, "the bucket %s", config->s3_bucket),
        .missing = "Make the bucket, or let MYPOS_S3_BUCKET name one that is there."};
    if (!try_object(visit, "GET", "/", "", &probe)) {
        return;
    }
    if (config->uses_s3) {
        look_at_prefix(visit, "images");
    }
    if (config->uses_dynamodb) {
        look_at_prefix(visit, "snapshots");
    }
}

/* --- SNS, CloudWatch, its logs --- */

/* The server needs no permission to ask this: a refusal of any other kind says nothing. */
static bool topic_is_missing(struct doctor_visit *visit, const char *topic)
{
    struct aws_response response;
    struct text body = arena_text(visit->doctor->arena, 512);
    text_add_string(&body, "Action=GetTopicAttributes&Version=2010-03-31&TopicArn=");
    sigv4_encode(&body, topic, false);
    return doctor_call(visit, &aws_sns, "application/x-www-form-urlencoded", NULL, text_string(&body),
                       &response) == AWS_REFUSED &&
           is_missing(&response);
}

/* A message that is longer than the service takes: it is refused for that, after it was allowed. */
static void look_at_sns(struct doctor_visit *visit)
{
    const char *topic = visit->doctor->config->sns_topic_arn;
    struct arena *arena = visit->doctor->arena;
    const char *region = strstr(topic, ":sns:") + strlen(":sns:"), *ours = aws_region(visit->aws);
    if (strncmp(region, ours, strlen(ours)) != 0 || region[strlen(ours)] != ':') {
        doctor_add(visit->doctor, "sns", DOCTOR_BAD,
                   "Let MYPOS_SNS_TOPIC_ARN name a topic of the region that AWS_REGION names.",
                   "%s is not in %s", topic, ours);
        return;
    }
    static const char missing[] = "Make the topic, or let MYPOS_SNS_TOPIC_ARN name one that is there.";
    if (topic_is_missing(visit, topic)) {
        doctor_add(visit->doctor, "sns", DOCTOR_BAD, missing, "there is no topic %s", topic);
        return;
    }
    struct text body = arena_text(arena, MESSAGE_TOO_LONG + 512);
    text_add_string(&body, "Action=Publish&Version=2010-03-31&TopicArn=");
    sigv4_encode(&body, topic, false);
    text_add_string(&body, "&Message=");
    text_add_repeated(&body, 'x', MESSAGE_TOO_LONG);
    const struct doctor_probe probe = {.area = "sns",
                                       .action = "sns:Publish",
                                       .resource = topic,
                                       .wanted = "InvalidParameter InvalidParameterValue",
                                       .misnamed = "TopicArn",
                                       .missing = missing};
    (void)try_query(visit, &aws_sns, text_string(&body), &probe);
}

static void look_at_logs(struct doctor_visit *visit)
{
    struct arena *arena = visit->doctor->arena;
    const char *group = visit->doctor->config->log_group;
    struct doctor_probe probe = {
        .area = "logs",
        .action = "logs:CreateLogStream",
        .resource = group,
        .wanted = "ResourceAlreadyExistsException",
        .missing = "Make the log group, or let MYPOS_LOG_GROUP name one that is there."};
    const char *stream = arena_printf(arena, "{\"logGroupName\":\"%s\",\"logStreamName\":\"doctor\"}", group);
    if (!doctor_try_json(visit, &aws_logs, "Logs_20140328.CreateLogStream", stream, &probe)) {
        return;
    }
    probe.action = "logs:PutLogEvents";
    probe.wanted = NULL;
    const char *line = arena_printf(
        arena,
        "{\"logGroupName\":\"%s\",\"logStreamName\":\"doctor\",\"logEvents\":[{\"timestamp\":%lld,"
        "\"message\":\"{\\\"level\\\":\\\"info\\\",\\\"event\\\":\\\"doctor\\\"}\"}]}",
        group, (long long)clock_now_ms());
    (void)doctor_try_json(visit, &aws_logs, "Logs_20140328.PutLogEvents", line, &probe);
}

/* No data at all: it is allowed, or not, before anybody counts. */
static void look_at_metrics(struct doctor_visit *visit)
{
    struct arena *arena = visit->doctor->arena;
    const char *space = visit->doctor->config->metrics_namespace;
    const struct doctor_probe probe = {.area = "metrics",
                                       .action = "cloudwatch:PutMetricData",
                                       .resource = arena_printf(arena, "the namespace %s", space),
                                       .wanted = "MissingParameter InvalidParameterCombination "
                                                 "InvalidParameterValue ValidationError"};
    struct text body = arena_text(arena, 256);
    text_add_string(&body, "Action=PutMetricData&Version=2010-08-01&Namespace=");
    sigv4_encode(&body, space, false);
    (void)try_query(visit, &aws_cloudwatch, text_string(&body), &probe);
}

void doctor_look_at_aws(struct doctor *doctor)
{
    const struct config *config = doctor->config;
    struct detail detail;
    detail_init(&detail, doctor->arena);
    struct doctor_visit visit = {.doctor = doctor, .who = "the role or user of the server"};
    if (!config->uses_dynamodb && !config->uses_s3 && !config->uses_sns && !config->uses_cloudwatch) {
        doctor_add(doctor, "aws", DOCTOR_SKIPPED, NULL, "nothing of it is configured");
        return;
    }
    if (aws_open(&detail, &visit.aws) != STATUS_OK) {
        doctor_add(doctor, "aws", DOCTOR_BAD, "Set it right, as AWS's own tools need it.", "%s", detail.text);
        return;
    }
    doctor_add(doctor, "aws", DOCTOR_GOOD, NULL, "the region is %s", aws_region(visit.aws));
    const struct {
        bool is_used;
        void (*look)(struct doctor_visit *visit);
    } looks[] = {
        {true, look_at_caller},
        {config->uses_dynamodb, doctor_look_at_dynamodb},
        {config->uses_s3 || (config->uses_dynamodb && *config->s3_bucket != '\0'), look_at_s3},
        {config->uses_sns, look_at_sns},
        {config->uses_cloudwatch, look_at_logs},
        {config->uses_cloudwatch, look_at_metrics},
    };
    const bool has_credentials = look_at_credentials(&visit);
    for (size_t i = 0; has_credentials && i < sizeof looks / sizeof *looks; i++) {
        if (looks[i].is_used) {
            looks[i].look(&visit);
        }
    }
    aws_close(visit.aws);
}
