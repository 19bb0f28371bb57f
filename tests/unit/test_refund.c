/* Refunds: golden cases, and laws that hold for every sale in whatever portions and order it comes back. */
#include "core/refund.h"

#include "core/money.h"
#include "core/quantity.h"
#include "priced.h"
#include "unit.h"

#define ONE QUANTITY_ONE

/* --- lines --- */

static struct refund_line share(const struct refund_line *sold, int64_t before, int64_t quantity)
{
    struct refund_line out;
    refund_share(sold, before, quantity, &out);
    return out;
}

static void refund_of_two_times_2_12_with_a_discount_and_included_tax(void **state)
{
    (void)state;
    /* 424, 10 % off: 42 (42.4); 382 hold 64 of tax (63.67). */
    const struct refund_line sold = {
        .quantity = 2 * ONE,
        .gross = 424,
        .net = 382,
        .total = 382,
        .discount_count = 1,
        .discounts = {42},
        .tax_count = 1,
        .taxes = {{.inclusive = true, .base = 318, .amount = 64}},
    };
    assert_true(refund_line_adds_up(&sold));
    for (int64_t before = 0; before <= ONE; before += ONE) {
        const struct refund_line one = share(&sold, before, ONE);
        assert_int_equal(one.gross, 212);
        assert_int_equal(one.discounts[0], 21);
        assert_int_equal(one.net, 191);
        assert_int_equal(one.taxes[0].amount, 32);
        assert_int_equal(one.taxes[0].base, 159);
        assert_int_equal(one.total, 191);
    }
}

static void refund_of_two_times_2_12_with_a_discount_and_added_tax(void **state)
{
    (void)state;
    /* 20 % of 382 are 76 (76.4): halves without a rest. */
    const struct refund_line sold = {
        .quantity = 2 * ONE,
        .gross = 424,
        .net = 382,
        .total = 458,
        .discount_count = 1,
        .discounts = {42},
        .tax_count = 1,
        .taxes = {{.base = 382, .amount = 76}},
    };
    for (int64_t before = 0; before <= ONE; before += ONE) {
        const struct refund_line one = share(&sold, before, ONE);
        assert_int_equal(one.gross, 212);
        assert_int_equal(one.discounts[0], 21);
        assert_int_equal(one.taxes[0].base, 191);
        assert_int_equal(one.taxes[0].amount, 38);
        assert_int_equal(one.total, 229);
    }
}

static void refund_of_ten_times_23_90_piece_by_piece(void **state)
{
    (void)state;
    /* 23,900, 25 % off: 5,975; each piece is 1,792.5, and its gross is its price. */
    const struct refund_line sold = {
        .quantity = 10 * ONE,
        .gross = 23900,
        .net = 17925,
        .total = 17925,
        .discount_count = 1,
        .discounts = {5975},
        .tax_count = 1,
        .taxes = {{.inclusive = true, .base = 14937, .amount = 2988}},
    };
    int64_t total = 0, tax = 0, discount = 0;
    for (int64_t piece = 0; piece < 10; piece++) {
        const struct refund_line one = share(&sold, piece * ONE, ONE);
        assert_int_equal(one.gross, 2390);
        assert_int_equal(one.total, piece % 2 == 0 ? 1793 : 1792);
        assert_in_range(one.taxes[0].amount, 298, 299);
        total += one.total;
        tax += one.taxes[0].amount;
        discount += one.discounts[0];
    }
    assert_int_equal(total, 17925);
    assert_int_equal(tax, 2988);
    assert_int_equal(discount, 5975);
}

