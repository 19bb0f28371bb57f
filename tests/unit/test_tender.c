/* Tenders: golden cases, and laws that hold for every way to pay. */
#include "core/tender.h"

#include "core/money.h"
#include "unit.h"

#define ROUNDS 200000

static struct tender_settlement settle(const struct tender *tenders, size_t count, int64_t due,
                                       int64_t increment)
{
    struct tender_settlement settlement;
    struct tender_fault fault;
    assert_int_equal(tender_settle(tenders, count, due, increment, &settlement, &fault), STATUS_OK);
    return settlement;
}

static struct tender_fault refused(const struct tender *tenders, size_t count, int64_t due, int64_t increment,
                                   enum status expected)
{
    struct tender_settlement settlement;
    struct tender_fault fault = {0};
    assert_int_equal(tender_settle(tenders, count, due, increment, &settlement, &fault), expected);
    return fault;
}

static void tender_rounds_only_what_is_due_in_cash(void **state)
{
    (void)state;
    const struct tender tenders[] = {{TENDER_CARD, 55, 0}, {TENDER_CASH, 80, 0}};
    const struct tender_settlement settlement = settle(tenders, 2, 138, 10);
    assert_int_equal(settlement.cash_due, 80);
    assert_int_equal(settlement.rounding, -3);
    assert_int_equal(settlement.total, 135);
    assert_int_equal(settlement.change, 0);
}

static void tender_takes_what_is_not_cash_first_wherever_it_stands(void **state)
{
    (void)state;
    const struct tender tenders[] = {{TENDER_CASH, 500, 0}, {TENDER_GIFT_CARD, 55, 0}, {TENDER_CARD, 23, 0}};
    const struct tender_settlement settlement = settle(tenders, 3, 138, 10);
    assert_int_equal(settlement.cash_due, 60);
    assert_int_equal(settlement.rounding, 0);
    assert_int_equal(settlement.change, 440);
}

static void tender_rounds_half_up(void **state)
{
    (void)state;
    static const struct {
        int64_t amount, increment, rounded;
    } cases[] = {
        {0, 5, 0},
        {2, 5, 0},
        {3, 5, 5},
        {1, 2, 2},
        {5, 10, 10},
        {4, 10, 0},
        {83, 10, 80},
        {85, 10, 90},
        {149, 100, 100},
        {150, 100, 200},
        {137, 0, 137},
        {137, 1, 137},
        {MONEY_MAX, 100, MONEY_MAX},
        {7, INT64_MAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tender_round_cash(cases[i].amount, cases[i].increment), cases[i].rounded);
    }
}

static void tender_without_cash_rounds_nothing(void **state)
{
    (void)state;
    const struct tender card = {TENDER_CARD, 138, 0};
    const struct tender_settlement settlement = settle(&card, 1, 138, 10);
    assert_int_equal(settlement.total, 138);
    assert_int_equal(settlement.rounding, 0);
    /* 0.02 are less than the smallest coin, but nobody said that they are paid in cash. */
    const struct tender short_of_two = {TENDER_CARD, 136, 0};
    const struct tender_fault fault = refused(&short_of_two, 1, 138, 10, STATUS_TENDER_INSUFFICIENT);
    assert_int_equal(fault.tender, 1);
    assert_int_equal(fault.amount, 2);
    const struct tender and_cash[] = {{TENDER_CARD, 136, 0}, {TENDER_CASH, 0, 0}};
    assert_int_equal(settle(and_cash, 2, 138, 10).total, 136);
}

static void tender_of_nothing_settles_nothing(void **state)
{
    (void)state;
    assert_int_equal(settle(NULL, 0, 0, 5).total, 0);
    assert_int_equal(refused(NULL, 0, 1, 5, STATUS_TENDER_INSUFFICIENT).amount, 1);
}

