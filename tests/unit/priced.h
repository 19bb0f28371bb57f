/*
 * Pricing for tests: a cart with all the room that it may need.
 */
#ifndef MYPOS_TESTS_PRICED_H
#define MYPOS_TESTS_PRICED_H

#include "core/pricing/pricing.h"

#include "unit.h"

#define PRICED_SHARES (PRICING_LINES_MAX * (2 * PRICING_DISCOUNTS_MAX + PROMOTION_LINE_MAX))

/* A cart of these lines; its room is one for the program, so one cart at a time. */
static inline struct pricing_cart priced_cart(struct pricing_line *lines, size_t count)
{
    static struct pricing_tax_amount taxes[PRICING_LINES_MAX * PRICING_TAXES_MAX];
    static struct pricing_share shares[PRICED_SHARES];
    return (struct pricing_cart){.lines = lines, .line_count = count, .tax_amounts = taxes, .shares = shares};
}

/* Prices what can be priced. */
static inline void priced(struct pricing_cart *cart)
{
    struct pricing_fault fault = {0};
    if (pricing_price(cart, NULL, NULL, &fault) != STATUS_OK) {
        fail_msg("line %zu, %s: %s", fault.line, fault.member, fault.code);
    }
}

/* A list of discounts, which lives as long as the block that it is in. */
#define PRICED_DISCOUNTS(...)                                                                                \
    .discount_count = sizeof((struct pricing_discount[]){__VA_ARGS__}) / sizeof(struct pricing_discount),    \
    .discounts = (struct pricing_discount[])                                                                 \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
#define PRICED_PERCENT(percent)                                                                              \
    {                                                                                                        \
        PRICING_DISCOUNT_PERCENT, (percent)*RATE_ONE / 100                                                   \
    }
#define PRICED_AMOUNT(amount)                                                                                \
    {                                                                                                        \
        PRICING_DISCOUNT_AMOUNT, (amount)                                                                    \
    }

#endif
