/*
 * Finding products: by what a scanner sends, and by what a cashier types.
 */
#ifndef MYPOS_APP_PRODUCTS_H
#define MYPOS_APP_PRODUCTS_H

#include "app/reference/reference.h"

/* The product of a barcode or SKU. */
MUST_CHECK enum status products_find(struct call *call, const char *code);

/* A page of products; with text to search for (not NULL, not empty) the best hits, without a cursor. */
MUST_CHECK enum status products_list(struct call *call, const char *text,
                                     const struct reference_query *query);

#endif
