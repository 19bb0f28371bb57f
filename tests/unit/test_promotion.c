/* Promotions: an example of every kind, and when they hold. Amounts are in minor units. */
#include "core/pricing/promotion.h"

#include "core/quantity.h"
#include "priced.h"

#define PERCENT 100000LL

enum {
    TEA = 1,
    CUP = 2,
    CARD = 3,
    DRINKS = 10,
    DISHES = 20
};

static const struct pricing_product tea = {.key = TEA, .category_key = DRINKS, .price_minor = 300};
static const struct pricing_product cup = {.key = CUP, .category_key = DISHES, .price_minor = 1000};
static const struct promotion_facts any_time = {.at_ms = 1000};

static struct pricing_line line_of(const struct pricing_product *product, int64_t pieces)
{
    return (struct pricing_line){.product = product, .quantity = pieces * QUANTITY_ONE};
}

/* The cart with these promotions, priced. */
static struct pricing_cart promoted(struct pricing_line *lines, size_t count,
                                    const struct promotion *promotions, size_t promotion_count,
                                    const struct promotion_facts *facts)
{
    struct pricing_cart cart = priced_cart(lines, count);
    cart.promotions = promotions;
    cart.promotion_count = promotion_count;
    cart.facts = facts;
    priced(&cart);
    return cart;
}

/* What one promotion takes off, in all. */
static int64_t taken(struct pricing_line *lines, size_t count, struct promotion promotion)
{
    return promoted(lines, count, &promotion, 1, &any_time).totals.discount_total;
}

#define KEYS(...)                                                                                            \
    {                                                                                                        \
        .keys = (const int64_t[]){__VA_ARGS__}, .count = sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)  \
    }

/* --- kinds --- */

static void percent_off_a_category(void **state)
{
    (void)state;
    struct pricing_line lines[] = {line_of(&tea, 2), line_of(&cup, 1)};
    assert_int_equal(taken(lines, 2, (struct promotion){.value = 10 * PERCENT, .categories = KEYS(DRINKS)}),
                     60);
    assert_int_equal(lines[0].discount, 60);
    assert_int_equal(lines[1].discount, 0);
}

static void amount_off_each_unit_is_at_most_its_price(void **state)
{
    (void)state;
    struct pricing_line lines[] = {line_of(&tea, 3), line_of(&cup, 1)};
    const struct promotion promotion = {.kind = PROMOTION_AMOUNT_OFF, .value = 50, .products = KEYS(TEA)};
    assert_int_equal(taken(lines, 2, promotion), 150);
    assert_int_equal(taken(lines, 2, (struct promotion){.kind = PROMOTION_AMOUNT_OFF, .value = 400}), 1300);
}

static void amount_off_a_kilogram_goes_by_weight(void **state)
{
    (void)state;
    const struct pricing_product cheese = {.price_minor = 2490, .unit = PRICING_WEIGHED};
    struct pricing_line line = {.product = &cheese, .quantity = 12500};
    assert_int_equal(taken(&line, 1, (struct promotion){.kind = PROMOTION_AMOUNT_OFF, .value = 200}), 25);
}

/* Three for two over different products: the cheapest is free, and all three share what it was worth. */
static void cheapest_of_three_is_free(void **state)
{
    (void)state;
    struct pricing_line lines[] = {line_of(&tea, 1), line_of(&cup, 2)};
    const struct promotion promotion = {
        .kind = PROMOTION_BUY_X_GET_Y, .buy = 2, .get = 1, .value = 100 * PERCENT};
    assert_int_equal(taken(lines, 2, promotion), 300);
    assert_int_equal(lines[0].discount, 39); /* 300 × 300 ÷ 2300 */
    assert_int_equal(lines[1].discount, 261);
}

/* Ten of one are three groups, and one that is paid. */
static void units_of_one_line_are_counted(void **state)
{
    (void)state;
    struct pricing_line line = line_of(&tea, 10);
    const struct promotion promotion = {
        .kind = PROMOTION_BUY_X_GET_Y, .buy = 2, .get = 1, .value = 100 * PERCENT};
    assert_int_equal(taken(&line, 1, promotion), 900);
}

