/* The AWS client against a server that misbehaves: what is tried again, what is not, and what it says of a
 * call that has no answer. */
#include "aws/aws.h"
#include "aws/fault.h"
#include "aws/retry.h"
#include "base/clock.h"
#include "base/id.h"
#include "fake_http.h"

#include "unit.h"

#include <pthread.h>
#include <unistd.h>

#define ANSWERS_MAX 16
#define SECOND_US   INT64_C(1000000)
#define SOON_US     (20 * SECOND_US) /* a busy machine is late, but nothing here is meant to wait so long */

/* A test's server answers from a list; the last answer is given for ever. */
struct script {
    struct fake_answer answers[ANSWERS_MAX];
    size_t count;
    char authorization[1024], date[32], token[64], host[128], target[2048], method[16];
    char first_date[32];
};

static struct script script;
static struct fake_http *server;
static struct aws *aws;
static struct arena arena;
static struct aws_response response;

static void keep_header(const struct fake_request *request, const char *name, char *to, size_t size,
                        struct arena *in)
{
    const char *value = fake_header(request, name, in);
    snprintf(to, size, "%s", value != NULL ? value : "");
}

static struct fake_answer play(void *context, const struct fake_request *request, struct arena *in)
{
    struct script *all = context;
    keep_header(request, "authorization", all->authorization, sizeof all->authorization, in);
    keep_header(request, "x-amz-date", all->date, sizeof all->date, in);
    keep_header(request, "x-amz-security-token", all->token, sizeof all->token, in);
    keep_header(request, "host", all->host, sizeof all->host, in);
    snprintf(all->target, sizeof all->target, "%s", request->target);
    snprintf(all->method, sizeof all->method, "%s", request->method);
    if (request->number == 1) {
        snprintf(all->first_date, sizeof all->first_date, "%s", all->date);
    }
    return all->answers[request->number <= all->count ? request->number - 1 : all->count - 1];
}

/* No waits: full jitter draws nothing. */
static void zeros(void *bytes, size_t length)
{
    memset(bytes, 0, length);
}

static void open_client(void)
{
    struct detail detail;
    detail_init(&detail, &arena);
    assert_int_equal(aws_open(&detail, &aws), STATUS_OK);
}

static void start(const struct fake_answer *answers, size_t count)
{
    char url[64];
    script = (struct script){.count = count};
    memcpy(script.answers, answers, count * sizeof *answers);
    server = fake_http_start(play, &script);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", fake_http_port(server));
    setenv("AWS_ENDPOINT_URL", url, 1);
    arena_init(&arena);
    open_client();
}
#define START(...)                                                                                           \
    start((const struct fake_answer[]){__VA_ARGS__},                                                         \
          sizeof((const struct fake_answer[]){__VA_ARGS__}) / sizeof(struct fake_answer))

static void stop(void)
{
    aws_close(aws);
    fake_http_stop(server);
    arena_free(&arena);
}

static int set_up(void **state)
{
    (void)state;
    setenv("AWS_REGION", "eu-central-1", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "temporary", 1);
    random_replace(zeros);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    random_replace(NULL);
    clock_replace(NULL);
    return 0;
}

/* A write that must not be done twice, and one that may be. */
static enum aws_result write_once(void)
{
    const struct aws_request request = {
        .service = &aws_dynamodb,
        .method = "POST",
        .body = "{\"once\":1}",
        .body_length = 10,
        .deadline_us = clock_monotonic_us() + SOON_US,
    };
    return aws_call(aws, &request, &arena, &response);
}

static enum aws_result write_again(void)
{
    const struct aws_request request = {
        .service = &aws_dynamodb,
        .method = "POST",
        .body = "{\"again\":1}",
        .body_length = 11,
        .deadline_us = clock_monotonic_us() + SOON_US,
        .idempotent = true,
    };
    return aws_call(aws, &request, &arena, &response);
}

#define OK_ANSWER                                                                                            \
    {                                                                                                        \
        .status = 200, .body = "{\"ok\":true}"                                                               \
    }
#define REFUSE(code)                                                                                         \
    {                                                                                                        \
        .status = 400,                                                                                       \
        .body = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" code "\",\"message\":\"why\"}"             \
    }
#define FAILURE(number)                                                                                      \
    {                                                                                                        \
        .status = number, .body = "{\"__type\":\"x#InternalServerError\"}"                                   \
    }