static void tender_names_the_one_that_takes_too_much(void **state)
{
    (void)state;
    const struct tender tenders[] = {{TENDER_CASH, 9000, 0}, {TENDER_CARD, 100, 0}, {TENDER_CARD, 39, 0}};
    const struct tender_fault fault = refused(tenders, 3, 138, 0, STATUS_TENDER_EXCESS);
    assert_int_equal(fault.tender, 2);
    assert_int_equal(fault.amount, 1);
    /* Also where rounding would have made room for it. */
    const struct tender rounded[] = {{TENDER_CARD, 140, 0}, {TENDER_CASH, 0, 0}};
    assert_int_equal(refused(rounded, 2, 138, 10, STATUS_TENDER_EXCESS).amount, 2);
}

static void tender_tells_what_is_missing_after_rounding(void **state)
{
    (void)state;
    const struct tender tenders[] = {{TENDER_CARD, 55, 0}, {TENDER_CASH, 79, 0}};
    const struct tender_fault fault = refused(tenders, 2, 138, 10, STATUS_TENDER_INSUFFICIENT);
    assert_int_equal(fault.tender, 2);
    assert_int_equal(fault.amount, 1);
}

static void tender_tips_stand_beside_the_total(void **state)
{
    (void)state;
    const struct tender tenders[] = {{TENDER_CARD, 100, 15}, {TENDER_CASH, 50, 5}};
    const struct tender_settlement settlement = settle(tenders, 2, 138, 0);
    assert_int_equal(settlement.total, 138);
    assert_int_equal(settlement.tip_total, 20);
    assert_int_equal(settlement.change, 12);
    const struct tender counted[] = {
        {TENDER_GIFT_CARD, 1, 1}, {TENDER_STORE_CREDIT, 1, 1}, {TENDER_CUSTOMER_ACCOUNT, 1, 1}};
    for (size_t i = 0; i < 3; i++) {
        const struct tender_fault fault = refused(&counted[i], 1, 1, 0, STATUS_VALIDATION_FAILED);
        assert_string_equal(fault.code, "tip_not_possible");
        assert_string_equal(fault.member, "tip");
    }
}

static void tender_refuses_amounts_and_sums_out_of_range(void **state)
{
    (void)state;
    const struct tender beyond[] = {{TENDER_CASH, MONEY_MAX, 0}, {TENDER_CASH, 1, 0}, {TENDER_CASH, -1, 0},
                                    {TENDER_CARD, 0, MONEY_MAX}, {TENDER_CARD, 0, 1}, {TENDER_CASH, 0, -1},
                                    {TENDER_CASH, INT64_MAX, 0}};
    assert_int_equal(refused(beyond, 2, 100, 0, STATUS_VALIDATION_FAILED).tender, 1);
    assert_string_equal(refused(beyond, 2, 100, 0, STATUS_VALIDATION_FAILED).member, "amount");
    assert_int_equal(refused(beyond + 2, 1, 100, 0, STATUS_VALIDATION_FAILED).tender, 0);
    assert_string_equal(refused(beyond + 3, 2, 0, 0, STATUS_VALIDATION_FAILED).member, "tip");
    assert_int_equal(refused(beyond + 5, 1, 0, 0, STATUS_VALIDATION_FAILED).tender, 0);
    assert_int_equal(refused(beyond + 6, 1, 0, 0, STATUS_VALIDATION_FAILED).tender, 0);
    static const struct tender many[TENDER_COUNT_MAX + 1];
    assert_int_equal(refused(many, TENDER_COUNT_MAX + 1, 0, 0, STATUS_VALIDATION_FAILED).tender,
                     TENDER_COUNT_MAX);
}

static void tender_names_are_read_back(void **state)
{
    (void)state;
    for (enum tender_type type = 0; type < TENDER_TYPE_COUNT; type++) {
        assert_int_equal(tender_type_named(tender_type_name(type)), type);
    }
    assert_int_equal(tender_type_named(""), TENDER_TYPE_COUNT);
    assert_int_equal(tender_type_named("cas"), TENDER_TYPE_COUNT);
    assert_int_equal(tender_type_named("cashier"), TENDER_TYPE_COUNT);
}

