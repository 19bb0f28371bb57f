/*
 * Pricing: from a cart to its totals, exactly.
 *
 * A line's amounts, all in minor units, each rounded half up:
 *
 *     gross    = unit price × quantity
 *     discount = the line's discounts, applied in order to what is left, never beyond it
 *     net      = gross − discount
 *     inclusive taxes are part of net:  Σ = net × r / (1 + r) with r = Σ rates, split over the taxes
 *                                       by rate (largest remainder, the earlier tax first when equal)
 *     base     = net − Σ inclusive;     exclusive taxes = base × rate, each
 *     total    = net + Σ exclusive
 *
 * and a basket's:
 *
 *     subtotal = Σ gross    discount_total = Σ discount    tax_total = Σ taxes    tax_included = Σ inclusive
 *     total    = subtotal − discount_total + tax_total − tax_included + rounding
 *
 * Amounts are bounded by MONEY_MAX (core/money.h): what would be larger is a fault, never a wrong total. No
 * I/O, no allocation, no clock: the caller gives the arrays. core/sale_json.h writes lines, totals and
 * steps. Freestanding.
 */
#ifndef MYPOS_CORE_PRICING_H
#define MYPOS_CORE_PRICING_H

#include "base/status.h"
#include "core/rate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRICING_LINES_MAX     500
#define PRICING_TAXES_MAX     8
#define PRICING_DISCOUNTS_MAX 10
#define PRICING_RATE_ONE      RATE_ONE /* 100 %: rates are in units of 10^-5 percent (core/rate.h) */

enum pricing_unit {
    PRICING_EACH,    /* whole quantities */
    PRICING_WEIGHED, /* up to five decimals; the price is for one unit of weight */
};

enum pricing_tax_kind {
    PRICING_TAX_PERCENT,
    PRICING_TAX_FIXED, /* a bottle's deposit, an eco fee */
};

struct pricing_tax {
    int64_t rate;            /* in 10^-5 percent: 20 % is 2,000,000; 0 of a fixed tax */
    int64_t amount_per_unit; /* of a fixed tax: minor units for a quantity of one; else 0 */
    uint32_t key;            /* the same for the same tax on other products; read only to round per receipt */
    enum pricing_tax_kind kind;
    bool inclusive; /* the price contains it */
    bool compound;  /* its base contains the taxes before it */
};

struct pricing_product {
    int64_t key, category_key; /* for the scopes of promotions; 0: none */
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
    const struct pricing_product *product; /* borrowed */
    int64_t quantity;                      /* core/quantity.h */
    unsigned discount_count;
    struct pricing_discount discounts[PRICING_DISCOUNTS_MAX];
    /* result; `taxes` in the order of the product's */
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
    /* How `rounded` came from the exact result. */
    enum pricing_rounding {
        PRICING_ROUNDING_NONE,              /* it was whole */
        PRICING_ROUNDING_HALF_UP,           /* rounded to the nearest, half away from zero */
        PRICING_ROUNDING_LARGEST_REMAINDER, /* several inclusive taxes: their rounded sum was split */
        PRICING_ROUNDING_LIMITED,           /* a discount met its limit: what was left */
    } rounding;
    size_t line;         /* 0-based; of the basket's step: the number of lines */
    unsigned index;      /* which discount or tax of the line */
    int64_t input;       /* what the rule was applied to */
    int64_t exact_micro; /* the result before rounding, in 10^-6 minor units, cut off */
    bool exact_is_cut;   /* there were more decimals */
    int64_t rounded;
};

/* Called for each step, in order; NULL for none. */
typedef void (*pricing_tracer)(void *context, const struct pricing_step *step);

/* The first thing that cannot be priced: in which line, which member of it, and why.
 *
 *     "quantity"    "quantity_out_of_range"  not above 0, or beyond QUANTITY_MAX
 *                   "quantity_not_whole"     of a product that is sold by the piece
 *                   "overflow"               an amount or a total is beyond MONEY_MAX
 *     "discounts"   "discount_out_of_range"  below 0, above 100 % or beyond MONEY_MAX
 *                   "too_many"               more than PRICING_DISCOUNTS_MAX
 *     "product_id"  "price_out_of_range", "rate_out_of_range", "too_many" (taxes): the product's data are
 *                   not what the catalogue admits */
struct pricing_fault {
    size_t line;
    const char *code;
    const char *member;
};

/* Prices the lines in place. STATUS_VALIDATION_FAILED with the first fault; the results are undefined then.
 */
MUST_CHECK enum status pricing_price(struct pricing_line *lines, size_t count, struct pricing_totals *totals,
                                     pricing_tracer tracer, void *context, struct pricing_fault *fault);

#endif
