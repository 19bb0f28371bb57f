#include "app/reference/catalog_events.h"

#include "app/json_member.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "catalog/catalog.h"
#include "catalog/change.h"
#include "ledger/ledger.h"
#include "sqlite/reader.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MS          250
#define LOST_RACE_MS     200
#define STORAGE_RETRY_MS 5000
#define BODY_SIZE        64

/* Of the one cursor that this reads by. A UUID of version 7 from the beginning of time: nobody else makes it.
 */
static const struct id cursor_id = {{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 'c', 'a', 't', 'a', 'l', 'o', 'g'}};

struct catalog_events {
    struct app *app;
    struct worker *worker;
    struct arena arena;
    int64_t told; /* as far as is known: nothing is asked while the catalogue has nothing newer */
};

/* What is told, and how its events are named. */
static const char *const entities[] = {"store",   "register",       "category",   "tax",
                                       "product", "customer_group", "price_list", "promotion"};
static const struct {
    const char *op, *told;
} ops[] = {{"create", "created"}, {"update", "updated"}, {"archive", "archived"}, {"restore", "restored"}};

/* --- the cursor --- */

static enum status write_cursor(struct catalog_events *events, const struct ledger_document *before,
                                int64_t seq, int64_t at_ms, const struct ledger_event *told, size_t count)
{
    const struct ledger *ledger = events->app->ledger;
    char buffer[BODY_SIZE];
    struct text body = text_over(buffer, sizeof buffer);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_int(&json, "seq", seq);
    emit_end_object(&json);
    const struct ledger_write write = {
        .document = {.kind = LEDGER_CURSOR,
                     .id = cursor_id,
                     .state = "active",
                     .body = body.data,
                     .body_length = body.length},
        .expected_version = before == NULL ? 0 : before->version,
    };
    const struct ledger_act act = {
        .name = "catalog_events",
        .at_ms = at_ms,
        .writes = &write,
        .write_count = 1,
        .events = told,
        .event_count = count,
    };
    struct ledger_outcome outcome;
    const enum status status = ledger->ops->commit(ledger, &act, &events->arena, &outcome);
    if (status == STATUS_OK) {
        events->told = seq;
    }
    return status;
}

static enum status read_cursor(struct catalog_events *events, struct ledger_document *document, int64_t *seq)
{
    const struct ledger *ledger = events->app->ledger;
    const enum status status = ledger->ops->document_read(ledger, LEDGER_CURSOR, &cursor_id, &events->arena,
                                                          document);
    if (status == STATUS_OK) {
        json_t *body = json_loadb(document->body, document->body_length, 0, NULL);
        *seq = member_int(body, "seq");
        json_decref(body);
    }
    return status;
}

/* --- the events --- */

static bool is_told(const char *entity)
{
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        if (strcmp(entities[i], entity) == 0) {
            return true;
        }
    }
    return false;
}

static void set_data(struct catalog_events *events, const struct change_row *row, const char *type,
                     struct ledger_event *event)
{
    char id[ID_TEXT_SIZE];
    static const struct id none;
    struct text data = arena_text(&events->arena, 128);
    struct json_writer json = json_writer(&data);
    emit_begin_object(&json);
    emit_member_int(&json, "catalog_seq", row->seq);
    if (!id_equal(&row->entity_id, &none)) {
        emit_member_string(&json, "id", id_format(&row->entity_id, id));
    }
    emit_end_object(&json);
    *event =
        (struct ledger_event){.id = row->id, .type = type, .data = data.data, .data_length = data.length};
}

/* False: of this change nobody is told. */
static bool event_of(struct catalog_events *events, const struct change_row *row, struct ledger_event *event)
{
    if (strcmp(row->op, "import") == 0) {
        set_data(events, row, "products.imported", event);
        return true;
    }
    if (strcmp(row->op, "prices") == 0) {
        set_data(events, row, "price_list.prices_set", event);
        return true;
    }
    for (size_t i = 0; row->body != NULL && is_told(row->entity) && i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(ops[i].op, row->op) == 0) {
            *event = (struct ledger_event){
                .id = row->id,
                .type = arena_printf(&events->arena, "%s.%s", row->entity, ops[i].told),
                .data = row->body,
                .data_length = row->body_length,
            };
            return true;
        }
    }
    return false;
}

static enum status tell_after(struct catalog_events *events, const struct ledger_document *cursor,
                              int64_t seq)
{
    struct change_row rows[CHANGE_ROWS_MAX];
    struct ledger_event told[LEDGER_EVENTS_MAX];
    size_t row_count, count = 0, read = 0;
    struct db *db = reader_take(events->app->readers);
    const enum status status = change_rows(db, &events->arena, seq, rows, &row_count);
    reader_give_back(events->app->readers, db);
    if (status != STATUS_OK || row_count == 0) {
        events->told = status == STATUS_OK ? seq : events->told;
        return status;
    }
    for (; read < row_count && count < LEDGER_EVENTS_MAX; read++) {
        count += event_of(events, &rows[read], &told[count]);
    }
    const struct change_row *last = &rows[read - 1];
    return write_cursor(events, cursor, last->seq, last->at_ms, told, count);
}

static enum status tell_some(struct catalog_events *events)
{
    struct ledger_document cursor;
    int64_t seq;
    const int64_t newest = catalog_seq(events->app->catalog);
    const enum status status = read_cursor(events, &cursor, &seq);
    if (status == STATUS_DOCUMENT_NOT_FOUND) {
        return write_cursor(events, NULL, newest, clock_now_ms(), NULL, 0);
    }
    return status == STATUS_OK ? tell_after(events, &cursor, seq) : status;
}

/* --- the thread --- */

static int64_t events_round(void *context, const struct worker *worker)
{
    struct catalog_events *events = context;
    (void)worker;
    while (events->told < catalog_seq(events->app->catalog)) {
        const enum status status = tell_some(events);
        arena_reset(&events->arena);
        if (status == STATUS_VERSION_MISMATCH || status == STATUS_ID_TAKEN) {
            return worker_backoff_ms(1, LOST_RACE_MS, LOST_RACE_MS); /* another instance told of it */
        }
        if (status != STATUS_OK) {
            struct log_line line = log_begin(LOG_WARNING, "catalog_events_delayed");
            log_text(&line, "code", status_code(status));
            log_end(&line);
            return STORAGE_RETRY_MS;
        }
    }
    return IDLE_MS;
}

enum status catalog_events_start(struct app *app, struct catalog_events **out)
{
    struct catalog_events *events = calloc(1, sizeof *events);
    if (events == NULL) {
        abort();
    }
    events->app = app;
    arena_init(&events->arena);
    /* Here and now: what is changed from the first request on is told. */
    enum status status = tell_some(events);
    if (status == STATUS_VERSION_MISMATCH || status == STATUS_ID_TAKEN) {
        status = STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = worker_start("mypos-catalog", events_round, events, &events->worker);
    }
    if (status != STATUS_OK) {
        arena_free(&events->arena);
        free(events);
        return status;
    }
    *out = events;
    return STATUS_OK;
}

void catalog_events_stop(struct catalog_events *events)
{
    if (events != NULL) {
        worker_stop(events->worker);
        arena_free(&events->arena);
        free(events);
    }
}
