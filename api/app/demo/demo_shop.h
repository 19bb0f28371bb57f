/*
 * The demo shop (packaging/demo): a store, a register, taxes, categories, products with stock and pictures,
 * promotions, prices for staff, some customers, so that somebody who looks around has something to sell.
 *
 *     shop.json      {"store":{…},"register":{…},"taxes":[…],"categories":[…]}, as the API takes them, and the
 *                    offers (app/demo/demo_offers.h)
 *     products.csv   as product-imports takes it
 *     images/        the pictures that categories and products name
 *
 * Pictures are copied under the hash of their content, so that a browser may keep them for ever.
 */
#ifndef MYPOS_APP_DEMO_SHOP_H
#define MYPOS_APP_DEMO_SHOP_H

#include "app/app.h"

struct demo_shop_result {
    bool was_there;    /* loaded before: nothing was changed */
    unsigned pictures; /* copied; those that were there are not counted */
    int64_t products;  /* made */
    unsigned categories;
    const char *store; /* its name, in the call's arena */
};

/* Loads the demo shop from `directory` into a shop without products: its untouched first store and register
 * become the demo's. A second time changes nothing. STATUS_VALIDATION_FAILED, with a sentence, for a shop
 * that has products already, or a directory without a demo shop. */
MUST_CHECK enum status demo_shop_load(struct call *call, const char *directory,
                                      struct demo_shop_result *result);

#endif
