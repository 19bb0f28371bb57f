/*
 * The stock levels of one store, for imports and exports of products: where the catalogue and the ledger
 * meet.
 *
 * The two may be in different storages, so an import counts in two steps. Its act keeps what it counted
 * beside the products (catalog/import_count.h); then acts of the ledger post it, a chunk each, with ids that
 * derive from the import's: whoever is killed in between, or does it a second time, changes nothing about the
 * outcome.
 */
#ifndef MYPOS_APP_PRODUCT_STOCK_H
#define MYPOS_APP_PRODUCT_STOCK_H

#include "app/app.h"
#include "ledger/ledger.h"

struct product_level {
    int64_t product_key, level;
};

/* The levels of a store as they were when they were loaded. */
struct product_stock {
    struct ledger_ref store;
    struct product_level *levels; /* by product key */
    size_t count, capacity;
    struct id import_id; /* who counts; and its `detail` */
    const char *detail;
    bool counts; /* something was counted that is another level than there was */
};

/* The caller frees, also after a failure. */
MUST_CHECK enum status product_stock_load(const struct ledger *ledger, const struct ledger_ref *store,
                                          struct product_stock *stock);
void product_stock_free(struct product_stock *stock);

/* `context` is a struct product_stock. A product that never had a level has none. */
MUST_CHECK enum status product_stock_read(void *context, struct db *db, int64_t product_key, bool *has,
                                          int64_t *level);

/* The same, inside the import's act: keeps a level that is another one for the ledger. */
MUST_CHECK enum status product_stock_set(void *context, struct db *db, int64_t product_key, bool is_new,
                                         int64_t level, bool *changed);

/* Posts what imports counted before a moment and what was not posted yet. */
MUST_CHECK enum status product_stock_post(struct call *call, int64_t before_ms);

#endif
