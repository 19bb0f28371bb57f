/*
 * Metric feed: what of the process' metrics CloudWatch is told, under which names.
 *
 *     Requests, Errors       answered requests, and those of them with a 5xx
 *     Latency                how long they took, in milliseconds: values and how often each
 *     Sales, Refunds         records written
 *     SalesAmount{Currency}  what was sold, in minor units
 *     QueueDepth             acts that wait for the writer
 *     OutboxLag              seconds that the oldest event waits
 *     PublishFailures        events that were not published, each try
 *     DeliveryFailures       webhooks that were not delivered, each try
 *     CatalogLag             seconds that this instance's catalogue is behind
 *     Throttles              calls to AWS that were throttled
 *     TelemetryDropped       log lines and metrics that were given up
 *
 * It reads the Prometheus text (telemetry/metrics.h), where everything is that the process counts, whoever
 * counts it. Counters are sent as what was added since the feed was last advanced: a minute that could not be
 * sent is part of the next one. Pure: no I/O, no clock.
 */
#ifndef MYPOS_TELEMETRY_METRIC_FEED_H
#define MYPOS_TELEMETRY_METRIC_FEED_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_FEED_MAX        64 /* data at once; the service takes 1,000 */
#define METRIC_FEED_BUCKETS    24 /* of a histogram; the service takes 150 values */
#define METRIC_FEED_LABEL_SIZE 16

/* One datum: a value, or values with how often each came. */
struct metric_datum {
    const char *name, *unit; /* literals; units are the service's: "Count", "Seconds" */
    const char *dimension;   /* "Currency"; NULL: none */
    char label[METRIC_FEED_LABEL_SIZE];
    int64_t value;
    /* Of a histogram, in milliseconds. */
    size_t bucket_count;
    double bounds[METRIC_FEED_BUCKETS];
    int64_t counts[METRIC_FEED_BUCKETS];
};

struct metric_feed {
    struct metric_datum totals[METRIC_FEED_MAX]; /* as they were when the feed was advanced */
    size_t total_count;
};

struct metric_data {
    struct metric_datum data[METRIC_FEED_MAX];
    size_t count;
};

/* Reads the text to totals of now. */
void metric_feed_read(const char *text, size_t length, struct metric_data *totals);

/* What to send: the totals' gauges, and what its counters have gained. */
void metric_feed_difference(const struct metric_feed *feed, const struct metric_data *totals,
                            struct metric_data *difference);

/* From here on, what is sent counts from these totals. */
void metric_feed_advance(struct metric_feed *feed, const struct metric_data *totals);

/* The body of PutMetricData, in the Query protocol. */
void metric_feed_write(struct text *out, const char *space, int64_t at_ms, const struct metric_data *data);

#endif
