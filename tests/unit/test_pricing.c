/* Pricing: golden cases, laws that hold for every cart, and a second implementation (reference.h). */
#include "core/pricing/pricing.h"

#include "core/money.h"
#include "core/quantity.h"
#include "priced.h"
#include "reference.h"
#include "unit.h"

#define PERCENT 100000LL

static const struct pricing_tax vat_20_inclusive = {.rate = 20 * PERCENT, .inclusive = true};
static const struct pricing_tax vat_20_exclusive = {.rate = 20 * PERCENT, .inclusive = false};

static struct pricing_product product_of(int64_t price, unsigned count, const struct pricing_tax *taxes)
{
    struct pricing_product product = {.price_minor = price, .tax_count = count};
    for (unsigned i = 0; i < count; i++) {
        product.taxes[i] = taxes[i];
    }
    return product;
}

static struct pricing_totals price(struct pricing_line *lines, size_t count)
{
    struct pricing_cart cart = priced_cart(lines, count);
    priced(&cart);
    return cart.totals;
}

static void refused(struct pricing_line line, const char *member, const char *code)
{
    struct pricing_line lines[2] = {line, line};
    const struct pricing_product plain = product_of(100, 0, NULL);
    lines[0] = (struct pricing_line){.product = &plain, .quantity = QUANTITY_ONE};
    struct pricing_cart cart = priced_cart(lines, 2);
    struct pricing_fault fault = {0};
    assert_int_equal(pricing_price(&cart, NULL, NULL, &fault), STATUS_VALIDATION_FAILED);
    assert_int_equal(fault.line, 1);
    assert_string_equal(fault.member, member);
    assert_string_equal(fault.code, code);
}

static void pricing_takes_included_tax_out_of_the_price(void **state)
{
    (void)state;
    const struct pricing_product product = product_of(212, 1, &vat_20_inclusive);
    struct pricing_line line = {.product = &product, .quantity = 2 * QUANTITY_ONE};
    const struct pricing_totals totals = price(&line, 1);
    assert_int_equal(line.gross, 424);
    assert_int_equal(line.taxes[0].base, 353); /* 353.33 */
    assert_int_equal(line.taxes[0].amount, 71);
    assert_int_equal(line.total, 424);
    assert_int_equal(totals.total, 424);
    assert_int_equal(totals.tax_total, 71);
    assert_int_equal(totals.tax_included, 71);
}

static void pricing_rounds_half_a_cent_of_included_tax_up(void **state)
{
    (void)state;
    const struct pricing_product product = product_of(3, 1, &vat_20_inclusive);
    struct pricing_line line = {.product = &product, .quantity = QUANTITY_ONE};
    price(&line, 1);
    assert_int_equal(line.taxes[0].amount, 1); /* 0.5 */
    assert_int_equal(line.taxes[0].base, 2);
}

static void pricing_adds_exclusive_tax_to_the_price(void **state)
{
    (void)state;
    const struct pricing_product product = product_of(212, 1, &vat_20_exclusive);
    struct pricing_line line = {.product = &product, .quantity = 2 * QUANTITY_ONE};
    const struct pricing_totals totals = price(&line, 1);
    assert_int_equal(line.taxes[0].base, 424);
    assert_int_equal(line.taxes[0].amount, 85); /* 84.8 */
    assert_int_equal(line.total, 509);
    assert_int_equal(totals.subtotal, 424);
    assert_int_equal(totals.total, 509);
    assert_int_equal(totals.tax_included, 0);
}

static void pricing_weighs_an_eighth_of_a_kilogram_of_cheese(void **state)
{
    (void)state;
    const struct pricing_tax vat_10 = {.rate = 10 * PERCENT, .inclusive = true};
    struct pricing_product cheese = product_of(2390, 1, &vat_10);
    cheese.unit = PRICING_WEIGHED;
    struct pricing_line line = {.product = &cheese, .quantity = 12500};
    price(&line, 1);
    assert_int_equal(line.gross, 299); /* 298.75 */
    assert_int_equal(line.taxes[0].amount, 27);
    assert_int_equal(line.taxes[0].base, 272);
}

static void pricing_takes_a_quarter_off_ten_pieces(void **state)
{
    (void)state;
    const struct pricing_product product = product_of(2390, 0, NULL);
    struct pricing_line line = {
        .product = &product,
        .quantity = 10 * QUANTITY_ONE,
        PRICED_DISCOUNTS({PRICING_DISCOUNT_PERCENT, 25 * PERCENT}),
    };
    const struct pricing_totals totals = price(&line, 1);
    assert_int_equal(line.gross, 23900);
    assert_int_equal(line.discount, 5975);
    assert_int_equal(totals.discount_total, 5975);
    assert_int_equal(totals.total, 17925);
}

