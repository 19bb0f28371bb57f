/* The outbox: an event is there when its act is, stays until it was delivered, and keeps its id. */
#include "ledger_invariants.h"

#define ONE QUANTITY_ONE

static struct fixture_sale *sell(struct fixture *fixture, int64_t number)
{
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, number, 1, 1, ONE);
    struct ledger_event *event = arena_zeroed(&fixture->arena, 1, sizeof *event);
    *event = (struct ledger_event){.id = fixture_id(FIXTURE_EVENT, number), .type = "transaction.completed"};
    sale->act.events = event;
    sale->act.event_count = 1;
    return sale;
}

static void settle(struct fixture *fixture, int64_t number, bool delivered, int64_t retry_at_ms)
{
    const struct ledger_delivery delivery = {
        .id = fixture_id(FIXTURE_EVENT, number), .delivered = delivered, .retry_at_ms = retry_at_ms};
    assert_int_equal(fixture->ledger->ops->outbox_settle(fixture->ledger, &delivery, 1), STATUS_OK);
}

static struct ledger_outbox_event *take(struct fixture *fixture, const struct ledger_outbox_filter *filter,
                                        size_t limit, size_t *count)
{
    struct ledger_outbox_event *events;
    assert_int_equal(
        fixture->ledger->ops->outbox_take(fixture->ledger, filter, limit, &fixture->arena, &events, count),
        STATUS_OK);
    return events;
}

static void event_carries_the_record_of_its_act(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_outcome outcome;
    size_t count;
    fixture_commit(fixture, &sell(fixture, 1)->act, STATUS_OK, &outcome);
    const struct ledger_outbox_event *events = fixture_events(fixture, &count);
    const struct id id = fixture_id(FIXTURE_EVENT, 1);
    assert_int_equal(count, 1);
    assert_true(id_equal(&events[0].id, &id));
    assert_string_equal(events[0].type, "transaction.completed");
    assert_int_equal(events[0].at_ms, FIXTURE_DAY_MS + 1);
    assert_int_equal(events[0].attempts, 0);
    assert_int_equal(events[0].data_length, outcome.transactions[0].record_length);
    assert_memory_equal(events[0].data, outcome.transactions[0].record, events[0].data_length);
}

static void second_record_and_data_of_its_own_are_carried_too(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    const struct ledger_event events[] = {
        {.id = fixture_id(FIXTURE_EVENT, 1), .type = "transaction.completed", .record = 1},
        {.id = fixture_id(FIXTURE_EVENT, 2), .type = "shift.closed", .data = "{\"a\":1}", .data_length = 7},
    };
    sale->records[1] = fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE)->records[0];
    sale->act.record_count = 2;
    sale->act.events = events;
    sale->act.event_count = 2;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    size_t count;
    const struct ledger_outbox_event *waiting = fixture_events(fixture, &count);
    assert_int_equal(count, 2);
    assert_memory_equal(waiting[0].data, outcome.transactions[1].record, waiting[0].data_length);
    assert_int_equal(waiting[1].data_length, 7);
    assert_memory_equal(waiting[1].data, "{\"a\":1}", 7);
}

static void events_wait_in_order_until_they_are_delivered(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    for (int64_t number = 1; number <= 5; number++) {
        fixture_commit(fixture, &sell(fixture, number)->act, STATUS_OK, NULL);
    }
    const struct ledger_outbox_filter any = {.only = {NULL}};
    struct ledger_outbox_event *events = take(fixture, &any, 2, &count);
    assert_int_equal(count, 2);
    fixture_reopen(fixture); /* taken, and nobody came back: they are delivered again */
    events = fixture_events(fixture, &count);
    assert_int_equal(count, 5);
    for (int64_t number = 1; number <= 5; number++) {
        const struct id id = fixture_id(FIXTURE_EVENT, number);
        assert_true(id_equal(&events[number - 1].id, &id));
    }
    settle(fixture, 1, true, 0);
    settle(fixture, 3, true, 0);
    settle(fixture, 3, true, 0); /* by another relay too */
    events = fixture_events(fixture, &count);
    assert_int_equal(count, 3);
    const struct id first = fixture_id(FIXTURE_EVENT, 2);
    assert_true(id_equal(&events[0].id, &first));
}

