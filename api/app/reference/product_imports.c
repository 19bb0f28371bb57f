#include "app/reference/product_imports.h"

#include "app/actor.h"
#include "app/reference/product_stock.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "catalog/catalog.h"
#include "catalog/entity.h"
#include "catalog/import.h"
#include "core/money.h"
#include "sqlite/reader.h"
#include "sqlite/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What ends an act whose rows are not wanted (a dry run, a bad row that aborts) so that it is undone. No
 * use case returns it. */
#define UNDO STATUS_NOT_MODIFIED

/* How long an import may take to post what it counted, before others do it (at the start of a process none of
 * its own does); and how long they wait when they cannot. */
#define SETTLE_AFTER_MS (60 * 1000LL)
#define SETTLE_RETRY_MS (5 * 1000LL)

struct app_imports {
    struct app *app; /* with the worker */
    struct worker *worker;
    bool settled; /* once since the start */
    pthread_mutex_t mutex;
    struct import_report *running[IMPORTS_RUNNING_MAX]; /* borrowed; the newest last */
    unsigned count;
};

enum status app_imports_open(struct app_imports **out)
{
    struct app_imports *imports = calloc(1, sizeof *imports);
    if (imports == NULL) {
        return STATUS_OVERLOADED;
    }
    pthread_mutex_init(&imports->mutex, NULL);
    *out = imports;
    return STATUS_OK;
}

void app_imports_close(struct app_imports *imports)
{
    if (imports != NULL) {
        worker_stop(imports->worker);
        pthread_mutex_destroy(&imports->mutex);
        free(imports);
    }
}

/* Posts what imports counted that were killed before their stock was posted: here, or on another instance. */
static int64_t settle(void *context, const struct worker *worker)
{
    struct app_imports *imports = context;
    if (worker_is_stopping(worker)) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena);
    struct call call = {.app = imports->app, .arena = &arena, .request_id = ""};
    call.principal.kind = PRINCIPAL_SYSTEM;
    detail_init(&call.detail, &arena);
    const enum status status = product_stock_post(&call, imports->settled ? clock_now_ms() - SETTLE_AFTER_MS
                                                                          : INT64_MAX);
    arena_free(&arena);
    imports->settled |= status == STATUS_OK;
    if (status != STATUS_OK) {
        struct log_line line = log_begin(LOG_WARNING, "import_stock_waits");
        log_text(&line, "status", status_code(status));
        log_end(&line);
    }
    return status == STATUS_OK ? SETTLE_AFTER_MS : SETTLE_RETRY_MS;
}

enum status app_imports_start(struct app *app)
{
    app->imports->app = app;
    return worker_start("mypos-imports", settle, app->imports, &app->imports->worker);
}

static bool add_running(struct app_imports *imports, struct import_report *report)
{
    pthread_mutex_lock(&imports->mutex);
    const bool has_room = imports->count < IMPORTS_RUNNING_MAX;
    if (has_room) {
        imports->running[imports->count++] = report;
    }
    pthread_mutex_unlock(&imports->mutex);
    return has_room;
}

static void remove_running(struct app_imports *imports, const struct import_report *report)
{
    pthread_mutex_lock(&imports->mutex);
    unsigned at = 0;
    while (imports->running[at] != report) {
        at++;
    }
    imports->count--;
    for (; at < imports->count; at++) {
        imports->running[at] = imports->running[at + 1];
    }
    pthread_mutex_unlock(&imports->mutex);
}

bool product_imports_progress(const struct app *app, struct import_progress *progress)
{
    struct app_imports *imports = app->imports;
    pthread_mutex_lock(&imports->mutex);
    const bool any = imports->count > 0;
    if (any) {
        const struct import_report *report = imports->running[imports->count - 1];
        *progress = (struct import_progress){.rows_total = report->rows_total,
                                             .rows_done = report->rows_done};
    }
    pthread_mutex_unlock(&imports->mutex);
    return any;
}

/* --- one import --------------------------------------------------------------------------------- */

