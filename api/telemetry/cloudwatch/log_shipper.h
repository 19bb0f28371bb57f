/*
 * Log shipper: sends the lines of a ring to a stream of CloudWatch Logs, in batches within the service's
 * limits (PutLogEvents): so many bytes, counting 26 for each event; so many events; in the order of their
 * times; of no more than a day. Lines are sent at least once: after a time-out they are sent again.
 */
#ifndef MYPOS_TELEMETRY_LOG_SHIPPER_H
#define MYPOS_TELEMETRY_LOG_SHIPPER_H

#include "aws/aws.h"
#include "telemetry/cloudwatch/log_ring.h"

#define LOG_BATCH_BYTES    1048576
#define LOG_BATCH_OVERHEAD 26
#define LOG_BATCH_EVENTS   10000
#define LOG_BATCH_SPAN_MS  86400000
#define LOG_CALL_MS        5000

struct log_shipper {
    struct aws *aws;
    const char *group, *stream;
    uint64_t sent, rejected; /* lines */
};

enum log_shipment {
    LOG_SHIPPED_ALL,  /* nothing waits any more */
    LOG_SHIPPED_SOME, /* a batch was sent, or is given up; there is more */
    LOG_SHIPS_LATER,  /* the service cannot be reached, or takes nothing now: the lines stay */
};

/* Sends one batch; makes the stream when it is missing. `reason` says why it is to be later; a literal or in
 * the arena. */
enum log_shipment log_shipper_send(struct log_shipper *shipper, struct log_ring *ring, struct arena *arena,
                                   const char **reason);

#endif
