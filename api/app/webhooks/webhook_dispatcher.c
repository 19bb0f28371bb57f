#include "app/webhooks/webhook_dispatcher.h"

#include "app/reference/reference.h"
#include "app/webhooks/webhook_delivery.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "catalog/webhook.h"
#include "sqlite/reader.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAKEN_MAX         100
#define ENDPOINTS_MAX     64 /* known at a time: WEBHOOKS_MAX that are live, and some that were */
#define IDLE_MS           500
#define BUSY_MS           100  /* between two looks into the outbox while there is something to do */
#define NO_ROOM_MS        500  /* until there is room again, where answers come soon … */
#define NO_ROOM_SLOW_MS   5000 /* … and where they do not */
#define SLOW_MS           1000 /* who answers later is given less at a time */
#define DRAIN_MS          5000
#define STORAGE_RETRY_MS  5000
#define DOWN_RETRY_MAX_MS (5LL * 60 * 1000)
#define RETRY_AFTER_MAX_S 3600
#define HEALTHY_LOOKED_AT 50

enum {
    PER_ENDPOINT_IN_FLIGHT = 4, /* so all of them together are WEBHOOKS_MAX times as many, and nobody waits
                                 * for another */
    HELD_BY_FAST = 64,          /* on their way or queued */
    HELD_BY_SLOW = 8,
};

/* What is known of a webhook in this process. */
struct endpoint {
    struct id webhook_id;
    bool used;
    int64_t failures;      /* in a row, of the receiver and not of a message */
    int64_t not_before_ms; /* while it is down */
    bool is_slow;          /* as it answered last */
    unsigned in_flight, held;
};

/* A claimed event, until it is settled. */
struct job {
    struct job *next;
    struct endpoint *endpoint;
    struct id outbox_id;
    struct webhook_due due;
    int64_t claimed_until_ms, started_at_ms;
    struct arena arena;
    struct webhook webhook;
    struct webhook_delivery delivery;
};

struct webhook_dispatcher {
    struct app *app;
    struct webhook_dispatcher_options options;
    struct webhook_sender *sender;
    struct worker *worker;
    struct endpoint endpoints[ENDPOINTS_MAX];
    struct job *queue, **queue_end;
    int64_t look_at_ms; /* into the outbox */
    int64_t shown_in_flight;
    struct metric_counter *attempts[WEBHOOK_DOWN + 1], *failed;
    struct metric_histogram *duration;
    struct metric_gauge *in_flight;
};

static const char *const outcomes[] = {
    [WEBHOOK_ACCEPTED] = "accepted",
    [WEBHOOK_GONE] = "gone",
    [WEBHOOK_REFUSED] = "refused",
    [WEBHOOK_DOWN] = "down",
};

/* --- jobs --- */

static void job_free(struct job *job)
{
    job->endpoint->held--;
    arena_free(&job->arena);
    free(job);
}

/* Ends a job: its event goes, or comes again. What cannot be settled comes again when its claim ends. */
static void job_settle(struct webhook_dispatcher *dispatcher, struct job *job, bool done, int64_t retry_at_ms)
{
    const struct ledger *ledger = dispatcher->app->ledger;
    const struct ledger_delivery settled = {
        .id = job->outbox_id, .delivered = done, .retry_at_ms = retry_at_ms};
    const enum status status = ledger->ops->outbox_settle(ledger, &settled, 1);
    if (status != STATUS_OK) {
        struct log_line line = log_begin(LOG_WARNING, "webhook_not_settled");
        log_text(&line, "code", status_code(status));
        log_end(&line);
    }
    job_free(job);
}

/* --- endpoints --- */

static struct endpoint *endpoint_of(struct webhook_dispatcher *dispatcher, const struct id *webhook_id)
{
    struct endpoint *spare = NULL;
    for (size_t i = 0; i < ENDPOINTS_MAX; i++) {
        struct endpoint *endpoint = &dispatcher->endpoints[i];
        if (endpoint->used && id_equal(&endpoint->webhook_id, webhook_id)) {
            return endpoint;
        }
        const bool is_idle = endpoint->held == 0;
        if (is_idle && (spare == NULL || (spare->used && (!endpoint->used || endpoint->failures == 0)))) {
            spare = endpoint;
        }
    }
    if (spare != NULL) {
        *spare = (struct endpoint){.webhook_id = *webhook_id, .used = true};
    }
    return spare;
}

