/*
 * A cart: what a quote prices and a sale sells. From a request's register and lines to the catalogue's rows
 * and, by the core, to amounts.
 */
#ifndef MYPOS_APP_CART_H
#define MYPOS_APP_CART_H

#include "app/app.h"
#include "app/customers/customer.h"
#include "catalog/offers.h"
#include "core/pricing/sale_json.h"

struct cart {
    struct selling_register register_;
    int64_t catalog_seq; /* of which its rows were read, or older */
    bool has_customer;
    struct customer customer;
    struct offers offers; /* what holds for this cart */
    int64_t at_ms;        /* the moment whose prices count */
    size_t count;         /* of lines; the arrays are as long */
    const struct selling_product **products;
    struct pricing_cart pricing;
    struct pricing_line *priced;     /* of `pricing` */
    struct sale_line *lines;         /* as core/pricing/sale_json.h writes them */
    struct sale_discount *discounts; /* of all lines, one after the other */
    bool is_priced;
    struct pricing_totals totals;
    int64_t cash_total; /* when all of it is paid in cash */
    const char *const *coupons;
    size_t coupon_count;
    const char *exemption_reason;                  /* of the whole basket; NULL: it is not exempt */
    const char *exemption_certificate;             /* NULL: none was given */
    const struct sale_actor *exemption_allowed_by; /* NULL: nobody had to */
    /* What somebody decided by hand, and may need a permission for. */
    bool has_discounts, has_overrides, has_exemptions;
    const char *const *basket_reasons; /* of pricing.discounts; NULL for one without */
    int64_t points;                    /* to be burned */
    size_t points_discount;            /* which of pricing.discounts is paid with points, from 1; 0: none */
};

/* Reads the cart of a request that the contract admits (register_id, lines and what goes with them), looks
 * its rows up, and prices it as of `at_ms`. All faults at once: what is unknown or archived, what a product
 * does not take. Everything lives in the call's arena; strings of the request are borrowed. */
MUST_CHECK enum status cart_price(struct call *call, const json_t *request, int64_t at_ms, struct cart *cart);

/* The same for a cart that was sold already, without a server: nothing but an unknown register is a fault. A
 * product that is unknown is NULL in `products`, one that is archived is there; `totals` are those of the
 * lines with a product, when `is_priced`. Shares and discounts are not listed. */
MUST_CHECK enum status cart_price_captured(struct call *call, const json_t *request, int64_t at_ms,
                                           struct cart *cart);

/* Whether the call may sell what somebody decided by hand: discounts, prices, exemptions
 * (app/identity/approval.h). Writes who permitted it to the lines, and to the cart who permitted an
 * exemption. STATUS_FORBIDDEN. A quote needs no permission. */
MUST_CHECK enum status cart_permit(struct call *call, struct cart *cart);

/* Whether the line of this number may sell a gift card: one, loaded with what the line comes to. */
MUST_CHECK enum status cart_check_gift_card(struct call *call, size_t number, int64_t quantity,
                                            int64_t total);

/* Writes the Quote of a priced cart, with its trace. */
void cart_write_quote(const struct cart *cart, struct text *text);

#endif
