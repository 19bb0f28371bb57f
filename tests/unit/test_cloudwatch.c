/* CloudWatch: batches within the service's limits, metrics that are added up once, and a service that is
 * away: memory stays bounded, nobody waits, nothing that found room is lost. */
#include "aws/aws.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "fake_http.h"
#include "telemetry/cloudwatch/cloudwatch.h"
#include "telemetry/cloudwatch/log_ring.h"
#include "telemetry/cloudwatch/log_shipper.h"
#include "telemetry/cloudwatch/metric_feed.h"
#include "telemetry/metrics.h"

#include "unit.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define SECOND_US INT64_C(1000000)

/* --- the ring --- */

static void ring_keeps_lines_in_order_over_its_end(void **state)
{
    (void)state;
    struct log_ring *ring = log_ring_open(1000);
    size_t waiting, length;
    int64_t at_ms;
    char line[64];
    for (int round = 0, next = 0, taken = 0; round < 200; round++) {
        for (int i = 0; i < 7; i++) {
            const int size = snprintf(line, sizeof line, "line %d of some length", next);
            assert_true(log_ring_add(ring, next++, line, (size_t)size, &waiting));
        }
        struct log_ring_walk walk = log_ring_walk(ring);
        while (log_ring_peek(&walk, &at_ms, &length)) {
            char expected[64];
            assert_int_equal(at_ms, taken);
            log_ring_copy(&walk, line);
            line[length] = '\0';
            snprintf(expected, sizeof expected, "line %d of some length", taken++);
            assert_string_equal(line, expected);
        }
        log_ring_free(ring, &walk);
        assert_int_equal(taken, next);
    }
    log_ring_close(ring);
}

static void full_ring_drops_the_new_and_counts(void **state)
{
    (void)state;
    struct log_ring *ring = log_ring_open(1000);
    size_t waiting;
    unsigned kept = 0;
    for (int i = 0; i < 100; i++) {
        kept += log_ring_add(ring, i, "0123456789", 10, &waiting);
        assert_true(waiting <= 1000);
    }
    assert_true(kept > 20 && kept < 100);
    assert_int_equal(log_ring_dropped(ring), 100 - kept);
    struct log_ring_walk walk = log_ring_walk(ring);
    int64_t at_ms;
    size_t length;
    assert_true(log_ring_peek(&walk, &at_ms, &length));
    assert_int_equal(at_ms, 0);
    log_ring_close(ring);
}

/* --- metrics --- */

static const char first_text[] =
    "# HELP x y\n# TYPE mypos_http_requests_total counter\n"
    "mypos_http_requests_total{operation=\"a\",status=\"200\"} 10\n"
    "mypos_http_requests_total{operation=\"b\",status=\"500\"} 2\n"
    "mypos_http_requests_total{operation=\"b\",status=\"503\"} 1\n"
    "mypos_http_request_duration_seconds_bucket{operation=\"a\",le=\"0.001\"} 4\n"
    "mypos_http_request_duration_seconds_bucket{operation=\"a\",le=\"0.25\"} 9\n"
    "mypos_http_request_duration_seconds_bucket{operation=\"a\",le=\"+Inf\"} 10\n"
    "mypos_http_request_duration_seconds_bucket{operation=\"b\",le=\"0.001\"} 1\n"
    "mypos_http_request_duration_seconds_bucket{operation=\"b\",le=\"0.25\"} 3\n"
    "mypos_http_request_duration_seconds_bucket{operation=\"b\",le=\"+Inf\"} 3\n"
    "mypos_http_request_duration_seconds_sum{operation=\"b\"} 3.5\n"
    "mypos_transactions_total{type=\"sale\"} 5\n"
    "mypos_transactions_amount_minor_total{type=\"sale\",currency=\"EUR\"} 1250\n"
    "mypos_transactions_amount_minor_total{type=\"sale\",currency=\"JPY\"} 99\n"
    "mypos_transactions_amount_minor_total{type=\"refund\",currency=\"EUR\"} 7\n"
    "mypos_catalog_log_age_milliseconds 61000\n"
    "mypos_sqlite_queue_depth 3\n"
    "something_else 1\nbroken\n";

