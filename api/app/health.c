#include "app/health.h"

#include "catalog/catalog.h"
#include "catalog/change.h"
#include "sqlite/reader.h"
#include "sqlite/writer.h"

struct check {
    const char *name;
    const char *fault; /* NULL: good */
};

static const char *check_database(struct app *app)
{
    struct db *db = reader_take(app->readers);
    int64_t seq;
    const enum status status = change_newest(db, &seq);
    reader_give_back(app->readers, db);
    return status == STATUS_OK ? NULL : "The database cannot be read.";
}

/* Writes a page: a disk that is full or gone says so. The value is another one each time, for SQLite writes
 * nothing when a row stays as it is. */
static enum status write_little(struct db *db, void *nothing)
{
    static const char TOUCH[] = "INSERT INTO storage_checks (key, value) VALUES (1, randomblob(8))"
                                "  ON CONFLICT DO UPDATE SET value = excluded.value";
    (void)nothing;
    return db_step(db, db_statement(db, TOUCH), NULL);
}

/* After a failed commit the next write decides whether the storage is back. */
static const char *check_storage(struct app *app)
{
    if (writer_figures(app->writer).healthy || writer_run(app->writer, write_little, NULL) == STATUS_OK) {
        return NULL;
    }
    return "The last write failed: the disk may be full or broken.";
}

/* Several instances: whether this one has what the others have. */
static const char *check_catalog(struct call *call)
{
    char words[CATALOG_WORDS_MAX];
    return catalog_has_fault(call->app->catalog, words) ? arena_copy(call->arena, words) : NULL;
}

enum status health_ready(struct call *call, bool draining)
{
    const struct check checks[] = {
        {"database", check_database(call->app)},
        {"storage", check_storage(call->app)},
        {"catalogue", check_catalog(call)},
        {"server", draining ? "The server is about to stop." : NULL},
    };
    const size_t count = sizeof checks / sizeof *checks;
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        good = good && checks[i].fault == NULL;
    }
    struct text body = arena_text(call->arena, 512);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "status", good ? "ready" : "not_ready");
    emit_name(&json, "checks");
    emit_begin_array(&json);
    for (size_t i = 0; i < count; i++) {
        emit_begin_object(&json);
        emit_member_string(&json, "name", checks[i].name);
        emit_member_string(&json, "status", checks[i].fault == NULL ? "ok" : "failing");
        if (checks[i].fault != NULL) {
            emit_member_string(&json, "detail", checks[i].fault);
        }
        emit_end_object(&json);
    }
    emit_end_array(&json);
    emit_end_object(&json);
    call_answer_text(call, &body);
    call->answer.http_status = good ? 200 : 503;
    return STATUS_OK;
}