static void event_that_failed_waits_for_its_time_and_holds_nobody_up(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    fixture_commit(fixture, &sell(fixture, 1)->act, STATUS_OK, NULL);
    fixture_commit(fixture, &sell(fixture, 2)->act, STATUS_OK, NULL);
    settle(fixture, 1, false, INT64_MAX);
    const struct ledger_outbox_event *events = fixture_events(fixture, &count);
    const struct id second = fixture_id(FIXTURE_EVENT, 2);
    assert_int_equal(count, 1);
    assert_true(id_equal(&events[0].id, &second));
    settle(fixture, 1, false, 1); /* due again */
    events = fixture_events(fixture, &count);
    assert_int_equal(count, 2);
    assert_int_equal(events[0].attempts, 2);
}

static void refused_and_replayed_acts_put_nothing_in_the_outbox(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = sell(fixture, 1);
    size_t count;
    sale->movements[0].deny_oversell = true;
    fixture_commit(fixture, &sale->act, STATUS_INSUFFICIENT_STOCK, NULL);
    (void)fixture_events(fixture, &count);
    assert_int_equal(count, 0);
    sale->movements[0].deny_oversell = false;
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    (void)fixture_events(fixture, &count);
    assert_int_equal(count, 1);
}

static void event_outlives_the_process_that_died_after_its_act(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    fixture_commit_and_die(fixture, &sell(fixture, 1)->act);
    (void)fixture_events(fixture, &count);
    assert_int_equal(count, 1);
}

/* An act of nothing but an event: a receipt to be mailed. */
static void act_may_be_an_event_alone(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_event mail = {
        .id = fixture_id(FIXTURE_EVENT, 1), .type = "receipt.mailed", .data = "{}", .data_length = 2};
    struct ledger_act act = fixture_act("receipt_mail", 1);
    size_t count;
    act.events = &mail;
    act.event_count = 1;
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    (void)fixture_events(fixture, &count);
    assert_int_equal(count, 1);
}

static void each_relay_takes_its_own_events(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_outbox_filter mail = {.only = {"mail"}}, others = {.except = {"mail"}};
    for (int64_t number = 1; number <= 6; number++) {
        struct fixture_sale *sale = sell(fixture, number);
        struct ledger_event event = sale->act.events[0];
        event.type = number % 2 == 0 ? "mail" : "transaction.completed";
        sale->act.events = &event;
        fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    }
    size_t count;
    const struct ledger_outbox_event *events = take(fixture, &mail, 2, &count);
    assert_int_equal(count, 2);
    const struct id fourth = fixture_id(FIXTURE_EVENT, 4), fifth = fixture_id(FIXTURE_EVENT, 5);
    assert_true(id_equal(&events[1].id, &fourth));
    events = take(fixture, &others, 10, &count);
    assert_int_equal(count, 3);
    assert_true(id_equal(&events[2].id, &fifth));
}

static void filter_names_several_types(void **state)
{
    static const char *const types[] = {"a", "b", "c", "d"};
    struct fixture *fixture = *state;
    const struct ledger_outbox_filter two = {.only = {"b", "d"}}, others = {.except = {"a", "b", "c"}},
                                      some = {.only = {"a", "b"}, .except = {"b"}};
    for (int64_t number = 1; number <= 4; number++) {
        struct fixture_sale *sale = sell(fixture, number);
        struct ledger_event event = sale->act.events[0];
        event.type = types[number - 1];
        sale->act.events = &event;
        fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    }
    size_t count;
    const struct ledger_outbox_event *events = take(fixture, &two, 10, &count);
    assert_int_equal(count, 2);
    assert_string_equal(events[0].type, "b");
    assert_string_equal(events[1].type, "d");
    events = take(fixture, &others, 10, &count);
    assert_int_equal(count, 1);
    assert_string_equal(events[0].type, "d");
    events = take(fixture, &some, 10, &count);
    assert_int_equal(count, 1);
    assert_string_equal(events[0].type, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(event_carries_the_record_of_its_act),
        LEDGER_TEST(second_record_and_data_of_its_own_are_carried_too),
        LEDGER_TEST(events_wait_in_order_until_they_are_delivered),
        LEDGER_TEST(event_that_failed_waits_for_its_time_and_holds_nobody_up),
        LEDGER_TEST(refused_and_replayed_acts_put_nothing_in_the_outbox),
        LEDGER_TEST(event_outlives_the_process_that_died_after_its_act),
        LEDGER_TEST(act_may_be_an_event_alone),
        LEDGER_TEST(each_relay_takes_its_own_events),
        LEDGER_TEST(filter_names_several_types),
    };
    return LEDGER_TESTS("ledger outbox", tests);
}
