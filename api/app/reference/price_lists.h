/*
 * The prices of a price list: read in pages, set many at a time. The list itself is reference data
 * (app/reference/reference.h).
 */
#ifndef MYPOS_APP_PRICE_LISTS_H
#define MYPOS_APP_PRICE_LISTS_H

#include "app/app.h"

struct price_lists_query {
    unsigned limit;
    const char *cursor;          /* NULL: from the start */
    const struct id *product_id; /* NULL: all products */
};

/* A page of prices, in the order in which the products were made. */
MUST_CHECK enum status price_lists_prices(struct call *call, const struct id *price_list_id,
                                          const struct price_lists_query *query);

/* Sets the prices of a body that the contract admits: all or none. Answers how many changed. */
MUST_CHECK enum status price_lists_set(struct call *call, const struct id *price_list_id, const json_t *body);

#endif
