/*
 * Metrics of the process itself: memory, descriptors, start time, build.
 */
#ifndef MYPOS_TELEMETRY_PROCESS_H
#define MYPOS_TELEMETRY_PROCESS_H

/* Adds the source to the metrics; once. */
void process_metrics_register(void);

#endif