static void refund_of_a_bottle_returns_exactly_its_deposit(void **state)
{
    (void)state;
    /* Seven bottles with a deposit of 0.25 added to each and a tax on both, as compound taxes are. */
    const struct refund_line sold = {
        .quantity = 7 * ONE,
        .gross = 693,
        .net = 660,
        .total = 1002,
        .discount_count = 2,
        .discounts = {30, 3},
        .tax_count = 2,
        .taxes = {{.base = 660, .amount = 175}, {.base = 835, .amount = 167}},
    };
    assert_true(refund_line_adds_up(&sold));
    for (int64_t bottle = 0; bottle < 7; bottle++) {
        const struct refund_line one = share(&sold, bottle * ONE, ONE);
        assert_int_equal(one.gross, 99);
        assert_int_equal(one.taxes[0].amount, 25);
        assert_int_equal(one.taxes[0].base, one.net);
        assert_int_equal(one.taxes[1].base, one.net + 25);
        assert_true(refund_line_adds_up(&one));
    }
}

static void refund_of_half_a_cent_goes_to_the_customer_first_and_to_the_tax(void **state)
{
    (void)state;
    /* 2 × 1.05: a base of 175 and a tax of 35 halve to 87.5 and 17.5; the sum stays 1.05. */
    const struct refund_line sold = {
        .quantity = 2 * ONE,
        .gross = 210,
        .net = 210,
        .total = 210,
        .tax_count = 1,
        .taxes = {{.inclusive = true, .base = 175, .amount = 35}},
    };
    assert_int_equal(share(&sold, 0, ONE).total, 105);
    assert_int_equal(share(&sold, 0, ONE).taxes[0].amount, 18);
    assert_int_equal(share(&sold, ONE, ONE).total, 105);
    assert_int_equal(share(&sold, ONE, ONE).taxes[0].amount, 17);
    /* 2 × 2.13 less 0.01: the first gives 2.13 back, the second the rest. */
    const struct refund_line odd = {
        .quantity = 2 * ONE, .gross = 426, .net = 425, .total = 425, .discount_count = 1, .discounts = {1}};
    assert_int_equal(share(&odd, 0, ONE).total, 213);
    assert_int_equal(share(&odd, ONE, ONE).total, 212);
}

static void refund_takes_lines_that_add_up_only(void **state)
{
    (void)state;
    const struct refund_line good = {
        .quantity = ONE,
        .gross = 100,
        .net = 90,
        .total = 99,
        .discount_count = 1,
        .discounts = {10},
        .tax_count = 2,
        .taxes = {{.inclusive = true, .base = 80, .amount = 10}, {.base = 80, .amount = 9}},
    };
    assert_true(refund_line_adds_up(&good));
    struct refund_line bad[8];
    for (size_t i = 0; i < 8; i++) {
        bad[i] = good;
    }
    bad[0].quantity = 0;
    bad[1].gross = 101;
    bad[2].total = 98;
    bad[3].discounts[0] = -10;
    bad[3].gross = 80;
    bad[4].taxes[0].amount = 91;
    bad[5].taxes[1].base = -1;
    bad[6].discount_count = REFUND_DISCOUNTS_MAX + 1;
    bad[7].gross = MONEY_MAX + 1;
    for (size_t i = 0; i < 8; i++) {
        assert_false(refund_line_adds_up(&bad[i]));
    }
}

static void refund_of_an_exempt_line_returns_what_was_taken_out_of_the_price(void **state)
{
    (void)state;
    /* 3 × 1.20 with 20 % in it, which an exemption took out: 0.60. */
    const struct refund_line sold = {.quantity = 3 * ONE,
                                     .gross = 360,
                                     .net = 360,
                                     .exempted = 60,
                                     .total = 300,
                                     .tax_count = 1,
                                     .taxes = {{.inclusive = true, .base = 300}}};
    const struct refund_line one = share(&sold, ONE, ONE);
    assert_int_equal(one.gross, 120);
    assert_int_equal(one.exempted, 20);
    assert_int_equal(one.total, 100);
    assert_int_equal(one.taxes[0].base, 100);
    assert_int_equal(one.taxes[0].amount, 0);
}

/* A sum in `count` random parts. */
static void split(struct unit_random *random, int64_t sum, int64_t *parts, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++) {
        parts[i] = (int64_t)unit_random_below(random, (uint64_t)sum / (1 + unit_random_below(random, 3)) + 1);
        sum -= parts[i];
    }
    parts[count - 1] = sum;
}

