/*
 * What a sale reads of the catalogue: registers with their stores and the rules of these, products with their
 * taxes in the order in which they are computed, and their prices in price lists; as structs, in one read
 * transaction.
 */
#ifndef MYPOS_CATALOG_SELLING_H
#define MYPOS_CATALOG_SELLING_H

#include "base/arena.h"
#include "base/id.h"
#include "core/pricing/pricing.h"
#include "sqlite/db.h"

#define SELLING_NO_LEVEL INT64_MIN

struct selling_register {
    int64_t key, store_key; /* the rows' integer keys: the ledger's tables refer to them */
    struct id id, store_id;
    bool archived;
    const char *code, *name;
    const char *store_code, *store_name, *currency, *time_zone;
    const char *address, *tax_number, *receipt_header, *receipt_footer; /* NULL when not set */
    /* the store's rules */
    bool tax_per_receipt;         /* taxes are rounded on their sums; else line by line */
    bool round_half_even;         /* else half up */
    bool shift_required;          /* no sale without an open shift */
    int64_t cash_rounding;        /* the smallest coin, in minor units; 0: every amount can be paid in cash */
    int64_t points_per_amount;    /* one loyalty point for each so many minor units; 0: no programme */
    int64_t point_value;          /* of a point, in minor units */
    int receipt_columns;          /* 32, 42 or 48 */
    const char *receipt_language; /* "en" */
};

enum selling_kind {
    SELLING_GOODS,
    SELLING_SERVICE, /* these two move no stock */
    SELLING_GIFT_CARD,
};

/* A price that a product has in a price list. */
struct selling_list_price {
    int64_t price_list_key, price_minor;
};

struct selling_product {
    int64_t key;
    struct id id;
    bool archived;
    bool deny_oversell; /* never of what has no stock */
    bool open_price;    /* the till says what it costs; `pricing.price_minor` is a proposal */
    enum selling_kind kind;
    int64_t low_stock_at; /* core/quantity.h; SELLING_NO_LEVEL: nobody wants to know */
    const char *sku, *name;
    struct pricing_product pricing;               /* keys, price, unit, taxes: input of the core */
    size_t list_price_count;                      /* at most SELLING_LIST_PRICES_MAX */
    const struct selling_list_price *list_prices; /* of lists that are not archived */
};

#define SELLING_LIST_PRICES_MAX 200

/* STATUS_REGISTER_NOT_FOUND, STATUS_PRODUCT_NOT_FOUND; strings are copied to the arena. */
MUST_CHECK enum status selling_register_read(struct db *db, struct arena *arena, const struct id *id,
                                             struct selling_register *out);
MUST_CHECK enum status selling_product_read(struct db *db, struct arena *arena, const struct id *id,
                                            struct selling_product *out);

/* A register of the store that is not archived, for what is priced in a store: the oldest.
 * STATUS_REGISTER_NOT_FOUND. */
MUST_CHECK enum status selling_store_register(struct db *db, const struct id *store_id, struct id *id);

/* The key of the register with this code. STATUS_REGISTER_NOT_FOUND. */
MUST_CHECK enum status selling_register_key(struct db *db, const char *code, int64_t *key);

#endif