static void pricing_applies_discounts_in_order_to_what_is_left(void **state)
{
    (void)state;
    const struct pricing_product product = product_of(1000, 0, NULL);
    struct pricing_line line = {
        .product = &product,
        .quantity = QUANTITY_ONE,
        PRICED_DISCOUNTS({PRICING_DISCOUNT_PERCENT, 10 * PERCENT}, {PRICING_DISCOUNT_AMOUNT, 100}),
    };
    price(&line, 1);
    assert_int_equal(line.discount, 200);
    line.discounts = (struct pricing_discount[]){PRICED_AMOUNT(100), PRICED_PERCENT(10)};
    price(&line, 1);
    assert_int_equal(line.discount, 190);
}

static void pricing_never_discounts_beyond_the_price(void **state)
{
    (void)state;
    const struct pricing_product product = product_of(1000, 1, &vat_20_inclusive);
    struct pricing_line line = {
        .product = &product,
        .quantity = QUANTITY_ONE,
        PRICED_DISCOUNTS({PRICING_DISCOUNT_AMOUNT, 600}, {PRICING_DISCOUNT_AMOUNT, 600},
                         {PRICING_DISCOUNT_PERCENT, 100 * PERCENT}),
    };
    const struct pricing_totals totals = price(&line, 1);
    assert_int_equal(line.discount, 1000);
    assert_int_equal(line.taxes[0].amount, 0);
    assert_int_equal(totals.total, 0);
}

static void pricing_rounds_half_up_in_currencies_of_0_2_and_3_decimals(void **state)
{
    (void)state;
    /* 10 % on top of ¥105, €1.05 and 1.005 dinars: 10.5, 10.5 and 100.5 minor units. */
    static const struct {
        const char *currency;
        int64_t price, tax;
    } cases[] = {{"JPY", 105, 11}, {"EUR", 105, 11}, {"BHD", 1005, 101}, {"KWD", 1004, 100}};
    const struct pricing_tax tax_10 = {.rate = 10 * PERCENT};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct pricing_product product = product_of(cases[i].price, 1, &tax_10);
        struct pricing_line line = {.product = &product, .quantity = QUANTITY_ONE};
        price(&line, 1);
        assert_int_equal(line.taxes[0].amount, cases[i].tax);
    }
}

static void pricing_splits_several_included_taxes_exactly(void **state)
{
    (void)state;
    /* 10.00 with 5 %, 9.975 % and 5 % in it: 1.66 of tax. Due are 41.55, 82.90 and 41.55 cents: of the two
     * cents beside the wholes one goes to the second, one to the first. */
    const struct pricing_tax taxes[] = {
        {.rate = 5 * PERCENT, .inclusive = true},
        {.rate = 997500, .inclusive = true},
        {.rate = 5 * PERCENT, .inclusive = true},
    };
    const struct pricing_product product = product_of(1000, 3, taxes);
    struct pricing_line line = {.product = &product, .quantity = QUANTITY_ONE};
    const struct pricing_totals totals = price(&line, 1);
    assert_int_equal(totals.tax_total, 166);
    assert_int_equal(line.taxes[0].amount, 42);
    assert_int_equal(line.taxes[1].amount, 83);
    assert_int_equal(line.taxes[2].amount, 41);
    assert_int_equal(line.taxes[0].base, 834);
    assert_int_equal(line.taxes[2].base, 834);
}

static void pricing_gives_the_earlier_tax_the_cent_when_equal(void **state)
{
    (void)state;
    const struct pricing_tax taxes[] = {
        {.rate = 10 * PERCENT, .inclusive = true},
        {.rate = 10 * PERCENT, .inclusive = true},
    };
    const struct pricing_product product = product_of(6, 2, taxes);
    struct pricing_line line = {.product = &product, .quantity = QUANTITY_ONE};
    price(&line, 1);
    assert_int_equal(line.taxes[0].amount, 1);
    assert_int_equal(line.taxes[1].amount, 0);
}

