#include "app/images/image_collector.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "catalog/product_image.h"
#include "core/image_name.h"
#include "images/images.h"
#include "sqlite/reader.h"
#include "telemetry/metrics.h"

#include <stdlib.h>

#define BATCH        20
#define BATCH_MS     200 /* from one batch to the next: pictures are removed as others sell */
#define IDLE_MAX_MS  600000
#define IDLE_MIN_MS  250
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 600000

struct image_collector {
    struct app *app;
    int64_t grace_ms;
    struct worker *worker;
    struct arena arena;
    struct product_image_note done; /* the last one that was removed, or was found in use */
    int64_t failures;               /* one after the other */
    struct metric_counter *removed;
};

static enum status remove_picture(struct image_collector *collector, const char *name)
{
    const struct images *images = collector->app->images;
    char small[IMAGE_NAME_SIZE];
    image_name_small(name, small);
    enum status status = images->ops->remove(images, name, &collector->arena);
    if (status == STATUS_OK) {
        status = images->ops->remove(images, small, &collector->arena);
    }
    return status;
}

/* Removes a batch; `count` says how many there were. */
static enum status collect(struct image_collector *collector, unsigned *count)
{
    struct product_image_note *notes;
    struct db *db = reader_take(collector->app->readers);
    enum status status = product_images_released(db, &collector->arena, &collector->done,
                                                 clock_now_ms() - collector->grace_ms, BATCH, &notes, count);
    reader_give_back(collector->app->readers, db);
    for (unsigned i = 0; status == STATUS_OK && i < *count; i++) {
        status = remove_picture(collector, notes[i].name);
        if (status == STATUS_OK) {
            collector->done = notes[i];
            metric_count(collector->removed, 1);
        }
    }
    arena_reset(&collector->arena);
    return status;
}

static int64_t collector_round(void *context, const struct worker *worker)
{
    struct image_collector *collector = context;
    unsigned count = 0;
    if (worker_is_stopping(worker)) {
        return 0;
    }
    const enum status status = collect(collector, &count);
    if (status != STATUS_OK) {
        struct log_line line = log_begin(LOG_WARNING, "images_not_removed");
        log_text(&line, "code", status_code(status));
        log_end(&line);
        collector->failures++;
        return worker_backoff_ms(collector->failures, RETRY_MIN_MS, RETRY_MAX_MS);
    }
    collector->failures = 0;
    if (count == BATCH) {
        return BATCH_MS;
    }
    const int64_t idle_ms = collector->grace_ms / 4;
    return idle_ms < IDLE_MIN_MS ? IDLE_MIN_MS : idle_ms > IDLE_MAX_MS ? IDLE_MAX_MS : idle_ms;
}

enum status image_collector_start(struct app *app, unsigned grace_seconds, struct image_collector **out)
{
    struct image_collector *collector = calloc(1, sizeof *collector);
    if (collector == NULL) {
        abort();
    }
    *collector = (struct image_collector){
        .app = app,
        .grace_ms = (int64_t)grace_seconds * 1000,
        .removed = metrics_counter("mypos_images_removed_total", "Old pictures that were removed.", ""),
    };
    arena_init(&collector->arena);
    const enum status status = worker_start("mypos-images", collector_round, collector, &collector->worker);
    if (status != STATUS_OK) {
        free(collector);
        return status;
    }
    *out = collector;
    return STATUS_OK;
}

void image_collector_stop(struct image_collector *collector)
{
    if (collector != NULL) {
        worker_stop(collector->worker);
        arena_free(&collector->arena);
        free(collector);
    }
}
