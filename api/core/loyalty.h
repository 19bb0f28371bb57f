/*
 * Loyalty: points for money spent, and money off for points.
 *
 * A store's rule has two numbers, both in minor units of its currency: one point is earned for each whole
 * `points_per_amount` of a sale, and a point that is burned takes `point_value` off it. Fractions of a point
 * are never kept: what a sale earns is rounded down.
 *
 *     rule {100, 5}: a sale of 12.50 earns 12 points, and 12 points are worth 0.60
 *
 * What counts is what was paid for goods: not tips, not the rounding of cash, not the cards that were sold
 * (they earn when they are spent), and not what points themselves have paid.
 *
 * A return gives points back in proportion to what was returned, cumulatively, so the order and the number
 * of the refunds do not matter: returning everything takes exactly what was earned and gives exactly what was
 * burned. On the way both are rounded in the shop's favour by less than one point: it takes back the
 * larger whole number and gives back the smaller.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_LOYALTY_H
#define MYPOS_CORE_LOYALTY_H

#include <stdbool.h>
#include <stdint.h>

#define LOYALTY_POINTS_MAX 1000000000LL /* of one sale */

struct loyalty_rule {
    int64_t points_per_amount; /* 0: nothing is earned */
    int64_t point_value;       /* 0: nothing can be burned */
};

/* How much of a sale has come back in all, the return at hand included. */
struct loyalty_return {
    int64_t returned, total; /* of the lines, in minor units: 0 ≤ returned ≤ total */
    bool complete;           /* nothing is left to return; says so of a sale whose total is 0, too */
};

/* The points that a sale earns: 0 for an amount that is not positive, LOYALTY_POINTS_MAX at most. */
int64_t loyalty_earned(const struct loyalty_rule *rule, int64_t amount);

/* What points are worth. False when the rule has no value for them, or it does not fit an amount
 * (core/money.h). */
bool loyalty_value(const struct loyalty_rule *rule, int64_t points, int64_t *amount);

/* The most points that may be burned on a sale of `amount`: they never pay more than it. */
int64_t loyalty_burnable(const struct loyalty_rule *rule, int64_t amount);

/* Of the points earned, those that a sale has taken back in all; of the points burned, those it has given
 * back in all. A refund posts the difference to what they were before it. */
int64_t loyalty_taken_back(int64_t earned, const struct loyalty_return *so_far);
int64_t loyalty_given_back(int64_t burned, const struct loyalty_return *so_far);

#endif
