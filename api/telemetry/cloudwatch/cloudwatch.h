/*
 * CloudWatch: sends this process' log lines to CloudWatch Logs and its metrics to CloudWatch, from two
 * threads of its own. Whoever logs or counts never waits for it: lines go to a ring of CLOUDWATCH_RING_BYTES
 * (log_ring.h), metrics are read where they are (metric_feed.h). When the service is away, memory stays what
 * it is; lines that find no room are dropped and counted, metrics come with the next minute that can be sent.
 *
 * Metrics: mypos_telemetry_sent_total{kind}, mypos_telemetry_dropped_total{kind}; kind is log, for lines, or
 * metric, for data. */
#ifndef MYPOS_TELEMETRY_CLOUDWATCH_H
#define MYPOS_TELEMETRY_CLOUDWATCH_H

#include "aws/aws.h"

#define CLOUDWATCH_RING_BYTES      (4 << 20)
#define CLOUDWATCH_HURRY_BYTES     (256 << 10) /* when so much waits, it is sent at once */
#define CLOUDWATCH_LOGS_MS         2000        /* else every so often */
#define CLOUDWATCH_METRICS_MS      60000
#define CLOUDWATCH_RETRY_MIN_MS    1000
#define CLOUDWATCH_RETRY_MAX_MS    60000
#define CLOUDWATCH_FLUSH_MS        5000 /* at the end, lines are sent for so long */
#define CLOUDWATCH_METRICS_CALL_MS 5000

struct cloudwatch;

/* Everything is borrowed until cloudwatch_stop. */
struct cloudwatch_options {
    struct aws *aws;
    const char *log_group;     /* it must exist; the stream is made: "<machine>/<start>-<process>" */
    const char *metrics_space; /* the namespace: "MyPOS" */
    int64_t metrics_ms;        /* 0: CLOUDWATCH_METRICS_MS */
    int64_t flush_ms;          /* 0: CLOUDWATCH_FLUSH_MS */
};

MUST_CHECK enum status cloudwatch_start(const struct cloudwatch_options *options,
                                        struct cloudwatch **cloudwatch);

/* Sends the metrics a last time. Whatever they are read from may end then. NULL is allowed. */
void cloudwatch_end_metrics(struct cloudwatch *cloudwatch);

/* Sends the lines that wait, for flush_ms and one call at most. Other threads that log have ended.
 * NULL is allowed. */
void cloudwatch_stop(struct cloudwatch *cloudwatch);

#endif
