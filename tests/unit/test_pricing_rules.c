/* Pricing: worked examples of every rule, most of them from tax authorities. Amounts are in minor units. */
#include "core/pricing/pricing.h"

#include "core/money.h"
#include "core/quantity.h"
#include "priced.h"

#define PERCENT 100000LL

/* A tax of so many percent (in thousandths, for 8.875), and a fixed one. */
#define EXCLUSIVE(thousandths)                                                                               \
    {                                                                                                        \
        .rate = (thousandths)*PERCENT / 1000                                                                 \
    }
#define INCLUSIVE(thousandths)                                                                               \
    {                                                                                                        \
        .rate = (thousandths)*PERCENT / 1000, .inclusive = true                                              \
    }
#define ON_TOP(thousandths)                                                                                  \
    {                                                                                                        \
        .rate = (thousandths)*PERCENT / 1000, .compound = true                                               \
    }
#define INCLUSIVE_ON(thousandths)                                                                            \
    {                                                                                                        \
        .rate = (thousandths)*PERCENT / 1000, .inclusive = true, .compound = true                            \
    }
#define DEPOSIT(amount)                                                                                      \
    {                                                                                                        \
        .kind = PRICING_TAX_FIXED, .amount_per_unit = (amount)                                               \
    }
#define INCLUSIVE_DEPOSIT(amount)                                                                            \
    {                                                                                                        \
        .kind = PRICING_TAX_FIXED, .amount_per_unit = (amount), .inclusive = true                            \
    }
#define TAXES(...)                                                                                           \
    .tax_count = sizeof((struct pricing_tax[]){__VA_ARGS__}) / sizeof(struct pricing_tax),                   \
    .taxes = {__VA_ARGS__}

static struct pricing_line line_of(const struct pricing_product *product, int64_t pieces)
{
    return (struct pricing_line){.product = product, .quantity = pieces * QUANTITY_ONE};
}

/* One line of one product. */
static struct pricing_line sold(const struct pricing_product *product, int64_t pieces)
{
    struct pricing_line line = line_of(product, pieces);
    struct pricing_cart cart = priced_cart(&line, 1);
    priced(&cart);
    return line;
}

static void assert_line(const struct pricing_line *line, int64_t total, int64_t base, int64_t tax)
{
    assert_int_equal(line->total, total);
    assert_int_equal(line->taxes[0].base, base);
    assert_int_equal(line->taxes[0].amount, tax);
}

/* --- taxes --- */

/* The VAT fraction of HM Revenue & Customs (VAT Notice 700) is 1/6 at 20 % and 1/21 at 5 %. */
static void vat_fraction_of_the_united_kingdom(void **state)
{
    (void)state;
    struct pricing_line line = sold(&(struct pricing_product){.price_minor = 12000, TAXES(INCLUSIVE(20000))},
                                    1);
    assert_line(&line, 12000, 10000, 2000);
    line = sold(&(struct pricing_product){.price_minor = 2100, TAXES(INCLUSIVE(5000))}, 1);
    assert_line(&line, 2100, 2000, 100);
}

/* New York State, Publication 718: 8.875 % in New York City is 4 % of the State, 4.5 % of the City and 0.375
 * % of the Metropolitan Commuter Transportation District. */
static void three_taxes_of_new_york_city(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 1000,
                                            TAXES(EXCLUSIVE(4000), EXCLUSIVE(4500), EXCLUSIVE(375))};
    const struct pricing_line line = sold(&product, 1);
    assert_int_equal(line.taxes[0].amount, 40);
    assert_int_equal(line.taxes[1].amount, 45);
    assert_int_equal(line.taxes[2].amount, 4); /* 3.75 */
    assert_int_equal(line.total, 1089);
}

/* Revenu Québec: until 2012 the QST of 9.5 % was charged on the price with the GST of 5 %; since 2013 it is
 * 9.975 % of the price alone, which comes to the same. */
static void tax_on_tax_of_quebec(void **state)
{
    (void)state;
    struct pricing_line line =
        sold(&(struct pricing_product){.price_minor = 10000, TAXES(EXCLUSIVE(5000), ON_TOP(9500))}, 1);
    assert_line(&line, 11498, 10000, 500);
    assert_int_equal(line.taxes[1].base, 10500);
    assert_int_equal(line.taxes[1].amount, 998); /* 997.5 */
    line = sold(&(struct pricing_product){.price_minor = 10000, TAXES(EXCLUSIVE(5000), EXCLUSIVE(9975))}, 1);
    assert_int_equal(line.total, 11498);
}

