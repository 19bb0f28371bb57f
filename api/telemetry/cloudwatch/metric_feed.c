#include "telemetry/cloudwatch/metric_feed.h"

#include "aws/sigv4.h"
#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX  1e15  /* of a sample: sums of thousands fit */
#define SLOWEST_MS 60000 /* of what is above the last bucket's bound */

enum kind {
    COUNTER,
    GAUGE,     /* the largest of the family's */
    HISTOGRAM, /* a Prometheus histogram's buckets, in seconds */
};

/* Where each datum comes from. Several lines of the same family are summed. */
static const struct source {
    const char *family;
    const char *having, *unless; /* parts of the labels; NULL: whatever they are */
    const char *name, *unit;
    enum kind kind;
    const char *label, *dimension; /* the label that becomes the dimension; NULL: none */
    double scale;                  /* 0: 1 */
} sources[] = {
    {.family = "mypos_http_requests_total", .name = "Requests", .unit = "Count", .kind = COUNTER},
    {.family = "mypos_http_requests_total",
     .having = "status=\"5",
     .name = "Errors",
     .unit = "Count",
     .kind = COUNTER},
    {.family = "mypos_http_request_duration_seconds_bucket",
     .name = "Latency",
     .unit = "Milliseconds",
     .kind = HISTOGRAM,
     .scale = 1000},
    {.family = "mypos_transactions_total",
     .having = "type=\"sale\"",
     .name = "Sales",
     .unit = "Count",
     .kind = COUNTER},
    {.family = "mypos_transactions_total",
     .having = "type=\"refund\"",
     .name = "Refunds",
     .unit = "Count",
     .kind = COUNTER},
    {.family = "mypos_transactions_amount_minor_total",
     .having = "type=\"sale\"",
     .name = "SalesAmount",
     .unit = "None",
     .kind = COUNTER,
     .label = "currency",
     .dimension = "Currency"},
    {.family = "mypos_sqlite_queue_depth", .name = "QueueDepth", .unit = "Count", .kind = GAUGE},
    {.family = "mypos_events_lag_seconds", .name = "OutboxLag", .unit = "Seconds", .kind = GAUGE},
    {.family = "mypos_events_failed_total", .name = "PublishFailures", .unit = "Count", .kind = COUNTER},
    {.family = "mypos_webhook_attempts_total",
     .unless = "outcome=\"accepted\"",
     .name = "DeliveryFailures",
     .unit = "Count",
     .kind = COUNTER},
    {.family = "mypos_catalog_log_age_milliseconds",
     .name = "CatalogLag",
     .unit = "Seconds",
     .kind = GAUGE,
     .scale = 0.001},
    {.family = "mypos_aws_throttles_total", .name = "Throttles", .unit = "Count", .kind = COUNTER},
    {.family = "mypos_telemetry_dropped_total", .name = "TelemetryDropped", .unit = "Count", .kind = COUNTER},
};
#define SOURCES (sizeof sources / sizeof *sources)

/* A line of the text: `name{labels} value`. */
struct sample {
    const char *name, *labels; /* not terminated */
    size_t name_length, labels_length;
    double value;
};

static bool read_sample(const char *line, size_t length, struct sample *sample)
{
    const char *space = memrchr(line, ' ', length);
    if (length == 0 || *line == '#' || space == NULL) {
        return false;
    }
    const char *brace = memchr(line, '{', (size_t)(space - line));
    char number[32];
    const size_t digits = (size_t)(line + length - space) - 1;
    if (digits == 0 || digits >= sizeof number) {
        return false;
    }
    memcpy(number, space + 1, digits);
    number[digits] = '\0';
    *sample = (struct sample){.name = line, .value = strtod(number, NULL)};
    if (!(fabs(sample->value) <= VALUE_MAX)) {
        return false; /* nor is it NaN */
    }
    sample->name_length = (size_t)((brace != NULL ? brace : space) - line);
    if (brace != NULL && space > brace + 1 && space[-1] == '}') {
        sample->labels = brace + 1;
        sample->labels_length = (size_t)(space - 1 - sample->labels);
    }
    return true;
}

