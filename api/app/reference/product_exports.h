/* Exports of products as CSV. */
#ifndef MYPOS_APP_PRODUCT_EXPORTS_H
#define MYPOS_APP_PRODUCT_EXPORTS_H

#include "app/app.h"

#define EXPORTS_RUNNING_MAX 1 /* at once: each keeps a connection for as long as its client reads */

/* Answers with a stream. `store_id`: whose stock; NULL: the first store's. */
MUST_CHECK enum status product_exports_read(struct call *call, const struct id *store_id);

#endif