static void pricing_mixes_included_and_exclusive_taxes(void **state)
{
    (void)state;
    const struct pricing_tax taxes[] = {
        {.rate = 887500, .inclusive = false},
        {.rate = 20 * PERCENT, .inclusive = true},
        {.rate = 0, .inclusive = true},
    };
    const struct pricing_product product = product_of(1200, 3, taxes);
    struct pricing_line line = {.product = &product, .quantity = QUANTITY_ONE};
    const struct pricing_totals totals = price(&line, 1);
    assert_int_equal(line.taxes[1].amount, 200);
    assert_int_equal(line.taxes[2].amount, 0);
    assert_int_equal(line.taxes[0].amount, 89); /* 8.875 % of 1,000 */
    assert_int_equal(totals.total, 1289);
    assert_int_equal(totals.tax_total, 289);
    assert_int_equal(totals.tax_included, 200);
}

static void pricing_prices_three_hundred_different_products(void **state)
{
    (void)state;
    static struct pricing_product products[300];
    static struct pricing_line lines[300];
    int64_t sum = 0;
    for (int i = 0; i < 300; i++) {
        products[i] = product_of(i + 1, 1, &vat_20_inclusive);
        lines[i] = (struct pricing_line){.product = &products[i], .quantity = (i % 3 + 1) * QUANTITY_ONE};
        sum += (i + 1) * (i % 3 + 1);
    }
    assert_int_equal(price(lines, 300).total, sum);
}

static void pricing_of_an_empty_cart_is_nothing(void **state)
{
    (void)state;
    const struct pricing_totals totals = price(NULL, 0);
    assert_int_equal(totals.total, 0);
}

static void pricing_refuses_what_cannot_be_sold(void **state)
{
    (void)state;
    struct pricing_product each = product_of(100, 0, NULL);
    struct pricing_line line = {.product = &each, .quantity = QUANTITY_ONE};
    line.quantity = 0;
    refused(line, "quantity", "quantity_out_of_range");
    line.quantity = -QUANTITY_ONE;
    refused(line, "quantity", "quantity_out_of_range");
    line.quantity = QUANTITY_MAX + 1;
    refused(line, "quantity", "quantity_out_of_range");
    line.quantity = QUANTITY_ONE / 2;
    refused(line, "quantity", "quantity_not_whole");
    line.quantity = QUANTITY_ONE;
    line.discount_count = PRICING_DISCOUNTS_MAX + 1;
    refused(line, "discounts", "too_many");
    line.discount_count = 1;
    line.discounts = &(struct pricing_discount){PRICING_DISCOUNT_PERCENT, 100 * PERCENT + 1};
    refused(line, "discounts", "discount_out_of_range");
    line.discounts = &(struct pricing_discount){PRICING_DISCOUNT_AMOUNT, -1};
    refused(line, "discounts", "discount_out_of_range");
    line.discount_count = 0;
    each.price_minor = -1;
    refused(line, "product_id", "price_out_of_range");
    each = product_of(100, 1, &(struct pricing_tax){.rate = 100 * PERCENT + 1});
    refused(line, "product_id", "rate_out_of_range");
    each.tax_count = PRICING_TAXES_MAX + 1;
    refused(line, "product_id", "too_many");
}

static void pricing_refuses_totals_that_do_not_fit(void **state)
{
    (void)state;
    struct pricing_product dear = product_of(MONEY_MAX, 0, NULL);
    refused((struct pricing_line){.product = &dear, .quantity = 2 * QUANTITY_ONE}, "quantity", "overflow");
    refused((struct pricing_line){.product = &dear, .quantity = QUANTITY_MAX}, "quantity", "overflow");
    /* One alone fits, with the line before it does not. */
    refused((struct pricing_line){.product = &dear, .quantity = QUANTITY_ONE}, "quantity", "overflow");
    dear = product_of(MONEY_MAX - 100, 1, &vat_20_exclusive);
    refused((struct pricing_line){.product = &dear, .quantity = QUANTITY_ONE}, "quantity", "overflow");
}

struct steps {
    const struct pricing_line *lines;
    size_t count;
    size_t next_line;
    int64_t gross, discount, inclusive, exclusive;
};