/* The value of a label, without its quotes; "" for none. Ours have no escapes. */
static void copy_label(const struct sample *sample, const char *label, char *to, size_t size)
{
    char wanted[64];
    *to = '\0';
    const int length = snprintf(wanted, sizeof wanted, "%s=\"", label);
    const char *at = sample->labels_length == 0
                         ? NULL
                         : memmem(sample->labels, sample->labels_length, wanted, (size_t)length);
    if (at != NULL) {
        at += length;
        size_t left = (size_t)(sample->labels + sample->labels_length - at), i = 0;
        for (; i < left && i < size - 1 && at[i] != '"'; i++) {
            to[i] = at[i];
        }
        to[i] = '\0';
    }
}

/* The datum of a name and a label's value; made when it is new; NULL: there are too many. */
static struct metric_datum *datum_of(struct metric_data *data, const struct source *source, const char *label)
{
    for (size_t i = 0; i < data->count; i++) {
        if (data->data[i].name == source->name && strcmp(data->data[i].label, label) == 0) {
            return &data->data[i];
        }
    }
    if (data->count == METRIC_FEED_MAX) {
        return NULL;
    }
    struct metric_datum *datum = &data->data[data->count++];
    *datum =
        (struct metric_datum){.name = source->name, .unit = source->unit, .dimension = source->dimension};
    snprintf(datum->label, sizeof datum->label, "%s", label);
    return datum;
}

static bool has_label(const struct sample *sample, const char *part)
{
    return sample->labels_length > 0 &&
           memmem(sample->labels, sample->labels_length, part, strlen(part)) != NULL;
}

static bool is_of(const struct sample *sample, const struct source *source)
{
    return strlen(source->family) == sample->name_length &&
           memcmp(source->family, sample->name, sample->name_length) == 0 &&
           (source->having == NULL || has_label(sample, source->having)) &&
           (source->unless == NULL || !has_label(sample, source->unless));
}

/* Buckets come in ascending order, and the same ones of each series; their counts are cumulative. */
static void add_bucket(struct metric_datum *datum, const struct source *source, const struct sample *sample)
{
    char edge[32];
    copy_label(sample, "le", edge, sizeof edge);
    const double bound = strcmp(edge, "+Inf") == 0 ? SLOWEST_MS : strtod(edge, NULL) * source->scale;
    size_t i = 0;
    while (i < datum->bucket_count && fabs(datum->bounds[i] - bound) > 1e-9) {
        i++;
    }
    if (i == METRIC_FEED_BUCKETS) {
        return;
    }
    if (i == datum->bucket_count) {
        datum->bounds[datum->bucket_count++] = bound;
    }
    datum->counts[i] += llround(sample->value);
}

static void add_sample(const struct source *source, const struct sample *sample, struct metric_data *totals)
{
    char label[METRIC_FEED_LABEL_SIZE] = "";
    if (source->label != NULL) {
        copy_label(sample, source->label, label, sizeof label);
    }
    struct metric_datum *datum = datum_of(totals, source, label);
    if (datum == NULL) {
        return;
    }
    const int64_t value = llround(sample->value * (source->scale == 0 ? 1 : source->scale));
    switch (source->kind) {
    case COUNTER:
        datum->value += value;
        break;
    case GAUGE:
        datum->value = value > datum->value ? value : datum->value;
        break;
    case HISTOGRAM:
        add_bucket(datum, source, sample);
        break;
    }
}

void metric_feed_read(const char *text, size_t length, struct metric_data *totals)
{
    totals->count = 0;
    for (const char *line = text, *end = text + length; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const size_t line_length = (size_t)((newline != NULL ? newline : end) - line);
        struct sample sample;
        const bool is_sample = read_sample(line, line_length, &sample);
        for (size_t i = 0; is_sample && i < SOURCES; i++) {
            if (is_of(&sample, &sources[i])) {
                add_sample(&sources[i], &sample, totals);
            }
        }
        line += line_length + 1;
    }
}

static enum kind kind_of(const struct metric_datum *datum)
{
    for (size_t i = 0; i < SOURCES; i++) {
        if (sources[i].name == datum->name) {
            return sources[i].kind;
        }
    }
    return GAUGE;
}

