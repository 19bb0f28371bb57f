#include "core/refund.h"

#include "core/money.h"
#include "core/quantity.h"
#include "core/wide.h"

_Static_assert(2 * PRICING_DISCOUNTS_MAX + PROMOTION_LINE_MAX <= REFUND_DISCOUNTS_MAX,
               "every share that pricing takes off a line is one here");

/* --- spreading --- */

/* whole × part ÷ of, rounded half up; part ≤ of. */
static int64_t share_of(int64_t whole, int64_t part, int64_t of)
{
    const wide_uint twice = (wide_uint)whole * (uint64_t)part * 2 + (uint64_t)of;
    return of == 0 ? 0 : (int64_t)(twice / ((wide_uint)(uint64_t)of * 2));
}

/* A whole, and how many units of it are given so far. */
struct claim {
    int64_t whole, given;
};

/* Whether the next unit of `a` comes before the next of `b`: a.whole ÷ (a.given + ½) is larger. */
static bool claims_before(const struct claim *a, const struct claim *b)
{
    return (wide_uint)a->whole * ((uint64_t)b->given * 2 + 1) >
           (wide_uint)b->whole * ((uint64_t)a->given * 2 + 1);
}

/* Units stand in a row: by what their whole divided by their number less ½ is, then by the order of the
 * claims. This gives the first one that is not given. */
static void give_next(struct claim *claims, size_t count)
{
    size_t first = 0;
    for (size_t i = 1; i < count; i++) {
        if (claims_before(&claims[i], &claims[first])) {
            first = i;
        }
    }
    claims[first].given++;
}

/* This takes the last one that is given. */
static void take_last(struct claim *claims, size_t count)
{
    size_t last = count;
    struct claim lowest = {0};
    for (size_t i = 0; i < count; i++) {
        const struct claim unit = {claims[i].whole, claims[i].given - 1};
        if (unit.given >= 0 && (last == count || !claims_before(&unit, &lowest))) {
            last = i;
            lowest = unit;
        }
    }
    claims[last].given--;
}

/* Gives the first `sum` units of the row: at most the sum of the wholes, and then all of each. Rounding each
 * share half up gives a beginning of the row, too long or too short by less than a unit a claim. */
static void spread(struct claim *claims, size_t count, int64_t sum)
{
    int64_t wholes = 0, given = 0;
    for (size_t i = 0; i < count; i++) {
        wholes += claims[i].whole;
    }
    for (size_t i = 0; i < count; i++) {
        claims[i].given = share_of(claims[i].whole, sum, wholes);
        given += claims[i].given;
    }
    for (; given < sum; given++) {
        give_next(claims, count);
    }
    for (; given > sum; given--) {
        take_last(claims, count);
    }
}

/* --- a line --- */

/* The sum of the taxes that a price contains, or of those that come on top. */
static int64_t taxes_of(const struct refund_line *line, bool inclusive)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < line->tax_count; i++) {
        sum += line->taxes[i].inclusive == inclusive ? line->taxes[i].amount : 0;
    }
    return sum;
}

/* What is left of net without what the price contains. */
static int64_t base_of(const struct refund_line *line)
{
    return line->net - line->exempted - taxes_of(line, true);
}

static int64_t discounts_of(const struct refund_line *line)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < line->discount_count; i++) {
        sum += line->discounts[i];
    }
    return sum;
}

static bool is_amount(int64_t amount)
{
    return amount >= 0 && amount <= MONEY_MAX;
}

bool refund_line_adds_up(const struct refund_line *line)
{
    if (line->quantity <= 0 || line->quantity > QUANTITY_MAX || line->tax_count > PRICING_TAXES_MAX ||
        line->discount_count > REFUND_DISCOUNTS_MAX || !is_amount(line->gross) || !is_amount(line->net) ||
        !is_amount(line->total) || !is_amount(line->exempted)) {
        return false;
    }
    for (unsigned i = 0; i < line->discount_count; i++) {
        if (!is_amount(line->discounts[i])) {
            return false;
        }
    }
    for (unsigned i = 0; i < line->tax_count; i++) {
        if (!is_amount(line->taxes[i].amount) || !is_amount(line->taxes[i].base)) {
            return false;
        }
    }
    /* At most 33 × MONEY_MAX: no sum overflows. */
    return line->gross == line->net + discounts_of(line) && base_of(line) >= 0 &&
           line->total == line->net - line->exempted + taxes_of(line, false);
}

static void return_discounts(const struct refund_line *sold, struct refund_line *returned)
{
    struct claim claims[REFUND_DISCOUNTS_MAX] = {{0}};
    for (unsigned i = 0; i < sold->discount_count; i++) {
        claims[i].whole = sold->discounts[i];
    }
    returned->net = share_of(sold->net, returned->gross, sold->gross);
    spread(claims, sold->discount_count, returned->gross - returned->net);
    for (unsigned i = 0; i < sold->discount_count; i++) {
        returned->discounts[i] = claims[i].given;
    }
}