static const struct metric_datum *datum(const struct metric_data *data, const char *name, const char *label)
{
    for (size_t i = 0; i < data->count; i++) {
        if (strcmp(data->data[i].name, name) == 0 && strcmp(data->data[i].label, label) == 0) {
            return &data->data[i];
        }
    }
    return NULL;
}

static void metrics_are_summed_and_sent_once(void **state)
{
    (void)state;
    static struct metric_data totals, data;
    static struct metric_feed feed;
    metric_feed_read(first_text, sizeof first_text - 1, &totals);
    metric_feed_difference(&feed, &totals, &data);
    assert_int_equal(datum(&data, "Requests", "")->value, 13);
    assert_int_equal(datum(&data, "Errors", "")->value, 3);
    assert_int_equal(datum(&data, "Sales", "")->value, 5);
    assert_int_equal(datum(&data, "SalesAmount", "EUR")->value, 1250);
    assert_int_equal(datum(&data, "SalesAmount", "JPY")->value, 99);
    assert_int_equal(datum(&data, "QueueDepth", "")->value, 3);
    assert_int_equal(datum(&data, "CatalogLag", "")->value, 61);
    const struct metric_datum *latency = datum(&data, "Latency", "");
    assert_int_equal(latency->bucket_count, 3);
    assert_int_equal(latency->counts[0], 5);
    assert_int_equal(latency->counts[1], 7);
    assert_int_equal(latency->counts[2], 1);
    assert_true(latency->bounds[0] > 0.99 && latency->bounds[0] < 1.01);

    /* Not advanced: it was not sent. Advanced: nothing new, but gauges. */
    metric_feed_difference(&feed, &totals, &data);
    assert_int_equal(datum(&data, "Requests", "")->value, 13);
    metric_feed_advance(&feed, &totals);
    metric_feed_difference(&feed, &totals, &data);
    assert_int_equal(datum(&data, "Requests", "")->value, 0);
    assert_int_equal(datum(&data, "QueueDepth", "")->value, 3);
    assert_null(datum(&data, "Latency", ""));
}

static void metrics_are_written_as_the_query_protocol_has_them(void **state)
{
    (void)state;
    struct metric_data data = {.count = 2};
    data.data[0] = (struct metric_datum){
        .name = "SalesAmount", .unit = "None", .dimension = "Currency", .label = "EUR", .value = 1250};
    data.data[1] = (struct metric_datum){.name = "Latency",
                                         .unit = "Milliseconds",
                                         .bucket_count = 2,
                                         .bounds = {0.25, 60000},
                                         .counts = {7, 1}};
    char buffer[4096];
    struct text text = text_over(buffer, sizeof buffer);
    metric_feed_write(&text, "My POS", 1795356309123, &data);
    assert_string_equal(text_string(&text),
                        "Action=PutMetricData&Version=2010-08-01&Namespace=My%20POS"
                        "&MetricData.member.1.MetricName=SalesAmount&MetricData.member.1.Unit=None"
                        "&MetricData.member.1.Timestamp=2026-11-22T14%3A05%3A09.123Z"
                        "&MetricData.member.1.Dimensions.member.1.Name=Currency&MetricData.member.1."
                        "Dimensions.member.1.Value=EUR"
                        "&MetricData.member.1.Value=1250"
                        "&MetricData.member.2.MetricName=Latency&MetricData.member.2.Unit=Milliseconds"
                        "&MetricData.member.2.Timestamp=2026-11-22T14%3A05%3A09.123Z"
                        "&MetricData.member.2.Values.member.1=0.25&MetricData.member.2.Counts.member.1=7"
                        "&MetricData.member.2.Values.member.2=60000&MetricData.member.2.Counts.member.2=1");
}

/* --- a service --- */

#define LINES_MAX 200000

struct service {
    atomic_bool is_away;
    atomic_bool has_stream;
    atomic_uint batches, lines, streams, metrics;
    atomic_uint faults; /* batches that break a limit */
    atomic_bool seen[LINES_MAX];
    atomic_uint numbers; /* of log_lines: a batch whose answer was late comes again */
    _Atomic int64_t sales;
    int64_t newest_ms;
};

