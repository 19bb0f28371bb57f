/*
 * Worker: a thread that does something round by round, and waits in between.
 *
 *     start ──▶ round ──▶ wait (as long as the round says, or until woken) ──▶ round …
 *                 │
 *     stop ───────┴──▶ one last round, which sees `is_stopping`, then the thread ends
 */
#ifndef MYPOS_BASE_WORKER_H
#define MYPOS_BASE_WORKER_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* Does what is due and returns how many milliseconds to wait before the next round. */
typedef int64_t (*worker_round)(void *context, const struct worker *worker);

/* Starts the thread; the caller owns the worker. `name` is seen in tools such as top, 15 bytes of it.
 * STATUS_OVERLOADED: the machine gives no thread. */
MUST_CHECK enum status worker_start(const char *name, worker_round round, void *context,
                                    struct worker **worker);

/* The next round begins at once. */
void worker_wake(struct worker *worker);

/* Whether it was told to stop: long waits inside a round look at this. */
bool worker_is_stopping(const struct worker *worker);

/* Waits for the last round and frees. NULL is allowed. */
void worker_stop(struct worker *worker);

/* How long to wait after the `attempts`th failure (from 1): `base_ms` doubled each time, `cap_ms` at most, of
 * which a random part from half to all, so that those who failed together do not come back together. */
int64_t worker_backoff_ms(int64_t attempts, int64_t base_ms, int64_t cap_ms);

#endif