/* A line as a sale may have it: any price, discounts, taxes of all kinds and bases. */
static struct refund_line random_line(struct unit_random *random)
{
    struct refund_line line = {
        .discount_count = (unsigned)unit_random_below(random, 5),
        .tax_count = (unsigned)unit_random_below(random, PRICING_TAXES_MAX + 1),
        .gross = unit_random_amount(random, unit_random_below(random, 8) == 0 ? MONEY_MAX / 4 : 20000),
    };
    const bool by_piece = unit_random_below(random, 2);
    line.quantity = by_piece ? (1 + unit_random_amount(random, 30)) * ONE
                             : 1 + unit_random_amount(random, 1000 * ONE);
    int64_t parts[5];
    split(random, line.gross, parts, 1 + line.discount_count);
    memcpy(line.discounts, parts, line.discount_count * sizeof parts[0]);
    line.net = line.total = parts[line.discount_count];
    int64_t base = line.net;
    for (unsigned i = 0; i < line.tax_count; i++) {
        struct refund_tax *tax = &line.taxes[i];
        tax->inclusive = unit_random_below(random, 2);
        tax->amount = (int64_t)unit_random_below(random,
                                                 (uint64_t)(tax->inclusive ? base : line.net) / 3 + 1);
        *(tax->inclusive ? &base : &line.total) += tax->inclusive ? -tax->amount : tax->amount;
    }
    if (unit_random_below(random, 4) == 0) {
        line.exempted = (int64_t)unit_random_below(random, (uint64_t)base + 1);
        line.total -= line.exempted;
        base -= line.exempted;
    }
    int64_t before = 0;
    for (unsigned i = 0; i < line.tax_count; i++) {
        const int64_t bases[] = {base, base + before, unit_random_amount(random, line.gross)};
        line.taxes[i].base = bases[unit_random_below(random, 3)];
        before += line.taxes[i].amount;
    }
    assert_true(refund_line_adds_up(&line));
    return line;
}

static void add_up(struct refund_line *sum, const struct refund_line *part)
{
    sum->quantity += part->quantity;
    sum->gross += part->gross;
    sum->net += part->net;
    sum->total += part->total;
    sum->exempted += part->exempted;
    for (unsigned i = 0; i < part->discount_count; i++) {
        sum->discounts[i] += part->discounts[i];
    }
    for (unsigned i = 0; i < part->tax_count; i++) {
        sum->taxes[i].base += part->taxes[i].base;
        sum->taxes[i].amount += part->taxes[i].amount;
    }
}

static void assert_same(const struct refund_line *a, const struct refund_line *b)
{
    assert_int_equal(a->quantity, b->quantity);
    assert_int_equal(a->gross, b->gross);
    assert_int_equal(a->net, b->net);
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->exempted, b->exempted);
    assert_memory_equal(a->discounts, b->discounts, sizeof a->discounts);
    for (unsigned i = 0; i < b->tax_count; i++) {
        assert_int_equal(a->taxes[i].base, b->taxes[i].base);
        assert_int_equal(a->taxes[i].amount, b->taxes[i].amount);
    }
}

/* Within `most` minor units of whole × quantity ÷ sold. */
static void is_near(int64_t returned, int64_t whole, const struct refund_line *sold, int64_t quantity,
                    long double most)
{
    const long double exact = (long double)whole * quantity / sold->quantity;
    assert_true(returned - exact <= most + 1e-6L && exact - returned <= most + 1e-6L);
}

