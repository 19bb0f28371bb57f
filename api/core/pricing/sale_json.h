/*
 * Sales as JSON: the one encoder of priced lines, totals and steps.
 *
 * Quotes and journal records share it, in the server and in the browser. Members come in the order of their
 * names, so that what is written is canonical (RFC 8785) wherever it is used. A member that does not apply is
 * absent.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_SALE_JSON_H
#define MYPOS_CORE_SALE_JSON_H

#include "base/json_writer.h"
#include "core/pricing/pricing.h"

/* Who did or allowed something: "employee", "api_key" or "system"; a NULL id is null. */
struct sale_actor {
    const char *kind, *id, *name;
};

/* What one discount took off one line. */
struct sale_discount {
    enum pricing_share_source source;
    struct pricing_discount given; /* as it was asked for; of promotions see sale_line_discounts */
    int64_t amount;
    const char *reason;                  /* NULL: none */
    const char *promotion_id, *name;     /* of a promotion, else NULL */
    const struct sale_actor *allowed_by; /* NULL: nobody had to */
};

/* A line of a sale: who it is, and what core/pricing/pricing.h made of it. Everything is borrowed; NULL and 0
 * are not written. A refund's line is made of parts of its original in the same shape. */
struct sale_line {
    const char *product_id, *sku, *name;
    const struct pricing_line *priced;
    const struct sale_discount *discounts;
    size_t discount_count;
    const char *price_reason;
    const struct sale_actor *price_allowed_by;
    int64_t tare;
    const char *exemption_reason; /* set: percentages are not charged */
    const char *gift_card_id, *note;
    size_t original_line; /* of a refund, from 1 */
    bool restock;         /* of a refund; written with original_line */
};

/* "lines":[…], numbered from 1: the name and the value. */
void sale_json_lines(struct json_writer *json, const struct sale_line *lines, size_t count);

/* An actor, an object. */
void sale_json_actor(struct json_writer *json, const struct sale_actor *actor);

/* The discounts of a priced line, in the order in which they were taken off: writes at most `room` of them
 * and returns how many there are. A promotion that is no percentage of the line is the amount that it took.
 * `reason` and `allowed_by` are left to the caller: `index` of the share says which discount it is. */
size_t sale_line_discounts(const struct pricing_cart *cart, const struct pricing_line *line,
                           struct sale_discount *out, size_t room);

/* A step of a quote's trace, an object; `number` counts the steps from 1. */
void sale_json_step(struct json_writer *json, const struct pricing_cart *cart, size_t number,
                    const struct pricing_step *step);

#endif
