/*
 * Pricing: from a cart to its totals, exactly.
 *
 * In this order; amounts in minor units, each rounded as the cart's options say:
 *
 *   1. unit price    the catalogue's, unless the line brings another: of a price list, an override, the
 *                    price of an open-price product
 *   2. gross         unit price × quantity
 *   3. promotions    of the lines, in their order (core/pricing/promotion.h)
 *   4. discounts     the line's own, in order, each of what is left, never beyond it
 *   5. basket        promotions of the basket, then the cart's discounts, in order; each is worked out once,
 *                    of what is left of all lines, and spread over them by what is left
 * (core/pricing/apportion.h)
 *   6. taxes         of each line, see below
 *   7. totals
 *
 * A line:
 *
 *     net      = gross − discount                    discount = Σ of its shares, each kept
 *     base     = net − Σ inclusive taxes             (charged, or taken out by an exemption)
 *     total    = net − exempted + Σ exclusive taxes
 *
 * Taxes stand in the order in which the product has them. A fixed tax is its amount × quantity, rounded at
 * once; an inclusive one is never more than what is left of net. A percentage is of the base; a compound one
 * of the base and all taxes before it, inclusive and exclusive. So each tax is a × base + c, exactly
 * (core/pricing/tax_terms.h), and the base follows from net in one division:
 *
 *     base = (net − fixed inclusive − Σ c) / (1 + Σ a)          Σ over the inclusive percentages
 *
 * It is rounded by way of their sum, net − fixed inclusive − base: that is rounded, and split over them by
 * the tax that each has on the rounded base (largest remainder, the earlier first when equal). Exclusive
 * taxes are worked out from the rounded base, each rounded once.
 *
 * An exemption frees from percentages; fixed amounts (deposits, fees) stay. Exclusive taxes are not added,
 * inclusive ones are worked out and taken out of the price: `exempted`.
 *
 * With PRICING_TAX_PER_RECEIPT a tax is rounded once on its sum over the lines, and spread back over them by
 * largest remainder: exclusive taxes each over all lines that have it; inclusive ones over the lines that
 * have the same taxes in the same order, exempt ones apart, for only these share a divisor. Their parts stay
 * within what is left of a line: what does not fit goes to the first lines with room. Fixed taxes are a
 * line's in any case.
 *
 * The basket:
 *
 *     subtotal = Σ gross    discount_total = Σ discount    tax_total = Σ taxes
 *     tax_included = Σ inclusive taxes + Σ exempted
 *     total    = subtotal − discount_total + tax_total − tax_included + rounding
 *
 * Amounts are bounded by MONEY_MAX (core/money.h): what would be larger is a fault, never a wrong total. No
 * I/O, no allocation, no clock: the caller gives the arrays. core/pricing/sale_json.h writes lines, totals
 * and steps. Freestanding.
 */
#ifndef MYPOS_CORE_PRICING_H
#define MYPOS_CORE_PRICING_H

#include "base/status.h"
#include "core/pricing/promotion.h"
#include "core/pricing/rounding.h"
#include "core/rate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRICING_LINES_MAX 500
#define PRICING_TAXES_MAX 8
#define PRICING_COMPOUND_MAX                                                                                 \
    2                            /* compound taxes of a product: so the exact fractions stay within 128 bits \
                                  */
#define PRICING_DISCOUNTS_MAX 10 /* of a line, and of a basket */
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

/* Where a line's unit price comes from. */
enum pricing_price_source {
    PRICING_PRICE_CATALOGUE, /* the product's; the line's own is set to it */
    PRICING_PRICE_LIST,      /* the others are the line's */
    PRICING_PRICE_OVERRIDE,
    PRICING_PRICE_OPEN,
};

/* What a discount or a promotion took off one line; never 0. */
struct pricing_share {
    int64_t amount;
    enum pricing_share_source {
        PRICING_SHARE_LINE,      /* index: of the line's discounts */
        PRICING_SHARE_BASKET,    /* of the cart's discounts */
        PRICING_SHARE_PROMOTION, /* of the cart's promotions */
    } source;
    uint16_t index;
    uint16_t line;
    uint32_t next; /* pricing_first_share, pricing_next_share */
};

struct pricing_tax_amount {
    int64_t base, amount; /* the base of a compound tax contains the taxes before it */
};

struct pricing_line {
    /* input */
    const struct pricing_product *product; /* borrowed */
    int64_t quantity;                      /* core/quantity.h; without tare */
    int64_t unit_price;
    const struct pricing_discount *discounts; /* borrowed */
    uint8_t discount_count;
    uint8_t price_source;  /* enum pricing_price_source */
    bool exempt : 1;       /* from taxes that are percentages */
    bool undiscounted : 1; /* no promotion and no basket's discount takes of it: a gift card */
    /* working state of the core */
    bool closed : 1; /* by an exclusive promotion */
    uint8_t promotion_count;
    uint32_t first_share, last_share;
    /* result */
    int64_t gross, discount, exempted, total;
    struct pricing_tax_amount *taxes; /* as many as the product's, in their order */
};