/* Of units that remain those beyond `buy` count: buy 1 get 2, with five there are three free. */
static void rest_beyond_what_is_bought_counts(void **state)
{
    (void)state;
    struct pricing_line line = line_of(&tea, 5);
    const struct promotion promotion = {
        .kind = PROMOTION_BUY_X_GET_Y, .buy = 1, .get = 2, .value = 100 * PERCENT};
    assert_int_equal(taken(&line, 1, promotion), 900);
}

static void second_at_half_price(void **state)
{
    (void)state;
    struct pricing_line line = line_of(&cup, 2);
    const struct promotion promotion = {
        .kind = PROMOTION_BUY_X_GET_Y, .buy = 1, .get = 1, .value = 50 * PERCENT};
    assert_int_equal(taken(&line, 1, promotion), 500);
}

static void three_for_a_price(void **state)
{
    (void)state;
    struct pricing_line line = line_of(&tea, 7);
    const struct promotion promotion = {.kind = PROMOTION_N_FOR_PRICE, .quantity = 3, .price = 700};
    assert_int_equal(taken(&line, 1, promotion), 400); /* twice 900 − 700; the seventh costs what it costs */
}

/* The dearest units go together, and a group that is cheaper as it is stays as it is. */
static void groups_never_cost_more_than_their_units(void **state)
{
    (void)state;
    const struct pricing_product cheap = {.price_minor = 100};
    struct pricing_line lines[] = {line_of(&cheap, 3), line_of(&cup, 1), line_of(&tea, 2)};
    const struct promotion promotion = {.kind = PROMOTION_N_FOR_PRICE, .quantity = 3, .price = 1000};
    assert_int_equal(taken(lines, 3, promotion), 600); /* 1000 + 300 + 300 for 1000 */
    assert_int_equal(lines[0].discount, 0);
    assert_int_equal(lines[1].discount, 375); /* 600 × 1000 ÷ 1600 */
    assert_int_equal(lines[2].discount, 225);
}

static void weighed_goods_are_no_units(void **state)
{
    (void)state;
    const struct pricing_product cheese = {.price_minor = 2490, .unit = PRICING_WEIGHED};
    struct pricing_line line = {.product = &cheese, .quantity = 3 * QUANTITY_ONE};
    const struct promotion promotion = {.kind = PROMOTION_N_FOR_PRICE, .quantity = 3, .price = 100};
    assert_int_equal(taken(&line, 1, promotion), 0);
}

static void threshold_takes_once_when_it_is_reached(void **state)
{
    (void)state;
    struct pricing_line lines[] = {line_of(&tea, 1), line_of(&cup, 2)};
    struct promotion promotion = {.kind = PROMOTION_BASKET_THRESHOLD, .threshold = 2301, .value = 230};
    assert_int_equal(taken(lines, 2, promotion), 0);
    promotion.threshold = 2300;
    assert_int_equal(taken(lines, 2, promotion), 230);
    assert_int_equal(lines[0].discount, 30);
    promotion.value_is_percent = true;
    promotion.value = 5 * PERCENT;
    assert_int_equal(taken(lines, 2, promotion), 115);
}

/* What the line's own discounts have taken no longer counts for the threshold. */
static void threshold_counts_what_is_left(void **state)
{
    (void)state;
    struct pricing_line line = line_of(&cup, 1);
    line.discount_count = 1;
    line.discounts = &(struct pricing_discount)PRICED_PERCENT(10);
    const struct promotion promotion = {.kind = PROMOTION_BASKET_THRESHOLD, .threshold = 1000, .value = 100};
    assert_int_equal(taken(&line, 1, promotion), 100); /* the tenth only */
}

/* --- coupons --- */

static void coupon_without_scope_is_off_the_basket_once(void **state)
{
    (void)state;
    struct pricing_line lines[] = {line_of(&tea, 2), line_of(&cup, 1)};
    const struct promotion promotion = {.kind = PROMOTION_AMOUNT_OFF, .value = 160, .coupon = "WELCOME"};
    const char *const coupons[] = {"other", "welcome"};
    assert_true(promotion_is_of_basket(&promotion));
    assert_int_equal(taken(lines, 2, promotion), 0);
    const struct promotion_facts facts = {.coupons = coupons, .coupon_count = 2};
    const struct pricing_cart cart = promoted(lines, 2, &promotion, 1, &facts);
    assert_int_equal(cart.totals.discount_total, 160);
    assert_int_equal(lines[0].discount, 60);
    assert_int_equal(lines[1].discount, 100);
}