static bool has_room(const struct endpoint *endpoint)
{
    if (endpoint->failures > 0) {
        return endpoint->held == 0;
    }
    return endpoint->held < (endpoint->is_slow ? HELD_BY_SLOW : HELD_BY_FAST);
}

static int64_t within(int64_t wait_ms)
{
    return worker_backoff_ms(1, wait_ms, wait_ms);
}

/* --- taking what is due --- */

/* Where an event that was taken goes: into the queue, or back until later. */
static struct job *judge_event(struct webhook_dispatcher *dispatcher, const struct ledger_outbox_event *event,
                               int64_t now_ms, struct ledger_delivery *settled)
{
    struct webhook_due due;
    *settled = (struct ledger_delivery){.id = event->id};
    if (!webhook_due_read(event, &due)) {
        settled->delivered = true; /* damaged: it would come for ever */
        return NULL;
    }
    struct endpoint *endpoint = endpoint_of(dispatcher, &due.webhook_id);
    if (endpoint != NULL && endpoint->not_before_ms > now_ms) {
        settled->retry_at_ms = endpoint->not_before_ms + within(NO_ROOM_MS);
        return NULL;
    }
    if (endpoint == NULL || !has_room(endpoint)) {
        const bool is_slow = endpoint == NULL || endpoint->is_slow || endpoint->failures > 0;
        const int64_t wait_ms = is_slow ? NO_ROOM_SLOW_MS : NO_ROOM_MS;
        settled->retry_at_ms = now_ms + wait_ms + within(wait_ms);
        return NULL;
    }
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        abort();
    }
    *job = (struct job){.endpoint = endpoint,
                        .outbox_id = event->id,
                        .due = due,
                        .claimed_until_ms = now_ms + WEBHOOK_CLAIM_MS};
    settled->retry_at_ms = job->claimed_until_ms;
    arena_init(&job->arena);
    endpoint->held++;
    return job;
}

static enum status take(struct webhook_dispatcher *dispatcher, size_t *count)
{
    static const struct ledger_outbox_filter filter = {.only = {WEBHOOK_DELIVERY_EVENT}};
    const struct ledger *ledger = dispatcher->app->ledger;
    struct ledger_delivery settled[TAKEN_MAX];
    struct job *jobs[TAKEN_MAX];
    struct ledger_outbox_event *events;
    struct arena arena;
    arena_init(&arena);
    const int64_t now_ms = clock_now_ms();
    enum status status = ledger->ops->outbox_take(ledger, &filter, TAKEN_MAX, &arena, &events, count);
    const size_t taken = status == STATUS_OK ? *count : 0;
    for (size_t i = 0; i < taken; i++) {
        jobs[i] = judge_event(dispatcher, &events[i], now_ms, &settled[i]);
    }
    if (taken > 0) {
        status = ledger->ops->outbox_settle(ledger, settled, taken);
    }
    for (size_t i = 0; i < taken; i++) {
        if (jobs[i] != NULL && status == STATUS_OK) {
            *dispatcher->queue_end = jobs[i];
            dispatcher->queue_end = &jobs[i]->next;
        } else if (jobs[i] != NULL) {
            job_free(jobs[i]); /* not claimed: it is still due */
        }
    }
    arena_free(&arena);
    return status;
}

/* --- sending --- */