struct run {
    const struct import_request *request;
    struct import_report *report;
    struct import_options options;
    struct product_stock stock;
    struct actor actor;
    int64_t seq;
};

static void finish(struct import_report *report, enum import_status status)
{
    if (status != IMPORT_COMPLETED) {
        report->created = 0; /* nothing is in */
        report->updated = 0;
    }
    report->finished_at_ms = clock_now_ms();
    report->rows_done = report->rows_total;
    report->status = status;
}

/* Writes the report into the answer and keeps it. */
static enum status keep_report(struct call *call, struct db *db, void *context)
{
    const struct run *run = context;
    struct text body = arena_text(call->arena, 1024);
    struct json_writer json = json_writer(&body);
    import_report_emit(run->report, &json);
    call_answer_text(call, &body);
    call->answer.catalog_seq = run->seq > 0 ? run->seq : catalog_seq(call->app->catalog);
    return import_report_keep(db, run->report, body.data, body.length);
}

static bool is_unwanted(const struct run *run)
{
    return run->request->dry_run || (run->request->abort_on_error && run->report->failed > 0);
}

/* An id that the client chose may be that of an import which ended. */
static enum status check_id(struct call *call, struct db *db, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    struct text report = arena_text(call->arena, 1024);
    if (id == NULL) {
        return STATUS_OK;
    }
    const enum status status = import_report_find(db, id, &report);
    if (status == STATUS_PRODUCT_IMPORT_NOT_FOUND) {
        return STATUS_OK;
    }
    return status != STATUS_OK ? status
                               : detail_set(&call->detail, STATUS_ID_TAKEN,
                                            "The id %s belongs to another import.", id_format(id, text));
}