static void return_inclusive(const struct refund_line *sold, struct refund_line *returned)
{
    struct claim claims[PRICING_TAXES_MAX + 1] = {{0}};
    for (unsigned i = 0; i < sold->tax_count; i++) {
        claims[i].whole = sold->taxes[i].inclusive ? sold->taxes[i].amount : 0;
    }
    claims[sold->tax_count].whole = sold->exempted;
    spread(claims, sold->tax_count + 1, share_of(sold->net - base_of(sold), returned->net, sold->net));
    returned->exempted = claims[sold->tax_count].given;
    for (unsigned i = 0; i < sold->tax_count; i++) {
        if (sold->taxes[i].inclusive) {
            returned->taxes[i].amount = claims[i].given;
        }
    }
}

/* A base of the sale was the line's, or that and the taxes before it: then the share's is. */
static void return_bases(const struct refund_line *sold, struct refund_line *returned)
{
    const int64_t sold_base = base_of(sold), base = base_of(returned);
    int64_t sold_before = 0, before = 0;
    for (unsigned i = 0; i < sold->tax_count; i++) {
        const struct refund_tax *tax = &sold->taxes[i];
        int64_t *out = &returned->taxes[i].base;
        if (tax->base == sold_base) {
            *out = base;
        } else if (tax->base == sold_base + sold_before) {
            *out = base + before;
        } else {
            *out = share_of(tax->base, returned->quantity, sold->quantity);
        }
        sold_before += tax->amount;
        before += returned->taxes[i].amount;
    }
}

void refund_returned(const struct refund_line *sold, int64_t quantity, struct refund_line *returned)
{
    *returned = (struct refund_line){
        .quantity = quantity,
        .gross = share_of(sold->gross, quantity, sold->quantity),
        .discount_count = sold->discount_count,
        .tax_count = sold->tax_count,
    };
    for (unsigned i = 0; i < sold->tax_count; i++) {
        const struct refund_tax *tax = &sold->taxes[i];
        returned->taxes[i].inclusive = tax->inclusive;
        returned->taxes[i].amount = tax->inclusive ? 0 : share_of(tax->amount, quantity, sold->quantity);
    }
    return_discounts(sold, returned);
    return_inclusive(sold, returned);
    return_bases(sold, returned);
    returned->total = returned->net - returned->exempted + taxes_of(returned, false);
}

void refund_share(const struct refund_line *sold, int64_t before, int64_t quantity, struct refund_line *share)
{
    struct refund_line earlier;
    refund_returned(sold, before, &earlier);
    refund_returned(sold, before + quantity, share);
    share->quantity -= earlier.quantity;
    share->gross -= earlier.gross;
    share->net -= earlier.net;
    share->total -= earlier.total;
    share->exempted -= earlier.exempted;
    for (unsigned i = 0; i < share->discount_count; i++) {
        share->discounts[i] -= earlier.discounts[i];
    }
    for (unsigned i = 0; i < share->tax_count; i++) {
        share->taxes[i].base -= earlier.taxes[i].base;
        share->taxes[i].amount -= earlier.taxes[i].amount;
    }
}

/* --- the tenders --- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t refund_due(const struct refund_paid *paid, int64_t increment, int64_t c, int64_t C)
{
    const int64_t cash = paid->cash + paid->exchanged;
    int64_t others = 0;
    for (size_t i = 0; i < paid->count; i++) {
        others += paid->others[i];
    }
    if (c == C) {
        return others + cash;
    }
    return c <= others ? c : others + least(tender_round_cash(c - others, increment), cash);
}

struct refund_payout refund_left(const struct refund_paid *paid, const struct refund_payout *before)
{
    struct refund_payout left = {.cash = paid->cash + paid->exchanged - before->cash};
    int64_t elsewhere = before->elsewhere;
    for (size_t i = paid->count; i-- > 0;) {
        left.others[i] = paid->others[i] - before->others[i];
        const int64_t used = least(elsewhere, left.others[i]);
        left.others[i] -= used;
        elsewhere -= used;
    }
    left.cash -= least(elsewhere, left.cash);
    return left;
}

struct refund_payout refund_spread(const struct refund_paid *paid, const struct refund_payout *left,
                                   int64_t amount)
{
    struct refund_payout payout = {0};
    for (size_t i = paid->count; i-- > 0;) {
        payout.others[i] = least(amount, left->others[i]);
        amount -= payout.others[i];
    }
    payout.cash = least(amount, left->cash);
    payout.elsewhere = amount - payout.cash;
    return payout;
}
