/*
 * Promotions: what the shop takes off by itself.
 *
 * A promotion is data: a kind with its values, a scope, and conditions. Whether the conditions hold is
 * decided from the facts of the cart (where, when, for whom, with which coupons), never from a clock.
 *
 * Promotions apply in the order in which the caller gives them: by ascending priority, then by id. Each takes
 * of what the ones before it have left of a line. An exclusive promotion takes only lines that no promotion
 * has touched, and closes them for all that follow; a stackable one takes every line that is not closed. So
 * a line has at most one exclusive promotion, and then no other.
 *
 *   kind               takes off, of the lines in its scope
 *   PERCENT_OFF        `value` percent
 *   AMOUNT_OFF         `value` minor units of each unit (of each kilogram of weighed goods)
 *   BUY_X_GET_Y        of every `buy` + `get` units the cheapest `get` are `value` percent off; of units that
 *                      remain, those beyond `buy`. In all, the dearest are paid, the cheapest are free
 *   N_FOR_PRICE        every `quantity` units cost `price` together: groups are made of the dearest units
 *                      first, as long as a group costs more than the price
 *   BASKET_THRESHOLD   `value` (percent or minor units) once, when the lines in scope come to `threshold`
 *
 * BUY_X_GET_Y and N_FOR_PRICE count whole pieces; weighed goods take no part. What some units of a line cost
 * is their part of what is left of it, rounded; a group of units of one line is compared exactly. The amount
 * is spread over the units that took part, paid and free, by what these cost (core/pricing/apportion.h), so
 * that a return of any of them is worth its share.
 *
 * Promotions of the lines come first (step 3 of core/pricing/pricing.h), promotions of the basket after the
 * lines' own discounts (step 5). Of the basket are: BASKET_THRESHOLD; and PERCENT_OFF and AMOUNT_OFF that
 * need a coupon and have no scope: the coupon's percentage or amount is off the whole basket, once.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_PROMOTION_H
#define MYPOS_CORE_PROMOTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROMOTIONS_MAX        256  /* given to one cart */
#define PROMOTION_UNITS_MAX   1000 /* of buy, get and quantity */
#define PROMOTION_LINE_MAX    8    /* promotions on one line; further ones pass it by */
#define PROMOTION_ALL_DAYS    0x7f
#define PROMOTION_DAY_MINUTES 1440

enum promotion_kind {
    PROMOTION_PERCENT_OFF,
    PROMOTION_AMOUNT_OFF,
    PROMOTION_BUY_X_GET_Y,
    PROMOTION_N_FOR_PRICE,
    PROMOTION_BASKET_THRESHOLD,
};

/* Rows of the catalogue by their keys, ascending. None: no restriction. Borrowed. */
struct promotion_keys {
    const int64_t *keys;
    size_t count;
};

struct promotion {
    const char *id, *name; /* for who writes the answer; borrowed */
    enum promotion_kind kind;
    int32_t buy, get;  /* BUY_X_GET_Y; 1 … PROMOTION_UNITS_MAX */
    int32_t quantity;  /* N_FOR_PRICE; 1 … PROMOTION_UNITS_MAX */
    int64_t price;     /* N_FOR_PRICE */
    int64_t threshold; /* BASKET_THRESHOLD */
    int64_t value;     /* percent in 10^-5 percent (core/rate.h), or minor units */
    /* Scope: a line is in it when its product or its product's category is named, or when both are empty.
     * Whoever gives the categories has put in those below them. */
    struct promotion_keys products, categories;
    /* Conditions; all must hold. */
    const char *coupon;                    /* NULL: none is needed */
    int64_t valid_from_ms, valid_until_ms; /* from … before; 0: open */
    struct promotion_keys customer_groups, stores;
    /* Of the local day, from … before; equal: all day. From 22:00 until 2:00 goes past midnight, and the day
     * that counts is the one on which it began. */
    int16_t from_minute, until_minute;
    uint8_t days;          /* bit 0 is Monday; 0: every day */
    bool value_is_percent; /* of BASKET_THRESHOLD; the other kinds say it themselves */
    bool exclusive;
};

/* What a cart says of itself. Borrowed. */
struct promotion_facts {
    int64_t at_ms;    /* milliseconds since 1970, UTC */
    unsigned weekday; /* of the store's local day, 0 is Monday */
    unsigned minute;  /* of that day */
    int64_t store_key;
    struct promotion_keys customer_groups; /* of the customer; ascending */
    const char *const *coupons;            /* as they were typed in: case does not count */
    size_t coupon_count;
};

/* Whether the promotion is there for such a cart, coupon and all: a list may be reduced by it beforehand. */
bool promotion_is_valid(const struct promotion *promotion, const struct promotion_facts *facts);

/* The same, whatever its coupon. */
bool promotion_is_valid_but_for_coupon(const struct promotion *promotion,
                                       const struct promotion_facts *facts);

/* Whether two coupon codes are the same: letters A … Z in either case. */
bool promotion_coupon_equal(const char *a, const char *b);

/* Whether it takes of the basket rather than of single lines. */
bool promotion_is_of_basket(const struct promotion *promotion);

/* Whether a product is in its scope. */
bool promotion_covers(const struct promotion *promotion, int64_t product_key, int64_t category_key);

/* NULL, or the member that the core does not admit: "kind", "value", "buy", "get", "quantity", "price",
 * "threshold", "days" or "hours". The catalogue asks before it stores; the core again before it prices. */
const char *promotion_fault(const struct promotion *promotion);

#endif
