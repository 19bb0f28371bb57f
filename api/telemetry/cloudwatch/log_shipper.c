#include "telemetry/cloudwatch/log_shipper.h"

#include "base/clock.h"
#include "base/json_writer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct event {
    int64_t at_ms;
    size_t place; /* lines of the same moment keep their order */
    const char *line;
    size_t length;
};

struct batch {
    struct event *events;
    size_t count;
    struct log_ring_walk walk; /* to behind the last */
};

static int compare_events(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

static struct batch take_batch(struct log_ring *ring, struct arena *arena)
{
    struct batch batch = {.walk = log_ring_walk(ring)};
    size_t bytes = 0, length;
    int64_t at_ms, first_ms = 0, last_ms = 0;
    batch.events = arena_alloc(arena, LOG_BATCH_EVENTS * sizeof *batch.events);
    while (batch.count < LOG_BATCH_EVENTS && log_ring_peek(&batch.walk, &at_ms, &length)) {
        /* Threads log at the same time, and clocks are set: the times are not quite in order. */
        first_ms = batch.count == 0 || at_ms < first_ms ? at_ms : first_ms;
        last_ms = batch.count == 0 || at_ms > last_ms ? at_ms : last_ms;
        bytes += length + LOG_BATCH_OVERHEAD;
        if (bytes > LOG_BATCH_BYTES || last_ms - first_ms > LOG_BATCH_SPAN_MS) {
            break;
        }
        char *line = arena_alloc(arena, length);
        log_ring_copy(&batch.walk, line);
        batch.events[batch.count] =
            (struct event){.at_ms = at_ms, .place = batch.count, .line = line, .length = length};
        batch.count++;
    }
    qsort(batch.events, batch.count, sizeof *batch.events, compare_events);
    return batch;
}

static enum aws_result call(const struct log_shipper *shipper, const char *target, struct text *body,
                            struct arena *arena, struct aws_response *response)
{
    const struct aws_pair headers[] = {{"content-type", "application/x-amz-json-1.1"},
                                       {"x-amz-target", arena_printf(arena, "Logs_20140328.%s", target)}};
    const struct aws_request request = {
        .service = &aws_logs,
        .method = "POST",
        .headers = headers,
        .header_count = 2,
        .body = body->data,
        .body_length = body->length,
        .deadline_us = clock_monotonic_us() + LOG_CALL_MS * INT64_C(1000),
        .idempotent = true, /* a line twice is better than none */
    };
    return aws_call(shipper->aws, &request, arena, response);
}

static struct json_writer begin_body(const struct log_shipper *shipper, struct text *body)
{
    struct json_writer json = json_writer(body);
    emit_begin_object(&json);
    emit_member_string(&json, "logGroupName", shipper->group);
    emit_member_string(&json, "logStreamName", shipper->stream);
    return json;
}

static enum aws_result put_events(const struct log_shipper *shipper, const struct batch *batch,
                                  struct arena *arena, struct aws_response *response)
{
    struct text body = arena_text(arena, LOG_BATCH_BYTES / 4);
    struct json_writer json = begin_body(shipper, &body);
    emit_name(&json, "logEvents");
    emit_begin_array(&json);
    for (size_t i = 0; i < batch->count; i++) {
        emit_begin_object(&json);
        emit_member_int(&json, "timestamp", batch->events[i].at_ms);
        emit_name(&json, "message");
        emit_string_n(&json, batch->events[i].line, batch->events[i].length);
        emit_end_object(&json);
    }
    emit_end_array(&json);
    emit_end_object(&json);
    return call(shipper, "PutLogEvents", &body, arena, response);
}

static bool make_stream(const struct log_shipper *shipper, struct arena *arena, struct aws_response *response)
{
    struct text body = arena_text(arena, 256);
    struct json_writer json = begin_body(shipper, &body);
    emit_end_object(&json);
    return call(shipper, "CreateLogStream", &body, arena, response) == AWS_OK ||
           aws_error_is(response, "ResourceAlreadyExistsException");
}

/* Some of a batch that was taken may be too old, older than the group keeps, or of the future. */
static size_t count_rejected(const struct aws_response *response, size_t count)
{
    json_t *root = json_loadb(response->body, response->body_length, 0, NULL);
    const json_t *info = json_object_get(root, "rejectedLogEventsInfo");
    const json_t *too_new = json_object_get(info, "tooNewLogEventStartIndex");
    const json_int_t old = json_integer_value(json_object_get(info, "tooOldLogEventEndIndex"));
    const json_int_t expired = json_integer_value(json_object_get(info, "expiredLogEventEndIndex"));
    json_int_t rejected = old > expired ? old : expired;
    rejected += json_is_integer(too_new) ? (json_int_t)count - json_integer_value(too_new) : 0;
    json_decref(root);
    return rejected < 0 ? 0 : (size_t)rejected < count ? (size_t)rejected : count;
}

enum log_shipment log_shipper_send(struct log_shipper *shipper, struct log_ring *ring, struct arena *arena,
                                   const char **reason)
{
    const struct batch batch = take_batch(ring, arena);
    struct aws_response response;
    if (batch.count == 0) {
        return LOG_SHIPPED_ALL;
    }
    enum aws_result result = put_events(shipper, &batch, arena, &response);
    if (result == AWS_REFUSED && aws_error_is(&response, "ResourceNotFoundException") &&
        make_stream(shipper, arena, &response)) {
        result = put_events(shipper, &batch, arena, &response);
    }
    const bool is_there = result == AWS_OK || aws_error_is(&response, "DataAlreadyAcceptedException");
    /* What is wrong with the batch itself would be wrong with it for ever, and keep all others waiting. */
    const bool is_hopeless = result == AWS_REFUSED && aws_error_is(&response, "InvalidParameterException");
    if (!is_there && !is_hopeless) {
        *reason = arena_printf(arena, "%s: %s", response.error.code, response.error.message);
        return LOG_SHIPS_LATER;
    }
    const size_t rejected = is_hopeless ? batch.count : count_rejected(&response, batch.count);
    shipper->sent += batch.count - rejected;
    shipper->rejected += rejected;
    log_ring_free(ring, &batch.walk);
    return batch.walk.at == batch.walk.end ? LOG_SHIPPED_ALL : LOG_SHIPPED_SOME;
}