/* The act of an import: all of its rows, and its report. */
static enum status import(struct call *call, struct db *db, void *context)
{
    struct run *run = context;
    run->stock.counts = false; /* an act may be run again */
    enum status status = check_id(call, db, run->request->id);
    if (status == STATUS_OK) {
        status = import_apply(db, &run->options, run->report, &run->seq);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (is_unwanted(run)) {
        return UNDO;
    }
    finish(run->report, IMPORT_COMPLETED);
    return keep_report(call, db, run);
}

/* The end of an import that changed nothing: a dry run, or one that was aborted. */
static enum status end_unwanted(struct call *call, struct run *run)
{
    const bool aborted = run->request->abort_on_error && run->report->failed > 0;
    run->seq = 0;
    finish(run->report, aborted ? IMPORT_ABORTED : IMPORT_COMPLETED);
    return call_write(call, keep_report, run);
}

static enum status run_import(struct call *call, struct run *run)
{
    enum status status = import_check(&run->options, run->report, &call->detail);
    if (status != STATUS_OK) {
        return status;
    }
    if (run->request->abort_on_error && run->report->failed > 0) {
        return end_unwanted(call, run);
    }
    status = call_write_alone(call, import, run);
    return status == UNDO ? end_unwanted(call, run) : status;
}

/* After the act: the ledger is told what was counted. When it cannot be reached now, the worker does it
 * later; who asks again with the same Idempotency-Key waits for it here. */
static enum status post_stock(struct call *call)
{
    const enum status status = product_stock_post(call, INT64_MAX);
    if (status == STATUS_OK) {
        return status;
    }
    call->answer = (struct answer){0};
    return detail_set(&call->detail, status,
                      "The products are imported. Their stock follows as soon as the ledger can be written.");
}

static enum status keep_failure(struct db *db, void *context)
{
    struct run *run = context;
    struct arena arena;
    arena_init(&arena);
    struct text body = arena_text(&arena, 1024);
    struct json_writer json = json_writer(&body);
    import_report_emit(run->report, &json);
    const enum status status = import_report_keep(db, run->report, body.data, body.length);
    arena_free(&arena);
    return status;
}

/* For who asks later. When the storage refuses this too, there is nothing to be found, and the client has
 * been told. */
static void end_failed(struct call *call, struct run *run)
{
    finish(run->report, IMPORT_FAILED);
    if (catalog_write(call->app->catalog, keep_failure, run, false) != STATUS_OK) {
        struct log_line line = log_begin(LOG_WARNING, "import_report_lost");
        log_end(&line);
    }
}

static enum status find_store(struct call *call, const struct id *id, struct entity_row *store)
{
    struct db *db = reader_take(call->app->readers);
    enum status status = id != NULL ? entity_find(&entity_store, db, call->arena, id, store)
                                    : entity_find_first(&entity_store, db, call->arena, store);
    reader_give_back(call->app->readers, db);
    if (status == STATUS_STORE_NOT_FOUND) {
        status = detail_fault(&call->detail, "#/query/store_id", "store_not_found",
                              "There is no such store.");
    }
    return status;
}

static int decimals_of(struct call *call, const struct entity_row *store)
{
    const struct entity_value *currency = entity_value_named(&entity_store, store, "currency");
    const int decimals = money_decimals(arena_copy_n(call->arena, currency->bytes, currency->length));
    return decimals < 0 ? 2 : decimals;
}

static const char *write_actor(struct call *call)
{
    struct text text = arena_text(call->arena, 256);
    struct json_writer json = json_writer(&text);
    emit_begin_object(&json);
    actor_emit(&json, "by", call);
    emit_end_object(&json);
    return text_string(&text);
}

/* Before the act, which waits for nothing but its own storage. A level that moves in between is counted to
 * what the file says, or, where the file said what it was, left alone: as if the import had come a little
 * earlier. */
static enum status load_stock(struct call *call, const struct entity_row *store, struct run *run)
{
    const struct ledger_ref ref = {.key = store->key, .id = store->id};
    const enum status status = product_stock_load(call->app->ledger, &ref, &run->stock);
    run->stock.import_id = run->report->id;
    run->stock.detail = write_actor(call);
    return status;
}

enum status product_imports_create(struct call *call, const struct import_request *request)
{
    struct entity_row store;
    enum status status = find_store(call, request->store_id, &store);
    if (status != STATUS_OK) {
        return status;
    }
    struct import_report *report = malloc(sizeof *report);
    if (report == NULL) {
        return STATUS_OVERLOADED;
    }
    const struct id id = request->id != NULL ? *request->id : id_new();
    import_report_init(report, &id, request->dry_run);
    struct run run = {.request = request, .report = report, .actor = actor_of(call)};
    status = load_stock(call, &store, &run);
    run.options = (struct import_options){
        .fd = request->fd,
        .is_gzip = request->is_gzip,
        .decimals = decimals_of(call, &store),
        .actor = &run.actor,
        .stock_set = product_stock_set,
        .stock_context = &run.stock,
    };
    if (status == STATUS_OK && add_running(call->app->imports, report)) {
        status = run_import(call, &run);
        if (status_http(status) >= 500) {
            end_failed(call, &run);
        }
        if (status == STATUS_OK) {
            status = post_stock(call);
        }
        remove_running(call->app->imports, report);
    } else if (status == STATUS_OK) {
        status = detail_set(&call->detail, STATUS_OVERLOADED,
                            "%d imports are running; try again when one has ended.", IMPORTS_RUNNING_MAX);
    }
    product_stock_free(&run.stock);
    import_report_free(report);
    free(report);
    return status;
}

enum status product_imports_read(struct call *call, const struct id *id)
{
    struct app_imports *imports = call->app->imports;
    struct text body = arena_text(call->arena, 1024);
    pthread_mutex_lock(&imports->mutex);
    for (unsigned i = 0; i < imports->count; i++) {
        if (id_equal(&imports->running[i]->id, id)) {
            struct json_writer json = json_writer(&body);
            import_report_emit_running(imports->running[i], &json);
        }
    }
    pthread_mutex_unlock(&imports->mutex);
    enum status status = STATUS_OK;
    if (body.length == 0) {
        struct db *db = reader_take(call->app->readers);
        status = import_report_find(db, id, &body);
        reader_give_back(call->app->readers, db);
    }
    if (status == STATUS_OK) {
        call_answer_text(call, &body);
    }
    return status;
}
