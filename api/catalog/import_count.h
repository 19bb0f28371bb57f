/*
 * The stock that an import counted, until the ledger has it: rows beside the products, written in the same
 * act.
 */
#ifndef MYPOS_CATALOG_IMPORT_COUNT_H
#define MYPOS_CATALOG_IMPORT_COUNT_H

#include "base/arena.h"
#include "base/id.h"
#include "sqlite/db.h"

struct import_count {
    struct id import_id;
    int64_t store_key;
    struct id store_id; /* when it is read */
    int64_t counted_at_ms;
    const char *detail; /* JSON: who */
};

struct import_count_line {
    int64_t product_key;
    struct id product_id;
    int64_t level;
};

/* Inside an act: begins the count of an import, adds a product to it, takes the whole away. */
MUST_CHECK enum status import_count_begin(struct db *db, const struct import_count *count);
MUST_CHECK enum status import_count_add(struct db *db, const struct id *import_id, int64_t product_key,
                                        int64_t level);
MUST_CHECK enum status import_count_end(struct db *db, const struct id *import_id);

/* A count that was begun before a moment and not ended; the oldest. */
MUST_CHECK enum status import_count_due(struct db *db, int64_t before_ms, struct arena *arena,
                                        struct import_count *count, bool *found);

/* Lines by their product key, from the one after `after_key` on, at most `limit`. */
MUST_CHECK enum status import_count_lines(struct db *db, const struct id *import_id, int64_t after_key,
                                          size_t limit, struct import_count_line *lines, size_t *count);

#endif