/* Half a unit for each rounding on the way; what is spread over n parts may wait for n ÷ 2 more. */
static void check_nearness(const struct refund_line *sold, const struct refund_line *sum)
{
    is_near(sum->gross, sold->gross, sold, sum->quantity, 0.5L);
    is_near(sum->net, sold->net, sold, sum->quantity, 1);
    for (unsigned i = 0; i < sold->discount_count; i++) {
        is_near(sum->discounts[i], sold->discounts[i], sold, sum->quantity,
                1.5L + sold->discount_count / 2.0L);
    }
    for (unsigned i = 0; i < sold->tax_count; i++) {
        is_near(sum->taxes[i].amount, sold->taxes[i].amount, sold, sum->quantity,
                sold->taxes[i].inclusive ? 2 + sold->tax_count / 2.0L : 0.5L);
    }
}

static void check_never_more(const struct refund_line *sold, const struct refund_line *sum)
{
    assert_true(sum->gross <= sold->gross && sum->net <= sold->net && sum->total <= sold->total);
    assert_true(sum->exempted <= sold->exempted);
    for (unsigned i = 0; i < sold->discount_count; i++) {
        assert_true(sum->discounts[i] <= sold->discounts[i]);
    }
    for (unsigned i = 0; i < sold->tax_count; i++) {
        assert_true(sum->taxes[i].amount <= sold->taxes[i].amount);
        assert_true(sum->taxes[i].base <= sold->taxes[i].base);
    }
}

/* A portion of what is left: all of it, a piece, or any part. */
static int64_t random_portion(struct unit_random *random, int64_t left)
{
    switch (unit_random_below(random, 4)) {
    case 0:
        return left;
    case 1:
        return left < ONE ? left : ONE;
    default:
        return 1 + (int64_t)unit_random_below(random, (uint64_t)left);
    }
}

static void refund_of_a_line_in_any_portions_is_exactly_the_line(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 20000; round++) {
        const struct refund_line sold = random_line(&random);
        struct refund_line sum = {.discount_count = sold.discount_count, .tax_count = sold.tax_count};
        while (sum.quantity < sold.quantity) {
            const int64_t portion = random_portion(&random, sold.quantity - sum.quantity);
            const struct refund_line part = share(&sold, sum.quantity, portion);
            assert_int_equal(part.quantity, portion);
            assert_true(refund_line_adds_up(&part)); /* each record alone: the sums hold, nothing negative */
            add_up(&sum, &part);
            check_never_more(&sold, &sum);
            check_nearness(&sold, &sum);
        }
        assert_same(&sum, &sold);
    }
}

static void refund_of_a_share_keeps_the_equations_of_the_bases(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 5000; round++) {
        struct refund_line sold = random_line(&random);
        int64_t base = sold.net - sold.exempted;
        for (unsigned i = 0; i < sold.tax_count; i++) {
            base -= sold.taxes[i].inclusive ? sold.taxes[i].amount : 0;
        }
        for (unsigned i = 0; i < sold.tax_count; i++) {
            sold.taxes[i].base = base;
        }
        const int64_t before = (int64_t)unit_random_below(&random, (uint64_t)sold.quantity);
        const struct refund_line part = share(&sold, before, random_portion(&random, sold.quantity - before));
        base = part.net - part.exempted;
        for (unsigned i = 0; i < part.tax_count; i++) {
            base -= part.taxes[i].inclusive ? part.taxes[i].amount : 0;
        }
        for (unsigned i = 0; i < part.tax_count; i++) {
            assert_int_equal(part.taxes[i].base, base);
        }
    }
}

/* --- carts as the core prices them --- */

#define CART_LINES 5

struct random_cart {
    struct pricing_product products[CART_LINES];
    struct pricing_line lines[CART_LINES];
    struct pricing_discount discounts[CART_LINES + 1][2];
    struct promotion promotions[3];
    struct promotion_facts facts;
    struct pricing_cart cart;
};

static void random_discounts(struct unit_random *random, struct pricing_discount discounts[2])
{
    for (int i = 0; i < 2; i++) {
        const bool is_percent = unit_random_below(random, 2);
        discounts[i] = (struct pricing_discount){
            .kind = is_percent ? PRICING_DISCOUNT_PERCENT : PRICING_DISCOUNT_AMOUNT,
            .value = (int64_t)unit_random_below(random, is_percent ? RATE_ONE / 2 : 500),
        };
    }
}

