#include "base/worker.h"

#include "base/id.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NAME_SIZE 16 /* the kernel keeps no more */

struct worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    worker_round round;
    void *context;
    char name[NAME_SIZE];
    bool is_woken; /* under the lock */
    atomic_bool is_stopping;
};

static struct timespec after_ms(int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

static void wait_for(struct worker *worker, int64_t wait_ms)
{
    const struct timespec until = after_ms(wait_ms);
    pthread_mutex_lock(&worker->lock);
    int waited = 0;
    while (!worker->is_woken && waited == 0) {
        waited = pthread_cond_timedwait(&worker->woken, &worker->lock, &until);
    }
    worker->is_woken = false;
    pthread_mutex_unlock(&worker->lock);
}

static void *run(void *context)
{
    struct worker *worker = context;
    pthread_setname_np(pthread_self(), worker->name);
    for (;;) {
        const bool is_last = worker_is_stopping(worker);
        const int64_t wait_ms = worker->round(worker->context, worker);
        if (is_last) {
            return NULL;
        }
        if (wait_ms > 0) {
            wait_for(worker, wait_ms);
        }
    }
}

enum status worker_start(const char *name, worker_round round, void *context, struct worker **out)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        abort();
    }
    worker->round = round;
    worker->context = context;
    snprintf(worker->name, sizeof worker->name, "%s", name);
    atomic_init(&worker->is_stopping, false);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->woken, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
        pthread_cond_destroy(&worker->woken);
        pthread_mutex_destroy(&worker->lock);
        free(worker);
        return STATUS_OVERLOADED;
    }
    *out = worker;
    return STATUS_OK;
}

void worker_wake(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    worker->is_woken = true;
    pthread_cond_signal(&worker->woken);
    pthread_mutex_unlock(&worker->lock);
}

bool worker_is_stopping(const struct worker *worker)
{
    return atomic_load(&worker->is_stopping);
}

void worker_stop(struct worker *worker)
{
    if (worker == NULL) {
        return;
    }
    atomic_store(&worker->is_stopping, true);
    worker_wake(worker);
    pthread_join(worker->thread, NULL);
    pthread_cond_destroy(&worker->woken);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

int64_t worker_backoff_ms(int64_t attempts, int64_t base_ms, int64_t cap_ms)
{
    int64_t wait_ms = base_ms;
    for (int64_t i = 1; i < attempts && wait_ms < cap_ms; i++) {
        wait_ms *= 2;
    }
    wait_ms = wait_ms < cap_ms ? wait_ms : cap_ms;
    uint32_t random;
    random_fill(&random, sizeof random);
    return wait_ms / 2 + (int64_t)(random % (uint64_t)(wait_ms / 2 + 1));
}