/* The same price with both taxes in it is taken apart again. */
static void inclusive_tax_on_tax_gives_the_price_back(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 11498, TAXES(INCLUSIVE(5000), INCLUSIVE_ON(9500))};
    const struct pricing_line line = sold(&product, 1);
    assert_line(&line, 11498, 10000, 500);
    assert_int_equal(line.taxes[1].base, 10500);
    assert_int_equal(line.taxes[1].amount, 998);
}

/* A compound tax stands on the taxes before it, not on those behind. */
static void order_of_taxes_counts(void **state)
{
    (void)state;
    const struct pricing_line line =
        sold(&(struct pricing_product){.price_minor = 10000, TAXES(ON_TOP(9500), EXCLUSIVE(5000))}, 1);
    assert_int_equal(line.taxes[0].amount, 950);
    assert_int_equal(line.taxes[1].amount, 500);
}

/* Three storeys: 10 % of 100, 10 % of 110, 10 % of 121. */
static void compound_taxes_pile_up(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 10000,
                                            TAXES(EXCLUSIVE(10000), ON_TOP(10000), ON_TOP(10000))};
    const struct pricing_line line = sold(&product, 1);
    assert_int_equal(line.taxes[1].amount, 1100);
    assert_int_equal(line.taxes[2].base, 12100);
    assert_int_equal(line.taxes[2].amount, 1210);
    assert_int_equal(line.total, 13310);
}

/* An inclusive tax that stands on an exclusive one: 20 % of base and its 10 %, so 22 % of base is in the
 * price of 122, and 10 more are added. */
static void inclusive_tax_on_an_exclusive_one(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 12200,
                                            TAXES(EXCLUSIVE(10000), INCLUSIVE_ON(20000))};
    const struct pricing_line line = sold(&product, 1);
    assert_line(&line, 13200, 10000, 1000);
    assert_int_equal(line.taxes[1].base, 11000);
    assert_int_equal(line.taxes[1].amount, 2200);
}

/* A bottle at 1.50 and a deposit of 0.25 beside it (Einwegpfand): no part of the price, due on each unit. */
static void deposit_beside_the_price(void **state)
{
    (void)state;
    const struct pricing_line line =
        sold(&(struct pricing_product){.price_minor = 150, TAXES(INCLUSIVE(19000), DEPOSIT(25))}, 6);
    assert_line(&line, 1050, 756, 144); /* 143.697 of 900 */
    assert_int_equal(line.taxes[1].amount, 150);
}

/* The deposit is in the price and bears the tax, as in Germany (UStAE 10.1): (125 / 1.19) − 25. */
static void tax_on_a_deposit_in_the_price(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 125,
                                            TAXES(INCLUSIVE_DEPOSIT(25), INCLUSIVE_ON(19000))};
    const struct pricing_line line = sold(&product, 1);
    assert_line(&line, 125, 80, 25);
    assert_int_equal(line.taxes[1].base, 105);
    assert_int_equal(line.taxes[1].amount, 20); /* 19.96 */
}

/* A bottle given away keeps no deposit that nobody paid. */
static void deposit_in_the_price_is_at_most_the_price(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 125,
                                            TAXES(INCLUSIVE_DEPOSIT(25), INCLUSIVE_ON(19000))};
    struct pricing_line line = line_of(&product, 1);
    line.discount_count = 1;
    line.discounts = &(struct pricing_discount)PRICED_AMOUNT(110);
    struct pricing_cart cart = priced_cart(&line, 1);
    priced(&cart);
    assert_line(&line, 15, 0, 15);
    assert_int_equal(line.taxes[1].amount, 0);
}

/* Half a cent, and half of an odd one. */
static void halves_go_up_or_to_the_even_neighbour(void **state)
{
    (void)state;
    const struct pricing_product two = {.price_minor = 25, TAXES(EXCLUSIVE(10000))},
                                 three = {.price_minor = 35, TAXES(EXCLUSIVE(10000))};
    struct pricing_line lines[] = {line_of(&two, 1), line_of(&three, 1)};
    struct pricing_cart cart = priced_cart(lines, 2);
    priced(&cart);
    assert_int_equal(lines[0].taxes[0].amount, 3);
    assert_int_equal(lines[1].taxes[0].amount, 4);
    cart.options.rounding_mode = ROUNDING_HALF_EVEN;
    priced(&cart);
    assert_int_equal(lines[0].taxes[0].amount, 2);
    assert_int_equal(lines[1].taxes[0].amount, 4);
}

