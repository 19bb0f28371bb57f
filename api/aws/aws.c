#include "aws/aws.h"

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/fault.h"
#include "aws/profile.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OWN_HEADERS    5 /* host, date, token, hash, authorization */
#define REGION_MAX     63
#define CLOCK_TRUST_MS 60000 /* a clock that is off by less is right: services allow five minutes */

const struct aws_service aws_dynamodb = {
    .name = "dynamodb",
    .endpoint_id = "DYNAMODB",
    .host = "dynamodb",
    .index = 0,
    .attempts = 4,
    .base_delay_ms = 25,
    .attempt_ms = 3000,
};
const struct aws_service aws_s3 = {.name = "s3",
                                   .endpoint_id = "S3",
                                   .host = "s3",
                                   .index = 1,
                                   .attempts = 3,
                                   .base_delay_ms = 50,
                                   .is_s3 = true};
const struct aws_service aws_sns = {
    .name = "sns",
    .endpoint_id = "SNS",
    .host = "sns",
    .index = 2,
    .attempts = 3,
    .base_delay_ms = 50,
    .attempt_ms = 5000,
};
const struct aws_service aws_cloudwatch = {
    .name = "monitoring",
    .endpoint_id = "CLOUDWATCH",
    .host = "monitoring",
    .index = 3,
    .attempts = 3,
    .base_delay_ms = 50,
    .attempt_ms = 5000,
};
const struct aws_service aws_logs = {
    .name = "logs",
    .endpoint_id = "CLOUDWATCH_LOGS",
    .host = "logs",
    .index = 4,
    .attempts = 3,
    .base_delay_ms = 50,
    .attempt_ms = 5000,
};
const struct aws_service aws_sts = {
    .name = "sts",
    .endpoint_id = "STS",
    .host = "sts",
    .index = 5,
    .attempts = 3,
    .base_delay_ms = 50,
    .attempt_ms = 5000,
};
const struct aws_service *const aws_services[AWS_SERVICES] = {&aws_dynamodb,   &aws_s3,   &aws_sns,
                                                              &aws_cloudwatch, &aws_logs, &aws_sts};

struct counts {
    _Atomic uint64_t calls, attempts, throttles, results[AWS_UNKNOWN + 1];
};

struct aws {
    char *region;
    struct transport *transport;
    struct credential_store *credentials;
    struct endpoint endpoints[AWS_SERVICES];
    struct retry_budget budget;
    _Atomic int64_t clock_offset_ms; /* what the services' clocks are ahead of ours */
    struct counts counts[AWS_SERVICES];
};

/* --- opening --- */

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