static void answer_is_kept_and_the_connection_too(void **state)
{
    (void)state;
    START({.status = 200,
           .headers = "X-Amzn-RequestId: r-1\r\nX-Amz-Crc32: 2815713168\r\n",
           .body = "{\"ok\":true}"});
    assert_int_equal(write_once(), AWS_OK);
    assert_int_equal(response.http_status, 200);
    assert_string_equal(response.body, "{\"ok\":true}");
    assert_string_equal(aws_response_header(&response, "x-amzn-requestid"), "r-1");
    assert_null(aws_response_header(&response, "x-other"));
    assert_int_equal(response.attempts, 1);
    assert_string_equal(script.token, "temporary");
    assert_non_null(strstr(script.authorization, "Credential=AKIDEXAMPLE/"));
    assert_non_null(strstr(script.authorization, "/eu-central-1/dynamodb/aws4_request"));
    assert_non_null(strstr(script.authorization, "SignedHeaders=host;x-amz-date;x-amz-security-token,"));
    for (int i = 0; i < 20; i++) {
        assert_int_equal(write_once(), AWS_OK);
    }
    assert_int_equal(fake_http_connections(server), 1);
    const struct aws_figures figures = aws_figures(aws, &aws_dynamodb);
    assert_int_equal(figures.calls, 21);
    assert_int_equal(figures.attempts, 21);
    assert_int_equal(figures.results[AWS_OK], 21);
    stop();
}