/* Every step names a result of its line, and its exact result is the reference's. */
static void check_step(void *context, const struct pricing_step *step)
{
    struct steps *steps = context;
    const struct pricing_line *line = &steps->lines[step->line];
    int64_t value = step->input, numerator = 1, denominator = 1, rates = 0;
    switch (step->rule) {
    case PRICING_RULE_GROSS:
        assert_int_equal(step->line, steps->next_line++);
        steps->gross += step->rounded;
        numerator = line->quantity;
        denominator = QUANTITY_ONE;
        break;
    case PRICING_RULE_DISCOUNT:
        steps->discount += step->rounded;
        if (line->discounts[step->index].kind == PRICING_DISCOUNT_PERCENT) {
            numerator = line->discounts[step->index].value;
            denominator = RATE_ONE;
        } else {
            value = line->discounts[step->index].value;
        }
        break;
    case PRICING_RULE_TAX_INCLUSIVE:
        for (unsigned i = 0; i < line->product->tax_count; i++) {
            rates += line->product->taxes[i].inclusive ? line->product->taxes[i].rate : 0;
        }
        steps->inclusive += step->rounded;
        numerator = line->product->taxes[step->index].rate;
        denominator = RATE_ONE + rates;
        break;
    case PRICING_RULE_TAX_EXCLUSIVE:
        steps->exclusive += step->rounded;
        numerator = line->product->taxes[step->index].rate;
        denominator = RATE_ONE;
        break;
    case PRICING_RULE_TOTAL:
        assert_int_equal(step->line, steps->count);
        assert_int_equal(step->input, steps->gross);
        assert_int_equal(step->rounded, steps->gross - steps->discount + steps->exclusive);
        return;
    case PRICING_RULE_PRICE:
    case PRICING_RULE_PROMOTION:
    case PRICING_RULE_BASKET_DISCOUNT:
    case PRICING_RULE_EXEMPTION:
        fail_msg("a simple cart has no step of rule %d", step->rule);
    }
    bool is_cut;
    assert_true(step->exact_micro == reference_micro(value, numerator, denominator, &is_cut));
    assert_int_equal(step->exact_is_cut, is_cut);
    if (step->rounding == PRICING_ROUNDING_NONE) {
        assert_true(!is_cut && step->exact_micro == step->rounded * 1000000);
    } else if (step->rounding == PRICING_ROUNDING_HALF_UP) {
        assert_int_equal(step->rounded, reference_round(value, numerator, denominator));
    } else if (step->rounding == PRICING_ROUNDING_LARGEST_REMAINDER) {
        /* The sum that was split is rounded itself. */
        assert_in_range(step->rounded - step->exact_micro / 1000000 + 1, 0, 3);
    }
}

static void random_cart(struct unit_random *random, struct pricing_product *products,
                        struct pricing_line *lines, size_t count)
{
    static struct pricing_discount discounts[6][PRICING_DISCOUNTS_MAX];

    for (size_t i = 0; i < count; i++) {
        products[i] = (struct pricing_product){
            .price_minor = unit_random_amount(random, 1000000000),
            .unit = unit_random_below(random, 2) ? PRICING_WEIGHED : PRICING_EACH,
            .tax_count = (unsigned)unit_random_below(random, PRICING_TAXES_MAX + 1),
        };
        for (unsigned j = 0; j < products[i].tax_count; j++) {
            products[i].taxes[j] = (struct pricing_tax){
                .rate = unit_random_below(random, 3) ? (int64_t)unit_random_below(random, 101) * PERCENT
                                                     : unit_random_amount(random, RATE_ONE),
                .inclusive = unit_random_below(random, 2),
            };
        }
        lines[i] = (struct pricing_line){
            .product = &products[i],
            .quantity = products[i].unit == PRICING_WEIGHED
                            ? 1 + unit_random_amount(random, 1000 * QUANTITY_ONE)
                            : (1 + unit_random_amount(random, 1000)) * QUANTITY_ONE,
            .discount_count = (uint8_t)unit_random_below(random, 4),
            .discounts = discounts[i],
        };
        for (unsigned j = 0; j < lines[i].discount_count; j++) {
            const bool is_percent = unit_random_below(random, 2);
            discounts[i][j] = (struct pricing_discount){
                .kind = is_percent ? PRICING_DISCOUNT_PERCENT : PRICING_DISCOUNT_AMOUNT,
                .value = unit_random_amount(random, is_percent ? RATE_ONE : 1000000),
            };
        }
    }
}

