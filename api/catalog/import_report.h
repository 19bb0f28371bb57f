/*
 * The report of an import: what happened to its rows, and what is wrong with which.
 *
 * Counts may be read by other threads while the import runs; errors only when it ended.
 */
#ifndef MYPOS_CATALOG_IMPORT_REPORT_H
#define MYPOS_CATALOG_IMPORT_REPORT_H

#include "base/arena.h"
#include "base/id.h"
#include "base/json_writer.h"
#include "sqlite/db.h"

#include <stdatomic.h>

#define IMPORT_ERRORS_MAX 1000
#define IMPORT_VALUE_MAX  100 /* bytes of a bad cell that are shown */

enum import_status {
    IMPORT_RUNNING,
    IMPORT_COMPLETED, /* all good rows are in */
    IMPORT_FAILED,    /* the server could not do it; nothing is in */
    IMPORT_ABORTED,   /* a row was bad, and nothing was wanted then; nothing is in */
};

struct import_error {
    unsigned line;
    const char *column; /* NULL: the row as a whole */
    const char *code;
    const char *detail;
    const char *value; /* NULL: none */
};

struct import_report {
    struct id id;
    enum import_status status; /* what is kept; set when it ends */
    bool dry_run;
    _Atomic int64_t rows_total, rows_done, created, updated, unchanged, failed;
    _Atomic int64_t errors_total;
    int64_t started_at_ms, finished_at_ms; /* 0: not yet */
    struct arena arena;                    /* of the errors */
    unsigned error_count;
    struct import_error errors[IMPORT_ERRORS_MAX];
};

void import_report_init(struct import_report *report, const struct id *id, bool dry_run);
void import_report_free(struct import_report *report);

/* Forgets counts and errors, but for the number of rows: the second reading finds them all again. */
void import_report_restart(struct import_report *report);

/* Adds an error; `column` and `code` must be literals. `value` may be any bytes: what is not text is shown as
 * U+FFFD. */
void import_report_error(struct import_report *report, unsigned line, const char *column, const char *code,
                         const char *value, size_t value_length, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

const char *import_status_name(enum import_status status);

/* Writes {"id":…,"status":…, … "errors":[…]}; of one that runs, by any thread, without errors. */
void import_report_emit(struct import_report *report, struct json_writer *json);
void import_report_emit_running(struct import_report *report, struct json_writer *json);

/* Inside an act: keeps the report, as its JSON text, for who asks later; the oldest beyond IMPORTS_KEPT go.
 */
#define IMPORTS_KEPT 1000
MUST_CHECK enum status import_report_keep(struct db *db, const struct import_report *report, const char *json,
                                          size_t length);

/* Appends the kept report. STATUS_PRODUCT_IMPORT_NOT_FOUND. */
MUST_CHECK enum status import_report_find(struct db *db, const struct id *id, struct text *out);

#endif
