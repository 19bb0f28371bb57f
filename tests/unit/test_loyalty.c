/* Points: what a sale earns, what points are worth, and what returns take and give back. */
#include "unit.h"

#include "core/loyalty.h"
#include "core/money.h"

__extension__ typedef __int128 wide_int;

static const struct loyalty_rule RULE = {.points_per_amount = 100, .point_value = 5};

static void a_point_for_each_whole_amount(void **state)
{
    (void)state;
    assert_int_equal(loyalty_earned(&RULE, 1250), 12);
    assert_int_equal(loyalty_earned(&RULE, 99), 0);
    assert_int_equal(loyalty_earned(&RULE, 100), 1);
    assert_int_equal(loyalty_earned(&RULE, 0), 0);
    assert_int_equal(loyalty_earned(&RULE, -500), 0);
    assert_int_equal(loyalty_earned(&(struct loyalty_rule){1, 1}, MONEY_MAX), LOYALTY_POINTS_MAX);
}

static void a_store_without_a_rule_gives_and_takes_nothing(void **state)
{
    (void)state;
    const struct loyalty_rule none = {0};
    int64_t amount = 7;
    assert_int_equal(loyalty_earned(&none, 1250), 0);
    assert_int_equal(loyalty_burnable(&none, 1250), 0);
    assert_false(loyalty_value(&none, 3, &amount));
}

static void points_are_worth_their_value_or_nothing(void **state)
{
    (void)state;
    int64_t amount;
    assert_true(loyalty_value(&RULE, 12, &amount));
    assert_int_equal(amount, 60);
    assert_true(loyalty_value(&RULE, 0, &amount));
    assert_int_equal(amount, 0);
    assert_false(loyalty_value(&RULE, -1, &amount));
    assert_false(loyalty_value(&RULE, INT64_MAX, &amount));
    assert_false(loyalty_value(&RULE, MONEY_MAX, &amount));
}

static void points_never_pay_more_than_the_sale(void **state)
{
    (void)state;
    assert_int_equal(loyalty_burnable(&RULE, 1250), 250);
    assert_int_equal(loyalty_burnable(&RULE, 4), 0);
    struct unit_random random = unit_random();
    for (int round = 0; round < 100000; round++) {
        const struct loyalty_rule rule = {.point_value = 1 + unit_random_amount(&random, 100000)};
        const int64_t amount = unit_random_amount(&random, MONEY_MAX);
        int64_t value;
        assert_true(loyalty_value(&rule, loyalty_burnable(&rule, amount), &value));
        assert_true(value <= amount);
    }
}

static void a_return_is_rounded_in_favour_of_the_shop(void **state)
{
    (void)state;
    const struct loyalty_return third = {.returned = 100, .total = 300};
    assert_int_equal(loyalty_taken_back(10, &third), 4); /* 3.33 */
    assert_int_equal(loyalty_given_back(10, &third), 3);
}

static void a_sale_of_nothing_gives_its_points_back_at_the_end(void **state)
{
    (void)state;
    struct loyalty_return so_far = {.returned = 0, .total = 0};
    assert_int_equal(loyalty_given_back(50, &so_far), 0);
    assert_int_equal(loyalty_taken_back(50, &so_far), 0);
    so_far.complete = true;
    assert_int_equal(loyalty_given_back(50, &so_far), 50);
    assert_int_equal(loyalty_taken_back(50, &so_far), 50);
}

/* However a sale is returned, in any split: never more than there was, never backwards, all in the end. */
static void returns_in_any_split_end_exact(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 20000; round++) {
        const int64_t total = unit_random_amount(&random, MONEY_MAX);
        const int64_t earned = unit_random_amount(&random, LOYALTY_POINTS_MAX);
        const int64_t burned = unit_random_amount(&random, LOYALTY_POINTS_MAX);
        struct loyalty_return so_far = {.total = total};
        int64_t taken = 0, given = 0;
        while (!so_far.complete) {
            const int64_t left = total - so_far.returned;
            so_far.returned += unit_random_below(&random, 4) == 0 ? left : unit_random_amount(&random, left);
            so_far.complete = so_far.returned == total;
            const int64_t taken_now = loyalty_taken_back(earned, &so_far);
            const int64_t given_now = loyalty_given_back(burned, &so_far);
            assert_in_range(taken_now, taken, earned);
            assert_in_range(given_now, given, burned);
            if (total > 0) {
                /* less than one point from the exact share, above it and below it */
                const wide_int exact_taken = (wide_int)earned * so_far.returned;
                const wide_int exact_given = (wide_int)burned * so_far.returned;
                assert_true((wide_int)taken_now * total >= exact_taken);
                assert_true((wide_int)(taken_now - 1) * total < exact_taken || taken_now == 0);
                assert_true((wide_int)given_now * total <= exact_given);
                assert_true((wide_int)(given_now + 1) * total > exact_given);
            }
            taken = taken_now;
            given = given_now;
        }
        assert_int_equal(taken, earned);
        assert_int_equal(given, burned);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_for_each_whole_amount),
        cmocka_unit_test(a_store_without_a_rule_gives_and_takes_nothing),
        cmocka_unit_test(points_are_worth_their_value_or_nothing),
        cmocka_unit_test(points_never_pay_more_than_the_sale),
        cmocka_unit_test(a_return_is_rounded_in_favour_of_the_shop),
        cmocka_unit_test(a_sale_of_nothing_gives_its_points_back_at_the_end),
        cmocka_unit_test(returns_in_any_split_end_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