static void coupons_are_the_same_in_either_case(void **state)
{
    (void)state;
    assert_true(promotion_coupon_equal("Summer-26", "sUMMER-26"));
    assert_false(promotion_coupon_equal("SUMMER", "SUMMER2"));
    assert_false(promotion_coupon_equal("SUMMER2", "SUMMER"));
    assert_false(promotion_coupon_equal("", "A"));
}

/* --- together --- */

static void exclusive_promotion_closes_its_lines(void **state)
{
    (void)state;
    struct pricing_line lines[] = {line_of(&tea, 1), line_of(&cup, 1)};
    const struct promotion promotions[] = {
        {.exclusive = true, .value = 10 * PERCENT, .products = KEYS(TEA)},
        {.value = 50 * PERCENT},
    };
    promoted(lines, 2, promotions, 2, &any_time);
    assert_int_equal(lines[0].discount, 30);
    assert_int_equal(lines[1].discount, 500);
}

static void exclusive_promotion_passes_by_what_is_taken(void **state)
{
    (void)state;
    struct pricing_line lines[] = {line_of(&tea, 1), line_of(&cup, 1)};
    const struct promotion promotions[] = {
        {.value = 10 * PERCENT, .products = KEYS(TEA)},
        {.exclusive = true, .value = 50 * PERCENT},
    };
    promoted(lines, 2, promotions, 2, &any_time);
    assert_int_equal(lines[0].discount, 30);
    assert_int_equal(lines[1].discount, 500);
}

static void stackable_promotions_take_of_what_is_left(void **state)
{
    (void)state;
    struct pricing_line line = line_of(&cup, 1);
    const struct promotion promotions[] = {{.value = 10 * PERCENT}, {.value = 10 * PERCENT}};
    promoted(&line, 1, promotions, 2, &any_time);
    assert_int_equal(line.discount, 190);
}

static void a_line_takes_so_many_promotions_and_no_more(void **state)
{
    (void)state;
    struct pricing_line line = line_of(&cup, 1);
    struct promotion promotions[PROMOTION_LINE_MAX + 2];
    for (size_t i = 0; i < PROMOTION_LINE_MAX + 2; i++) {
        promotions[i] = (struct promotion){.kind = PROMOTION_AMOUNT_OFF, .value = 10};
    }
    promoted(&line, 1, promotions, PROMOTION_LINE_MAX + 2, &any_time);
    assert_int_equal(line.discount, 10 * PROMOTION_LINE_MAX);
}

static void gift_cards_take_part_in_nothing(void **state)
{
    (void)state;
    const struct pricing_product card = {.key = CARD, .price_minor = 5000};
    struct pricing_line lines[] = {line_of(&card, 1), line_of(&tea, 1)};
    lines[0].undiscounted = true;
    assert_int_equal(taken(lines, 2, (struct promotion){.value = 10 * PERCENT}), 30);
    const struct promotion promotion = {.kind = PROMOTION_BASKET_THRESHOLD, .threshold = 301, .value = 100};
    assert_int_equal(taken(lines, 2, promotion), 0); /* nor for a threshold */
}

/* --- when they hold --- */

static bool holds(struct promotion promotion, struct promotion_facts facts)
{
    return promotion_is_valid(&promotion, &facts);
}

static void dates_are_from_and_before(void **state)
{
    (void)state;
    const struct promotion promotion = {.valid_from_ms = 1000, .valid_until_ms = 2000};
    assert_false(holds(promotion, (struct promotion_facts){.at_ms = 999}));
    assert_true(holds(promotion, (struct promotion_facts){.at_ms = 1000}));
    assert_true(holds(promotion, (struct promotion_facts){.at_ms = 1999}));
    assert_false(holds(promotion, (struct promotion_facts){.at_ms = 2000}));
}

static void happy_hour_on_weekdays(void **state)
{
    (void)state;
    const struct promotion promotion = {.days = 0x1f, .from_minute = 17 * 60, .until_minute = 19 * 60};
    assert_true(holds(promotion, (struct promotion_facts){.weekday = 4, .minute = 17 * 60}));
    assert_false(holds(promotion, (struct promotion_facts){.weekday = 4, .minute = 19 * 60}));
    assert_false(holds(promotion, (struct promotion_facts){.weekday = 5, .minute = 18 * 60}));
}

