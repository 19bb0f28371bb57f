/*
 * A cart: what a quote prices and a sale sells. From a request's register and lines to the catalogue's rows
 * and, by the core, to amounts.
 */
#ifndef MYPOS_APP_CART_H
#define MYPOS_APP_CART_H

#include "app/app.h"
#include "catalog/selling.h"
#include "core/sale_json.h"

struct cart {
    struct selling_register register_;
    int64_t catalog_seq; /* of which its rows were read, or older */
    size_t count;        /* of lines; the arrays are as long */
    const struct selling_product **products;
    struct pricing_cart pricing;
    struct pricing_line *priced; /* of `pricing` */
    struct sale_line *lines;     /* as core/sale_json.h writes them */
    struct pricing_totals totals;
};

/* Reads "register_id" and "lines" of a request that the contract admits, looks them up, and prices them. All
 * faults at once: unknown or archived, a quantity or a discount that the product does not take. Everything
 * lives in the call's arena. */
MUST_CHECK enum status cart_price(struct call *call, const json_t *request, struct cart *cart);

/* Writes the Quote of a priced cart, with its trace. */
void cart_write_quote(const struct cart *cart, struct arena *arena, struct text *text);

#endif
