/* The thread that makes snapshots, when it is time and this instance has the lease. */
#include "catalog/replica_internal.h"

#include "base/clock.h"
#include "base/log.h"

#define LOOK_EVERY_MS 1000
#define ASK_AGAIN_MS  60000 /* after another one had the lease, or it went wrong */

struct keeper {
    int64_t number, at_ms; /* of the newest snapshot that this instance knows */
    int64_t bytes;         /* of changesets that were applied until then */
    int64_t not_before_us;
};

static bool is_due(struct replica *replica, const struct keeper *keeper)
{
    const int64_t ahead = replica->position.number - keeper->number;
    const int64_t bytes = (int64_t)replica->figures.bytes - keeper->bytes;
    return ahead > 0 && clock_monotonic_us() >= keeper->not_before_us &&
           (ahead >= replica->options.snapshot_entries || bytes >= SNAPSHOT_BYTES ||
            clock_now_ms() - keeper->at_ms >= SNAPSHOT_EVERY_MS);
}

/* The newest of all instances'. */
static enum status learn(struct replica *replica, struct keeper *keeper)
{
    const struct shared_log *log = replica->options.log;
    struct shared_log_snapshot newest;
    size_t count = 0;
    const enum status status = log->ops->snapshot_list(log, 1, &newest, &count);
    if (status == STATUS_OK && count > 0 && newest.number > keeper->number) {
        keeper->number = newest.number;
        keeper->at_ms = newest.at_ms;
    }
    return status;
}

static enum status make_one(struct replica *replica, struct keeper *keeper)
{
    const struct replica_options *options = &replica->options;
    struct shared_log_snapshot made;
    pthread_mutex_lock(&replica->mutex);
    const int64_t bytes = (int64_t)replica->figures.bytes;
    pthread_mutex_unlock(&replica->mutex);
    const int64_t begun_us = clock_monotonic_us();
    const enum status status = snapshot_make(options->log, options->snapshots, options->database,
                                             options->directory, &made);
    if (status != STATUS_OK) {
        return status;
    }
    *keeper = (struct keeper){.number = made.number, .at_ms = made.at_ms, .bytes = bytes};
    struct log_line line = log_begin(LOG_INFO, "catalog_snapshot_made");
    log_int(&line, "number", made.number);
    log_int(&line, "bytes", (int64_t)made.length);
    log_int(&line, "duration_us", clock_monotonic_us() - begun_us);
    log_end(&line);
    return snapshot_clean(options->log, options->snapshots);
}

static enum status take_turn(struct replica *replica, struct keeper *keeper)
{
    const struct shared_log *log = replica->options.log;
    bool mine = false;
    enum status status = log->ops->lease(log, SNAPSHOT_LEASE, &replica->instance,
                                         clock_now_ms() + SNAPSHOT_LEASE_MS, &mine);
    if (status == STATUS_OK) {
        status = learn(replica, keeper);
    }
    if (status != STATUS_OK || !mine) {
        keeper->not_before_us = clock_monotonic_us() + ASK_AGAIN_MS * 1000;
        return status;
    }
    pthread_mutex_lock(&replica->mutex);
    const bool is_still = is_due(replica, keeper);
    pthread_mutex_unlock(&replica->mutex);
    if (is_still) {
        status = make_one(replica, keeper);
    }
    const enum status given_back = log->ops->lease(log, SNAPSHOT_LEASE, &replica->instance, clock_now_ms(),
                                                   &mine);
    return status == STATUS_OK ? given_back : status;
}

void *replica_keep(void *context)
{
    struct replica *replica = context;
    struct keeper keeper = {.at_ms = clock_now_ms()};
    pthread_mutex_lock(&replica->mutex);
    while (!replica->stopping && !replica->broken) {
        if (is_due(replica, &keeper)) {
            pthread_mutex_unlock(&replica->mutex);
            const enum status status = take_turn(replica, &keeper);
            if (status != STATUS_OK) {
                keeper.not_before_us = clock_monotonic_us() + ASK_AGAIN_MS * 1000;
                struct log_line line = log_begin(LOG_WARNING, "catalog_snapshot_failed");
                log_text(&line, "status", status_code(status));
                log_end(&line);
            }
            pthread_mutex_lock(&replica->mutex);
        } else {
            replica_wait(replica, LOOK_EVERY_MS);
        }
    }
    pthread_mutex_unlock(&replica->mutex);
    return NULL;
}