/* Yen have no decimals, dinars of Bahrain three; the core counts minor units. */
static void currencies_of_no_and_of_three_decimals(void **state)
{
    (void)state;
    struct pricing_line line = sold(&(struct pricing_product){.price_minor = 108, TAXES(INCLUSIVE(8000))}, 1);
    assert_line(&line, 108, 100, 8);
    line = sold(&(struct pricing_product){.price_minor = 1255, TAXES(EXCLUSIVE(10000))}, 1);
    assert_line(&line, 1381, 1255, 126); /* 0.1255 */
}

/* --- rounding once on the receipt --- */

/* National Tax Agency of Japan, qualified invoices: one rounding a rate and invoice. Three items at 104 and
 * 8 %: 8.32 each, 24.96 together. */
static void one_rounding_a_receipt(void **state)
{
    (void)state;
    const struct pricing_product item = {.price_minor = 104, TAXES({.rate = 8 * PERCENT, .key = 1})};
    struct pricing_line lines[] = {line_of(&item, 1), line_of(&item, 1), line_of(&item, 1)};
    struct pricing_cart cart = priced_cart(lines, 3);
    priced(&cart);
    assert_int_equal(cart.totals.tax_total, 24);
    cart.options.tax_rounding = PRICING_TAX_PER_RECEIPT;
    priced(&cart);
    assert_int_equal(cart.totals.tax_total, 25);
    assert_int_equal(lines[0].taxes[0].amount, 9); /* the first of equals gets what is left */
    assert_int_equal(lines[1].taxes[0].amount, 8);
    assert_int_equal(cart.totals.total, 337);
}

/* Two products with one tax in common: it is rounded over both. 6 % of 10.25 and 10.25, 2 % of one. */
static void a_tax_is_one_whatever_stands_beside_it(void **state)
{
    (void)state;
    const struct pricing_product both = {
        .price_minor = 1025, TAXES({.rate = 6 * PERCENT, .key = 1}, {.rate = 2 * PERCENT, .key = 2})};
    const struct pricing_product one = {.price_minor = 1025, TAXES({.rate = 6 * PERCENT, .key = 1})};
    struct pricing_line lines[] = {line_of(&both, 1), line_of(&one, 1)};
    struct pricing_cart cart = priced_cart(lines, 2);
    cart.options.tax_rounding = PRICING_TAX_PER_RECEIPT;
    priced(&cart);
    assert_int_equal(lines[0].taxes[0].amount + lines[1].taxes[0].amount, 123); /* 61.5 + 61.5; by line 124 */
    assert_int_equal(lines[0].taxes[1].amount, 21);                             /* 20.5 */
}

/* Three at 0.99 with 20 % in them: 0.165 each, 0.495 together. */
static void included_tax_is_rounded_on_the_receipt(void **state)
{
    (void)state;
    const struct pricing_product item = {.price_minor = 99,
                                         TAXES({.rate = 20 * PERCENT, .key = 1, .inclusive = true})};
    struct pricing_line lines[] = {line_of(&item, 1), line_of(&item, 1), line_of(&item, 1)};
    struct pricing_cart cart = priced_cart(lines, 3);
    priced(&cart);
    assert_int_equal(cart.totals.tax_total, 51);
    cart.options.tax_rounding = PRICING_TAX_PER_RECEIPT;
    priced(&cart);
    assert_int_equal(cart.totals.tax_total, 50);
    assert_int_equal(cart.totals.total, 297);
}

/* --- exemptions --- */

static void exemption_takes_the_included_tax_out_of_the_price(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 12000, TAXES(INCLUSIVE(20000), DEPOSIT(25))};
    struct pricing_line line = line_of(&product, 1);
    line.exempt = true;
    struct pricing_cart cart = priced_cart(&line, 1);
    priced(&cart);
    assert_line(&line, 10025, 10000, 0);
    assert_int_equal(line.exempted, 2000);
    assert_int_equal(line.taxes[1].amount, 25); /* a deposit stays */
    assert_int_equal(cart.totals.tax_total, 25);
    assert_int_equal(cart.totals.tax_included, 2000);
    assert_int_equal(cart.totals.total, 12000 + 25 - 2000);
}