static enum status read_region(struct aws *aws, struct detail *detail)
{
    struct arena arena;
    arena_init(&arena);
    const char *region = variable("AWS_REGION");
    region = region != NULL ? region : variable("AWS_DEFAULT_REGION");
    region = region != NULL ? region : profile_value(&arena, "region");
    /* It becomes part of host names. */
    const bool is_one = region != NULL && strlen(region) <= REGION_MAX &&
                        region[strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
    if (is_one && (aws->region = strdup(region)) == NULL) {
        abort();
    }
    arena_free(&arena);
    return is_one ? STATUS_OK
                  : detail_set(detail, STATUS_VALIDATION_FAILED,
                               "AWS_REGION must name a region such as eu-central-1.");
}

static enum status open_parts(struct aws *aws, struct detail *detail)
{
    enum status status = read_region(aws, detail);
    for (unsigned i = 0; status == STATUS_OK && i < AWS_SERVICES; i++) {
        status = endpoint_of(aws_services[i], aws->region, detail, &aws->endpoints[i]);
    }
    if (status == STATUS_OK) {
        status = transport_open(variable("AWS_CA_BUNDLE"), &aws->transport);
    }
    if (status == STATUS_OK) {
        status = credentials_open(aws->transport, detail, &aws->credentials);
    }
    return status;
}

enum status aws_open(struct detail *detail, struct aws **out)
{
    struct aws *aws = calloc(1, sizeof *aws);
    if (aws == NULL) {
        abort();
    }
    retry_budget_init(&aws->budget);
    const enum status status = open_parts(aws, detail);
    if (status != STATUS_OK) {
        aws_close(aws);
        return status;
    }
    *out = aws;
    return STATUS_OK;
}

void aws_close(struct aws *aws)
{
    if (aws == NULL) {
        return;
    }
    credentials_close(aws->credentials);
    transport_close(aws->transport);
    free(aws->region);
    free(aws);
}

const char *aws_region(const struct aws *aws)
{
    return aws->region;
}

/* --- one attempt --- */

/* A call under way. */
struct call {
    struct aws *aws;
    const struct aws_request *request;
    struct arena *arena;
    struct aws_response *response;
    int64_t deadline_us;
    const char *host, *path;
    char payload_hash[HASH_TEXT_SIZE]; /* "": not computed yet */
    const char *access_key;            /* of the last attempt */
    unsigned retries;                  /* that took tokens */
    int tokens;                        /* that the last one took */
    bool may_have_happened;
    bool renewed, clock_set; /* these are tried once */
};

static int64_t service_now_ms(const struct aws *aws)
{
    return clock_now_ms() + atomic_load(&aws->clock_offset_ms);
}

static void say(struct aws_response *response, const char *code, const char *message)
{
    snprintf(response->error.code, sizeof response->error.code, "%s", code);
    snprintf(response->error.message, sizeof response->error.message, "%s", message);
}

static const char *payload_hash(struct call *call)
{
    if (*call->payload_hash == '\0') {
        const struct hash hash = hash_of(call->request->body, call->request->body_length);
        hash_format(&hash, call->payload_hash);
    }
    return call->payload_hash;
}

/* The request's headers and the client's own. Returns how many. */
static size_t write_headers(struct call *call, const struct credentials *credentials, const char *date,
                            struct arena *scratch, struct aws_pair *headers)
{
    const struct aws_request *request = call->request;
    size_t count = 0;
    for (; count < request->header_count; count++) {
        headers[count] = request->headers[count];
    }
    headers[count++] = (struct aws_pair){"host", call->host};
    headers[count++] = (struct aws_pair){"x-amz-date", date};
    if (credentials->session_token != NULL) {
        headers[count++] = (struct aws_pair){"x-amz-security-token", credentials->session_token};
    }
    if (request->service->is_s3) {
        headers[count++] = (struct aws_pair){"x-amz-content-sha256", payload_hash(call)};
    }
    const struct sigv4_request to_sign = {
        .method = request->method,
        .path = call->path,
        .is_s3 = request->service->is_s3,
        .query = request->query,
        .query_count = request->query_count,
        .headers = headers,
        .header_count = count,
        .payload_hash = payload_hash(call),
    };
    const struct sigv4_scope scope = {
        .access_key = credentials->access_key,
        .secret_key = credentials->secret_key,
        .region = call->aws->region,
        .service = request->service->name,
        .date = date,
    };
    headers[count++] = (struct aws_pair){"authorization", sigv4_authorization(scratch, &to_sign, &scope)};
    return count;
}

static const char *write_url(const struct call *call, struct arena *scratch)
{
    const struct aws_request *request = call->request;
    struct text url = arena_text(scratch, 256);
    text_add_string(&url, call->aws->endpoints[request->service->index].scheme);
    text_add_string(&url, "://");
    text_add_string(&url, call->host);
    sigv4_encode(&url, call->path, true);
    if (request->query_count > 0) {
        text_add_char(&url, '?');
        text_add_string(&url, sigv4_query(scratch, request->query, request->query_count));
    }
    return text_string(&url);
}

static bool is_idempotent(const struct aws_request *request)
{
    return request->idempotent || strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

static enum transport_outcome exchange(struct call *call, const struct credentials *credentials,
                                       struct arena *scratch, struct transport_answer *answer)
{
    const struct aws_request *request = call->request;
    struct aws_pair headers[AWS_HEADERS_MAX + OWN_HEADERS];
    char date[SIGV4_DATE_SIZE];
    sigv4_date(service_now_ms(call->aws), date);
    const size_t count = write_headers(call, credentials, date, scratch, headers);
    const int64_t attempt_us = clock_monotonic_us() + request->service->attempt_ms * 1000;
    const bool is_limited = request->service->attempt_ms > 0 && attempt_us < call->deadline_us;
    const struct transport_request sent = {
        .lane = request->service->index,
        .method = request->method,
        .url = write_url(call, scratch),
        .headers = headers,
        .header_count = count,
        .body = request->body,
        .body_length = request->body_length,
        .idempotent = is_idempotent(request),
        .sink = request->sink,
        .sink_context = request->sink_context,
        .answer_max = AWS_RESPONSE_MAX,
        .deadline_us = is_limited ? attempt_us : call->deadline_us,
        .connect_ms = AWS_CONNECT_MS,
    };
    return transport_exchange(call->aws->transport, &sent, call->arena, answer);
}

/* What became of an attempt that has an answer. */
static enum fault_kind read_answer(struct call *call, const struct transport_answer *answer)
{
    struct aws_response *response = call->response;
    response->http_status = answer->status;
    response->body = answer->body;
    response->body_length = answer->body_length;
    response->headers = answer->headers;
    response->header_count = answer->header_count;
    if (strcmp(call->request->method, "HEAD") != 0 && !answer->sink_began && !fault_crc_holds(answer)) {
        say(response, "ChecksumMismatch", "the answer is not what its x-amz-crc32 says");
        return FAULT_TRANSIENT;
    }
    const enum fault_kind kind = fault_classify(answer->status, "");
    if (kind == FAULT_NONE) {
        return kind;
    }
    fault_read(answer, &response->error);
    return fault_classify(answer->status, response->error.code);
}

/* One attempt; its kind is what `decide` goes by. */
static enum aws_result attempt(struct call *call, enum fault_kind *kind, struct transport_answer *answer)
{
    struct arena scratch;
    arena_init(&scratch);
    struct credentials credentials;
    const char *reason;
    enum aws_result result = AWS_UNAVAILABLE;
    *answer = (struct transport_answer){.body = ""};
    *kind = FAULT_NONE;
    *call->response = (struct aws_response){.body = "", .attempts = call->response->attempts + 1};
    if (!credentials_get(call->aws->credentials, call->deadline_us, &scratch, &credentials, &reason)) {
        say(call->response, "NoCredentials", reason);
        *kind = FAULT_REFUSED; /* asking again at once finds none either */
        arena_free(&scratch);
        return AWS_UNAVAILABLE;
    }
    call->access_key = arena_copy(call->arena, credentials.access_key);
    switch (exchange(call, &credentials, &scratch, answer)) {
    case TRANSPORT_NOT_SENT:
        say(call->response, answer->code, answer->reason);
        *kind = FAULT_NOT_TAKEN;
        break;
    case TRANSPORT_NO_ANSWER:
        say(call->response, answer->code, answer->reason);
        call->response->http_status = answer->status;
        *kind = FAULT_TRANSIENT;
        result = AWS_UNKNOWN;
        break;
    case TRANSPORT_ANSWERED: {
        static const enum aws_result results[] = {
            [FAULT_NONE] = AWS_OK,
            [FAULT_REFUSED] = AWS_REFUSED,
            [FAULT_THROTTLED] = AWS_THROTTLED,
            [FAULT_NOT_TAKEN] = AWS_UNAVAILABLE,
            [FAULT_TRANSIENT] = AWS_UNKNOWN,
            [FAULT_CREDENTIALS] = AWS_REFUSED,
            [FAULT_CLOCK] = AWS_REFUSED,
        };
        *kind = read_answer(call, answer);
        result = results[*kind];
        break;
    }
    }
    arena_free(&scratch);
    return result;
}

/* --- trying again --- */

/* Services refuse signatures whose time is five minutes off, and say what time it is. */
static bool set_clock(struct aws *aws, const struct transport_answer *answer)
{
    const char *date = transport_header(answer, "date");
    int64_t then_ms;
    if (date == NULL || !fault_parse_date(date, &then_ms)) {
        return false;
    }
    const int64_t off_ms = then_ms - service_now_ms(aws);
    if (off_ms > -CLOCK_TRUST_MS && off_ms < CLOCK_TRUST_MS) {
        return false; /* it is something else */
    }
    atomic_store(&aws->clock_offset_ms, then_ms - clock_now_ms());
    return true;
}

/* False: the wait would end after the deadline, or there are no tokens. */
static bool wait_for_turn(struct call *call, enum fault_kind kind)
{
    const bool throttled = kind == FAULT_THROTTLED;
    const int64_t base_ms = throttled ? RETRY_THROTTLED_DELAY_MS : call->request->service->base_delay_ms;
    const int64_t delay_ms = retry_delay_ms(call->retries + 1, base_ms);
    const int cost = throttled ? RETRY_THROTTLED_COST : RETRY_COST;
    if (clock_monotonic_us() + delay_ms * 1000 >= call->deadline_us ||
        !retry_budget_take(&call->aws->budget, cost)) {
        return false;
    }
    call->retries++;
    call->tokens = cost;
    const struct timespec delay = {.tv_sec = delay_ms / 1000, .tv_nsec = delay_ms % 1000 * 1000000};
    nanosleep(&delay, NULL);
    return true;
}

/* Whether to make another attempt; waits before it says so. */
static bool try_again(struct call *call, enum aws_result result, enum fault_kind kind,
                      const struct transport_answer *answer)
{
    const unsigned most = call->request->attempts > 0 ? call->request->attempts
                                                      : call->request->service->attempts;
    if (kind == FAULT_CLOCK && !call->clock_set) {
        call->clock_set = true;
        return set_clock(call->aws, answer);
    }
    if (kind == FAULT_CREDENTIALS && !call->renewed) {
        call->renewed = true;
        return credentials_renew(call->aws->credentials, call->access_key, call->deadline_us);
    }
    const bool is_passing = kind == FAULT_THROTTLED || kind == FAULT_NOT_TAKEN || kind == FAULT_TRANSIENT;
    const bool is_safe = result != AWS_UNKNOWN || is_idempotent(call->request);
    return is_passing && is_safe && !answer->sink_began && call->retries + 1 < most &&
           wait_for_turn(call, kind);
}

static enum aws_result run(struct call *call)
{
    struct counts *counts = &call->aws->counts[call->request->service->index];
    for (;;) {
        struct transport_answer answer;
        enum fault_kind kind;
        enum aws_result result = attempt(call, &kind, &answer);
        atomic_fetch_add(&counts->attempts, 1);
        atomic_fetch_add(&counts->throttles, result == AWS_THROTTLED);
        call->may_have_happened |= result == AWS_UNKNOWN;
        if (result == AWS_OK) {
            retry_budget_give(&call->aws->budget, call->retries == 0 ? RETRY_REWARD : call->tokens);
            return AWS_OK;
        }
        if (try_again(call, result, kind, &answer)) {
            continue;
        }
        /* What the last attempt surely did not do, an earlier one may have done. A refusal is of both: the
         * request is idempotent. */
        return call->may_have_happened && result != AWS_REFUSED ? AWS_UNKNOWN : result;
    }
}

enum aws_result aws_call(struct aws *aws, const struct aws_request *request, struct arena *arena,
                         struct aws_response *response)
{
    assert(request->header_count <= AWS_HEADERS_MAX && request->query_count <= AWS_QUERY_MAX);
    struct call call = {
        .aws = aws,
        .request = request,
        .arena = arena,
        .response = response,
        .deadline_us = request->deadline_us != 0 ? request->deadline_us
                                                 : clock_monotonic_us() + AWS_TIMEOUT_MS * INT64_C(1000),
    };
    *response = (struct aws_response){.body = ""};
    endpoint_address(&aws->endpoints[request->service->index], request->bucket, request->path, arena,
                     &call.host, &call.path);
    struct counts *counts = &aws->counts[request->service->index];
    atomic_fetch_add(&counts->calls, 1);
    const enum aws_result result = run(&call);
    atomic_fetch_add(&counts->results[result], 1);
    return result;
}

/* --- what else there is to ask --- */

const char *aws_response_header(const struct aws_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (strcmp(response->headers[i].name, name) == 0) {
            return response->headers[i].value;
        }
    }
    return NULL;
}

bool aws_error_is(const struct aws_response *response, const char *code)
{
    return strcmp(response->error.code, code) == 0;
}

enum status aws_status(enum aws_result result)
{
    switch (result) {
    case AWS_OK:
        return STATUS_OK;
    case AWS_THROTTLED:
    case AWS_UNAVAILABLE:
        return STATUS_OVERLOADED;
    case AWS_UNKNOWN:
        return STATUS_STORAGE_UNAVAILABLE;
    case AWS_REFUSED:
        break;
    }
    return STATUS_INTERNAL_ERROR;
}

bool aws_presign(struct aws *aws, const struct aws_request *request, unsigned expires_s, struct arena *arena,
                 const char **url)
{
    struct credentials credentials;
    const char *reason, *host, *path;
    const int64_t deadline_us = request->deadline_us != 0
                                    ? request->deadline_us
                                    : clock_monotonic_us() + AWS_TIMEOUT_MS * INT64_C(1000);
    if (!credentials_get(aws->credentials, deadline_us, arena, &credentials, &reason)) {
        return false;
    }
    const struct endpoint *endpoint = &aws->endpoints[request->service->index];
    endpoint_address(endpoint, request->bucket, request->path, arena, &host, &path);
    struct aws_pair headers[AWS_HEADERS_MAX + 1];
    size_t count = 0;
    for (; count < request->header_count && count < AWS_HEADERS_MAX; count++) {
        headers[count] = request->headers[count];
    }
    headers[count++] = (struct aws_pair){"host", host};
    char date[SIGV4_DATE_SIZE];
    const struct sigv4_request to_sign = {
        .method = request->method,
        .path = path,
        .is_s3 = request->service->is_s3,
        .query = request->query,
        .query_count = request->query_count,
        .headers = headers,
        .header_count = count,
        .payload_hash = SIGV4_UNSIGNED_PAYLOAD,
    };
    const struct sigv4_scope scope = {
        .access_key = credentials.access_key,
        .secret_key = credentials.secret_key,
        .region = aws->region,
        .service = request->service->name,
        .date = sigv4_date(service_now_ms(aws), date),
    };
    struct text out = arena_text(arena, 512);
    text_add_string(&out, endpoint->scheme);
    text_add_string(&out, "://");
    text_add_string(&out, host);
    sigv4_encode(&out, path, true);
    text_add_char(&out, '?');
    text_add_string(&out,
                    sigv4_presigned_query(arena, &to_sign, &scope, credentials.session_token,
                                          expires_s < AWS_PRESIGN_MAX_S ? expires_s : AWS_PRESIGN_MAX_S));
    *url = text_string(&out);
    return true;
}

bool aws_identity(struct aws *aws, int64_t deadline_us, struct arena *arena, struct aws_identity *identity)
{
    struct credentials credentials;
    *identity = (struct aws_identity){.source = credentials_source(aws->credentials)};
    if (!credentials_get(aws->credentials, deadline_us, arena, &credentials, &identity->reason)) {
        return false;
    }
    identity->access_key = credentials.access_key;
    identity->is_temporary = credentials.session_token != NULL;
    identity->expires_at_ms = credentials.expires_at_ms;
    return true;
}

const char *aws_address(const struct aws *aws, const struct aws_service *service, struct arena *arena)
{
    const struct endpoint *endpoint = &aws->endpoints[service->index];
    return arena_printf(arena, "%s://%s%s", endpoint->scheme, endpoint->host, endpoint->path);
}

struct aws_figures aws_figures(const struct aws *aws, const struct aws_service *service)
{
    const struct counts *counts = &aws->counts[service->index];
    struct aws_figures figures = {
        .calls = atomic_load(&counts->calls),
        .attempts = atomic_load(&counts->attempts),
        .throttles = atomic_load(&counts->throttles),
    };
    for (unsigned i = 0; i <= AWS_UNKNOWN; i++) {
        figures.results[i] = atomic_load(&counts->results[i]);
    }
    return figures;
}