static enum status read_job(struct webhook_dispatcher *dispatcher, struct job *job,
                            struct webhook_secret secrets[static WEBHOOK_VALID_SECRETS], size_t *count)
{
    uint8_t bytes[WEBHOOK_VALID_SECRETS][WEBHOOK_SECRET_BYTES];
    enum status status = webhook_delivery_load(dispatcher->app->ledger, &job->arena, &job->due.delivery_id,
                                               &job->delivery);
    if (status != STATUS_OK) {
        return status;
    }
    struct db *db = reader_take(dispatcher->app->readers);
    status = webhook_read(db, &job->arena, &job->due.webhook_id, &job->webhook);
    if (status == STATUS_OK) {
        status = webhook_secrets_read(db, &job->due.webhook_id, bytes, count);
    }
    reader_give_back(dispatcher->app->readers, db);
    for (size_t i = 0; status == STATUS_OK && i < *count; i++) {
        memcpy(secrets[i].bytes, bytes[i], WEBHOOK_SECRET_BYTES);
    }
    return status;
}

static bool is_test(const struct job *job)
{
    return strcmp(job->delivery.event_type, WEBHOOK_TEST_EVENT) == 0;
}

/* It has failed without being sent. */
static void drop(struct webhook_dispatcher *dispatcher, struct job *job, const char *why)
{
    const struct webhook_try try = {.at_ms = clock_now_ms(), .error = why};
    webhook_delivery_add_try(&job->delivery, &try);
    job->delivery.next_attempt_at_ms = 0;
    const enum status status = webhook_delivery_save(dispatcher->app->ledger, &job->arena, &job->delivery,
                                                     WEBHOOK_FAILED, false, NULL, NULL);
    metric_count(dispatcher->failed, 1);
    job_settle(dispatcher, job, !status_is_of_storage(status), clock_now_ms() + STORAGE_RETRY_MS);
}

static void start(struct webhook_dispatcher *dispatcher, struct job *job)
{
    struct webhook_secret secrets[WEBHOOK_VALID_SECRETS];
    size_t secret_count = 0;
    char id[ID_TEXT_SIZE];
    const int64_t now_ms = clock_now_ms();
    const enum status status = read_job(dispatcher, job, secrets, &secret_count);
    if (status != STATUS_OK) {
        /* Gone with its thirty days or damaged; or else the storage is away. */
        job_settle(dispatcher, job, !status_is_of_storage(status), now_ms + STORAGE_RETRY_MS);
        return;
    }
    if (strcmp(job->delivery.document.state, WEBHOOK_PENDING) != 0 ||
        !id_equal(&job->delivery.due_id, &job->outbox_id)) {
        job_settle(dispatcher, job, true, 0); /* done, or asked for again by another event */
        return;
    }
    if (!job->webhook.active && !is_test(job)) {
        drop(dispatcher, job, "the webhook is disabled");
        return;
    }
    const struct webhook_message message = {.url = job->webhook.url,
                                            .message_id = id_format(&job->delivery.event_id, id),
                                            .timestamp = now_ms / 1000,
                                            .secrets = secrets,
                                            .secret_count = secret_count,
                                            .body = job->delivery.payload,
                                            .length = job->delivery.payload_length,
                                            .context = job};
    job->started_at_ms = now_ms;
    if (webhook_sender_start(dispatcher->sender, &message) != STATUS_OK) {
        job_settle(dispatcher, job, false, now_ms + STORAGE_RETRY_MS);
        return;
    }
    job->endpoint->in_flight++;
}

/* Starts what may start; what waited too long for that is left to its claim's end. */
static void start_queued(struct webhook_dispatcher *dispatcher)
{
    const int64_t now_ms = clock_now_ms();
    for (struct job **at = &dispatcher->queue; *at != NULL;) {
        struct job *job = *at;
        struct endpoint *endpoint = job->endpoint;
        const bool is_late = job->claimed_until_ms - now_ms < WEBHOOK_TOTAL_S * 1000;
        const bool is_held = endpoint->not_before_ms > now_ms;
        const bool has_slot = endpoint->in_flight < PER_ENDPOINT_IN_FLIGHT;
        if (!is_late && !is_held && !has_slot) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        if (is_held) {
            job_settle(dispatcher, job, false, endpoint->not_before_ms + within(NO_ROOM_MS));
        } else if (is_late) {
            job_free(job);
        } else {
            start(dispatcher, job);
        }
    }
    dispatcher->queue_end = &dispatcher->queue;
    while (*dispatcher->queue_end != NULL) {
        dispatcher->queue_end = &(*dispatcher->queue_end)->next;
    }
}