/* The sums of all lines are the totals, no part is negative, and the reference agrees. */
static void check_cart(const struct pricing_line *lines, size_t count, const struct pricing_totals *totals)
{
    struct pricing_totals sums = {0};
    for (size_t i = 0; i < count; i++) {
        const struct pricing_line *line = &lines[i];
        const struct reference_line reference = reference_price(line);
        int64_t inclusive = 0, exclusive = 0;
        for (unsigned j = 0; j < line->product->tax_count; j++) {
            assert_true(line->taxes[j].amount >= 0);
            assert_int_equal(line->taxes[j].amount, reference.tax[j]);
            assert_int_equal(line->taxes[j].base, reference.base);
            *(line->product->taxes[j].inclusive ? &inclusive : &exclusive) += line->taxes[j].amount;
        }
        assert_int_equal(line->gross, reference.gross);
        assert_int_equal(line->discount, reference.discount);
        assert_int_equal(line->total, reference.total);
        assert_int_equal(reference.base + inclusive, line->gross - line->discount);
        assert_int_equal(line->total, line->gross - line->discount + exclusive);
        sums.subtotal += line->gross;
        sums.discount_total += line->discount;
        sums.tax_total += inclusive + exclusive;
        sums.tax_included += inclusive;
        sums.total += line->total;
    }
    assert_memory_equal(&sums, totals, sizeof sums);
    assert_int_equal(totals->total, totals->subtotal - totals->discount_total + totals->tax_total -
                                        totals->tax_included + totals->rounding);
    assert_true(totals->total >= 0);
}

static void pricing_conserves_money_in_every_cart(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    struct pricing_product products[6];
    struct pricing_line lines[6];
    for (int round = 0; round < 10000; round++) {
        const size_t count = 1 + unit_random_below(&random, 6);
        random_cart(&random, products, lines, count);
        struct steps steps = {.lines = lines, .count = count};
        struct pricing_cart cart = priced_cart(lines, count);
        struct pricing_fault fault;
        assert_int_equal(pricing_price(&cart, check_step, &steps, &fault), STATUS_OK);
        const struct pricing_totals totals = cart.totals;
        check_cart(lines, count, &totals);
        assert_int_equal(steps.gross, totals.subtotal);
        assert_int_equal(steps.discount, totals.discount_total);
        assert_int_equal(steps.inclusive, totals.tax_included);
        assert_int_equal(steps.inclusive + steps.exclusive, totals.tax_total);
    }
}

static void pricing_at_its_bounds_is_exact_or_refused(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    unsigned priced = 0;
    for (int round = 0; round < 5000; round++) {
        struct pricing_product product;
        struct pricing_line line;
        random_cart(&random, &product, &line, 1);
        const bool is_dear = unit_random_below(&random, 2);
        product.price_minor = (int64_t)unit_random_below(&random, is_dear ? MONEY_MAX : 20000);
        line.quantity = 1 + (int64_t)unit_random_below(&random, is_dear ? 4 * QUANTITY_ONE : QUANTITY_MAX);
        product.unit = PRICING_WEIGHED;
        struct pricing_cart cart = priced_cart(&line, 1);
        struct pricing_fault fault;
        if (pricing_price(&cart, NULL, NULL, &fault) == STATUS_OK) {
            check_cart(&line, 1, &cart.totals);
            priced++;
        } else {
            assert_string_equal(fault.code, "overflow");
            const struct reference_line reference = reference_price(&line);
            assert_true(reference.gross > MONEY_MAX || reference.total > MONEY_MAX);
        }
    }
    assert_in_range(priced, 500, 4500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pricing_takes_included_tax_out_of_the_price),
        cmocka_unit_test(pricing_rounds_half_a_cent_of_included_tax_up),
        cmocka_unit_test(pricing_adds_exclusive_tax_to_the_price),
        cmocka_unit_test(pricing_weighs_an_eighth_of_a_kilogram_of_cheese),
        cmocka_unit_test(pricing_takes_a_quarter_off_ten_pieces),
        cmocka_unit_test(pricing_applies_discounts_in_order_to_what_is_left),
        cmocka_unit_test(pricing_never_discounts_beyond_the_price),
        cmocka_unit_test(pricing_rounds_half_up_in_currencies_of_0_2_and_3_decimals),
        cmocka_unit_test(pricing_splits_several_included_taxes_exactly),
        cmocka_unit_test(pricing_gives_the_earlier_tax_the_cent_when_equal),
        cmocka_unit_test(pricing_mixes_included_and_exclusive_taxes),
        cmocka_unit_test(pricing_prices_three_hundred_different_products),
        cmocka_unit_test(pricing_of_an_empty_cart_is_nothing),
        cmocka_unit_test(pricing_refuses_what_cannot_be_sold),
        cmocka_unit_test(pricing_refuses_totals_that_do_not_fit),
        cmocka_unit_test(pricing_conserves_money_in_every_cart),
        cmocka_unit_test(pricing_at_its_bounds_is_exact_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
