/*
 * Products: what is sold.
 */
#ifndef MYPOS_CATALOG_PRODUCT_H
#define MYPOS_CATALOG_PRODUCT_H

#include "catalog/entity.h"
#include "core/barcode.h"

#define PRODUCT_SKU_MAX         64 /* characters, as all lengths of texts */
#define PRODUCT_NAME_MAX        200
#define PRODUCT_DESCRIPTION_MAX 2000
#define PRODUCT_IMAGE_MAX       200
#define PRODUCT_BARCODES_MAX    20
#define PRODUCT_AMOUNT_MAX      100000000000LL /* of price and cost, in minor units */

enum product_field {
    PRODUCT_SKU,
    PRODUCT_NAME,
    PRODUCT_DESCRIPTION,
    PRODUCT_BARCODES,
    PRODUCT_CATEGORY_ID,
    PRODUCT_PRICE,
    PRODUCT_COST,
    PRODUCT_TAX_IDS,
    PRODUCT_UNIT,
    PRODUCT_OVERSELL,
    PRODUCT_IMAGE,
    PRODUCT_KIND,
    PRODUCT_OPEN_PRICE,
    PRODUCT_LOW_STOCK_AT,
    PRODUCT_FIELD_COUNT,
};

/* Several codes, read, without two that mean the same. */
struct product_barcodes {
    unsigned count;
    struct barcode codes[PRODUCT_BARCODES_MAX];
};

/* Writes the JSON of the product that a code means: a barcode, or else a SKU. One statement. An archived
 * product is not found, and the detail says why. */
MUST_CHECK enum status product_lookup(struct db *db, const char *code, struct detail *detail,
                                      struct text *out, int64_t *version);

/* Reads the product with this SKU; `found` says whether there is one. Bytes are copied to the arena. */
MUST_CHECK enum status product_find_by_sku(struct db *db, struct arena *arena, const char *sku, size_t length,
                                           struct entity_row *row, bool *found);

/* Who has one of the codes, other than the product with this key: `holder_key`, 0 for nobody; `which` code.
 */
MUST_CHECK enum status product_find_barcode_holder(struct db *db, const struct product_barcodes *barcodes,
                                                   int64_t product_key, int64_t *holder_key, unsigned *which);

/* Whether it is "goods", "service" or "gift_card". */
bool product_is_kind(const struct entity_row *row, const char *kind);

/* The codes of a row's JSON text, and the JSON text of codes (in the arena). */
void product_barcodes_of(const struct entity_value *value, struct arena *arena, struct product_barcodes *out);
struct entity_value product_barcodes_value(struct arena *arena, const struct product_barcodes *barcodes);

/* {"data":[…],"next_cursor":null}: the products with these keys, in this order. */
MUST_CHECK enum status product_list_by_keys(struct db *db, const int64_t *keys, unsigned count,
                                            struct text *out);

#endif
