/*
 * Export of products as CSV, with the columns of an import: reading it back changes nothing.
 *
 * Rows are written as they are asked for, from one snapshot; memory does not grow with the catalogue.
 */
#ifndef MYPOS_CATALOG_EXPORT_H
#define MYPOS_CATALOG_EXPORT_H

#include "base/arena.h"
#include "sqlite/db.h"

#include <sys/types.h>

struct export;

struct export_options {
    /* The stock of a product: `has` and its `level`. The ledger knows. */
    enum status (*stock_read)(void *context, struct db *db, int64_t product_key, bool *has, int64_t *level);
    void *stock_context; /* borrowed until export_close */
};

/* Begins a read transaction on the connection, which is the export's until export_close. */
MUST_CHECK enum status export_open(struct db *db, const struct export_options *options, struct export **out);

/* Writes at most `size` bytes of what follows; 0 at the end, -1 when the database cannot be read. */
ssize_t export_read(struct export *export, char *buffer, size_t size);

/* Ends the transaction. */
void export_close(struct export *export);

#endif
