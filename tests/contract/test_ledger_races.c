/* Many at once: nobody gets what another has, no number is missing, no amount is lost. */
#include "ledger_invariants.h"

#define ONE    QUANTITY_ONE
#define RACERS 16

/* --- the last unit --- */

static void buy_the_last(struct fixture_thread *thread)
{
    const int64_t register_key = (int64_t)thread->number % FIXTURE_REGISTERS + 1;
    struct fixture_sale *sale = fixture_sale(&thread->arena, register_key, (int64_t)thread->number + 1, 1, 2,
                                             ONE);
    struct ledger_outcome outcome;
    sale->movements[1].deny_oversell = true;
    fixture_count(thread->shared, fixture_try(thread->fixture, &thread->arena, &sale->act, &outcome),
                  &outcome);
}

static void last_unit_is_sold_once_among_sixteen_buyers(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_tally tally = FIXTURE_TALLY;
    fixture_set_level(fixture, 1, 1, 100 * ONE);
    fixture_set_level(fixture, 1, 2, ONE);
    fixture_in_threads(fixture, RACERS, buy_the_last, &tally);
    assert_int_equal(tally.of[STATUS_OK], 1);
    assert_int_equal(tally.of[STATUS_INSUFFICIENT_STOCK], RACERS - 1);
    assert_int_equal(fixture_level(fixture, 1, 1), 99 * ONE); /* those refused beside it took nothing */
    assert_int_equal(fixture_level(fixture, 1, 2), 0);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 4);
}

/* --- balances --- */

struct drain {
    struct fixture_tally tally;
    struct ledger_posting posting;
    size_t each; /* how often each racer tries */
};

static void drain(struct fixture_thread *thread)
{
    struct drain *shared = thread->shared;
    for (size_t i = 0; i < shared->each; i++) {
        struct ledger_act act = fixture_act("drain", (int64_t)(thread->number * shared->each + i) + 1);
        struct ledger_outcome outcome;
        act.postings = &shared->posting;
        act.posting_count = 1;
        fixture_count(&shared->tally, fixture_try(thread->fixture, &thread->arena, &act, &outcome), &outcome);
    }
}

static void gift_card_pays_no_more_than_it_holds(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write card = fixture_write(LEDGER_GIFT_CARD, 1, "active");
    card.document.balances[LEDGER_GIFT_CARD_BALANCE] = 1000;
    fixture_write_one(fixture, &card, STATUS_OK, NULL);
    struct drain shared = {.tally = FIXTURE_TALLY, .each = 4};
    shared.posting = fixture_posting(LEDGER_GIFT_CARD, 1, LEDGER_GIFT_CARD_BALANCE, -30);
    shared.posting.floors[LEDGER_GIFT_CARD_BALANCE] = 0;
    shared.posting.reason = "redeem";
    fixture_in_threads(fixture, RACERS, drain, &shared);
    assert_int_equal(shared.tally.of[STATUS_OK], 33);
    assert_int_equal(shared.tally.of[STATUS_INSUFFICIENT_BALANCE], RACERS * 4 - 33);
    assert_int_equal(fixture_read(fixture, LEDGER_GIFT_CARD, 1).balances[LEDGER_GIFT_CARD_BALANCE], 10);
    assert_int_equal(fixture_check_entries(fixture, LEDGER_GIFT_CARD, 1, card.document.balances), 33);
}

static void customer_owes_no_more_than_the_limit(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_write customer = fixture_write(LEDGER_CUSTOMER, 1, "active");
    fixture_write_one(fixture, &customer, STATUS_OK, NULL);
    struct drain shared = {.tally = FIXTURE_TALLY, .each = 4};
    shared.posting = fixture_posting(LEDGER_CUSTOMER, 1, LEDGER_CUSTOMER_ACCOUNT, -30);
    shared.posting.floors[LEDGER_CUSTOMER_ACCOUNT] = -500;
    shared.posting.reason = "sale";
    fixture_in_threads(fixture, RACERS, drain, &shared);
    assert_int_equal(shared.tally.of[STATUS_OK], 16);
    assert_int_equal(shared.tally.of[STATUS_INSUFFICIENT_BALANCE], RACERS * 4 - 16);
    assert_int_equal(fixture_read(fixture, LEDGER_CUSTOMER, 1).balances[LEDGER_CUSTOMER_ACCOUNT], -480);
    assert_int_equal(fixture_check_entries(fixture, LEDGER_CUSTOMER, 1, customer.document.balances), 16);
}

