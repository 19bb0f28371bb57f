/*
 * Retry: AWS's standard mode. The budget is shared by all calls: a retry takes tokens, a success gives some
 * back, so that when a service fails for everybody the process stops doubling its load. Thread-safe.
 */
#ifndef MYPOS_AWS_RETRY_H
#define MYPOS_AWS_RETRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RETRY_TOKENS             500
#define RETRY_COST               14 /* of a retry after a failure */
#define RETRY_THROTTLED_COST     5
#define RETRY_REWARD             1 /* for a call that needed no retry */
#define RETRY_THROTTLED_DELAY_MS 1000
#define RETRY_DELAY_MAX_MS       20000

struct retry_budget {
    atomic_int tokens;
};

void retry_budget_init(struct retry_budget *budget);

/* Takes `cost` tokens; false, and takes none, when there are not as many. */
bool retry_budget_take(struct retry_budget *budget, int cost);

/* Gives back; never above RETRY_TOKENS. */
void retry_budget_give(struct retry_budget *budget, int tokens);

/* How long to wait before the `retry`th retry (from 1): a random part of `base_ms` doubled each time, of
 * RETRY_DELAY_MAX_MS at most. */
int64_t retry_delay_ms(unsigned retry, int64_t base_ms);

#endif
