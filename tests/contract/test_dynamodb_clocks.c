/* Machines whose clocks are off by minutes: what they write for one another is by the service's time, so nobody
 * takes a living act for dead, nor a dead one for living. */
#include "dynamodb_fixture.h"
#include "ledger_invariants.h"

#include <time.h>

#define ONE       QUANTITY_ONE
#define LARGE     300 /* products in a sale */
#define OFF_MS    600000
#define WAIT_MS   120000 /* longer than any lease */
#define SECOND_MS 1000   /* by which the service's time is known */

/* Each thread is a machine: its clock is so far off. */
static _Thread_local int64_t off_ms;

static int64_t machine_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000 + off_ms;
}

static int start(void **state)
{
    clock_replace(machine_clock);
    return fixture_start(state);
}

static int stop(void **state)
{
    const int failed = fixture_stop(state);
    clock_replace(NULL);
    off_ms = 0;
    return failed;
}

/* An instance on a machine of its own: it has asked the service something, as any has that runs. */
struct machine {
    struct fault_proxy proxy;
    struct dynamodb_instance instance;
};

static void open_machine(struct fixture *fixture, fault_choice choose, void *context, struct machine *machine)
{
    int64_t level, product = 1;
    fault_proxy_start(&machine->proxy, choose, context);
    dynamodb_instance_open(fixture, machine->proxy.url, 0, &machine->instance);
    dynamodb_keep_own_clock(machine->instance.dynamodb, false);
    const struct ledger *ledger = machine->instance.ledger;
    assert_int_equal(ledger->ops->stock_read(ledger, 1, &product, 1, &level), STATUS_OK);
}

static void close_machine(struct machine *machine)
{
    dynamodb_instance_close(&machine->instance);
    fault_proxy_stop(&machine->proxy);
}

static enum fault_kind let_pass(void *context, const char *operation, unsigned number, const char *body)
{
    (void)context;
    (void)operation;
    (void)number;
    (void)body;
    return FAULT_NONE;
}

/* --- living acts --- */

/* Who sweeps while a large act is under way, and how far its clock is off. */
struct sweeping {
    const struct ledger *ledger;
    int64_t off_ms;
    enum status status;
};

static enum fault_kind sweep_between(void *context, const char *operation, unsigned number, const char *body)
{
    struct sweeping *sweeping = context;
    (void)body;
    if (strcmp(operation, "TransactWriteItems") == 0 && number == 3) {
        off_ms = sweeping->off_ms;
        sweeping->status = ledger_dynamodb_keep(sweeping->ledger);
    }
    return FAULT_NONE;
}

static void assert_large_sale_lives(struct fixture *fixture, int64_t number, int64_t seller_off_ms,
                                    int64_t sweeper_off_ms)
{
    struct machine seller, sweeper;
    struct ledger_outcome outcome;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, number, 1, LARGE, ONE);
    off_ms = sweeper_off_ms;
    open_machine(fixture, let_pass, NULL, &sweeper);
    struct sweeping sweeping = {
        .ledger = sweeper.instance.ledger, .off_ms = sweeper_off_ms, .status = STATUS_COUNT};
    off_ms = seller_off_ms;
    open_machine(fixture, sweep_between, &sweeping, &seller);
    const struct ledger *ledger = seller.instance.ledger;
    assert_string_equal(status_code(ledger->ops->commit(ledger, &sale->act, &fixture->arena, &outcome)),
                        "ok");
    assert_int_equal(sweeping.status, STATUS_OK);
    close_machine(&seller);
    close_machine(&sweeper);
    off_ms = SECOND_MS;
}

static void large_act_of_a_clock_that_is_off_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    assert_large_sale_lives(fixture, 1, -OFF_MS, 0);
    assert_large_sale_lives(fixture, 2, OFF_MS, 0);
    assert_int_equal(fixture_check_journal(fixture).records, 2);
    assert_int_equal(fixture_check_stock(fixture), 2 * LARGE);
}