/* --- a version, a key --- */

static void write_first(struct fixture_thread *thread)
{
    struct ledger_write write = fixture_write(LEDGER_PARKED_CART, 1, "resumed");
    struct ledger_act act = fixture_act("parked_cart_resume", (int64_t)thread->number + 1);
    struct ledger_outcome outcome;
    write.expected_version = 1;
    act.writes = &write;
    act.write_count = 1;
    fixture_count(thread->shared, fixture_try(thread->fixture, &thread->arena, &act, &outcome), &outcome);
}

static void parked_cart_is_resumed_by_one(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_tally tally = FIXTURE_TALLY;
    const struct ledger_write cart = fixture_write(LEDGER_PARKED_CART, 1, "parked");
    fixture_write_one(fixture, &cart, STATUS_OK, NULL);
    fixture_in_threads(fixture, RACERS, write_first, &tally);
    assert_int_equal(tally.of[STATUS_OK], 1);
    assert_int_equal(tally.of[STATUS_VERSION_MISMATCH], RACERS - 1);
    assert_int_equal(fixture_read(fixture, LEDGER_PARKED_CART, 1).version, 2);
}

static void open_shift(struct fixture_thread *thread)
{
    const char *const key = "open:1";
    struct ledger_write write = fixture_write(LEDGER_SHIFT, (int64_t)thread->number + 1, "open");
    struct ledger_act act = fixture_act("shift_open", (int64_t)thread->number + 1);
    struct ledger_outcome outcome;
    write.keys = &key;
    write.key_count = 1;
    act.writes = &write;
    act.write_count = 1;
    fixture_count(thread->shared, fixture_try(thread->fixture, &thread->arena, &act, &outcome), &outcome);
}

static void register_has_one_open_shift(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_tally tally = FIXTURE_TALLY;
    fixture_in_threads(fixture, RACERS, open_shift, &tally);
    assert_int_equal(tally.of[STATUS_OK], 1);
    assert_int_equal(tally.of[STATUS_CODE_TAKEN], RACERS - 1);
}

/* --- reversals --- */

static void reverse(struct fixture_thread *thread)
{
    const struct id original = fixture_id(FIXTURE_SALE, 1);
    const int64_t register_key = (int64_t)thread->number % FIXTURE_REGISTERS + 1;
    struct fixture_sale *refund = fixture_sale(&thread->arena, register_key, (int64_t)thread->number + 2, 1,
                                               1, ONE);
    struct ledger_outcome outcome;
    refund->records[0].type = "refund";
    refund->records[0].original_id = &original;
    refund->records[0].reversal = 1;
    refund->movements[0].quantity = ONE;
    fixture_count(thread->shared, fixture_try(thread->fixture, &thread->arena, &refund->act, &outcome),
                  &outcome);
}

static void sale_is_reversed_by_one(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_tally tally = FIXTURE_TALLY;
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE)->act, STATUS_OK, NULL);
    fixture_in_threads(fixture, RACERS, reverse, &tally);
    assert_int_equal(tally.of[STATUS_OK], 1);
    assert_int_equal(tally.of[STATUS_REVERSAL_TAKEN], RACERS - 1);
    assert_int_equal(fixture_level(fixture, 1, 1), 0);
    assert_int_equal(fixture_check_journal(fixture).records, 2);
}

/* --- a shift is closed while sales post to it --- */

#define SALES_EACH 20

struct closing {
    struct fixture_tally tally;
    struct id shift_id;
    int64_t closed_over; /* transactions that the report counted */
    size_t attempts;
};

/* Reads, reports, closes; and again when a sale came in between. Not before the day has begun. */
static void close_shift(struct fixture_thread *thread, struct closing *closing)
{
    enum status status = STATUS_VERSION_MISMATCH;
    while (status != STATUS_OK) {
        struct ledger_document read;
        const struct ledger *ledger = thread->fixture->ledger;
        assert_int_equal(
            ledger->ops->document_read(ledger, LEDGER_SHIFT, &closing->shift_id, &thread->arena, &read),
            STATUS_OK);
        if (read.balances[LEDGER_SHIFT_TRANSACTIONS] < RACERS) {
            sched_yield();
            continue;
        }
        struct ledger_write write = fixture_write(LEDGER_SHIFT, 1, "closed");
        struct ledger_act act = fixture_act("shift_close", (int64_t)++closing->attempts);
        write.expected_version = read.version;
        write.expected_balances = read.balances;
        act.writes = &write;
        act.write_count = 1;
        closing->closed_over = read.balances[LEDGER_SHIFT_TRANSACTIONS];
        status = fixture_try(thread->fixture, &thread->arena, &act, NULL);
        assert_true(status == STATUS_OK || status == STATUS_VERSION_MISMATCH);
    }
}