/* --- what became of it --- */

/* A change of reference data as any other: it is in the log, and in other instances. */
static void disable(struct webhook_dispatcher *dispatcher, const struct job *job, const char *reason)
{
    char text[ID_TEXT_SIZE];
    struct arena arena;
    arena_init(&arena);
    struct call call = {.app = dispatcher->app, .arena = &arena, .request_id = ""};
    detail_init(&call.detail, &arena);
    call.principal.kind = PRINCIPAL_SYSTEM;
    snprintf(call.principal.name, sizeof call.principal.name, "webhook deliveries");
    json_t *patch = json_pack("{s:b, s:s}", "enabled", 0, "disabled_reason", reason);
    const enum status status = reference_update(&call, REFERENCE_WEBHOOK, &job->webhook.id, patch, NULL);
    json_decref(patch);
    struct log_line line = log_begin(LOG_WARNING, "webhook_disabled");
    log_text(&line, "webhook_id", id_format(&job->webhook.id, text));
    log_text(&line, "reason", reason);
    log_text(&line, "code", status_code(status));
    log_end(&line);
    arena_free(&arena);
}

/* Whether anything was delivered to the webhook since this delivery was due. */
static bool is_healthy(struct webhook_dispatcher *dispatcher, struct job *job)
{
    const struct ledger *ledger = dispatcher->app->ledger;
    const struct ledger_document_filter filter = {.kind = LEDGER_WEBHOOK_DELIVERY,
                                                  .has_store = true,
                                                  .store_key = job->webhook.key,
                                                  .state = WEBHOOK_DELIVERED};
    struct ledger_document_page page;
    if (ledger->ops->document_list(ledger, &filter, &cursor_start, HEALTHY_LOOKED_AT, &job->arena, &page) !=
        STATUS_OK) {
        return true; /* not known: the next one asks again */
    }
    for (size_t i = 0; i < page.count; i++) {
        if (page.documents[i].updated_at_ms >= job->delivery.since_ms) {
            return true;
        }
    }
    return false;
}

static void log_attempt(const struct job *job, const struct webhook_result *result, const char *state)
{
    char text[ID_TEXT_SIZE];
    struct log_line line = log_begin(result->outcome == WEBHOOK_ACCEPTED ? LOG_INFO : LOG_WARNING, "webhook");
    log_text(&line, "id", id_format(&job->delivery.document.id, text));
    log_text(&line, "webhook_id", id_format(&job->webhook.id, text));
    log_text(&line, "type", job->delivery.event_type);
    log_text(&line, "outcome", outcomes[result->outcome]);
    log_text(&line, "state", state);
    log_int(&line, "http_status", result->http_status);
    log_int(&line, "attempts", job->delivery.attempt_count);
    log_int(&line, "duration_ms", result->latency_ms);
    log_text(&line, "reason", result->reason);
    log_end(&line);
}

/* The receiver as a whole: one that is down is spared for a while. */
static void note_health(struct webhook_dispatcher *dispatcher, struct endpoint *endpoint,
                        const struct webhook_result *result)
{
    if (result->outcome != WEBHOOK_DOWN) {
        endpoint->failures = 0;
        endpoint->not_before_ms = 0;
        return;
    }
    const int64_t asked_s = result->retry_after_s < RETRY_AFTER_MAX_S ? result->retry_after_s
                                                                      : RETRY_AFTER_MAX_S;
    endpoint->failures++;
    int64_t wait_ms = worker_backoff_ms(endpoint->failures, dispatcher->options.retry_seconds * 1000LL,
                                        DOWN_RETRY_MAX_MS);
    wait_ms = wait_ms > asked_s * 1000 ? wait_ms : asked_s * 1000;
    endpoint->not_before_ms = clock_now_ms() + wait_ms;
}