/* From Friday 22:00 until 2:00: Saturday at 1:00 belongs to Friday. */
static void hours_past_midnight_belong_to_the_day_before(void **state)
{
    (void)state;
    const struct promotion promotion = {.days = 1 << 4, .from_minute = 22 * 60, .until_minute = 2 * 60};
    assert_true(holds(promotion, (struct promotion_facts){.weekday = 4, .minute = 23 * 60}));
    assert_true(holds(promotion, (struct promotion_facts){.weekday = 5, .minute = 60}));
    assert_false(holds(promotion, (struct promotion_facts){.weekday = 4, .minute = 60}));
    assert_false(holds(promotion, (struct promotion_facts){.weekday = 5, .minute = 23 * 60}));
    const struct promotion sunday = {.days = 1 << 6, .from_minute = 22 * 60, .until_minute = 2 * 60};
    assert_true(holds(sunday, (struct promotion_facts){.weekday = 0, .minute = 60}));
}

static void groups_and_stores_restrict(void **state)
{
    (void)state;
    const struct promotion promotion = {.customer_groups = KEYS(3, 7, 9), .stores = KEYS(1, 2)};
    const struct promotion_facts member = {.store_key = 2, .customer_groups = KEYS(4, 9)};
    const struct promotion_facts stranger = {.store_key = 2, .customer_groups = KEYS(4, 8)};
    const struct promotion_facts elsewhere = {.store_key = 3, .customer_groups = KEYS(9)};
    assert_true(holds(promotion, member));
    assert_false(holds(promotion, stranger));
    assert_false(holds(promotion, elsewhere));
}

static void promotions_that_make_no_sense_are_named(void **state)
{
    (void)state;
    const struct {
        struct promotion promotion;
        const char *fault;
    } cases[] = {
        {{.value = 101 * PERCENT}, "value"},
        {{.kind = PROMOTION_AMOUNT_OFF, .value = -1}, "value"},
        {{.kind = PROMOTION_BUY_X_GET_Y, .get = 1}, "buy"},
        {{.kind = PROMOTION_BUY_X_GET_Y, .buy = 1}, "get"},
        {{.kind = PROMOTION_N_FOR_PRICE}, "quantity"},
        {{.kind = PROMOTION_N_FOR_PRICE, .quantity = 2, .price = -1}, "price"},
        {{.kind = PROMOTION_BASKET_THRESHOLD, .threshold = -1}, "threshold"},
        {{.days = 0x80}, "days"},
        {{.from_minute = 1441}, "hours"},
        {{.value = 100 * PERCENT}, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *fault = promotion_fault(&cases[i].promotion);
        if (cases[i].fault == NULL) {
            assert_null(fault);
        } else {
            assert_string_equal(fault, cases[i].fault);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_off_a_category),
        cmocka_unit_test(amount_off_each_unit_is_at_most_its_price),
        cmocka_unit_test(amount_off_a_kilogram_goes_by_weight),
        cmocka_unit_test(cheapest_of_three_is_free),
        cmocka_unit_test(units_of_one_line_are_counted),
        cmocka_unit_test(rest_beyond_what_is_bought_counts),
        cmocka_unit_test(second_at_half_price),
        cmocka_unit_test(three_for_a_price),
        cmocka_unit_test(groups_never_cost_more_than_their_units),
        cmocka_unit_test(weighed_goods_are_no_units),
        cmocka_unit_test(threshold_takes_once_when_it_is_reached),
        cmocka_unit_test(threshold_counts_what_is_left),
        cmocka_unit_test(coupon_without_scope_is_off_the_basket_once),
        cmocka_unit_test(coupons_are_the_same_in_either_case),
        cmocka_unit_test(exclusive_promotion_closes_its_lines),
        cmocka_unit_test(exclusive_promotion_passes_by_what_is_taken),
        cmocka_unit_test(stackable_promotions_take_of_what_is_left),
        cmocka_unit_test(a_line_takes_so_many_promotions_and_no_more),
        cmocka_unit_test(gift_cards_take_part_in_nothing),
        cmocka_unit_test(dates_are_from_and_before),
        cmocka_unit_test(happy_hour_on_weekdays),
        cmocka_unit_test(hours_past_midnight_belong_to_the_day_before),
        cmocka_unit_test(groups_and_stores_restrict),
        cmocka_unit_test(promotions_that_make_no_sense_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
