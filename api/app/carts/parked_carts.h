/* Parked carts: hold one, list them, resume one, discard one. app/carts/parked_cart.h is for who sells. */
#ifndef MYPOS_APP_PARKED_CARTS_H
#define MYPOS_APP_PARKED_CARTS_H

#include "app/app.h"

struct parked_carts_query {
    bool has_store;
    struct id store_id;
    const char *state; /* as in app/carts/parked_cart.h */
    const char *cursor;
    int64_t limit;
};

/* Parks a ParkedCartCreate, checked as a quote is, and answers with it, 201. STATUS_VALIDATION_FAILED. */
MUST_CHECK enum status parked_cart_create(struct call *call, const json_t *request);

/* Answers with a cart. STATUS_PARKED_CART_NOT_FOUND. */
MUST_CHECK enum status parked_cart_read(struct call *call, const struct id *id);

/* Answers with a page of carts, the newest first. */
MUST_CHECK enum status parked_carts_list(struct call *call, const struct parked_carts_query *query);

/* Takes the cart to the register that a ParkedCartResume names, and answers with it; the same register may
 * ask again. STATUS_PARKED_CART_NOT_FOUND, STATUS_PARKED_CART_TAKEN, STATUS_VALIDATION_FAILED. */
MUST_CHECK enum status parked_cart_resume(struct call *call, const struct id *id, const json_t *request);

/* Discards a cart; 204, also when it is discarded already. STATUS_PARKED_CART_NOT_FOUND,
 * STATUS_PARKED_CART_TAKEN when it was sold. */
MUST_CHECK enum status parked_cart_discard(struct call *call, const struct id *id);

#endif