/* Percentages and deposits, inclusive and exclusive, the last perhaps compound. */
static void random_taxes(struct unit_random *random, struct pricing_product *product)
{
    product->tax_count = (unsigned)unit_random_below(random, 4);
    for (unsigned i = 0; i < product->tax_count; i++) {
        const bool is_fixed = unit_random_below(random, 4) == 0;
        product->taxes[i] = (struct pricing_tax){
            .kind = is_fixed ? PRICING_TAX_FIXED : PRICING_TAX_PERCENT,
            .rate = is_fixed ? 0 : (int64_t)unit_random_below(random, RATE_ONE / 3),
            .amount_per_unit = is_fixed ? (int64_t)unit_random_below(random, 50) : 0,
            .key = i + 1,
            .inclusive = unit_random_below(random, 2),
            .compound = !is_fixed && i > 0 && unit_random_below(random, 3) == 0,
        };
    }
    if (product->tax_count == 3) { /* at most PRICING_COMPOUND_MAX, which are these two */
        product->taxes[2].compound = product->taxes[2].compound && product->taxes[2].rate > 0;
    }
}

static void random_cart(struct unit_random *random, struct random_cart *out)
{
    memset(out, 0, sizeof *out);
    const size_t count = 1 + unit_random_below(random, CART_LINES);
    for (size_t i = 0; i < count; i++) {
        const bool weighed = unit_random_below(random, 2);
        struct pricing_product *product = &out->products[i];
        product->key = (int64_t)i + 1;
        product->price_minor = (int64_t)unit_random_below(random, 3000);
        product->unit = weighed ? PRICING_WEIGHED : PRICING_EACH;
        random_taxes(random, product);
        random_discounts(random, out->discounts[i]);
        out->lines[i] = (struct pricing_line){
            .product = product,
            .quantity = weighed ? 1 + unit_random_amount(random, 5 * ONE)
                                : (1 + (int64_t)unit_random_below(random, 12)) * ONE,
            .unit_price = product->price_minor,
            .discounts = out->discounts[i],
            .discount_count = (uint8_t)unit_random_below(random, 3),
            .exempt = unit_random_below(random, 8) == 0,
        };
    }
    random_discounts(random, out->discounts[CART_LINES]);
    out->promotions[0] = (struct promotion){
        .kind = PROMOTION_BUY_X_GET_Y, .value = RATE_ONE, .buy = 2, .get = 1, .days = PROMOTION_ALL_DAYS};
    out->promotions[1] = (struct promotion){
        .kind = PROMOTION_N_FOR_PRICE, .quantity = 3, .price = 999, .days = PROMOTION_ALL_DAYS};
    out->promotions[2] = (struct promotion){.kind = PROMOTION_BASKET_THRESHOLD,
                                            .value_is_percent = true,
                                            .value = RATE_ONE / 20,
                                            .threshold = 2000,
                                            .days = PROMOTION_ALL_DAYS};
    out->cart = priced_cart(out->lines, count);
    out->cart.options = (struct pricing_options){
        .tax_rounding = unit_random_below(random, 2) ? PRICING_TAX_PER_RECEIPT : PRICING_TAX_PER_LINE,
        .rounding_mode = unit_random_below(random, 2) ? ROUNDING_HALF_EVEN : ROUNDING_HALF_UP,
    };
    out->cart.discounts = out->discounts[CART_LINES];
    out->cart.discount_count = unit_random_below(random, 3);
    out->cart.promotions = out->promotions;
    out->cart.promotion_count = unit_random_below(random, 4);
    out->cart.facts = &out->facts;
}

