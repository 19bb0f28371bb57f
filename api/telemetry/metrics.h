/*
 * Metrics: counters, gauges and histograms of this process, in the Prometheus text format 0.0.4.
 *
 * Registered once, kept for ever; counting is a relaxed atomic addition and takes no lock. A name with
 * other labels is another series of the same family: the first registration gives the help text.
 *
 *     struct metric_counter *sales = metrics_counter("mypos_sales_total", "Committed sales.", "");
 *     metric_count(sales, 1);
 */
#ifndef MYPOS_TELEMETRY_METRICS_H
#define MYPOS_TELEMETRY_METRICS_H

#include "base/text.h"

#include <stdatomic.h>

struct metric_counter {
    _Atomic uint64_t value;
};

struct metric_gauge {
    _Atomic int64_t value;
};

#define METRIC_BUCKETS 14 /* and +Inf */

/* Durations in microseconds, shown in seconds. */
struct metric_histogram {
    _Atomic uint64_t buckets[METRIC_BUCKETS + 1]; /* not cumulative */
    _Atomic uint64_t sum_us;
};

/* `labels` such as `operation="products_read",status="200"`, or ""; strings are copied. */
struct metric_counter *metrics_counter(const char *name, const char *help, const char *labels);
struct metric_gauge *metrics_gauge(const char *name, const char *help, const char *labels);
struct metric_histogram *metrics_histogram(const char *name, const char *help, const char *labels);

void metric_count(struct metric_counter *counter, uint64_t by);
void metric_move(struct metric_gauge *gauge, int64_t by);
void metric_observe(struct metric_histogram *histogram, int64_t duration_us);

/* Something that writes its own families when the metrics are read; `context` is borrowed for ever. */
typedef void (*metrics_source)(struct text *out, void *context);
void metrics_add_source(metrics_source source, void *context);

/* For sources: the head of a family, and one sample. */
void metrics_write_head(struct text *out, const char *name, const char *type, const char *help);
void metrics_write_sample(struct text *out, const char *name, const char *labels, int64_t value);

/* Writes all metrics: families in the order of their registration, then the sources. */
void metrics_write(struct text *out);

#endif