static void sweeper_whose_clock_is_off_leaves_living_acts_alone(void **state)
{
    struct fixture *fixture = *state;
    assert_large_sale_lives(fixture, 1, 0, OFF_MS);
    assert_large_sale_lives(fixture, 2, 0, -OFF_MS);
    assert_int_equal(fixture_check_journal(fixture).records, 2);
    assert_int_equal(fixture_check_stock(fixture), 2 * LARGE);
}

/* --- dead ones --- */

struct outage {
    bool is_down;
};

static enum fault_kind go_down(void *context, const char *operation, unsigned number, const char *body)
{
    struct outage *outage = context;
    (void)body;
    outage->is_down |= strcmp(operation, "TransactWriteItems") == 0 && number >= 3;
    return outage->is_down ? FAULT_DOWN : FAULT_NONE;
}

static void large_act_that_a_clock_ahead_left_behind_is_taken_back(void **state)
{
    struct fixture *fixture = *state;
    struct machine seller;
    struct outage outage = {.is_down = false};
    struct ledger_outcome outcome;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, LARGE, ONE);
    off_ms = OFF_MS;
    open_machine(fixture, go_down, &outage, &seller);
    const struct ledger *ledger = seller.instance.ledger;
    assert_int_not_equal(ledger->ops->commit(ledger, &sale->act, &fixture->arena, &outcome), STATUS_OK);
    close_machine(&seller);
    off_ms = 0;
    assert_int_equal(fixture_level(fixture, 1, 1), -ONE); /* reserved */
    off_ms = WAIT_MS;
    assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
    assert_int_equal(fixture_level(fixture, 1, 1), 0);
    assert_int_equal(fixture_check_stock(fixture), 0);
}

/* --- relays --- */

static void event_of_a_clock_ahead_is_told_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct machine seller;
    struct ledger_outcome outcome;
    size_t count;
    const struct ledger_event event = {.id = fixture_id(FIXTURE_EVENT, 1), .type = "transaction.completed"};
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    sale->act.events = &event;
    sale->act.event_count = 1;
    off_ms = OFF_MS;
    open_machine(fixture, let_pass, NULL, &seller);
    const struct ledger *ledger = seller.instance.ledger;
    assert_int_equal(ledger->ops->commit(ledger, &sale->act, &fixture->arena, &outcome), STATUS_OK);
    close_machine(&seller);
    off_ms = SECOND_MS;
    (void)fixture_events(fixture, &count);
    assert_int_equal(count, 1);
}

static size_t events_of(struct machine *machine, struct arena *arena)
{
    static const struct ledger_outbox_filter any;
    const struct ledger *ledger = machine->instance.ledger;
    struct ledger_outbox_event *events;
    size_t count;
    assert_int_equal(ledger->ops->outbox_take(ledger, &any, LEDGER_PAGE_MAX, arena, &events, &count),
                     STATUS_OK);
    return count;
}

static void relay_of_a_clock_ahead_takes_nobodys_turn(void **state)
{
    struct fixture *fixture = *state;
    struct machine relay, another;
    const struct ledger_event event = {.id = fixture_id(FIXTURE_EVENT, 1), .type = "transaction.completed"};
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    sale->act.events = &event;
    sale->act.event_count = 1;
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    off_ms = 0;
    open_machine(fixture, let_pass, NULL, &relay);
    assert_int_equal(events_of(&relay, &fixture->arena), 1);
    off_ms = OFF_MS;
    open_machine(fixture, let_pass, NULL, &another);
    assert_int_equal(events_of(&another, &fixture->arena), 0);
    close_machine(&another);
    off_ms = 0;
    close_machine(&relay);
}

#define CLOCK_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(large_act_of_a_clock_that_is_off_is_left_alone),
        CLOCK_TEST(sweeper_whose_clock_is_off_leaves_living_acts_alone),
        CLOCK_TEST(large_act_that_a_clock_ahead_left_behind_is_taken_back),
        CLOCK_TEST(event_of_a_clock_ahead_is_told_at_once),
        CLOCK_TEST(relay_of_a_clock_ahead_takes_nobodys_turn),
    };
    return DYNAMODB_TESTS("clocks", tests);
}