static void sell_into_shift(struct fixture_thread *thread)
{
    struct closing *closing = thread->shared;
    if (thread->number == 0) {
        close_shift(thread, closing);
        return;
    }
    for (size_t i = 0; i < SALES_EACH; i++) {
        const int64_t number = (int64_t)(thread->number * SALES_EACH + i);
        struct fixture_sale *sale = fixture_sale(&thread->arena, 1, number, 1, 1, ONE);
        struct ledger_posting posting = fixture_posting(LEDGER_SHIFT, 1, LEDGER_SHIFT_TRANSACTIONS, 1);
        struct ledger_outcome outcome;
        posting.amounts[LEDGER_SHIFT_CASH] = FIXTURE_PRICE;
        posting.required_state = "open";
        sale->records[0].shift_id = &closing->shift_id;
        sale->act.postings = &posting;
        sale->act.posting_count = 1;
        fixture_count(&closing->tally, fixture_try(thread->fixture, &thread->arena, &sale->act, &outcome),
                      &outcome);
    }
}

static void shift_closes_over_exactly_what_was_posted_to_it(void **state)
{
    struct fixture *fixture = *state;
    struct closing closing = {.tally = FIXTURE_TALLY, .shift_id = fixture_document_id(LEDGER_SHIFT, 1)};
    const struct ledger_write shift = fixture_write(LEDGER_SHIFT, 1, "open");
    fixture_write_one(fixture, &shift, STATUS_OK, NULL);
    fixture_in_threads(fixture, RACERS, sell_into_shift, &closing);

    const struct ledger_document closed = fixture_read(fixture, LEDGER_SHIFT, 1);
    const unsigned sold = closing.tally.of[STATUS_OK];
    assert_string_equal(closed.state, "closed");
    assert_int_equal(closing.closed_over, sold);
    assert_int_equal(sold + closing.tally.of[STATUS_DOCUMENT_STATE], (RACERS - 1) * SALES_EACH);
    assert_int_equal(closed.balances[LEDGER_SHIFT_TRANSACTIONS], sold);
    assert_int_equal(closed.balances[LEDGER_SHIFT_CASH], (int64_t)sold * FIXTURE_PRICE);
    assert_int_equal(fixture_check_journal(fixture).records, sold);
    assert_int_equal(fixture_check_stock(fixture), sold);
}

/* --- a crowd --- */

#define CROWD_SALES 40
#define RARE        5 /* a product of which there is less than is asked for */
#define RARE_LEVEL  100

/* Every fourth sale asks for the rare product too; its failures must not leave gaps nor harm neighbours. */
static void sell_a_while(struct fixture_thread *thread)
{
    for (int64_t i = 0; i < CROWD_SALES; i++) {
        const int64_t number = (int64_t)thread->number * CROWD_SALES + i + 1;
        const int64_t register_key = number % (FIXTURE_STORES * FIXTURE_REGISTERS) + 1;
        const bool rare = i % 4 == 0;
        struct fixture_sale *sale = fixture_sale(&thread->arena, register_key, number, rare ? RARE : 10, 3,
                                                 ONE);
        struct ledger_outcome outcome;
        sale->movements[0].deny_oversell = rare;
        fixture_count(thread->shared, fixture_try(thread->fixture, &thread->arena, &sale->act, &outcome),
                      &outcome);
        arena_reset(&thread->arena);
    }
}