enum pricing_tax_rounding {
    PRICING_TAX_PER_LINE,
    PRICING_TAX_PER_RECEIPT,
};

struct pricing_options {
    enum pricing_tax_rounding tax_rounding;
    enum rounding_mode rounding_mode; /* of every amount */
};

struct pricing_totals {
    int64_t subtotal, discount_total, tax_total, tax_included, rounding, total;
};

/* A cart. All that is not named is 0: a cart without promotions and discounts is lines, and room for their
 * taxes. */
struct pricing_cart {
    struct pricing_options options;
    struct pricing_line *lines;
    size_t line_count;
    const struct pricing_discount *discounts; /* of the basket */
    size_t discount_count;
    bool exempt;                        /* all lines are */
    const struct promotion *promotions; /* in the order in which they apply */
    size_t promotion_count;
    const struct promotion_facts *facts; /* NULL without promotions */
    /* Room for results: at least pricing_tax_room and pricing_share_room of these. */
    struct pricing_tax_amount *tax_amounts;
    struct pricing_share *shares;
    /* result */
    size_t share_count;
    struct pricing_totals totals;
};

/* How much room a cart needs at most; its lines' products and counts are set. */
size_t pricing_tax_room(const struct pricing_cart *cart);
size_t pricing_share_room(const struct pricing_cart *cart);

/* A step of the explanation. */
struct pricing_step {
    enum pricing_rule {
        PRICING_RULE_PRICE, /* the line's price is not the catalogue's: input is that, rounded the line's */
        PRICING_RULE_GROSS,
        PRICING_RULE_PROMOTION,
        PRICING_RULE_DISCOUNT,
        PRICING_RULE_BASKET_DISCOUNT,
        PRICING_RULE_TAX_INCLUSIVE,
        PRICING_RULE_TAX_EXCLUSIVE,
        PRICING_RULE_EXEMPTION, /* inclusive taxes are taken out of the price */
        PRICING_RULE_TOTAL,
    } rule;
    /* How `rounded` came from the exact result. */
    enum pricing_rounding {
        PRICING_ROUNDING_NONE,              /* it was whole */
        PRICING_ROUNDING_HALF_UP,           /* rounded to the nearest, half away from zero */
        PRICING_ROUNDING_HALF_EVEN,         /* rounded to the nearest, half to the even neighbour */
        PRICING_ROUNDING_LARGEST_REMAINDER, /* a rounded sum was split: this is a part */
        PRICING_ROUNDING_LIMITED,           /* it met its limit: what was left */
    } rounding;
    size_t line;         /* 0-based; of the basket's step: the number of lines */
    unsigned index;      /* which discount or tax of the line, which discount or promotion of the cart */
    size_t tax_line;     /* of a tax: the line that has it, of the basket's step the first of them */
    int64_t input;       /* what the rule was applied to */
    int64_t exact_micro; /* the result before rounding, in 10^-6 minor units, cut off */
    bool exact_is_cut;   /* there were more decimals */
    int64_t rounded;
};

/* Called for each step, in order; NULL for none. */
typedef void (*pricing_tracer)(void *context, const struct pricing_step *step);

/* The first thing that cannot be priced: in which line, which member of it, and why. Of the basket itself
 * `line` is the number of lines.
 *
 *     "quantity"    "quantity_out_of_range"  not above 0, or beyond QUANTITY_MAX
 *                   "quantity_not_whole"     of a product that is sold by the piece
 *                   "overflow"               an amount or a total is beyond MONEY_MAX
 *     "unit_price"  "price_out_of_range"     below 0 or beyond MONEY_MAX
 *     "discounts"   "discount_out_of_range"  below 0, above 100 % or beyond MONEY_MAX
 *                   "too_many"               more than PRICING_DISCOUNTS_MAX
 *     "product_id"  "price_out_of_range", "rate_out_of_range", "too_many" (taxes, compound taxes): the
 *                   product's data are not what the catalogue admits
 *     "promotions"  "promotion_out_of_range", "too_many": neither are the promotions' */
struct pricing_fault {
    size_t line;
    const char *code;
    const char *member;
};

/* Prices the cart in place. STATUS_VALIDATION_FAILED with the first fault; the results are undefined then.
 * A cart can be priced again. */
MUST_CHECK enum status pricing_price(struct pricing_cart *cart, pricing_tracer tracer, void *context,
                                     struct pricing_fault *fault);

/* The shares of a line in the order in which they were taken off; NULL at the end. */
const struct pricing_share *pricing_first_share(const struct pricing_cart *cart,
                                                const struct pricing_line *line);
const struct pricing_share *pricing_next_share(const struct pricing_cart *cart,
                                               const struct pricing_share *share);

#endif