static void refusal_is_typed_and_final(void **state)
{
    (void)state;
    START(REFUSE("ConditionalCheckFailedException"));
    assert_int_equal(write_again(), AWS_REFUSED);
    assert_true(aws_error_is(&response, "ConditionalCheckFailedException"));
    assert_string_equal(response.error.message, "why");
    assert_int_equal(fake_http_requests(server), 1);
    stop();

    START({.status = 403,
           .headers = "x-amz-request-id: r-2\r\n",
           .body = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>No.</Message></Error>"});
    assert_int_equal(write_again(), AWS_REFUSED);
    assert_true(aws_error_is(&response, "AccessDenied"));
    assert_string_equal(response.error.message, "No.");
    assert_string_equal(response.error.request_id, "r-2");
    stop();
}

static void throttling_and_5xx_are_tried_again(void **state)
{
    (void)state;
    START(REFUSE("ProvisionedThroughputExceededException"), {.status = 503, .body = ""}, FAILURE(500),
          OK_ANSWER);
    assert_int_equal(write_again(), AWS_OK);
    assert_int_equal(response.attempts, 4);
    assert_int_equal(aws_figures(aws, &aws_dynamodb).throttles, 1);
    stop();

    START(REFUSE("ThrottlingException"));
    assert_int_equal(write_again(), AWS_THROTTLED);
    assert_int_equal(response.attempts, 4); /* DynamoDB's */
    stop();
}

static void throttled_write_is_safe_to_try_again(void **state)
{
    (void)state;
    START(REFUSE("ThrottlingException"), OK_ANSWER);
    assert_int_equal(write_once(), AWS_OK);
    assert_int_equal(response.attempts, 2);
    stop();
}

static void write_without_an_answer_is_unknown_and_not_repeated(void **state)
{
    (void)state;
    START(OK_ANSWER, {.action = FAKE_RESET});
    assert_int_equal(write_once(), AWS_OK);
    assert_int_equal(write_once(), AWS_UNKNOWN); /* on a kept connection, where libcurl would try again */
    assert_int_equal(fake_http_requests(server), 2);
    assert_string_equal(response.error.code, "ConnectionReset");
    stop();

    START(OK_ANSWER, {.action = FAKE_CLOSE});
    assert_int_equal(write_once(), AWS_OK);
    assert_int_equal(write_once(), AWS_UNKNOWN);
    assert_int_equal(fake_http_requests(server), 2);
    stop();

    START(FAILURE(500), OK_ANSWER);
    assert_int_equal(write_once(), AWS_UNKNOWN);
    assert_int_equal(fake_http_requests(server), 1);
    stop();

    START({.action = FAKE_BREAK_OFF, .status = 200, .body = "{\"a\":\"0123456789\"}"});
    assert_int_equal(write_once(), AWS_UNKNOWN);
    stop();
}

static void idempotent_write_is_repeated(void **state)
{
    (void)state;
    START({.action = FAKE_RESET}, {.action = FAKE_BREAK_OFF, .status = 200, .body = "{\"a\":\"0123456789\"}"},
          {.action = FAKE_CLOSE}, OK_ANSWER);
    assert_int_equal(write_again(), AWS_OK);
    assert_int_equal(fake_http_requests(server), 4);
    assert_string_equal(response.body, "{\"ok\":true}");
    stop();
}

/* The first attempt may have done it, whatever the last one says. */
static void unknown_stays_unknown(void **state)
{
    (void)state;
    START({.action = FAKE_RESET}, REFUSE("ThrottlingException"));
    assert_int_equal(write_again(), AWS_UNKNOWN);
    assert_int_equal(response.attempts, 4);
    stop();
}

static void time_out_after_sending_is_unknown_in_time(void **state)
{
    (void)state;
    START({.action = FAKE_HANG});
    const int64_t began_us = clock_monotonic_us();
    const struct aws_request request = {
        .service = &aws_dynamodb,
        .method = "POST",
        .body = "{}",
        .body_length = 2,
        .deadline_us = began_us + 2 * SECOND_US, /* time enough to send it */
        .idempotent = true,
    };
    assert_int_equal(aws_call(aws, &request, &arena, &response), AWS_UNKNOWN);
    assert_string_equal(response.error.code, "Timeout");
    assert_true(clock_monotonic_us() - began_us < SOON_US);
    stop();
}

static void nobody_there_is_unavailable(void **state)
{
    (void)state;
    START(OK_ANSWER);
    stop(); /* its port is free again */
    arena_init(&arena);
    open_client();
    assert_int_equal(write_once(), AWS_UNAVAILABLE);
    assert_string_equal(response.error.code, "ConnectionRefused");
    assert_int_equal(response.attempts, 4);
    const struct aws_request late = {.service = &aws_sns, .method = "POST", .deadline_us = 1};
    assert_int_equal(aws_call(aws, &late, &arena, &response), AWS_UNAVAILABLE);
    assert_string_equal(response.error.code, "Timeout");
    aws_close(aws);
    arena_free(&arena);
}

/* The other side reads slowly and goes: it has not had all of the body. */
static void half_a_request_did_nothing(void **state)
{
    (void)state;
    START(OK_ANSWER);
    char *body = arena_zeroed(&arena, 64 << 20, 1); /* more than the server reads, and than sockets hold */
    const struct aws_request request = {
        .service = &aws_s3,
        .method = "PUT",
        .bucket = "bucket",
        .path = "/key",
        .body = body,
        .body_length = 64 << 20,
        .attempts = 1,
        .deadline_us = clock_monotonic_us() + SECOND_US,
    };
    const enum aws_result result = aws_call(aws, &request, &arena, &response);
    assert_int_equal(result, AWS_UNAVAILABLE);
    stop();
}

static void wrong_checksum_is_not_believed(void **state)
{
    (void)state;
    START({.status = 200, .headers = "x-amz-crc32: 12345\r\n", .body = "{\"ok\":true}"}, OK_ANSWER);
    assert_int_equal(write_again(), AWS_OK);
    assert_int_equal(response.attempts, 2);
    stop();
    START({.status = 200, .headers = "x-amz-crc32: 12345\r\n", .body = "{\"ok\":true}"});
    assert_int_equal(write_once(), AWS_UNKNOWN);
    assert_string_equal(response.error.code, "ChecksumMismatch");
    stop();
}

static int64_t hour_behind(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((int64_t)now.tv_sec - 3600) * 1000;
}

static void clock_is_learnt_from_the_service(void **state)
{
    (void)state;
    clock_replace(hour_behind);
    char header[64], expected[32];
    const time_t now = time(NULL);
    struct tm utc;
    strftime(header, sizeof header, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime_r(&now, &utc));
    strftime(expected, sizeof expected, "%Y%m%dT%H", &utc);
    START({.status = 403,
           .headers = header,
           .body = "<Error><Code>RequestTimeTooSkewed</Code><Message>m</Message></Error>"},
          OK_ANSWER);
    assert_int_equal(write_once(), AWS_OK);
    assert_int_equal(response.attempts, 2);
    assert_memory_equal(script.date, expected, strlen(expected));
    assert_memory_not_equal(script.first_date, expected, strlen(expected));
    assert_int_equal(write_once(), AWS_OK);
    assert_int_equal(response.attempts, 1);
    assert_memory_equal(script.date, expected, strlen(expected));
    stop();
    clock_replace(NULL);

    /* The clock is right: the key is wrong. */
    START({.status = 403, .headers = header, .body = "<Error><Code>SignatureDoesNotMatch</Code></Error>"});
    assert_int_equal(write_once(), AWS_REFUSED);
    assert_int_equal(response.attempts, 1);
    stop();
}

static void budget_ends_a_storm(void **state)
{
    (void)state;
    START(FAILURE(500));
    unsigned attempts = 0;
    for (int i = 0; i < 40; i++) {
        assert_int_equal(write_again(), AWS_UNKNOWN);
        attempts += response.attempts;
    }
    /* 500 tokens are 35 retries; without a budget it would be 120. */
    assert_int_equal(attempts, 40 + RETRY_TOKENS / RETRY_COST);
    stop();
}

static void wait_never_passes_the_deadline(void **state)
{
    (void)state;
    random_replace(NULL);
    START(REFUSE("ThrottlingException"));
    const int64_t began_us = clock_monotonic_us();
    const struct aws_request request = {
        .service = &aws_dynamodb, .method = "POST", .deadline_us = began_us + 200000, .attempts = 20};
    const enum aws_result result = aws_call(aws, &request, &arena, &response);
    /* The last try may begin right before the deadline, and have no time for its answer. */
    assert_true(result == AWS_THROTTLED || strcmp(response.error.code, "Timeout") == 0);
    assert_true(clock_monotonic_us() - began_us < SOON_US);
    stop();
}

static void delays_are_bounded(void **state)
{
    (void)state;
    random_replace(NULL);
    for (unsigned retry = 1; retry < 40; retry++) {
        const int64_t most = retry < 12 ? 25 << (retry - 1) : RETRY_DELAY_MAX_MS;
        for (int i = 0; i < 100; i++) {
            const int64_t delay = retry_delay_ms(retry, 25);
            assert_true(delay >= 0 && delay <= RETRY_DELAY_MAX_MS && delay <= most);
        }
    }
}

static bool sink(void *context, const void *bytes, size_t length)
{
    text_add(context, bytes, length);
    return true;
}

static bool refusing_sink(void *context, const void *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return false;
}

static struct aws_request get(struct text *into)
{
    return (struct aws_request){
        .service = &aws_s3,
        .method = "GET",
        .bucket = "bucket",
        .path = "/a b/ü+",
        .sink = into != NULL ? sink : refusing_sink,
        .sink_context = into,
        .deadline_us = clock_monotonic_us() + SOON_US,
    };
}

static void body_goes_to_a_sink(void **state)
{
    (void)state;
    START({.status = 500, .body = "later"}, {.status = 200, .body = "picture"});
    struct text text = arena_text(&arena, 16);
    struct aws_request request = get(&text);
    assert_int_equal(aws_call(aws, &request, &arena, &response), AWS_OK);
    assert_string_equal(text_string(&text), "picture");
    assert_string_equal(response.body, "");
    assert_string_equal(script.target, "/bucket/a%20b/%C3%BC%2B");
    stop();

    START({.status = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"});
    text = arena_text(&arena, 16);
    request = get(&text);
    assert_int_equal(aws_call(aws, &request, &arena, &response), AWS_REFUSED);
    assert_true(aws_error_is(&response, "NoSuchKey"));
    assert_int_equal(text.length, 0);
    stop();

    START({.action = FAKE_BREAK_OFF, .status = 200, .body = "0123456789"},
          {.status = 200, .body = "0123456789"});
    text = arena_text(&arena, 16);
    request = get(&text);
    assert_int_equal(aws_call(aws, &request, &arena, &response), AWS_UNKNOWN);
    assert_string_equal(text_string(&text), "01234"); /* it is not given a beginning twice */
    request = get(NULL);
    assert_int_equal(aws_call(aws, &request, &arena, &response), AWS_UNKNOWN);
    assert_string_equal(response.error.code, "Stopped");
    stop();
}

static void head_has_a_code_without_a_body(void **state)
{
    (void)state;
    START({.status = 404, .body = "not sent"}, {.status = 412}, {.status = 200, .body = "not sent"});
    const struct aws_request head = {.service = &aws_s3, .method = "HEAD", .bucket = "bucket", .path = "/k"};
    assert_int_equal(aws_call(aws, &head, &arena, &response), AWS_REFUSED);
    assert_true(aws_error_is(&response, "NotFound"));
    assert_int_equal(aws_call(aws, &head, &arena, &response), AWS_REFUSED);
    assert_true(aws_error_is(&response, "PreconditionFailed"));
    assert_int_equal(aws_call(aws, &head, &arena, &response), AWS_OK);
    assert_string_equal(aws_response_header(&response, "content-length"), "8");
    assert_int_equal(fake_http_connections(server), 1);
    stop();
}

#define THREADS 8
#define ROUNDS  25

static void *call_often(void *context)
{
    struct arena own;
    arena_init(&own);
    uintptr_t good = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct aws_response answer;
        const struct aws_request request = {
            .service = &aws_sns, .method = "POST", .body = "x", .body_length = 1};
        good += aws_call(context, &request, &own, &answer) == AWS_OK &&
                strcmp(answer.body, "{\"ok\":true}") == 0;
    }
    arena_free(&own);
    return (void *)good;
}

static void threads_share_it(void **state)
{
    (void)state;
    START(OK_ANSWER);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, aws), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *good;
        pthread_join(threads[i], &good);
        assert_int_equal((uintptr_t)good, ROUNDS);
    }
    assert_true(fake_http_connections(server) <= THREADS);
    stop();
}

static void region_and_endpoint_are_checked(void **state)
{
    (void)state;
    struct arena own;
    struct detail detail;
    struct aws *none;
    arena_init(&own);
    detail_init(&detail, &own);
    setenv("AWS_ENDPOINT_URL_S3", "localhost:9000", 1);
    assert_int_equal(aws_open(&detail, &none), STATUS_VALIDATION_FAILED);
    assert_non_null(strstr(detail.text, "AWS_ENDPOINT_URL_S3"));
    unsetenv("AWS_ENDPOINT_URL_S3");
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    assert_int_equal(aws_open(&detail, &none), STATUS_VALIDATION_FAILED);
    assert_non_null(strstr(detail.text, "AWS_REGION"));
    setenv("AWS_DEFAULT_REGION", "evil.example/", 1);
    assert_int_equal(aws_open(&detail, &none), STATUS_VALIDATION_FAILED);
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
    arena_free(&own);
}

static void presigned_url_is_of_the_real_host(void **state)
{
    (void)state;
    unsetenv("AWS_ENDPOINT_URL");
    arena_init(&arena);
    open_client();
    const char *url;
    struct aws_request request = {
        .service = &aws_s3, .method = "GET", .bucket = "pictures", .path = "/a b.webp"};
    assert_true(aws_presign(aws, &request, 300, &arena, &url));
    const char *expected =
        "https://pictures.s3.eu-central-1.amazonaws.com/a%20b.webp?X-Amz-Algorithm=AWS4-HMAC-SHA256&";
    assert_memory_equal(url, expected, strlen(expected));
    assert_non_null(strstr(url, "&X-Amz-Expires=300&"));
    assert_non_null(strstr(url, "&X-Amz-Security-Token=temporary&"));
    request.bucket = "dotted.name"; /* the wildcard of the certificate does not cover it */
    assert_true(aws_presign(aws, &request, 300, &arena, &url));
    expected = "https://s3.eu-central-1.amazonaws.com/dotted.name/a%20b.webp?";
    assert_memory_equal(url, expected, strlen(expected));
    aws_close(aws);
    arena_free(&arena);
}

static void dates_of_http_are_read(void **state)
{
    (void)state;
    int64_t ms;
    assert_true(fault_parse_date("Sun, 22 Nov 2026 14:05:09 GMT", &ms));
    assert_int_equal(ms, 1795356309000);
    assert_false(fault_parse_date("Sun, 22 ovD 2026 14:05:09 GMT", &ms));
    assert_false(fault_parse_date("2026-11-22T14:05:09Z", &ms));
    assert_false(fault_parse_date("", &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_is_kept_and_the_connection_too),
        cmocka_unit_test(refusal_is_typed_and_final),
        cmocka_unit_test(throttling_and_5xx_are_tried_again),
        cmocka_unit_test(throttled_write_is_safe_to_try_again),
        cmocka_unit_test(write_without_an_answer_is_unknown_and_not_repeated),
        cmocka_unit_test(idempotent_write_is_repeated),
        cmocka_unit_test(unknown_stays_unknown),
        cmocka_unit_test(time_out_after_sending_is_unknown_in_time),
        cmocka_unit_test(nobody_there_is_unavailable),
        cmocka_unit_test(half_a_request_did_nothing),
        cmocka_unit_test(wrong_checksum_is_not_believed),
        cmocka_unit_test_teardown(clock_is_learnt_from_the_service, tear_down),
        cmocka_unit_test(budget_ends_a_storm),
        cmocka_unit_test_setup_teardown(wait_never_passes_the_deadline, set_up, tear_down),
        cmocka_unit_test(delays_are_bounded),
        cmocka_unit_test(body_goes_to_a_sink),
        cmocka_unit_test(head_has_a_code_without_a_body),
        cmocka_unit_test(threads_share_it),
        cmocka_unit_test_setup_teardown(region_and_endpoint_are_checked, set_up, set_up),
        cmocka_unit_test(presigned_url_is_of_the_real_host),
        cmocka_unit_test(dates_of_http_are_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