static void see_number(struct service *service, const char *message)
{
    const char *number = strstr(message, "\"number\":");
    const unsigned long at = number != NULL ? strtoul(number + strlen("\"number\":"), NULL, 10) : LINES_MAX;
    service->numbers += at < LINES_MAX && !atomic_exchange(&service->seen[at], true);
}

static void read_batch(struct service *service, const struct fake_request *request)
{
    json_t *root = json_loadb(request->body, request->body_length, 0, NULL);
    const json_t *events = json_object_get(root, "logEvents");
    size_t bytes = 0, i;
    int64_t earlier_ms = 0, first_ms = 0;
    const json_t *event;
    json_array_foreach(events, i, event)
    {
        const int64_t at_ms = json_integer_value(json_object_get(event, "timestamp"));
        bytes += json_string_length(json_object_get(event, "message")) + LOG_BATCH_OVERHEAD;
        see_number(service, json_string_value(json_object_get(event, "message")));
        first_ms = i == 0 ? at_ms : first_ms;
        service->faults += at_ms < earlier_ms || at_ms - first_ms > LOG_BATCH_SPAN_MS;
        earlier_ms = at_ms;
    }
    service->faults += bytes > LOG_BATCH_BYTES || i == 0 || i > LOG_BATCH_EVENTS;
    service->batches++;
    service->lines += (unsigned)i;
    json_decref(root);
}

static struct fake_answer answer_service(void *context, const struct fake_request *request,
                                         struct arena *arena)
{
    struct service *service = context;
    const char *target = fake_header(request, "x-amz-target", arena);
    if (service->is_away) {
        return (struct fake_answer){.status = 503, .body = ""};
    }
    if (target == NULL) {
        const char *sales = strstr(request->body, ".MetricName=Sales&");
        const char *value = sales != NULL ? strstr(sales, ".Value=") : NULL;
        service->sales += value != NULL ? strtoll(value + 7, NULL, 10) : 0;
        service->metrics++;
        return (struct fake_answer){.status = 200, .body = "<PutMetricDataResponse/>"};
    }
    if (strstr(target, "CreateLogStream") != NULL) {
        service->streams++;
        service->has_stream = true;
        return (struct fake_answer){.status = 200, .body = ""};
    }
    if (!service->has_stream) {
        return (struct fake_answer){
            .status = 400,
            .body = "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no such stream\"}"};
    }
    read_batch(service, request);
    return (struct fake_answer){.status = 200, .body = "{}"};
}

static struct service service;
static struct fake_http *server;
static struct aws *aws;
static struct arena arena;
static int stderr_before;

