#include "telemetry/cloudwatch/cloudwatch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "telemetry/cloudwatch/log_ring.h"
#include "telemetry/cloudwatch/log_shipper.h"
#include "telemetry/cloudwatch/metric_feed.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST_SIZE   65
#define STREAM_SIZE 160

struct cloudwatch {
    struct cloudwatch_options options;
    char stream[STREAM_SIZE];

    struct log_ring *ring;
    struct log_sink sink;
    struct log_shipper shipper;
    struct worker *logs;
    int64_t failures; /* of the logs' thread, one after the other */

    struct metric_feed feed;
    struct worker *metrics;

    struct metric_counter *lines_sent, *lines_dropped, *data_sent, *data_dropped;
};

/* --- logs --- */

static void take_line(void *context, int64_t at_ms, const char *line, size_t length)
{
    struct cloudwatch *cloudwatch = context;
    size_t waiting;
    if (!log_ring_add(cloudwatch->ring, at_ms, line, length, &waiting)) {
        metric_count(cloudwatch->lines_dropped, 1);
    } else if (waiting >= CLOUDWATCH_HURRY_BYTES && waiting - length < CLOUDWATCH_HURRY_BYTES) {
        worker_wake(cloudwatch->logs);
    }
}

/* Said once: what follows would be of the same kind, and is shipped itself. */
static void complain(struct cloudwatch *cloudwatch, const char *reason)
{
    if (cloudwatch->failures++ == 0) {
        struct log_line line = log_begin(LOG_WARNING, "cloudwatch_logs_unavailable");
        log_text(&line, "group", cloudwatch->options.log_group);
        log_text(&line, "reason", reason);
        log_end(&line);
    }
}

static enum log_shipment ship_batch(struct cloudwatch *cloudwatch)
{
    struct arena arena;
    arena_init(&arena);
    const char *reason = "";
    struct log_shipper *shipper = &cloudwatch->shipper;
    const uint64_t sent = shipper->sent, rejected = shipper->rejected;
    const enum log_shipment shipment = log_shipper_send(shipper, cloudwatch->ring, &arena, &reason);
    metric_count(cloudwatch->lines_sent, shipper->sent - sent);
    metric_count(cloudwatch->lines_dropped, shipper->rejected - rejected);
    if (shipment == LOG_SHIPS_LATER) {
        complain(cloudwatch, reason);
    } else {
        cloudwatch->failures = 0;
    }
    arena_free(&arena);
    return shipment;
}

static int64_t ship_logs(void *context, const struct worker *worker)
{
    struct cloudwatch *cloudwatch = context;
    const int64_t until_us = clock_monotonic_us() + cloudwatch->options.flush_ms * 1000;
    enum log_shipment shipment;
    do {
        shipment = ship_batch(cloudwatch);
    } while (shipment == LOG_SHIPPED_SOME &&
             (!worker_is_stopping(worker) || clock_monotonic_us() < until_us));
    return shipment == LOG_SHIPS_LATER
               ? worker_backoff_ms(cloudwatch->failures, CLOUDWATCH_RETRY_MIN_MS, CLOUDWATCH_RETRY_MAX_MS)
               : CLOUDWATCH_LOGS_MS;
}

/* --- metrics --- */

static enum aws_result put_metrics(const struct cloudwatch *cloudwatch, const struct metric_data *data,
                                   struct arena *arena, struct aws_response *response)
{
    static const struct aws_pair headers[] = {{"content-type", "application/x-www-form-urlencoded"}};
    struct text body = arena_text(arena, 16384);
    metric_feed_write(&body, cloudwatch->options.metrics_space, clock_now_ms(), data);
    const struct aws_request request = {
        .service = &aws_cloudwatch,
        .method = "POST",
        .headers = headers,
        .header_count = 1,
        .body = body.data,
        .body_length = body.length,
        .deadline_us = clock_monotonic_us() + CLOUDWATCH_METRICS_CALL_MS * INT64_C(1000),
    };
    return aws_call(cloudwatch->options.aws, &request, arena, response);
}

/* What was not taken for sure is sent with the next; what may have been taken is not sent twice, for it would
 * be added up. */
static void settle(struct cloudwatch *cloudwatch, enum aws_result result, const struct aws_response *response,
                   const struct metric_data *totals, size_t count)
{
    if (result != AWS_OK) {
        struct log_line line = log_begin(LOG_WARNING, "cloudwatch_metrics_not_sent");
        log_text(&line, "code", response->error.code);
        log_text(&line, "reason", response->error.message);
        log_end(&line);
    }
    if (result == AWS_OK) {
        metric_count(cloudwatch->data_sent, count);
    } else if (result == AWS_UNKNOWN) {
        metric_count(cloudwatch->data_dropped, count);
    }
    if (result == AWS_OK || result == AWS_UNKNOWN) {
        metric_feed_advance(&cloudwatch->feed, totals);
    }
}

