/* The parts that app/carts/cart.c puts together. */
#ifndef MYPOS_APP_CART_PARTS_H
#define MYPOS_APP_CART_PARTS_H

#include "app/carts/cart.h"

/* The JSON pointer of a line's member, in the call's arena. */
const char *cart_line_pointer(struct call *call, size_t line, const char *member);

/* cart.c: finds what a request names, reads what it says, prices the lines of `pricing`. Faults go to the
 * call's detail; the last one returns STATUS_VALIDATION_FAILED for them. */
MUST_CHECK enum status cart_find(struct call *call, const json_t *request, int64_t at_ms, struct cart *cart);
void cart_read(struct call *call, const json_t *request, struct cart *cart);
MUST_CHECK enum status cart_price_lines(struct call *call, struct cart *cart);

/* cart_lookup.c: finds the request's customer; and the register, the products and the offers, all of one
 * moment of the catalogue. What is not there is a fault in the call's detail, and STATUS_OK. */
MUST_CHECK enum status cart_find_customer(struct call *call, const json_t *request, struct cart *cart);
MUST_CHECK enum status cart_look_up(struct call *call, const json_t *request, struct cart *cart);

/* cart_request.c: reads coupons, before the look-up; faults of the rest go to the call's detail. */
void cart_read_coupons(struct call *call, const json_t *request, struct cart *cart);

/* Reads what is the basket's: discounts, coupons, exemption. Faults go to the call's detail. */
void cart_read_basket(struct call *call, const json_t *request, struct cart *cart);

/* Reads a line whose product is known. */
void cart_read_line(struct call *call, const json_t *line, size_t number, struct cart *cart);

#endif
