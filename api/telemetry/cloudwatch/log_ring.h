/*
 * Log ring: lines that wait to be shipped, in memory of a fixed size. Any thread adds, one thread takes.
 *
 *     ┌───────────── size ─────────────┐
 *     │ free │ lines, the oldest first │ free │
 *            tail                      head
 *
 * Adding copies a line under a lock that is held for nothing longer; it never waits for the network. When
 * there is no room the new line is dropped and counted: what began an outage is worth more than what repeats
 * it. Taking reads without the lock, for nobody writes between tail and head.
 */
#ifndef MYPOS_TELEMETRY_LOG_RING_H
#define MYPOS_TELEMETRY_LOG_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_ring;

struct log_ring *log_ring_open(size_t size);
void log_ring_close(struct log_ring *ring);

/* False: it was dropped. `waiting` is set to the bytes that now wait. */
bool log_ring_add(struct log_ring *ring, int64_t at_ms, const char *line, size_t length, size_t *waiting);

/* A walk over what waits, from the oldest line; it does not see what is added meanwhile. */
struct log_ring_walk {
    const struct log_ring *ring;
    uint64_t at, end;
};
struct log_ring_walk log_ring_walk(struct log_ring *ring);

/* The next line's time and length; false: there is none. */
bool log_ring_peek(const struct log_ring_walk *walk, int64_t *at_ms, size_t *length);

/* Copies the line that was peeked at, and moves on. */
void log_ring_copy(struct log_ring_walk *walk, char *to);

/* Gives up what was walked over. */
void log_ring_free(struct log_ring *ring, const struct log_ring_walk *walk);

uint64_t log_ring_dropped(struct log_ring *ring);

#endif