static const struct metric_datum *earlier_of(const struct metric_feed *feed, const struct metric_datum *datum)
{
    for (size_t i = 0; i < feed->total_count; i++) {
        if (feed->totals[i].name == datum->name && strcmp(feed->totals[i].label, datum->label) == 0) {
            return &feed->totals[i];
        }
    }
    return NULL;
}

/* From cumulative counts since the start to counts of each bucket since the earlier ones; empty ones are left
 * out. */
static void difference_of_buckets(const struct metric_datum *earlier, struct metric_datum *datum)
{
    size_t kept = 0;
    int64_t below = 0;
    for (size_t i = 0; i < datum->bucket_count; i++) {
        const bool is_known = earlier != NULL && i < earlier->bucket_count;
        const int64_t upto = datum->counts[i] - (is_known ? earlier->counts[i] : 0);
        const int64_t within = upto - below;
        below = upto;
        if (within > 0) {
            datum->bounds[kept] = datum->bounds[i];
            datum->counts[kept++] = within;
        }
    }
    datum->bucket_count = kept;
}

void metric_feed_difference(const struct metric_feed *feed, const struct metric_data *totals,
                            struct metric_data *difference)
{
    difference->count = 0;
    for (size_t i = 0; i < totals->count; i++) {
        struct metric_datum datum = totals->data[i];
        const struct metric_datum *earlier = earlier_of(feed, &datum);
        const enum kind kind = kind_of(&datum);
        if (kind == COUNTER && earlier != NULL) {
            datum.value -= earlier->value;
        }
        if (kind == HISTOGRAM) {
            difference_of_buckets(earlier, &datum);
        }
        if (kind != HISTOGRAM || datum.bucket_count > 0) {
            difference->data[difference->count++] = datum;
        }
    }
}

void metric_feed_advance(struct metric_feed *feed, const struct metric_data *totals)
{
    memcpy(feed->totals, totals->data, totals->count * sizeof *feed->totals);
    feed->total_count = totals->count;
}

/* --- the request --- */

/* "&MetricData.member.1.Name=value" */
static void add_parameter(struct text *out, size_t datum, const char *name, const char *value)
{
    text_add_string(out, "&MetricData.member.");
    text_add_int(out, (int64_t)datum);
    text_add_char(out, '.');
    text_add_string(out, name);
    text_add_char(out, '=');
    sigv4_encode(out, value, false);
}

static void add_buckets(struct text *out, size_t datum, const struct metric_datum *from)
{
    for (size_t i = 0; i < from->bucket_count; i++) {
        char name[48], value[32];
        snprintf(name, sizeof name, "Values.member.%zu", i + 1);
        snprintf(value, sizeof value, "%.10g", from->bounds[i]);
        add_parameter(out, datum, name, value);
        snprintf(name, sizeof name, "Counts.member.%zu", i + 1);
        snprintf(value, sizeof value, "%lld", (long long)from->counts[i]);
        add_parameter(out, datum, name, value);
    }
}

void metric_feed_write(struct text *out, const char *space, int64_t at_ms, const struct metric_data *data)
{
    char at[CLOCK_TEXT_SIZE];
    clock_format(at_ms, at);
    text_add_string(out, "Action=PutMetricData&Version=2010-08-01&Namespace=");
    sigv4_encode(out, space, false);
    for (size_t i = 0; i < data->count; i++) {
        const struct metric_datum *datum = &data->data[i];
        add_parameter(out, i + 1, "MetricName", datum->name);
        add_parameter(out, i + 1, "Unit", datum->unit);
        add_parameter(out, i + 1, "Timestamp", at);
        if (datum->dimension != NULL) {
            add_parameter(out, i + 1, "Dimensions.member.1.Name", datum->dimension);
            add_parameter(out, i + 1, "Dimensions.member.1.Value", datum->label);
        }
        if (datum->bucket_count > 0) {
            add_buckets(out, i + 1, datum);
        } else {
            char value[32];
            snprintf(value, sizeof value, "%lld", (long long)datum->value);
            add_parameter(out, i + 1, "Value", value);
        }
    }
}