/* A priced line as its record has it: a line that is exempt has only its fixed taxes. */
static struct refund_line sold_line(const struct pricing_cart *cart, const struct pricing_line *line)
{
    const bool exempt = line->exempt || cart->exempt;
    struct refund_line sold = {
        .quantity = line->quantity,
        .gross = line->gross,
        .net = line->gross - line->discount,
        .exempted = line->exempted,
        .total = line->total,
    };
    for (const struct pricing_share *share = pricing_first_share(cart, line); share != NULL;
         share = pricing_next_share(cart, share)) {
        assert_in_range(sold.discount_count, 0, REFUND_DISCOUNTS_MAX - 1);
        sold.discounts[sold.discount_count++] = share->amount;
    }
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        const struct pricing_tax *tax = &line->product->taxes[i];
        if (!exempt || tax->kind == PRICING_TAX_FIXED) {
            sold.taxes[sold.tax_count++] = (struct refund_tax){
                .inclusive = tax->inclusive, .base = line->taxes[i].base, .amount = line->taxes[i].amount};
        }
    }
    return sold;
}

/* Lines and portions in any order, until all of the cart has come back. */
static void refund_of_a_cart_in_any_order_is_exactly_the_cart(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    static struct random_cart cart;
    for (int round = 0; round < 10000; round++) {
        random_cart(&random, &cart);
        priced(&cart.cart);
        struct refund_line sold[CART_LINES], sums[CART_LINES] = {{0}};
        int64_t left = 0, total = 0;
        for (size_t i = 0; i < cart.cart.line_count; i++) {
            sold[i] = sold_line(&cart.cart, &cart.lines[i]);
            if (!refund_line_adds_up(&sold[i])) {
                fail_msg("a line that the core priced does not add up");
            }
            sums[i].discount_count = sold[i].discount_count;
            sums[i].tax_count = sold[i].tax_count;
            left += sold[i].quantity;
        }
        while (left > 0) {
            const size_t i = unit_random_below(&random, cart.cart.line_count);
            if (sums[i].quantity < sold[i].quantity) {
                const int64_t portion = random_portion(&random, sold[i].quantity - sums[i].quantity);
                const struct refund_line part = share(&sold[i], sums[i].quantity, portion);
                assert_true(refund_line_adds_up(&part));
                add_up(&sums[i], &part);
                check_never_more(&sold[i], &sums[i]);
                total += part.total;
                left -= portion;
            }
        }
        for (size_t i = 0; i < cart.cart.line_count; i++) {
            assert_same(&sums[i], &sold[i]);
        }
        assert_int_equal(total, cart.cart.totals.total);
    }
}

static void refund_at_the_bounds_of_money_and_quantity_is_exact(void **state)
{
    (void)state;
    const struct refund_line sold = {
        .quantity = QUANTITY_MAX,
        .gross = MONEY_MAX,
        .net = MONEY_MAX - 1,
        .total = MONEY_MAX,
        .discount_count = 1,
        .discounts = {1},
        .tax_count = 3,
        .taxes = {{.inclusive = true, .base = 1, .amount = MONEY_MAX - 3},
                  {.inclusive = true, .base = 1, .amount = 1},
                  {.base = 1, .amount = 1}},
    };
    assert_true(refund_line_adds_up(&sold));
    const struct refund_line first = share(&sold, 0, QUANTITY_MAX - 1);
    struct refund_line sum = first;
    const struct refund_line last = share(&sold, QUANTITY_MAX - 1, 1);
    assert_true(refund_line_adds_up(&first) && refund_line_adds_up(&last));
    add_up(&sum, &last);
    assert_same(&sum, &sold);
}

/* --- tenders --- */

static void refund_of_1_38_paid_by_card_and_in_coins_of_ten(void **state)
{
    (void)state;
    /* 0.55 by card, 0.80 in cash for 0.83. */
    const struct refund_paid paid = {.cash = 80, .count = 1, .others = {55}};
    assert_int_equal(refund_due(&paid, 10, 138, 138), 135);
    assert_int_equal(refund_due(&paid, 10, 40, 138), 40);
    assert_int_equal(refund_due(&paid, 10, 60, 138), 65); /* five cents in cash are a coin of ten */
    assert_int_equal(refund_due(&paid, 10, 59, 138), 55); /* four are none */
    assert_int_equal(refund_due(&paid, 10, 137, 138), 135);

    const struct refund_payout none = {0};
    const struct refund_payout all = refund_left(&paid, &none);
    const struct refund_payout first = refund_spread(&paid, &all, 65);
    assert_int_equal(first.others[0], 55);
    assert_int_equal(first.cash, 10);
    const struct refund_payout left = refund_left(&paid, &first);
    const struct refund_payout rest = refund_spread(&paid, &left, 135 - 65);
    assert_int_equal(rest.others[0], 0);
    assert_int_equal(rest.cash, 70);
    assert_int_equal(rest.elsewhere, 0);
}

