/*
 * What the files of pricing share: a cart that is being priced. Only core/pricing*.c and
 * core/pricing/promotion.c include this.
 */
#ifndef MYPOS_CORE_PRICING_STEPS_H
#define MYPOS_CORE_PRICING_STEPS_H

#include "core/pricing/pricing.h"

struct pricing {
    struct pricing_cart *cart;
    enum rounding_mode mode;
    enum pricing_rounding rounded; /* the mode's name in a step */
    pricing_tracer tracer;
    void *context;
    struct pricing_fault *fault;
};

/* Remembers the fault; always false. */
bool pricing_refuse(struct pricing *pricing, size_t line, const char *member, const char *code);

/* Reports a step; its exact result fills in what the step says of it. Inline, so that a step that nobody
 * wants to hear of costs nothing. */
void pricing_report(const struct pricing *pricing, const struct pricing_step *step, struct fraction exact);
static inline void pricing_explain(const struct pricing *pricing, struct pricing_step step,
                                   struct fraction exact)
{
    if (pricing->tracer != NULL) {
        pricing_report(pricing, &step, exact);
    }
}

/* What discounts have left of a line so far. */
static inline int64_t pricing_left(const struct pricing_line *line)
{
    return line->gross - line->discount;
}

/* Takes `amount`, at most what is left, off a line and keeps it as a share. Nothing is no share. */
void pricing_take(struct pricing *pricing, size_t line, enum pricing_share_source source, size_t index,
                  int64_t amount);

/* Takes `amount` off the lines in proportion to the weights: `lines` has `count` numbers of lines. No line's
 * part may be more than what is left of it: the weights are what is left, or parts of it that come to the
 * amount at least. */
void pricing_spread(struct pricing *pricing, const struct pricing_step *step,
                    enum pricing_share_source source, int64_t amount, const uint16_t *lines,
                    const wide_uint *weights, size_t count);

/* Takes a percentage or an amount once of what is left of all lines: of a promotion those that it takes, else
 * (NULL) all but the undiscounted ones. */
void pricing_take_of_basket(struct pricing *pricing, enum pricing_rule rule, enum pricing_share_source source,
                            size_t index, struct pricing_discount discount,
                            const struct promotion *promotion);

/* Whether a promotion may take of a line as it is now; and that it has. */
bool pricing_promotion_takes(const struct pricing_line *line, const struct promotion *promotion);
void pricing_promotion_took(struct pricing_line *line, const struct promotion *promotion);

/* Promotions of the lines, and of the basket (core/pricing/promotion.h). */
void pricing_promote_lines(struct pricing *pricing);
void pricing_promote_basket(struct pricing *pricing);

/* Parts of step 6, for both ways to round. */
struct tax_terms;
static inline bool pricing_is_exempt(const struct pricing *pricing, const struct pricing_line *line)
{
    return line->exempt || pricing->cart->exempt;
}
void pricing_explain_tax(const struct pricing *pricing, size_t line, unsigned tax, int64_t input,
                         int64_t rounded, enum pricing_rounding rounding, struct fraction exact);
/* Sets the amounts of the fixed taxes, and 0 for percentages. */
void pricing_take_fixed(const struct pricing *pricing, size_t index, const struct tax_terms *terms);
/* With all inclusive taxes known: takes the percentages out of an exempt line; returns the line's base. */
int64_t pricing_exempt_line(const struct pricing *pricing, size_t index);
/* Sets the bases and the total, when all amounts are known. */
void pricing_finish_line(struct pricing_line *line, int64_t base);

/* The taxes of one line, or of all; sets `exempted`, the taxes, and `total`. */
bool pricing_tax_line(struct pricing *pricing, size_t index);
bool pricing_tax_receipt(struct pricing *pricing);

#endif
