#include "app/webhooks/webhook_fanout.h"

#include "app/webhooks/webhook_delivery.h"
#include "app/webhooks/webhook_dispatcher.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/webhook.h"
#include "sqlite/reader.h"

#include <stdlib.h>

struct fanout {
    struct notify notify; /* the first member: a pointer to it is one to the whole */
    struct app *app;
    const struct notify *behind;
    struct arena arena; /* of one event */
    /* The webhooks as of one state of the catalogue. */
    struct arena kept;
    int64_t seq;
    struct webhook webhooks[WEBHOOKS_MAX];
    size_t count;
};

static enum status refresh(struct fanout *fanout)
{
    const int64_t seq = catalog_seq(fanout->app->catalog);
    if (seq == fanout->seq) {
        return STATUS_OK;
    }
    arena_reset(&fanout->kept);
    struct db *db = reader_take(fanout->app->readers);
    const enum status status = webhook_list_active(db, &fanout->kept, fanout->webhooks, &fanout->count);
    reader_give_back(fanout->app->readers, db);
    fanout->seq = status == STATUS_OK ? seq : -1;
    return status;
}

static void log_failure(const char *event, enum status status)
{
    struct log_line line = log_begin(LOG_WARNING, event);
    log_text(&line, "code", status_code(status));
    log_end(&line);
}

/* An act for each webhook: each is idempotent by itself, whatever webhooks come and go between two tries.
 * Anything but STATUS_OK is the storage; what it will never take is left out, so that it stops nobody. */
static enum status make_deliveries(struct fanout *fanout, const struct notify_event *event, size_t *made)
{
    for (size_t i = 0; i < fanout->count; i++) {
        if (!webhook_wants(&fanout->webhooks[i], event->type)) {
            continue;
        }
        struct id id;
        bool replayed;
        const enum status status = webhook_delivery_create(fanout->app->ledger, &fanout->arena,
                                                           &fanout->webhooks[i], event, NULL, &id, &replayed);
        arena_reset(&fanout->arena);
        if (status_is_of_storage(status)) {
            return status;
        }
        if (status != STATUS_OK) {
            log_failure("webhook_delivery_impossible", status);
        }
        *made += status == STATUS_OK;
    }
    return STATUS_OK;
}

static void publish(const struct notify *notify, const struct notify_event *events, size_t count,
                    bool *published)
{
    struct fanout *fanout = (struct fanout *)(void *)notify;
    struct notify_event ready[NOTIFY_BATCH_MAX];
    bool taken[NOTIFY_BATCH_MAX] = {false};
    size_t places[NOTIFY_BATCH_MAX], ready_count = 0, made = 0;
    enum status status = refresh(fanout);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = make_deliveries(fanout, &events[i], &made);
        if (status == STATUS_OK) {
            places[ready_count] = i;
            ready[ready_count++] = events[i];
        }
    }
    if (status != STATUS_OK) {
        log_failure("webhook_deliveries_delayed", status); /* the rest would fare no better */
    }
    if (ready_count > 0) {
        fanout->behind->ops->publish(fanout->behind, ready, ready_count, taken);
    }
    for (size_t i = 0; i < count; i++) {
        published[i] = false;
    }
    for (size_t i = 0; i < ready_count; i++) {
        published[places[i]] = taken[i];
    }
    if (made > 0) {
        webhook_dispatcher_wake(fanout->app->webhooks);
    }
}

static void close_fanout(const struct notify *notify)
{
    struct fanout *fanout = (struct fanout *)(void *)notify;
    arena_free(&fanout->arena);
    arena_free(&fanout->kept);
    free(fanout);
}

static const struct notify_ops ops = {.name = "webhooks", .publish = publish, .close = close_fanout};

enum status webhook_fanout_open(struct app *app, const struct notify *behind, const struct notify **out)
{
    struct fanout *fanout = calloc(1, sizeof *fanout);
    if (fanout == NULL) {
        abort();
    }
    fanout->notify.ops = &ops;
    fanout->app = app;
    fanout->behind = behind;
    fanout->seq = -1;
    arena_init(&fanout->arena);
    arena_init(&fanout->kept);
    *out = &fanout->notify;
    return STATUS_OK;
}
