/* Several processes on the same tables; and what an act costs. */
#include "dynamodb_fixture.h"
#include "ledger_invariants.h"

#define ONE QUANTITY_ONE

/* What a client has used of an operation. Compaction, which goes on beside, reads items one by one and has
 * none of these but now and then a transaction of its own. */
static uint64_t calls_of(const struct dynamodb *dynamodb, enum dynamodb_operation operation)
{
    return dynamodb_usage(dynamodb, operation).calls;
}

static uint64_t reads_and_single_writes(const struct dynamodb *dynamodb)
{
    return calls_of(dynamodb, DYNAMODB_QUERY) + calls_of(dynamodb, DYNAMODB_BATCH_GET_ITEM) +
           calls_of(dynamodb, DYNAMODB_PUT_ITEM) + calls_of(dynamodb, DYNAMODB_UPDATE_ITEM) +
           calls_of(dynamodb, DYNAMODB_TRANSACT_GET_ITEMS);
}

static enum status commit_at(struct fixture *fixture, const struct dynamodb_instance *instance,
                             const struct ledger_act *act, struct ledger_outcome *outcome)
{
    return instance->ledger->ops->commit(instance->ledger, act, &fixture->arena, outcome);
}

/* --- cost --- */

/* A sale as tills make them: a key, a shift, a customer, an event. */
struct till_sale {
    struct fixture_sale *sale;
    struct id shift, customer;
    struct ledger_posting postings[2];
    struct ledger_event event;
};

static struct till_sale *till_sale(struct fixture *fixture, int64_t number, size_t lines)
{
    struct till_sale *till = arena_zeroed(&fixture->arena, 1, sizeof *till);
    till->sale = fixture_sale(&fixture->arena, 1, number, 1, lines, ONE);
    till->shift = fixture_document_id(LEDGER_SHIFT, 1);
    till->customer = fixture_document_id(LEDGER_CUSTOMER, 1);
    till->postings[0] = fixture_posting(LEDGER_SHIFT, 1, LEDGER_SHIFT_TRANSACTIONS, 1);
    till->postings[0].required_state = "open";
    till->postings[1] = fixture_posting(LEDGER_CUSTOMER, 1, LEDGER_CUSTOMER_VISITS, 1);
    till->postings[1].reason = "sale";
    till->event = (struct ledger_event){.id = fixture_id(FIXTURE_EVENT, number),
                                        .type = "transaction.completed"};
    struct ledger_act *act = &till->sale->act;
    char key[32];
    snprintf(key, sizeof key, "key %lld", (long long)number);
    act->key = fixture_key(key, "request");
    till->sale->records[0].shift_id = &till->shift;
    till->sale->records[0].customer_id = &till->customer;
    act->postings = till->postings;
    act->posting_count = 2;
    act->events = &till->event;
    act->event_count = 1;
    return till;
}

static void open_shop(struct fixture *fixture)
{
    const struct ledger_write shift = fixture_write(LEDGER_SHIFT, 1, "open");
    const struct ledger_write customer = fixture_write(LEDGER_CUSTOMER, 1, "active");
    fixture_write_one(fixture, &shift, STATUS_OK, NULL);
    fixture_write_one(fixture, &customer, STATUS_OK, NULL);
    fixture_commit(fixture, &till_sale(fixture, 1, 5)->sale->act, STATUS_OK, NULL);
}

static void sale_of_five_lines_is_one_round_trip(void **state)
{
    struct fixture *fixture = *state;
    const struct dynamodb_state *own = fixture->backend_state;
    const struct dynamodb *dynamodb = own->instance.dynamodb;
    open_shop(fixture);
    for (int64_t number = 2; number <= 4; number++) { /* too few for compaction */
        const struct till_sale *till = till_sale(fixture, number, 5);
        till->sale->movements[1].low_at = -100 * ONE;
        const uint64_t before = reads_and_single_writes(dynamodb);
        const struct dynamodb_usage spent = dynamodb_usage(dynamodb, DYNAMODB_TRANSACT_WRITE_ITEMS);
        fixture_commit(fixture, &till->sale->act, STATUS_OK, NULL);
        const struct dynamodb_usage after = dynamodb_usage(dynamodb, DYNAMODB_TRANSACT_WRITE_ITEMS);
        assert_int_equal(after.calls - spent.calls, 1);
        assert_int_equal(reads_and_single_writes(dynamodb), before);
        assert_true(after.half_writes - spent.half_writes <= 2 * 34);
    }
}

