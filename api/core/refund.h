/*
 * Refunds: which part of what was paid belongs to what comes back.
 *
 * Whatever is returned, in any split and order: no amount of a line goes back twice, none is negative, each
 * refund adds up alone, and when all has come back exactly what was paid has gone back. This holds because
 * what has gone back is a function of what has come back, and of nothing else: not of how often, in which
 * portions or when. A refund is the difference of that function after and before it.
 *
 * A line of quantity Q of which q has come back, all amounts as the record of the sale has them:
 *
 *     gross            round half up (gross × q ÷ Q): of whole pieces exactly their price
 *     net              round half up (net × that gross ÷ gross)
 *     discounts        the rest of that gross, spread over them
 *     inclusive taxes  round half up (their sum × that net ÷ net), spread over them; what an exemption took
 *                      out of the price counts as one of them
 *     exclusive taxes  each round half up (amount × q ÷ Q): of a deposit exactly its pieces
 *     total            net − exempted + exclusive taxes
 *     a tax's base     net − inclusive taxes − exempted, with the taxes before it where the sale's base has
 *                      them; a base that is neither (it was rounded apart): round half up (base × q ÷ Q)
 *
 * "Spread" is Webster's method (Sainte-Laguë's): the next unit goes where whole ÷ (units so far + ½) is
 * largest, to the first of equals. Unlike shares that are rounded one by one, or by largest remainder, it
 * never takes a unit back when there is more to spread, and it ends with exactly the wholes (Balinski,
 * Young: Fair Representation, 1982).
 *
 * What is paid back is a function of c, the totals of all lines that have come back of C that were sold:
 *
 *     c < C   c on the tenders that are no cash as far as they go; the rest in cash, rounded to coins as one
 *             sum, at most what was taken in cash
 *     c = C   what was paid
 *
 * Where it goes is chosen for each refund; how much it is does not depend on that. The order of the original
 * tenders is: those that are no cash, the last of the sale first; then cash. Value that an exchange moved
 * into the sale has no way back of its own: it counts as cash. It may be no sum of coins; then neither is the
 * last of it.
 *
 * These rules are part of the journal's format: refunds of one sale are made by the same rule, or their sum
 * is not what was paid.
 *
 * Amounts are minor units, at most MONEY_MAX (core/money.h); quantities as in core/quantity.h. Freestanding.
 */
#ifndef MYPOS_CORE_REFUND_H
#define MYPOS_CORE_REFUND_H

#include "core/pricing/pricing.h"
#include "core/tender.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFUND_DISCOUNTS_MAX 32

/* A line as it was sold, or a share of it. */
struct refund_line {
    int64_t quantity;
    int64_t gross, net, total;
    int64_t exempted; /* inclusive taxes that an exemption took out of the price */
    unsigned discount_count, tax_count;
    int64_t discounts[REFUND_DISCOUNTS_MAX];
    struct refund_tax {
        bool inclusive;
        int64_t base, amount;
    } taxes[PRICING_TAXES_MAX];
};

/* Whether the amounts are a line's: none negative, gross = net + discounts, net ≥ inclusive taxes + exempted,
 * total = net − exempted + exclusive taxes, a quantity above 0. What follows takes no other. */
bool refund_line_adds_up(const struct refund_line *line);

/* What of `sold` goes back in all when `quantity` (0 … sold->quantity) has come back in all. */
void refund_returned(const struct refund_line *sold, int64_t quantity, struct refund_line *returned);

/* The share of a refund: what goes back when `quantity` comes back after `before`, together at most
 * sold->quantity. */
void refund_share(const struct refund_line *sold, int64_t before, int64_t quantity,
                  struct refund_line *share);

/* How a sale was paid. */
struct refund_paid {
    int64_t cash;                     /* what was taken, less change */
    int64_t exchanged;                /* what an exchange moved in */
    size_t count;                     /* of the other tenders */
    int64_t others[TENDER_COUNT_MAX]; /* in the order of the sale */
};

/* What is paid back in all when lines of total c have come back of C; `increment` is the smallest coin, 0
 * or 1 for none. */
int64_t refund_due(const struct refund_paid *paid, int64_t increment, int64_t c, int64_t C);

/* What was paid back on each tender, or will be. */
struct refund_payout {
    int64_t cash;
    int64_t others[TENDER_COUNT_MAX];
    int64_t elsewhere; /* on none of them: as store credit, or moved into an exchange */
};

/* What is left of the tenders: that they were paid with, less what was paid back. What went elsewhere has
 * used them up in their order, so that what is left of cash stays payable in coins. */
struct refund_payout refund_left(const struct refund_paid *paid, const struct refund_payout *before);

/* Spreads `amount` over what is left, in the order of the original tenders. What is beyond all of it, which
 * only a sale has that was not paid, is `elsewhere`. */
struct refund_payout refund_spread(const struct refund_paid *paid, const struct refund_payout *left,
                                   int64_t amount);

#endif
