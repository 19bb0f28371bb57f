/* What a request says of its cart, for app/cart.c. */
#ifndef MYPOS_APP_CART_REQUEST_H
#define MYPOS_APP_CART_REQUEST_H

#include "app/cart.h"

/* The JSON pointer of a line's member, in the call's arena. */
const char *cart_line_pointer(struct call *call, size_t line, const char *member);

/* Reads what is the basket's: discounts, coupons, exemption. Faults go to the call's detail. */
void cart_read_basket(struct call *call, const json_t *request, struct cart *cart);

/* Reads a line whose product is known. */
void cart_read_line(struct call *call, const json_t *line, size_t number, struct cart *cart);

#endif