static int64_t send_metrics(void *context, const struct worker *worker)
{
    (void)worker;
    struct cloudwatch *cloudwatch = context;
    struct arena arena;
    arena_init(&arena);
    struct text text = arena_text(&arena, 65536);
    struct metric_data *totals = arena_alloc(&arena, sizeof *totals);
    struct metric_data *difference = arena_alloc(&arena, sizeof *difference);
    struct aws_response response;
    metrics_write(&text);
    metric_feed_read(text.data, text.length, totals);
    metric_feed_difference(&cloudwatch->feed, totals, difference);
    if (difference->count > 0) {
        const enum aws_result result = put_metrics(cloudwatch, difference, &arena, &response);
        settle(cloudwatch, result, &response, totals, difference->count);
    }
    arena_free(&arena);
    return cloudwatch->options.metrics_ms;
}

/* --- starting and stopping --- */

/* "ip-10-0-1-17/20261122T140509Z-4711": a colon and an asterisk are not allowed. */
static void name_stream(char stream[static STREAM_SIZE])
{
    char host[HOST_SIZE] = "", at[CLOCK_TEXT_SIZE];
    if (gethostname(host, sizeof host - 1) != 0 || *host == '\0') {
        snprintf(host, sizeof host, "unknown");
    }
    for (char *c = host; *c != '\0'; c++) {
        *c = (char)(*c == ':' || *c == '*' ? '-' : *c);
    }
    clock_format(clock_now_ms(), at);
    snprintf(stream, STREAM_SIZE, "%s/%.4s%.2s%.2sT%.2s%.2s%.2sZ-%d", host, at, at + 5, at + 8, at + 11,
             at + 14, at + 17, (int)getpid());
}

static void prepare(struct cloudwatch *cloudwatch, const struct cloudwatch_options *options)
{
    static const char sent[] = "Log lines and metrics sent to CloudWatch.",
                      dropped[] = "Log lines and metrics for CloudWatch that were given up.";
    cloudwatch->options = *options;
    if (options->metrics_ms == 0) {
        cloudwatch->options.metrics_ms = CLOUDWATCH_METRICS_MS;
    }
    if (options->flush_ms == 0) {
        cloudwatch->options.flush_ms = CLOUDWATCH_FLUSH_MS;
    }
    name_stream(cloudwatch->stream);
    cloudwatch->lines_sent = metrics_counter("mypos_telemetry_sent_total", sent, "kind=\"log\"");
    cloudwatch->data_sent = metrics_counter("mypos_telemetry_sent_total", sent, "kind=\"metric\"");
    cloudwatch->lines_dropped = metrics_counter("mypos_telemetry_dropped_total", dropped, "kind=\"log\"");
    cloudwatch->data_dropped = metrics_counter("mypos_telemetry_dropped_total", dropped, "kind=\"metric\"");
    cloudwatch->ring = log_ring_open(CLOUDWATCH_RING_BYTES);
    cloudwatch->shipper =
        (struct log_shipper){.aws = options->aws, .group = options->log_group, .stream = cloudwatch->stream};
    cloudwatch->sink = (struct log_sink){.take = take_line, .context = cloudwatch};
}

enum status cloudwatch_start(const struct cloudwatch_options *options, struct cloudwatch **out)
{
    struct cloudwatch *cloudwatch = calloc(1, sizeof *cloudwatch);
    if (cloudwatch == NULL) {
        abort();
    }
    prepare(cloudwatch, options);
    enum status status = worker_start("cloudwatch-logs", ship_logs, cloudwatch, &cloudwatch->logs);
    if (status == STATUS_OK) {
        log_set_sink(&cloudwatch->sink);
        status = worker_start("cloudwatch", send_metrics, cloudwatch, &cloudwatch->metrics);
    }
    if (status != STATUS_OK) {
        cloudwatch_stop(cloudwatch);
        return status;
    }
    *out = cloudwatch;
    return STATUS_OK;
}

void cloudwatch_end_metrics(struct cloudwatch *cloudwatch)
{
    if (cloudwatch != NULL) {
        worker_stop(cloudwatch->metrics);
        cloudwatch->metrics = NULL;
    }
}

void cloudwatch_stop(struct cloudwatch *cloudwatch)
{
    if (cloudwatch == NULL) {
        return;
    }
    cloudwatch_end_metrics(cloudwatch); /* which log: lines are last */
    log_set_sink(NULL);
    worker_stop(cloudwatch->logs);
    log_ring_close(cloudwatch->ring);
    free(cloudwatch);
}
