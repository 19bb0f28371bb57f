/*
 * Quotes as JSON: what a cart costs and why, as openapi/schemas/quote.yaml describes it. The server answers
 * it, and a till shows the same before the server has answered.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_QUOTE_JSON_H
#define MYPOS_CORE_QUOTE_JSON_H

#include "core/pricing/sale_json.h"

struct quote {
    const char *currency;
    const struct sale_line *lines; /* of the cart's lines, as many */
    struct pricing_cart *cart;     /* priced; for the trace it is priced once more, with the same result */
    int64_t cash_total;            /* core/tender.h */
    bool has_customer;             /* then: */
    int64_t earned, burned;        /* points that the sale would move (core/loyalty.h) */
    bool has_trace;
};

/* Writes the Quote, an object. */
void quote_json(struct json_writer *json, const struct quote *quote);

#endif
