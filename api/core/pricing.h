/*
 * Pricing: from a cart to its totals, exactly.
 *
 * A line's amounts, all in minor units, each rounded half up:
 *
 *     gross    = unit price × quantity
 *     discount = the line's discounts, applied in order to what is left, never beyond it
 *     net      = gross − discount
 *     inclusive taxes are part of net:  Σ = net − net / (1 + Σ rates), split over the taxes by rate
 *                                       (largest remainder, the earlier tax first when equal)
 *     base     = net − Σ inclusive;     exclusive taxes = base × rate, each
 *     total    = net + Σ exclusive
 *
 * and a basket's:
 *
 *     subtotal = Σ gross    discount_total = Σ discount    tax_total = Σ taxes    tax_included = Σ inclusive
 *     total    = subtotal − discount_total + tax_total − tax_included + rounding
 *
 * No I/O, no allocation, no clock: the caller gives the arrays. Freestanding.
 */
#ifndef MYPOS_CORE_PRICING_H
#define MYPOS_CORE_PRICING_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRICING_LINES_MAX     500
#define PRICING_TAXES_MAX     8
#define PRICING_DISCOUNTS_MAX 8
#define PRICING_RATE_ONE      10000000LL /* 100 %: rates are in units of 10^-5 percent */

enum pricing_unit {
    PRICING_EACH,    /* whole quantities */
    PRICING_WEIGHED, /* up to five decimals; the price is for one unit of weight */
};

struct pricing_tax {
    int64_t rate; /* in 10^-5 percent: 20 % is 2,000,000 */
    bool inclusive;
};

struct pricing_product {
    int64_t price_minor;
    enum pricing_unit unit;
    unsigned tax_count;
    struct pricing_tax taxes[PRICING_TAXES_MAX];
    /* Of the same taxes, for who writes the answer: borrowed. */
    struct pricing_tax_name {
        const char *id, *name;
    } tax_names[PRICING_TAXES_MAX];
};

enum pricing_discount_kind {
    PRICING_DISCOUNT_PERCENT, /* value in 10^-5 percent */
    PRICING_DISCOUNT_AMOUNT,  /* value in minor units */
};

struct pricing_discount {
    enum pricing_discount_kind kind;
    int64_t value;
};

struct pricing_line {
    /* input */
    const struct pricing_product *product;
    int64_t quantity; /* core/quantity.h */
    unsigned discount_count;
    struct pricing_discount discounts[PRICING_DISCOUNTS_MAX];
    /* result */
    int64_t gross, discount, total;
    struct pricing_tax_amount {
        int64_t base, amount;
    } taxes[PRICING_TAXES_MAX];
};

struct pricing_totals {
    int64_t subtotal, discount_total, tax_total, tax_included, rounding, total;
};

/* A step of the explanation. */
struct pricing_step {
    enum pricing_rule {
        PRICING_RULE_GROSS,
        PRICING_RULE_DISCOUNT,
        PRICING_RULE_TAX_INCLUSIVE,
        PRICING_RULE_TAX_EXCLUSIVE,
        PRICING_RULE_TOTAL,
    } rule;
    size_t line;         /* 0-based; of a basket's step: the number of lines */
    unsigned index;      /* which discount or tax of the line */
    int64_t input;       /* what the rule was applied to */
    int64_t exact_micro; /* the result before rounding, in 10^-6 minor units, cut off */
    bool exact_is_cut;   /* there were more decimals */
    int64_t rounded;
};

/* Called for each step, in order; NULL for none. */
typedef void (*pricing_tracer)(void *context, const struct pricing_step *step);

struct pricing_fault {
    size_t line;
    const char *code;   /* "overflow", "quantity_not_whole", "quantity_out_of_range", "discount_out_of_range" … */
    const char *member; /* "quantity", "discounts" */
};

/* Prices the lines in place. STATUS_VALIDATION_FAILED with the first fault. */
MUST_CHECK enum status pricing_price(struct pricing_line *lines, size_t count, struct pricing_totals *totals,
                                     pricing_tracer tracer, void *context, struct pricing_fault *fault);

#endif