static int set_up(void **state)
{
    (void)state;
    char url[64];
    struct detail detail;
    memset(&service, 0, sizeof service);
    server = fake_http_start(answer_service, &service);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", fake_http_port(server));
    setenv("AWS_ENDPOINT_URL", url, 1);
    setenv("AWS_REGION", "eu-central-1", 1);
    setenv("AWS_ACCESS_KEY_ID", "k", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    arena_init(&arena);
    detail_init(&detail, &arena);
    /* What is logged here is many lines, and of no interest. */
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    stderr_before = dup(STDERR_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
    return aws_open(&detail, &aws) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dup2(stderr_before, STDERR_FILENO);
    close(stderr_before);
    aws_close(aws);
    fake_http_stop(server);
    arena_free(&arena);
    return 0;
}

static void batches_keep_the_limits(void **state)
{
    (void)state;
    struct log_ring *ring = log_ring_open(8 << 20);
    struct log_shipper shipper = {.aws = aws, .group = "/mypos", .stream = "s"};
    const char *reason;
    char line[2048];
    size_t waiting;
    memset(line, 'x', sizeof line);
    /* Many small ones, then large ones, at times that jump back, and over a day. */
    for (int i = 0; i < 25000; i++) {
        assert_true(log_ring_add(ring, 1000 + (i % 7) * 10, line, 10, &waiting));
    }
    for (int i = 0; i < 1500; i++) {
        assert_true(log_ring_add(ring, 2000 + i * INT64_C(120000), line, sizeof line, &waiting));
    }
    enum log_shipment shipment;
    do {
        shipment = log_shipper_send(&shipper, ring, &arena, &reason);
    } while (shipment != LOG_SHIPPED_ALL);
    assert_true(service.lines >= 26500); /* more when an answer was late */
    assert_int_equal(service.faults, 0);
    assert_int_equal(service.streams, 1);
    assert_true(service.batches >= 6);
    assert_int_equal(shipper.sent, 26500);
    log_ring_close(ring);
}

static struct cloudwatch *start(void)
{
    const struct cloudwatch_options options = {
        .aws = aws, .log_group = "/mypos", .metrics_space = "MyPOS", .metrics_ms = 50, .flush_ms = 60000};
    struct cloudwatch *cloudwatch = NULL;
    assert_int_equal(cloudwatch_start(&options, &cloudwatch), STATUS_OK);
    return cloudwatch;
}

static void log_lines(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct log_line line = log_begin(LOG_INFO, "request");
        log_int(&line, "number", i);
        log_text(&line, "padding", "0123456789012345678901234567890123456789");
        log_end(&line);
    }
}

static void lines_are_flushed_at_the_end(void **state)
{
    (void)state;
    struct cloudwatch *cloudwatch = start();
    log_lines(5000);
    cloudwatch_stop(cloudwatch);
    assert_int_equal(service.numbers, 5000);
    assert_int_equal(service.faults, 0);
    assert_true(service.metrics > 0);
    const unsigned told = service.lines;
    log_lines(1); /* nobody is told any more */
    assert_int_equal(service.lines, told);
}

static uint64_t dropped(void)
{
    return atomic_load(&metrics_counter("mypos_telemetry_dropped_total", "", "kind=\"log\"")->value);
}

/* As many lines as ten busy minutes have. */
static void outage_costs_bounded_memory_and_no_time(void **state)
{
    (void)state;
    const unsigned many = LINES_MAX;
    const uint64_t dropped_before = dropped();
    service.is_away = true;
    struct cloudwatch *cloudwatch = start();
    usleep(200000);
    const int64_t began_us = clock_monotonic_us();
    log_lines(many);
    /* A few microseconds each, some more under a sanitizer on a busy machine: nobody waited for the service. */
    assert_true(clock_monotonic_us() - began_us < 300 * SECOND_US);
    const uint64_t lost = dropped() - dropped_before;
    assert_true(lost > 0 && lost < many);
    service.is_away = false;
    cloudwatch_stop(cloudwatch);
    assert_true(service.numbers >= many - lost); /* the shipper's own complaint may be lost, too */
    assert_true(service.numbers <= many - lost + 100);
    assert_int_equal(service.faults, 0);
}

/* A refusal (no permission, say) keeps the counts for later; nothing is counted twice. */
static void sales_are_counted_exactly_once(void **state)
{
    (void)state;
    struct metric_counter *sales = metrics_counter("mypos_transactions_total", "", "type=\"sale\"");
    const int64_t before = (int64_t)atomic_load(&sales->value);
    struct cloudwatch *cloudwatch = start();
    int rounds = 0;
    while (rounds < 20 || service.metrics <= 3) { /* over some deliveries, however late they are */
        assert_true(rounds++ < 5000);
        metric_count(sales, 3);
        usleep(20000);
    }
    cloudwatch_end_metrics(cloudwatch);
    cloudwatch_stop(cloudwatch);
    assert_int_equal(service.sales, before + 3 * rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_keeps_lines_in_order_over_its_end),
        cmocka_unit_test(full_ring_drops_the_new_and_counts),
        cmocka_unit_test(metrics_are_summed_and_sent_once),
        cmocka_unit_test(metrics_are_written_as_the_query_protocol_has_them),
        cmocka_unit_test_setup_teardown(batches_keep_the_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_are_flushed_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(outage_costs_bounded_memory_and_no_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sales_are_counted_exactly_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