/* The state that it is in now; when it is tried again, if it is. */
static const char *judge_delivery(struct webhook_dispatcher *dispatcher, struct job *job,
                                  const struct webhook_result *result)
{
    struct webhook_delivery *delivery = &job->delivery;
    const int64_t now_ms = clock_now_ms();
    delivery->next_attempt_at_ms = 0;
    if (result->outcome == WEBHOOK_ACCEPTED) {
        return WEBHOOK_DELIVERED;
    }
    if (result->outcome == WEBHOOK_GONE || is_test(job) ||
        now_ms - delivery->since_ms > dispatcher->options.give_up_seconds * 1000LL) {
        return WEBHOOK_FAILED;
    }
    const int64_t again_ms = now_ms + worker_backoff_ms(delivery->attempt_count,
                                                        dispatcher->options.retry_seconds * 1000LL,
                                                        WEBHOOK_RETRY_MAX_MS);
    const int64_t not_before_ms = job->endpoint->not_before_ms;
    delivery->next_attempt_at_ms = again_ms > not_before_ms ? again_ms : not_before_ms;
    return WEBHOOK_PENDING;
}

static void conclude(struct webhook_dispatcher *dispatcher, const struct webhook_result *result)
{
    struct job *job = result->context;
    const struct webhook_try try = {
        .at_ms = job->started_at_ms,
        .http_status = result->http_status,
        .latency_ms = result->latency_ms,
        .error = result->outcome == WEBHOOK_ACCEPTED ? NULL : result->reason,
        .answer = *result->excerpt == '\0' ? NULL : result->excerpt,
    };
    job->endpoint->in_flight--;
    job->endpoint->is_slow = result->http_status == 0 || result->latency_ms > SLOW_MS;
    webhook_delivery_add_try(&job->delivery, &try);
    if (!is_test(job)) {
        note_health(dispatcher, job->endpoint, result);
    }
    const char *state = judge_delivery(dispatcher, job, result);
    log_attempt(job, result, state);
    metric_count(dispatcher->attempts[result->outcome], 1);
    metric_observe(dispatcher->duration, result->latency_ms * 1000);
    const bool has_failed = strcmp(state, WEBHOOK_FAILED) == 0;
    metric_count(dispatcher->failed, has_failed);
    if (result->outcome == WEBHOOK_GONE) {
        disable(dispatcher, job, WEBHOOK_REASON_GONE);
    } else if (has_failed && !is_test(job) && !is_healthy(dispatcher, job)) {
        disable(dispatcher, job, WEBHOOK_REASON_FAILING);
    }
    /* STATUS_VERSION_MISMATCH: it was asked for again meanwhile, by an event of its own. */
    const enum status status = webhook_delivery_save(dispatcher->app->ledger, &job->arena, &job->delivery,
                                                     state, false, NULL, NULL);
    const bool is_done = strcmp(state, WEBHOOK_PENDING) != 0 || status == STATUS_VERSION_MISMATCH;
    job_settle(dispatcher, job, is_done && !status_is_of_storage(status),
               status_is_of_storage(status) ? clock_now_ms() + STORAGE_RETRY_MS
                                            : job->delivery.next_attempt_at_ms);
}

/* --- the thread --- */

static void show_in_flight(struct webhook_dispatcher *dispatcher)
{
    const int64_t now = (int64_t)webhook_sender_busy(dispatcher->sender);
    metric_move(dispatcher->in_flight, now - dispatcher->shown_in_flight);
    dispatcher->shown_in_flight = now;
}

static void run(struct webhook_dispatcher *dispatcher, int wait_ms)
{
    struct webhook_result result;
    webhook_sender_run(dispatcher->sender, wait_ms);
    while (webhook_sender_result(dispatcher->sender, &result)) {
        conclude(dispatcher, &result);
    }
    show_in_flight(dispatcher);
}