static void exempt_basket_pays_no_percentage(void **state)
{
    (void)state;
    const struct pricing_product in = {.price_minor = 12000, TAXES(INCLUSIVE(20000))},
                                 beside = {.price_minor = 5000, TAXES(EXCLUSIVE(8875))};
    struct pricing_line lines[] = {line_of(&in, 1), line_of(&beside, 2)};
    struct pricing_cart cart = priced_cart(lines, 2);
    cart.exempt = true;
    priced(&cart);
    assert_int_equal(lines[0].total, 10000);
    assert_int_equal(lines[1].total, 10000);
    assert_int_equal(cart.totals.tax_total, 0);
}

/* --- discounts --- */

/* Cases that broke others. */
static void two_at_2_12_with_20_percent_tax_and_10_percent_off(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 212, TAXES(INCLUSIVE(20000))};
    struct pricing_line line = line_of(&product, 2);
    line.discount_count = 1;
    line.discounts = &(struct pricing_discount)PRICED_PERCENT(10);
    struct pricing_cart cart = priced_cart(&line, 1);
    priced(&cart);
    assert_int_equal(line.discount, 42);
    assert_line(&line, 382, 318, 64);
}

static int64_t share_of(const struct pricing_cart *cart, size_t line, enum pricing_share_source source,
                        unsigned index)
{
    int64_t sum = 0;
    for (const struct pricing_share *share = pricing_first_share(cart, &cart->lines[line]); share != NULL;
         share = pricing_next_share(cart, share)) {
        sum += share->source == source && share->index == index ? share->amount : 0;
    }
    return sum;
}

/* 10.00 over three lines of 33.34, 33.33 and 33.33: by largest remainder. */
static void amount_off_the_basket_is_spread_exactly(void **state)
{
    (void)state;
    const struct pricing_product a = {.price_minor = 3334}, b = {.price_minor = 3333};
    struct pricing_line lines[] = {line_of(&a, 1), line_of(&b, 1), line_of(&b, 1)};
    struct pricing_cart cart = priced_cart(lines, 3);
    cart.discounts = &(struct pricing_discount)PRICED_AMOUNT(1000);
    cart.discount_count = 1;
    priced(&cart);
    assert_int_equal(lines[0].discount, 334);
    assert_int_equal(lines[1].discount, 333);
    assert_int_equal(lines[2].discount, 333);
    assert_int_equal(cart.totals.total, 9000);
}

/* Of equal remainders the earlier line gets the cent. */
static void equal_remainders_go_to_the_earlier_line(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 100};
    struct pricing_line lines[] = {line_of(&product, 1), line_of(&product, 1), line_of(&product, 1)};
    struct pricing_cart cart = priced_cart(lines, 3);
    cart.discounts = &(struct pricing_discount)PRICED_AMOUNT(100);
    cart.discount_count = 1;
    priced(&cart);
    assert_int_equal(lines[0].discount, 34);
    assert_int_equal(lines[1].discount, 33);
    assert_int_equal(lines[2].discount, 33);
}

/* The line's own discount first, then the basket's, each of what is left; each is kept. */
static void each_discount_keeps_its_amount_on_the_line(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 10000};
    struct pricing_line lines[] = {line_of(&product, 1), line_of(&product, 1)};
    lines[0].discount_count = 1;
    lines[0].discounts = &(struct pricing_discount)PRICED_PERCENT(50);
    struct pricing_cart cart = priced_cart(lines, 2);
    cart.discounts = (struct pricing_discount[]){PRICED_PERCENT(10), PRICED_AMOUNT(150)};
    cart.discount_count = 2;
    priced(&cart);
    assert_int_equal(share_of(&cart, 0, PRICING_SHARE_LINE, 0), 5000);
    assert_int_equal(share_of(&cart, 0, PRICING_SHARE_BASKET, 0), 500);
    assert_int_equal(share_of(&cart, 1, PRICING_SHARE_BASKET, 0), 1000);
    assert_int_equal(share_of(&cart, 0, PRICING_SHARE_BASKET, 1), 50);
    assert_int_equal(share_of(&cart, 1, PRICING_SHARE_BASKET, 1), 100);
    assert_int_equal(lines[0].discount, 5550);
    assert_int_equal(cart.totals.total, 15000 - 1500 - 150);
}

