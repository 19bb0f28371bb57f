/* Stock movements: receiving, adjusting, counting, wasting and transferring; and the history of a product. */
#ifndef MYPOS_APP_STOCK_MOVEMENTS_H
#define MYPOS_APP_STOCK_MOVEMENTS_H

#include "app/app.h"

struct stock_movements_query {
    struct id store_id, product_id;
    const char *cursor; /* NULL: from the newest */
    int64_t limit;
};

/* Posts a StockMovementCreate and answers with what was posted, 201. All lines or none; all faults at once.
 * STATUS_VALIDATION_FAILED, STATUS_INSUFFICIENT_STOCK. */
MUST_CHECK enum status stock_movements_create(struct call *call, const json_t *request);

/* Answers with a page of the history of a product in a store, the newest first. */
MUST_CHECK enum status stock_movements_list(struct call *call, const struct stock_movements_query *query);

#endif
