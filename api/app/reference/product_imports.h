/*
 * Imports of products from CSV files: POST product-imports, and the subcommands that import.
 *
 * What an import is doing can be asked by its id while it runs, and its report long after. All rows become
 * visible at once, in one act of the writer, during which no sale can be committed: about two seconds for
 * 100,000 new products. What can be checked without the database is checked before. The stock that the file
 * names is posted to the ledger right after (app/reference/product_stock.h), before the answer.
 */
#ifndef MYPOS_APP_PRODUCT_IMPORTS_H
#define MYPOS_APP_PRODUCT_IMPORTS_H

#include "app/app.h"

#define IMPORTS_RUNNING_MAX 4 /* at once; each holds a file and its errors */

struct import_request {
    int fd; /* the file; borrowed */
    bool is_gzip;
    bool dry_run;
    bool abort_on_error;
    const struct id *id;       /* chosen by the client; NULL: a new one */
    const struct id *store_id; /* whose stock; NULL: the first store */
};

/* The counts of an import that runs. */
struct import_progress {
    int64_t rows_total; /* grows while they are counted */
    int64_t rows_done;  /* 0 while they are counted */
};

/* The list of what runs; the caller owns it. STATUS_OVERLOADED without memory. */
MUST_CHECK enum status app_imports_open(struct app_imports **imports);
void app_imports_close(struct app_imports *imports);

/* Starts the thread that posts the stock of imports that were killed before they did; app_imports_close stops
 * it. STATUS_OVERLOADED without a thread. */
MUST_CHECK enum status app_imports_start(struct app *app);

/* Runs an import and answers with its report: rows that failed are in it. STATUS_VALIDATION_FAILED when the
 * file as a whole cannot be used. */
MUST_CHECK enum status product_imports_create(struct call *call, const struct import_request *request);

/* Answers with the report of an import that runs or ran. */
MUST_CHECK enum status product_imports_read(struct call *call, const struct id *id);

/* Any thread: the counts of the import that started last; false when none runs. */
bool product_imports_progress(const struct app *app, struct import_progress *progress);

#endif
