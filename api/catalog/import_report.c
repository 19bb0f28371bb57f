#include "catalog/import_report.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define SENTENCE_SIZE 400

static const char INSERT_REPORT[] =
    "INSERT INTO product_imports (id, status, created_at, report) VALUES (?1, ?2, ?3, ?4)";
static const char DELETE_OLDEST[] =
    "DELETE FROM product_imports WHERE key <= (SELECT max(key) FROM product_imports) - ?1";
static const char SELECT_REPORT[] = "SELECT report FROM product_imports WHERE id = ?1";

void import_report_init(struct import_report *report, const struct id *id, bool dry_run)
{
    memset(report, 0, offsetof(struct import_report, errors));
    report->id = *id;
    report->dry_run = dry_run;
    report->started_at_ms = clock_now_ms();
    arena_init(&report->arena);
}

void import_report_free(struct import_report *report)
{
    arena_free(&report->arena);
}

void import_report_restart(struct import_report *report)
{
    report->rows_done = 0;
    report->created = 0;
    report->updated = 0;
    report->unchanged = 0;
    report->failed = 0;
    report->errors_total = 0;
    report->error_count = 0;
    arena_free(&report->arena);
}

/* The beginning of a cell as valid text without control characters. */
static const char *readable(struct arena *arena, const char *bytes, size_t length)
{
    struct text text = arena_text(arena, IMPORT_VALUE_MAX + 16);
    size_t at = 0;
    while (at < length && text.length < IMPORT_VALUE_MAX) {
        utf8proc_int32_t code;
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)bytes + at,
                                                 (utf8proc_ssize_t)(length - at), &code);
        if (size <= 0 || code < 0x20 || code == 0x7f) {
            text_add_string(&text, "\xef\xbf\xbd");
            size = 1;
        } else {
            text_add(&text, bytes + at, (size_t)size);
        }
        at += (size_t)size;
    }
    if (at < length) {
        text_add_string(&text, "\xe2\x80\xa6");
    }
    return text_string(&text);
}

void import_report_error(struct import_report *report, unsigned line, const char *column, const char *code,
                         const char *value, size_t value_length, const char *format, ...)
{
    report->errors_total++;
    if (report->error_count == IMPORT_ERRORS_MAX) {
        return;
    }
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    report->errors[report->error_count++] = (struct import_error){
        .line = line,
        .column = column,
        .code = code,
        .detail = arena_copy(&report->arena, sentence),
        .value = value == NULL ? NULL : readable(&report->arena, value, value_length),
    };
}

const char *import_status_name(enum import_status status)
{
    static const char *const names[] = {"running", "completed", "failed", "aborted"};
    return names[status];
}

static void emit_errors(const struct import_report *report, struct json_writer *json)
{
    emit_name(json, "errors");
    emit_begin_array(json);
    for (unsigned i = 0; i < report->error_count; i++) {
        const struct import_error *error = &report->errors[i];
        emit_begin_object(json);
        emit_member_int(json, "line", error->line);
        emit_member_string(json, "column", error->column);
        emit_member_string(json, "code", error->code);
        emit_member_string(json, "detail", error->detail);
        emit_member_string(json, "value", error->value);
        emit_end_object(json);
    }
    emit_end_array(json);
}

static void emit(struct import_report *report, enum import_status status, struct json_writer *json)
{
    char text[ID_TEXT_SIZE], time[CLOCK_TEXT_SIZE];
    emit_begin_object(json);
    emit_member_string(json, "id", id_format(&report->id, text));
    emit_member_string(json, "status", import_status_name(status));
    emit_member_bool(json, "dry_run", report->dry_run);
    emit_member_int(json, "rows_total", report->rows_total);
    emit_member_int(json, "rows_done", report->rows_done);
    emit_member_int(json, "created", report->created);
    emit_member_int(json, "updated", report->updated);
    emit_member_int(json, "unchanged", report->unchanged);
    emit_member_int(json, "failed", report->failed);
    if (status == IMPORT_RUNNING) {
        emit_name(json, "errors");
        emit_begin_array(json);
        emit_end_array(json);
    } else {
        emit_errors(report, json);
    }
    emit_member_int(json, "errors_total", report->errors_total);
    emit_member_string(json, "started_at", clock_format(report->started_at_ms, time));
    emit_member_string(json, "finished_at",
                       status == IMPORT_RUNNING ? NULL : clock_format(report->finished_at_ms, time));
    emit_end_object(json);
}

void import_report_emit(struct import_report *report, struct json_writer *json)
{
    emit(report, report->status, json);
}

void import_report_emit_running(struct import_report *report, struct json_writer *json)
{
    emit(report, IMPORT_RUNNING, json);
}

enum status import_report_keep(struct db *db, const struct import_report *report, const char *json,
                               size_t length)
{
    sqlite3_stmt *statement = db_statement(db, INSERT_REPORT);
    db_bind_id(statement, 1, &report->id);
    db_bind_string(statement, 2, import_status_name(report->status));
    db_bind_int(statement, 3, report->started_at_ms);
    db_bind_text(statement, 4, json, length);
    const enum status status = db_step(db, statement, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    statement = db_statement(db, DELETE_OLDEST);
    db_bind_int(statement, 1, IMPORTS_KEPT);
    return db_step(db, statement, NULL);
}

enum status import_report_find(struct db *db, const struct id *id, struct text *out)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_REPORT);
    db_bind_id(statement, 1, id);
    bool found = false;
    const enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        const char *report = db_column_string(statement, 0);
        text_add(out, report, (size_t)sqlite3_column_bytes(statement, 0));
    }
    db_done(statement);
    return status == STATUS_OK && !found ? STATUS_PRODUCT_IMPORT_NOT_FOUND : status;
}
