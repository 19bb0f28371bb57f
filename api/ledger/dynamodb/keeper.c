#include "ledger/dynamodb/keeper.h"

#include "ledger/dynamodb/compact.h"
#include "ledger/dynamodb/work.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct keeper {
    const struct ledger_dynamodb *ledger;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stop;
    struct layout_key *queue; /* a ring */
    size_t first, count;
};

void keeper_ask(struct keeper *keeper, const struct layout_key *key)
{
    pthread_mutex_lock(&keeper->mutex);
    if (keeper->count < KEEPER_QUEUE) {
        keeper->queue[(keeper->first + keeper->count++) % KEEPER_QUEUE] = *key;
        pthread_cond_signal(&keeper->wake);
    }
    pthread_mutex_unlock(&keeper->mutex);
}

static bool take(struct keeper *keeper, struct layout_key *key)
{
    pthread_mutex_lock(&keeper->mutex);
    const bool any = keeper->count > 0;
    if (any) {
        *key = keeper->queue[keeper->first];
        keeper->first = (keeper->first + 1) % KEEPER_QUEUE;
        keeper->count--;
    }
    pthread_mutex_unlock(&keeper->mutex);
    return any;
}

/* The one that waits longest. STATUS_NOT_FOUND: none does. */
static enum status compact_next(struct keeper *keeper)
{
    struct layout_key key;
    struct arena arena;
    if (!take(keeper, &key)) {
        return STATUS_NOT_FOUND;
    }
    arena_init(&arena);
    const enum status status = compact_list(keeper->ledger, &key, &arena);
    arena_free(&arena);
    return status;
}

static enum status compact_queue(struct keeper *keeper)
{
    enum status status = STATUS_OK, compacted;
    while ((compacted = compact_next(keeper)) != STATUS_NOT_FOUND) {
        status = status == STATUS_OK ? compacted : status;
    }
    return status;
}

static enum status sweep(struct keeper *keeper)
{
    struct arena arena;
    arena_init(&arena);
    const enum status status = work_sweep(keeper->ledger, &arena);
    arena_free(&arena);
    return status;
}

enum status keeper_run(struct keeper *keeper)
{
    const enum status status = compact_queue(keeper);
    const enum status swept = sweep(keeper);
    return status == STATUS_OK ? swept : status;
}

static bool is_past(const struct timespec *until)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > until->tv_sec || (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

/* Waits for something to do. False: it is over. */
static bool wait(struct keeper *keeper, const struct timespec *until)
{
    bool timed_out = false;
    pthread_mutex_lock(&keeper->mutex);
    while (!keeper->stop && keeper->count == 0 && !timed_out) {
        timed_out = pthread_cond_clockwait(&keeper->wake, &keeper->mutex, CLOCK_MONOTONIC, until) != 0;
    }
    const bool stop = keeper->stop;
    pthread_mutex_unlock(&keeper->mutex);
    return !stop;
}

/* Not all processes at the same time. */
static struct timespec next_sweep(void)
{
    struct timespec at;
    uint16_t random;
    random_fill(&random, sizeof random);
    clock_gettime(CLOCK_MONOTONIC, &at);
    const int64_t wait_ms = KEEPER_SWEEP_MS / 2 + random % KEEPER_SWEEP_MS;
    at.tv_sec += wait_ms / 1000;
    return at;
}

/* Lists that never end do not keep it from sweeping: they come when most is left behind. */
static void *run(void *context)
{
    struct keeper *keeper = context;
    struct timespec until = next_sweep();
    while (wait(keeper, &until)) {
        (void)compact_next(keeper);
        if (is_past(&until)) {
            (void)sweep(keeper);
            until = next_sweep();
        }
    }
    return NULL;
}

enum status keeper_start(struct ledger_dynamodb *ledger, struct keeper **started)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);
    *started = NULL;
    if (keeper != NULL) {
        keeper->queue = calloc(KEEPER_QUEUE, sizeof *keeper->queue);
    }
    if (keeper == NULL || keeper->queue == NULL) {
        free(keeper);
        return STATUS_INTERNAL_ERROR;
    }
    keeper->ledger = ledger;
    pthread_mutex_init(&keeper->mutex, NULL);
    pthread_cond_init(&keeper->wake, NULL);
    if (pthread_create(&keeper->thread, NULL, run, keeper) != 0) {
        free(keeper->queue);
        free(keeper);
        return STATUS_INTERNAL_ERROR;
    }
    *started = keeper;
    return STATUS_OK;
}

void keeper_stop(struct keeper *keeper)
{
    if (keeper == NULL) {
        return;
    }
    pthread_mutex_lock(&keeper->mutex);
    keeper->stop = true;
    keeper->count = 0;
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->mutex);
    pthread_join(keeper->thread, NULL);
    pthread_cond_destroy(&keeper->wake);
    pthread_mutex_destroy(&keeper->mutex);
    free(keeper->queue);
    free(keeper);
}
