/*
 * Stores: where is sold, in which currency, by which rules, and what the receipts say.
 */
#ifndef MYPOS_CATALOG_STORE_H
#define MYPOS_CATALOG_STORE_H

#include "catalog/entity.h"

enum store_field {
    STORE_CODE,
    STORE_NAME,
    STORE_CURRENCY,
    STORE_TIME_ZONE,
    STORE_ADDRESS,
    STORE_TAX_NUMBER,
    STORE_RECEIPT_HEADER,
    STORE_RECEIPT_FOOTER,
    STORE_TAX_ROUNDING,
    STORE_ROUNDING_MODE,
    STORE_CASH_ROUNDING,
    STORE_SHIFT_POLICY,
    STORE_LOYALTY,
    STORE_RECEIPT_COLUMNS,
    STORE_RECEIPT_LANGUAGE,
    STORE_FIELD_COUNT,
};

/* What the JSON text of a store's loyalty programme says, both in minor units: one point for each
 * `points_per_amount` spent, and what a point is worth. False when a member is missing. */
bool store_read_loyalty(const char *json, size_t length, int64_t *points_per_amount, int64_t *point_value);

#endif
