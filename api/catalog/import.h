/*
 * Import of products from CSV, in two readings of a spooled file.
 *
 * The first, import_check, runs in the caller's thread and needs no database: it reads the header, checks
 * the form of every row and counts. The second, import_apply, is one act of the writer: it creates and
 * updates in one SQLite transaction, so that an import that is killed at any point leaves nothing behind.
 * A row that would change nothing is left untouched, with its version.
 *
 * Memory does not grow with the file, but for one bit a product: a row is read, compared, written and
 * forgotten, and the change log gets packs of products (CHANGE_BODY_MAX).
 */
#ifndef MYPOS_CATALOG_IMPORT_H
#define MYPOS_CATALOG_IMPORT_H

#include "base/detail.h"
#include "catalog/change.h"
#include "catalog/import_report.h"
#include "sqlite/db.h"

struct import_options {
    int fd; /* the file; borrowed */
    bool is_gzip;
    int decimals; /* of the currency: core/money.h */
    const struct actor *actor;
    /* Takes the level of a product's stock (core/quantity.h) inside the act; `changed` when it was another. A
     * product that is new has none yet. NULL: the column is read and forgotten. */
    enum status (*stock_set)(void *context, struct db *db, int64_t product_key, bool is_new, int64_t level,
                             bool *changed);
    void *stock_context;
};

/* STATUS_VALIDATION_FAILED with faults when the file as a whole cannot be used: its header, its gzip. Bad
 * rows are in the report. */
MUST_CHECK enum status import_check(const struct import_options *options, struct import_report *report,
                                    struct detail *detail);

/* Inside an act, after import_check: reads again and writes. `seq` is the newest change, 0 for none. */
MUST_CHECK enum status import_apply(struct db *db, const struct import_options *options,
                                    struct import_report *report, int64_t *seq);

#endif
