/*
 * What a sale reads of the catalogue: registers with their stores, products with their taxes; as structs,
 * in one read transaction, a statement a product.
 */
#ifndef MYPOS_CATALOG_SELLING_H
#define MYPOS_CATALOG_SELLING_H

#include "base/arena.h"
#include "base/id.h"
#include "core/pricing.h"
#include "sqlite/db.h"

struct selling_register {
    int64_t key, store_key; /* the rows' integer keys: the ledger's tables refer to them */
    struct id id, store_id;
    bool archived;
    const char *code, *name;
    const char *store_code, *store_name, *currency, *time_zone;
    const char *address, *tax_number, *receipt_header, *receipt_footer; /* NULL when not set */
};

struct selling_product {
    int64_t key;
    struct id id;
    bool archived, deny_oversell;
    const char *sku, *name;
    struct pricing_product pricing; /* price, unit, taxes: input of the core */
};

/* STATUS_REGISTER_NOT_FOUND, STATUS_PRODUCT_NOT_FOUND; strings are copied to the arena. */
MUST_CHECK enum status selling_register_read(struct db *db, struct arena *arena, const struct id *id,
                                             struct selling_register *out);
MUST_CHECK enum status selling_product_read(struct db *db, struct arena *arena, const struct id *id,
                                            struct selling_product *out);

/* The key of the register with this code. STATUS_REGISTER_NOT_FOUND. */
MUST_CHECK enum status selling_register_key(struct db *db, const char *code, int64_t *key);

#endif