/* What is under way may arrive; the rest is due again at once, here or elsewhere. */
static void drain(struct webhook_dispatcher *dispatcher)
{
    const int64_t until_us = clock_monotonic_us() + DRAIN_MS * 1000LL;
    while (dispatcher->queue != NULL) {
        struct job *job = dispatcher->queue;
        dispatcher->queue = job->next;
        job_settle(dispatcher, job, false, clock_now_ms());
    }
    dispatcher->queue_end = &dispatcher->queue;
    while (webhook_sender_busy(dispatcher->sender) > 0 && clock_monotonic_us() < until_us) {
        run(dispatcher, BUSY_MS);
    }
    void *context;
    while ((context = webhook_sender_give_up(dispatcher->sender)) != NULL) {
        job_settle(dispatcher, context, false, clock_now_ms());
    }
}

static int64_t dispatch_round(void *context, const struct worker *worker)
{
    struct webhook_dispatcher *dispatcher = context;
    size_t count = 0;
    if (worker_is_stopping(worker)) {
        drain(dispatcher);
        return 0;
    }
    const bool was_busy = webhook_sender_busy(dispatcher->sender) > 0;
    if (!was_busy || clock_now_ms() >= dispatcher->look_at_ms) {
        const enum status status = take(dispatcher, &count);
        if (status != STATUS_OK) {
            struct log_line line = log_begin(LOG_WARNING, "webhook_deliveries_delayed");
            log_text(&line, "code", status_code(status));
            log_end(&line);
        }
        dispatcher->look_at_ms = clock_now_ms() + (status == STATUS_OK ? BUSY_MS : STORAGE_RETRY_MS);
        if (status != STATUS_OK && !was_busy) {
            return STORAGE_RETRY_MS;
        }
    }
    start_queued(dispatcher);
    run(dispatcher, BUSY_MS);
    return webhook_sender_busy(dispatcher->sender) > 0 || count == TAKEN_MAX ? 0 : IDLE_MS;
}

static void register_metrics(struct webhook_dispatcher *dispatcher)
{
    for (enum webhook_outcome outcome = WEBHOOK_ACCEPTED; outcome <= WEBHOOK_DOWN; outcome++) {
        char labels[32];
        snprintf(labels, sizeof labels, "outcome=\"%s\"", outcomes[outcome]);
        dispatcher->attempts[outcome] = metrics_counter("mypos_webhook_attempts_total",
                                                        "Tries to deliver an event to a webhook.", labels);
    }
    dispatcher->failed = metrics_counter("mypos_webhook_deliveries_failed_total",
                                         "Deliveries to webhooks that were given up.", "");
    dispatcher->duration = metrics_histogram("mypos_webhook_duration_seconds",
                                             "How long a try to deliver to a webhook took.", "");
    dispatcher->in_flight = metrics_gauge("mypos_webhook_in_flight", "Messages on their way to webhooks.",
                                          "");
}

enum status webhook_dispatcher_start(struct app *app, const struct webhook_dispatcher_options *options,
                                     struct webhook_dispatcher **out)
{
    struct webhook_dispatcher *dispatcher = calloc(1, sizeof *dispatcher);
    if (dispatcher == NULL) {
        abort();
    }
    dispatcher->app = app;
    dispatcher->options = *options;
    dispatcher->queue_end = &dispatcher->queue;
    register_metrics(dispatcher);
    enum status status = webhook_sender_open(&options->sender, &dispatcher->sender);
    if (status == STATUS_OK) {
        status = worker_start("mypos-webhooks", dispatch_round, dispatcher, &dispatcher->worker);
    }
    if (status != STATUS_OK) {
        webhook_sender_close(dispatcher->sender);
        free(dispatcher);
        return status;
    }
    *out = dispatcher;
    return STATUS_OK;
}

void webhook_dispatcher_wake(struct webhook_dispatcher *dispatcher)
{
    if (dispatcher != NULL) {
        worker_wake(dispatcher->worker);
    }
}

const struct webhook_networks *webhook_dispatcher_networks(const struct webhook_dispatcher *dispatcher)
{
    static const struct webhook_networks none;
    return dispatcher != NULL ? &dispatcher->options.sender.networks : &none;
}

void webhook_dispatcher_stop(struct webhook_dispatcher *dispatcher)
{
    if (dispatcher != NULL) {
        worker_stop(dispatcher->worker);
        webhook_sender_close(dispatcher->sender);
        free(dispatcher);
    }
}