/* The other machine made the last record: the till says what it was, and that is enough. */
static void till_that_says_where_it_stands_needs_no_read_anywhere(void **state)
{
    struct fixture *fixture = *state;
    struct dynamodb_instance other;
    struct ledger_outcome outcome;
    struct ledger_position previous = {0};
    dynamodb_instance_open(fixture, NULL, 0, &other);
    for (int64_t number = 1; number <= 8; number++) {
        struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, number, 1, 1, ONE);
        sale->records[0].previous = &previous;
        const uint64_t reads = reads_and_single_writes(other.dynamodb);
        const uint64_t calls = calls_of(other.dynamodb, DYNAMODB_TRANSACT_WRITE_ITEMS);
        if (number % 2 == 0) {
            assert_int_equal(commit_at(fixture, &other, &sale->act, &outcome), STATUS_OK);
            /* The first one there writes down store and register. */
            assert_int_equal(reads_and_single_writes(other.dynamodb) - reads, number == 2 ? 2 : 0);
            assert_int_equal(calls_of(other.dynamodb, DYNAMODB_TRANSACT_WRITE_ITEMS) - calls, 1);
        } else {
            fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
        }
        assert_int_equal(outcome.transactions[0].sequence, number);
        previous.sequence = outcome.transactions[0].sequence;
        previous.hash = outcome.transactions[0].hash;
    }
    previous.sequence = 5;
    struct fixture_sale *late = fixture_sale(&fixture->arena, 1, 9, 1, 1, ONE);
    late->records[0].previous = &previous;
    assert_int_equal(commit_at(fixture, &other, &late->act, &outcome), STATUS_REGISTER_OUT_OF_STEP);
    assert_int_equal(outcome.last.sequence, 8);
    previous.sequence = 12; /* one that never was */
    assert_int_equal(commit_at(fixture, &other, &late->act, &outcome), STATUS_REGISTER_OUT_OF_STEP);
    assert_int_equal(outcome.last.sequence, 8);
    dynamodb_instance_close(&other);
    assert_int_equal(fixture_check_journal(fixture).records, 8);
}

/* --- company --- */

#define RACERS 8
#define SALES  15

struct race {
    struct fixture_tally tally;
    struct dynamodb_instance instances[2];
};

static void sell_anywhere(struct fixture_thread *thread)
{
    struct race *race = thread->shared;
    const struct ledger *ledger = race->instances[thread->number % 2].ledger;
    for (size_t i = 0; i < SALES; i++) {
        const int64_t number = (int64_t)(thread->number * SALES + i) + 1;
        struct fixture_sale *sale = fixture_sale(&thread->arena, 1, number, 1, 2, ONE);
        struct ledger_outcome outcome;
        sale->movements[1].deny_oversell = true;
        fixture_count(&race->tally, ledger->ops->commit(ledger, &sale->act, &thread->arena, &outcome),
                      &outcome);
    }
}

static void numbers_stay_gapless_on_two_instances(void **state)
{
    struct fixture *fixture = *state;
    struct race race = {.tally = FIXTURE_TALLY};
    fixture_set_level(fixture, 1, 2, 50 * ONE);
    for (size_t i = 0; i < 2; i++) {
        dynamodb_instance_open(fixture, NULL, 0, &race.instances[i]);
    }
    fixture_in_threads(fixture, RACERS, sell_anywhere, &race);
    for (size_t i = 0; i < 2; i++) {
        dynamodb_instance_close(&race.instances[i]);
    }
    assert_int_equal(race.tally.of[STATUS_OK], 50);
    assert_int_equal(race.tally.of[STATUS_INSUFFICIENT_STOCK], RACERS * SALES - 50);
    const struct fixture_journal journal = fixture_check_journal(fixture);
    assert_int_equal(journal.records, 50);
    assert_int_equal(journal.last_sequence[1], 50);
    assert_int_equal(fixture_check_stock(fixture), 101);
}

static size_t events_of(const struct dynamodb_instance *instance, struct arena *arena)
{
    static const struct ledger_outbox_filter any;
    struct ledger_outbox_event *events;
    size_t count;
    assert_int_equal(
        instance->ledger->ops->outbox_take(instance->ledger, &any, LEDGER_PAGE_MAX, arena, &events, &count),
        STATUS_OK);
    return count;
}

static void one_instance_delivers_until_it_ends(void **state)
{
    struct fixture *fixture = *state;
    struct dynamodb_instance first, second;
    dynamodb_instance_open(fixture, NULL, 0, &first);
    dynamodb_instance_open(fixture, NULL, 0, &second);
    open_shop(fixture);
    assert_int_equal(events_of(&first, &fixture->arena), 1);
    assert_int_equal(events_of(&second, &fixture->arena), 0);
    assert_int_equal(events_of(&first, &fixture->arena), 1); /* it was not settled */
    dynamodb_instance_close(&first);
    while (events_of(&second, &fixture->arena) == 0) { /* or the test's time is up */
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    assert_int_equal(events_of(&second, &fixture->arena), 1);
    dynamodb_instance_close(&second);
}

/* --- compaction --- */

static void histories_stay_whole_when_they_are_compacted(void **state)
{
    struct fixture *fixture = *state;
    const int64_t none[LEDGER_BALANCES] = {0};
    open_shop(fixture);
    for (int64_t number = 2; number <= 120; number++) {
        struct till_sale *till = till_sale(fixture, number, 3);
        till->postings[0].reason = "sale";
        fixture_commit(fixture, &till->sale->act, STATUS_OK, NULL);
        if (number % 40 == 0) {
            assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
        }
    }
    assert_int_equal(fixture_check_stock(fixture), 119 * 3 + 5);
    assert_int_equal(fixture_check_entries(fixture, LEDGER_CUSTOMER, 1, none), 120);
    fixture_reopen(fixture);
    assert_int_equal(fixture_check_stock(fixture), 119 * 3 + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(sale_of_five_lines_is_one_round_trip),
        LEDGER_TEST(till_that_says_where_it_stands_needs_no_read_anywhere),
        LEDGER_TEST(numbers_stay_gapless_on_two_instances),
        LEDGER_TEST(one_instance_delivers_until_it_ends),
        LEDGER_TEST(histories_stay_whole_when_they_are_compacted),
    };
    return DYNAMODB_TESTS("instances", tests);
}
