#include "notify/relay.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "telemetry/metrics.h"

#include <stdlib.h>

struct relay {
    const struct ledger *ledger;
    struct ledger_outbox_filter filter;
    const struct notify *notify;
    struct worker *worker;
    struct arena arena;
    int64_t failures;    /* of the storage, one after the other */
    int64_t lag_seconds; /* as the gauge has it */
    struct metric_counter *published, *failed;
    struct metric_gauge *lag;
};

static void show_lag(struct relay *relay, int64_t seconds)
{
    metric_move(relay->lag, seconds - relay->lag_seconds);
    relay->lag_seconds = seconds;
}

static void publish(const struct relay *relay, const struct ledger_outbox_event *taken, size_t count,
                    bool *published)
{
    struct notify_event events[NOTIFY_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        published[i] = false;
        events[i] = (struct notify_event){.id = taken[i].id,
                                          .type = taken[i].type,
                                          .at_ms = taken[i].at_ms,
                                          .data = taken[i].data,
                                          .data_length = taken[i].data_length};
    }
    relay->notify->ops->publish(relay->notify, events, count, published);
}

static enum status settle(const struct relay *relay, const struct ledger_outbox_event *taken, size_t count,
                          const bool *published)
{
    struct ledger_delivery deliveries[NOTIFY_BATCH_MAX];
    const int64_t now_ms = clock_now_ms();
    uint64_t delivered = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t wait_ms = worker_backoff_ms(taken[i].attempts + 1, RELAY_RETRY_MIN_MS,
                                                  RELAY_RETRY_MAX_MS);
        delivered += published[i];
        deliveries[i] = (struct ledger_delivery){
            .id = taken[i].id, .delivered = published[i], .retry_at_ms = now_ms + wait_ms};
    }
    metric_count(relay->published, delivered);
    metric_count(relay->failed, count - delivered);
    return relay->ledger->ops->outbox_settle(relay->ledger, deliveries, count);
}

/* Relays one batch; `count` says how many events there were. */
static enum status relay_batch(struct relay *relay, size_t *count)
{
    struct ledger_outbox_event *taken;
    bool published[NOTIFY_BATCH_MAX];
    enum status status = relay->ledger->ops->outbox_take(relay->ledger, &relay->filter, NOTIFY_BATCH_MAX,
                                                         &relay->arena, &taken, count);
    if (status == STATUS_OK) {
        show_lag(relay, *count == 0 ? 0 : (clock_now_ms() - taken[0].at_ms) / 1000);
    }
    if (status == STATUS_OK && *count > 0) {
        publish(relay, taken, *count, published);
        status = settle(relay, taken, *count, published);
    }
    arena_reset(&relay->arena);
    return status;
}

static int64_t after_failure(struct relay *relay, enum status status)
{
    struct log_line line = log_begin(LOG_WARNING, "outbox_unavailable");
    log_text(&line, "code", status_code(status));
    log_end(&line);
    relay->failures++;
    return worker_backoff_ms(relay->failures, RELAY_RETRY_MIN_MS, RELAY_RETRY_MAX_MS);
}

static int64_t relay_round(void *context, const struct worker *worker)
{
    struct relay *relay = context;
    const int64_t drained_us = clock_monotonic_us() + (int64_t)RELAY_DRAIN_MS * 1000;
    size_t count = 0;
    do {
        const enum status status = relay_batch(relay, &count);
        if (status != STATUS_OK) {
            return after_failure(relay, status);
        }
        relay->failures = 0;
        if (worker_is_stopping(worker) && clock_monotonic_us() > drained_us) {
            break;
        }
        /* What is less than a batch gathers first: each batch is an act of the one writer. */
    } while (count == NOTIFY_BATCH_MAX || (count > 0 && worker_is_stopping(worker)));
    return RELAY_IDLE_MS;
}

enum status relay_start(const struct ledger *ledger, const struct ledger_outbox_filter *filter,
                        const struct notify *notify, struct relay **out)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL) {
        abort();
    }
    *relay = (struct relay){
        .ledger = ledger,
        .filter = *filter,
        .notify = notify,
        .published = metrics_counter("mypos_events_published_total", "Events that were published.", ""),
        .failed = metrics_counter("mypos_events_failed_total", "Tries to publish an event that failed.", ""),
        .lag = metrics_gauge("mypos_events_lag_seconds", "Age of the oldest event that is due.", ""),
    };
    arena_init(&relay->arena);
    const enum status status = worker_start("mypos-relay", relay_round, relay, &relay->worker);
    if (status != STATUS_OK) {
        free(relay);
        return status;
    }
    *out = relay;
    return STATUS_OK;
}

void relay_stop(struct relay *relay)
{
    if (relay != NULL) {
        worker_stop(relay->worker);
        arena_free(&relay->arena);
        free(relay);
    }
}