static void numbers_stay_gapless_and_sums_whole_in_a_crowd(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_tally tally = FIXTURE_TALLY;
    fixture_set_level(fixture, 1, RARE, RARE_LEVEL * ONE / 4);
    fixture_set_level(fixture, 2, RARE, RARE_LEVEL * ONE / 4);
    fixture_in_threads(fixture, RACERS, sell_a_while, &tally);
    const unsigned sold = tally.of[STATUS_OK];
    assert_int_equal(sold + tally.of[STATUS_INSUFFICIENT_STOCK], RACERS * CROWD_SALES);
    assert_int_equal(fixture_level(fixture, 1, RARE), 0);
    assert_true(fixture_level(fixture, 2, RARE) >= 0);

    const struct fixture_journal journal = fixture_check_journal(fixture);
    int64_t numbered = 0;
    for (int64_t key = 1; key <= FIXTURE_STORES * FIXTURE_REGISTERS; key++) {
        numbered += journal.last_sequence[key];
    }
    assert_int_equal(numbered, sold);
    assert_int_equal(journal.records, sold);
    assert_int_equal(journal.total_minor, (int64_t)sold * 3 * FIXTURE_PRICE);
    assert_int_equal(fixture_check_stock(fixture), sold * 3 + 2);
}

/* --- acts that fail midway --- */

#define TORN_SALES 6

/* Of three sales one finds, after its record and its stock, that the key of its document is taken; the second
 * is sent by two at once. */
static void sell_and_tear(struct fixture_thread *thread)
{
    static const char *const key = "code:TAKEN";
    for (size_t i = 0; i < TORN_SALES; i++) {
        const int64_t number = i % 3 == 1 ? (int64_t)(thread->number / 2 * TORN_SALES + i) + 100000
                                          : (int64_t)(thread->number * TORN_SALES + i) + 1;
        struct fixture_sale *sale = fixture_sale(&thread->arena, number % FIXTURE_REGISTERS + 1, number, 1, 2,
                                                 ONE);
        struct ledger_write card = fixture_write(LEDGER_GIFT_CARD, number + 1, "active");
        struct ledger_outcome outcome;
        card.keys = &key;
        card.key_count = 1;
        sale->act.writes = &card;
        sale->act.write_count = i % 3 == 0 ? 1 : 0;
        const enum status status = fixture_try(thread->fixture, &thread->arena, &sale->act, &outcome);
        fixture_count(thread->shared, status, &outcome);
    }
}

static void acts_that_fail_midway_leave_nothing_and_cost_nobody_anything(void **state)
{
    static const char *const key = "code:TAKEN";
    struct fixture *fixture = *state;
    struct fixture_tally tally = FIXTURE_TALLY;
    struct ledger_write card = fixture_write(LEDGER_GIFT_CARD, 1, "active");
    card.keys = &key;
    card.key_count = 1;
    fixture_write_one(fixture, &card, STATUS_OK, NULL);
    fixture_set_level(fixture, 1, 1, 1000 * ONE);
    fixture_set_level(fixture, 1, 2, 1000 * ONE);
    fixture_in_threads(fixture, RACERS, sell_and_tear, &tally);

    const unsigned sold = RACERS * TORN_SALES / 3 * 3 / 2;
    assert_int_equal(tally.of[STATUS_CODE_TAKEN], RACERS * TORN_SALES / 3);
    assert_int_equal(tally.of[STATUS_OK] - tally.replayed, sold);
    assert_int_equal(fixture_level(fixture, 1, 1), (1000 - (int64_t)sold) * ONE);
    assert_int_equal(fixture_level(fixture, 1, 2), (1000 - (int64_t)sold) * ONE);
    assert_int_equal(fixture_check_journal(fixture).records, sold);
    assert_int_equal(fixture_check_stock(fixture), sold * 2 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(last_unit_is_sold_once_among_sixteen_buyers),
        LEDGER_TEST(gift_card_pays_no_more_than_it_holds),
        LEDGER_TEST(customer_owes_no_more_than_the_limit),
        LEDGER_TEST(parked_cart_is_resumed_by_one),
        LEDGER_TEST(register_has_one_open_shift),
        LEDGER_TEST(sale_is_reversed_by_one),
        LEDGER_TEST(shift_closes_over_exactly_what_was_posted_to_it),
        LEDGER_TEST(numbers_stay_gapless_and_sums_whole_in_a_crowd),
    };
    /* Where acts share a commit (sqlite/writer.h). */
    const struct CMUnitTest shared[] = {
        LEDGER_TEST(acts_that_fail_midway_leave_nothing_and_cost_nobody_anything),
    };
    return LEDGER_TESTS("ledger races", tests) +
           ledger_run_tests_over(&ledger_backends[0], "ledger races of one commit", shared, 1);
}
