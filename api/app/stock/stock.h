/* Stock: how much of each product each store has. */
#ifndef MYPOS_APP_STOCK_H
#define MYPOS_APP_STOCK_H

#include "app/app.h"

struct stock_query {
    bool has_store, has_product;
    struct id store_id, product_id;
    const char *cursor; /* NULL: from the beginning */
    int64_t limit;
};

/* Answers with a page of levels, by store and product in the order of their making. */
MUST_CHECK enum status stock_list(struct call *call, const struct stock_query *query);

#endif