static void refund_goes_to_the_last_tender_first_and_to_cash_last(void **state)
{
    (void)state;
    const struct refund_paid paid = {.cash = 500, .count = 2, .others = {300, 200}};
    const struct refund_payout none = {0};
    const struct refund_payout left = refund_left(&paid, &none);
    const struct refund_payout payout = refund_spread(&paid, &left, 550);
    assert_int_equal(payout.others[1], 200);
    assert_int_equal(payout.others[0], 300);
    assert_int_equal(payout.cash, 50);
}

static void refund_as_store_credit_leaves_cash_in_coins(void **state)
{
    (void)state;
    const struct refund_paid paid = {.cash = 80, .count = 1, .others = {55}};
    const struct refund_payout credit = {.elsewhere = refund_due(&paid, 10, 60, 138)};
    const struct refund_payout left = refund_left(&paid, &credit);
    assert_int_equal(left.others[0], 0);
    assert_int_equal(left.cash, 70);
}

static void refund_of_what_an_exchange_moved_in_is_cash(void **state)
{
    (void)state;
    const struct refund_paid paid = {.exchanged = 137};
    assert_int_equal(refund_due(&paid, 10, 68, 137), 70);
    assert_int_equal(refund_due(&paid, 10, 137, 137), 137);
    const struct refund_payout none = {0};
    assert_int_equal(refund_left(&paid, &none).cash, 137);
}

/* A sale as it may be paid: other tenders at most its total, the rest in cash, rounded. */
static struct refund_paid random_payment(struct unit_random *random, int64_t total, int64_t increment)
{
    struct refund_paid paid = {.count = unit_random_below(random, 4)};
    int64_t parts[TENDER_COUNT_MAX];
    split(random, total, parts, paid.count + 1);
    if (unit_random_below(random, 3) == 0 && paid.count > 0) { /* no cash */
        parts[0] += parts[paid.count];
        parts[paid.count] = 0;
    }
    memcpy(paid.others, parts, paid.count * sizeof parts[0]);
    paid.cash = tender_round_cash(parts[paid.count], increment);
    return paid;
}

static int64_t sum_of(const struct refund_paid *paid, const struct refund_payout *payout)
{
    int64_t sum = payout->cash + payout->elsewhere;
    for (size_t i = 0; i < paid->count; i++) {
        assert_true(payout->others[i] >= 0);
        sum += payout->others[i];
    }
    assert_true(payout->cash >= 0 && payout->elsewhere >= 0);
    return sum;
}

static void add_payout(struct refund_payout *sum, const struct refund_payout *payout)
{
    sum->cash += payout->cash;
    sum->elsewhere += payout->elsewhere;
    for (size_t i = 0; i < TENDER_COUNT_MAX; i++) {
        sum->others[i] += payout->others[i];
    }
}

/* As a client may choose it: cash first, in coins, and then from the first tender on. */
static struct refund_payout contrary(struct unit_random *random, const struct refund_paid *paid,
                                     const struct refund_payout *before, int64_t amount, int64_t increment)
{
    struct refund_payout payout = {0};
    const int64_t coin = increment > 1 ? increment : 1;
    const int64_t most = paid->cash - before->cash < amount ? paid->cash - before->cash : amount;
    payout.cash = (int64_t)unit_random_below(random, (uint64_t)most + 1) / coin * coin;
    amount -= payout.cash;
    for (size_t i = 0; i < paid->count; i++) {
        const int64_t room = paid->others[i] - before->others[i];
        payout.others[i] = room < amount ? room : amount;
        amount -= payout.others[i];
    }
    payout.elsewhere = amount; /* the rest as store credit */
    return payout;
}