static void basket_discount_is_at_most_the_basket(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 250}, card = {.price_minor = 5000};
    struct pricing_line lines[] = {line_of(&product, 1), line_of(&card, 1)};
    lines[1].undiscounted = true; /* a gift card is worth what it costs */
    struct pricing_cart cart = priced_cart(lines, 2);
    cart.discounts = &(struct pricing_discount)PRICED_AMOUNT(1000);
    cart.discount_count = 1;
    priced(&cart);
    assert_int_equal(lines[0].discount, 250);
    assert_int_equal(lines[1].discount, 0);
    assert_int_equal(cart.totals.total, 5000);
}

static void price_of_the_line_counts_where_it_brings_one(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 2490};
    struct pricing_line line = line_of(&product, 2);
    line.price_source = PRICING_PRICE_OVERRIDE;
    line.unit_price = 1990;
    struct pricing_cart cart = priced_cart(&line, 1);
    priced(&cart);
    assert_int_equal(line.gross, 3980);
    line.unit_price = -1;
    struct pricing_fault fault;
    assert_int_equal(pricing_price(&cart, NULL, NULL, &fault), STATUS_VALIDATION_FAILED);
    assert_string_equal(fault.member, "unit_price");
}

static void faults_of_the_basket_name_no_line(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 100};
    struct pricing_line line = line_of(&product, 1);
    struct pricing_cart cart = priced_cart(&line, 1);
    struct pricing_fault fault;
    cart.discounts = &(struct pricing_discount){PRICING_DISCOUNT_PERCENT, RATE_ONE + 1};
    cart.discount_count = 1;
    assert_int_equal(pricing_price(&cart, NULL, NULL, &fault), STATUS_VALIDATION_FAILED);
    assert_int_equal(fault.line, 1);
    assert_string_equal(fault.code, "discount_out_of_range");
}

static void too_many_compound_taxes_are_refused(void **state)
{
    (void)state;
    const struct pricing_product product = {.price_minor = 100,
                                            TAXES(ON_TOP(1000), ON_TOP(1000), ON_TOP(1000))};
    struct pricing_line line = line_of(&product, 1);
    struct pricing_cart cart = priced_cart(&line, 1);
    struct pricing_fault fault;
    assert_int_equal(pricing_price(&cart, NULL, NULL, &fault), STATUS_VALIDATION_FAILED);
    assert_string_equal(fault.code, "too_many");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vat_fraction_of_the_united_kingdom),
        cmocka_unit_test(three_taxes_of_new_york_city),
        cmocka_unit_test(tax_on_tax_of_quebec),
        cmocka_unit_test(inclusive_tax_on_tax_gives_the_price_back),
        cmocka_unit_test(order_of_taxes_counts),
        cmocka_unit_test(compound_taxes_pile_up),
        cmocka_unit_test(inclusive_tax_on_an_exclusive_one),
        cmocka_unit_test(deposit_beside_the_price),
        cmocka_unit_test(tax_on_a_deposit_in_the_price),
        cmocka_unit_test(deposit_in_the_price_is_at_most_the_price),
        cmocka_unit_test(halves_go_up_or_to_the_even_neighbour),
        cmocka_unit_test(currencies_of_no_and_of_three_decimals),
        cmocka_unit_test(one_rounding_a_receipt),
        cmocka_unit_test(a_tax_is_one_whatever_stands_beside_it),
        cmocka_unit_test(included_tax_is_rounded_on_the_receipt),
        cmocka_unit_test(exemption_takes_the_included_tax_out_of_the_price),
        cmocka_unit_test(exempt_basket_pays_no_percentage),
        cmocka_unit_test(two_at_2_12_with_20_percent_tax_and_10_percent_off),
        cmocka_unit_test(amount_off_the_basket_is_spread_exactly),
        cmocka_unit_test(equal_remainders_go_to_the_earlier_line),
        cmocka_unit_test(each_discount_keeps_its_amount_on_the_line),
        cmocka_unit_test(basket_discount_is_at_most_the_basket),
        cmocka_unit_test(price_of_the_line_counts_where_it_brings_one),
        cmocka_unit_test(faults_of_the_basket_name_no_line),
        cmocka_unit_test(too_many_compound_taxes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
