/*
 * The stock levels of one store, for imports and exports of products: where the catalogue and the ledger
 * meet. Both are in the one database here, so a level is read and set in the same transaction as its
 * product.
 */
#ifndef MYPOS_APP_PRODUCT_STOCK_H
#define MYPOS_APP_PRODUCT_STOCK_H

#include "base/id.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct db;

struct product_stock {
    int64_t store_key;
    struct id store_id;
};

/* `context` is a struct product_stock. A product that never had a level has none. */
MUST_CHECK enum status product_stock_set(void *context, struct db *db, int64_t product_key, bool is_new,
                                         int64_t level, bool *changed);
MUST_CHECK enum status product_stock_read(void *context, struct db *db, int64_t product_key, bool *has,
                                          int64_t *level);

#endif