static void check_payout(const struct refund_paid *paid, const struct refund_payout *sum, int64_t increment)
{
    assert_true(sum->cash <= paid->cash);
    assert_true(increment <= 1 || sum->cash % increment == 0); /* every payment is in coins that exist */
    int64_t most = paid->cash;
    for (size_t i = 0; i < paid->count; i++) {
        assert_true(sum->others[i] <= paid->others[i]);
        most += paid->others[i];
    }
    assert_true(sum_of(paid, sum) <= most);
}

static void refund_in_any_portions_pays_back_exactly_what_was_paid(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    const int64_t coins[] = {0, 1, 5, 10, 50, 100};
    for (int round = 0; round < 20000; round++) {
        const int64_t total = unit_random_amount(&random, MONEY_MAX / 2);
        const int64_t increment = coins[unit_random_below(&random, 6)];
        const struct refund_paid paid = random_payment(&random, total, increment);
        const bool only_original = unit_random_below(&random, 2);
        struct refund_payout sum = {0};
        for (int64_t c = 0; c < total;) {
            c += random_portion(&random, total - c);
            const int64_t amount = refund_due(&paid, increment, c, total) - sum_of(&paid, &sum);
            assert_true(amount >= 0);
            const struct refund_payout left = refund_left(&paid, &sum);
            struct refund_payout payout = refund_spread(&paid, &left, amount);
            const uint64_t way = only_original ? 0 : unit_random_below(&random, 3);
            if (way == 1) {
                payout = (struct refund_payout){.elsewhere = amount};
            } else if (way == 2) {
                payout = contrary(&random, &paid, &sum, amount, increment);
            } else {
                assert_int_equal(payout.elsewhere, 0);
            }
            assert_int_equal(sum_of(&paid, &payout), amount);
            add_payout(&sum, &payout);
            check_payout(&paid, &sum, increment);
        }
        if (total > 0) {
            assert_int_equal(sum_of(&paid, &sum), refund_due(&paid, increment, total, total));
        }
        if (only_original && total > 0) { /* each tender has exactly what was paid with it */
            assert_int_equal(sum.cash, paid.cash);
            assert_memory_equal(sum.others, paid.others, sizeof sum.others);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refund_of_two_times_2_12_with_a_discount_and_included_tax),
        cmocka_unit_test(refund_of_two_times_2_12_with_a_discount_and_added_tax),
        cmocka_unit_test(refund_of_ten_times_23_90_piece_by_piece),
        cmocka_unit_test(refund_of_a_bottle_returns_exactly_its_deposit),
        cmocka_unit_test(refund_of_half_a_cent_goes_to_the_customer_first_and_to_the_tax),
        cmocka_unit_test(refund_of_an_exempt_line_returns_what_was_taken_out_of_the_price),
        cmocka_unit_test(refund_takes_lines_that_add_up_only),
        cmocka_unit_test(refund_of_a_line_in_any_portions_is_exactly_the_line),
        cmocka_unit_test(refund_of_a_share_keeps_the_equations_of_the_bases),
        cmocka_unit_test(refund_of_a_cart_in_any_order_is_exactly_the_cart),
        cmocka_unit_test(refund_at_the_bounds_of_money_and_quantity_is_exact),
        cmocka_unit_test(refund_of_1_38_paid_by_card_and_in_coins_of_ten),
        cmocka_unit_test(refund_goes_to_the_last_tender_first_and_to_cash_last),
        cmocka_unit_test(refund_as_store_credit_leaves_cash_in_coins),
        cmocka_unit_test(refund_of_what_an_exchange_moved_in_is_cash),
        cmocka_unit_test(refund_in_any_portions_pays_back_exactly_what_was_paid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