/* What must hold for whatever was settled or refused. */
static void check(const struct tender *tenders, size_t count, int64_t due, int64_t increment)
{
    struct tender_settlement settlement;
    struct tender_fault fault = {0};
    const enum status status = tender_settle(tenders, count, due, increment, &settlement, &fault);
    int64_t all = 0, cash = 0, tips = 0;
    bool has_cash = false;
    for (size_t i = 0; i < count; i++) {
        all += tenders[i].amount;
        tips += tenders[i].tip;
        cash += tenders[i].type == TENDER_CASH ? tenders[i].amount : 0;
        has_cash |= tenders[i].type == TENDER_CASH;
    }
    const int64_t rest = due - (all - cash);
    if (status == STATUS_TENDER_EXCESS) {
        assert_true(rest < 0);
        assert_true(tenders[fault.tender].type != TENDER_CASH);
        return;
    }
    assert_true(rest >= 0);
    if (status == STATUS_TENDER_INSUFFICIENT) {
        const int64_t needed = has_cash ? tender_round_cash(rest, increment) : rest;
        assert_int_equal(fault.amount, needed - cash);
        assert_true(fault.amount > 0);
        return;
    }
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(settlement.tendered, all);
    assert_int_equal(settlement.tendered - settlement.change, settlement.total);
    assert_int_equal(settlement.total, due + settlement.rounding);
    assert_int_equal(settlement.tip_total, tips);
    assert_in_range(settlement.change, 0, cash);
    assert_true(has_cash || (settlement.rounding == 0 && settlement.change == 0));
    if (increment > 1) {
        assert_true(!has_cash || settlement.cash_due % increment == 0);
        assert_true(llabs(settlement.rounding) * 2 <= increment);
        assert_true(llabs(settlement.rounding) * 2 < increment || settlement.rounding > 0);
    } else {
        assert_int_equal(settlement.rounding, 0);
    }
}

static void tender_conserves_money_however_it_is_paid(void **state)
{
    (void)state;
    static const int64_t increments[] = {0, 1, 2, 5, 10, 50, 100};
    struct unit_random random = unit_random();
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct tender tenders[TENDER_COUNT_MAX];
        const size_t count = unit_random_below(&random, TENDER_COUNT_MAX + 1);
        const int64_t due = unit_random_amount(&random, MONEY_MAX / 20);
        const int64_t increment =
            increments[unit_random_below(&random, sizeof increments / sizeof *increments)];
        int64_t left = due;
        for (size_t i = 0; i < count; i++) {
            tenders[i].type = (enum tender_type)unit_random_below(&random, TENDER_TYPE_COUNT);
            const bool fits = unit_random_below(&random, 4) > 0;
            tenders[i].amount = fits && left > 0 ? (int64_t)unit_random_below(&random, (uint64_t)left + 1)
                                                 : unit_random_amount(&random, MONEY_MAX / 20);
            if (unit_random_below(&random, 3) == 0 && left > 0) {
                tenders[i].amount = left; /* exactly what is left */
            }
            left -= tenders[i].amount;
            const bool tips = tenders[i].type == TENDER_CASH || tenders[i].type == TENDER_CARD;
            tenders[i].tip = tips ? unit_random_amount(&random, 1000) : 0;
        }
        check(tenders, count, due, increment);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tender_rounds_only_what_is_due_in_cash),
        cmocka_unit_test(tender_takes_what_is_not_cash_first_wherever_it_stands),
        cmocka_unit_test(tender_rounds_half_up),
        cmocka_unit_test(tender_without_cash_rounds_nothing),
        cmocka_unit_test(tender_of_nothing_settles_nothing),
        cmocka_unit_test(tender_names_the_one_that_takes_too_much),
        cmocka_unit_test(tender_tells_what_is_missing_after_rounding),
        cmocka_unit_test(tender_tips_stand_beside_the_total),
        cmocka_unit_test(tender_refuses_amounts_and_sums_out_of_range),
        cmocka_unit_test(tender_names_are_read_back),
        cmocka_unit_test(tender_conserves_money_however_it_is_paid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
