/* The relay: what becomes of events when a backend takes some, all or none, and when the storage is away. */
#include "base/clock.h"
#include "base/log.h"
#include "notify/relay.h"

#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define EVENTS_MAX 300

/* An outbox in memory, and a backend that writes down what it is given. */
static struct {
    struct ledger ledger;
    struct notify notify;
    pthread_mutex_t lock;
    struct {
        bool waits;
        int64_t due_ms, attempts;
    } events[EVENTS_MAX];
    size_t count;
    unsigned published[EVENTS_MAX]; /* how often each was offered */
    size_t order[10 * EVENTS_MAX], offered;
    int64_t offered_ms;    /* when the last batch was offered */
    unsigned refuse_first; /* so many offers of each event are refused */
    bool is_away;          /* the storage */
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct id id_of(size_t number)
{
    struct id id = {{0}};
    id.bytes[14] = (uint8_t)(number >> 8);
    id.bytes[15] = (uint8_t)number;
    return id;
}

static size_t number_of(const struct id *id)
{
    return (size_t)id->bytes[14] << 8 | id->bytes[15];
}

static enum status take(const struct ledger *ledger, const struct ledger_outbox_filter *filter, size_t limit,
                        struct arena *arena, struct ledger_outbox_event **events, size_t *count)
{
    (void)ledger;
    assert_string_equal(filter->except[0], "mail");
    pthread_mutex_lock(&world.lock);
    const int64_t now_ms = clock_now_ms();
    *events = arena_zeroed(arena, limit, sizeof **events);
    *count = 0;
    for (size_t i = 0; i < world.count && *count < limit && !world.is_away; i++) {
        if (world.events[i].waits && world.events[i].due_ms <= now_ms) {
            (*events)[(*count)++] = (struct ledger_outbox_event){.id = id_of(i),
                                                                 .type = "stock.low",
                                                                 .at_ms = now_ms,
                                                                 .attempts = world.events[i].attempts,
                                                                 .data = "{}",
                                                                 .data_length = 2};
        }
    }
    const bool is_away = world.is_away;
    pthread_mutex_unlock(&world.lock);
    return is_away ? STATUS_STORAGE_UNAVAILABLE : STATUS_OK;
}

static enum status settle(const struct ledger *ledger, const struct ledger_delivery *deliveries, size_t count)
{
    (void)ledger;
    pthread_mutex_lock(&world.lock);
    for (size_t i = 0; i < count; i++) {
        const size_t number = number_of(&deliveries[i].id);
        world.events[number].waits = !deliveries[i].delivered;
        if (!deliveries[i].delivered) {
            /* A second is too long for a test. */
            assert_in_range(deliveries[i].retry_at_ms - world.offered_ms, RELAY_RETRY_MIN_MS / 2,
                            RELAY_RETRY_MAX_MS);
            world.events[number].due_ms = clock_now_ms();
            world.events[number].attempts++;
        }
    }
    pthread_mutex_unlock(&world.lock);
    return STATUS_OK;
}

static void publish(const struct notify *notify, const struct notify_event *events, size_t count,
                    bool *published)
{
    (void)notify;
    pthread_mutex_lock(&world.lock);
    world.offered_ms = clock_now_ms();
    assert_in_range(count, 1, NOTIFY_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        const size_t number = number_of(&events[i].id);
        world.order[world.offered++] = number;
        published[i] = world.published[number]++ >= world.refuse_first;
    }
    pthread_mutex_unlock(&world.lock);
}

static const struct ledger_ops ledger_ops = {.name = "test", .outbox_take = take, .outbox_settle = settle};
static const struct notify_ops notify_ops = {.name = "test", .publish = publish};
static const struct ledger_outbox_filter filter = {.except = {"mail"}};

static int start(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    world.ledger.ops = &ledger_ops;
    world.notify.ops = &notify_ops;
    memset(world.events, 0, sizeof world.events);
    memset(world.published, 0, sizeof world.published);
    world.count = world.offered = 0;
    world.refuse_first = 0;
    world.is_away = false;
    return 0;
}

static void put_events(size_t count)
{
    pthread_mutex_lock(&world.lock);
    for (size_t i = 0; i < count; i++) {
        world.events[world.count++].waits = true;
    }
    pthread_mutex_unlock(&world.lock);
}

static size_t waiting(void)
{
    size_t waits = 0;
    pthread_mutex_lock(&world.lock);
    for (size_t i = 0; i < world.count; i++) {
        waits += world.events[i].waits;
    }
    pthread_mutex_unlock(&world.lock);
    return waits;
}

static void wait_until_empty(void)
{
    const int64_t until_us = clock_monotonic_us() + 60000000;
    while (waiting() > 0) {
        assert_true(clock_monotonic_us() < until_us);
        usleep(1000);
    }
}

static struct relay *relay(void)
{
    struct relay *started = NULL;
    assert_int_equal(relay_start(&world.ledger, &filter, &world.notify, &started), STATUS_OK);
    return started;
}

static void relay_publishes_in_order_and_once(void **state)
{
    (void)state;
    put_events(250); /* more than a batch */
    struct relay *running = relay();
    wait_until_empty();
    relay_stop(running);
    assert_int_equal(world.offered, 250);
    for (size_t i = 0; i < 250; i++) {
        assert_int_equal(world.order[i], i);
    }
}

static void relay_finds_what_comes_later(void **state)
{
    (void)state;
    struct relay *running = relay();
    usleep(50000);
    put_events(3);
    wait_until_empty();
    relay_stop(running);
    assert_int_equal(world.offered, 3);
}

static void relay_tries_again_what_was_not_taken(void **state)
{
    (void)state;
    world.refuse_first = 3;
    put_events(5);
    struct relay *running = relay();
    wait_until_empty();
    relay_stop(running);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(world.published[i], 4);
        assert_int_equal(world.events[i].attempts, 3);
    }
}

static void relay_outlives_a_storage_that_is_away(void **state)
{
    (void)state;
    world.is_away = true;
    put_events(1);
    struct relay *running = relay();
    usleep(100000);
    assert_int_equal(waiting(), 1);
    pthread_mutex_lock(&world.lock);
    world.is_away = false;
    pthread_mutex_unlock(&world.lock);
    wait_until_empty();
    relay_stop(running);
}

static void relay_drains_when_it_is_stopped(void **state)
{
    (void)state;
    struct relay *running = relay();
    usleep(100000); /* it waits for the next round now */
    put_events(150);
    relay_stop(running);
    assert_int_equal(waiting(), 0);
    relay_stop(NULL);
}

static void event_is_written_as_receivers_get_it(void **state)
{
    (void)state;
    char buffer[1024];
    struct text text = text_over(buffer, sizeof buffer);
    struct notify_event event = {
        .type = "shift.closed", .at_ms = 1795356309123, .data = "{\"number\":7}", .data_length = 12};
    assert_true(id_parse("01a20393-40b2-7a55-9a0c-5d0c6f1f7c11", &event.id));
    notify_event_write(&text, &event, sizeof buffer);
    assert_string_equal(text_string(&text),
                        "{\"id\":\"01a20393-40b2-7a55-9a0c-5d0c6f1f7c11\",\"type\":\"shift.closed\","
                        "\"at\":\"2026-11-22T14:05:09.123Z\",\"data\":{\"number\":7}}");
}

static void event_that_is_too_large_becomes_a_notice(void **state)
{
    (void)state;
    char data[1024], buffer[1024];
    struct text text = text_over(buffer, sizeof buffer);
    snprintf(data, sizeof data, "{\"a\":\"%0500d\",\"id\":\"01a20393-366c-7018-8976-2a322f3cf0f2\"}", 7);
    struct notify_event event = {
        .type = "transaction.completed", .at_ms = 1795356309123, .data = data, .data_length = strlen(data)};
    assert_true(id_parse("01a20393-40b2-7a55-9a0c-5d0c6f1f7c11", &event.id));
    notify_event_write(&text, &event, 512);
    assert_string_equal(text_string(&text),
                        "{\"id\":\"01a20393-40b2-7a55-9a0c-5d0c6f1f7c11\",\"type\":\"transaction.completed\","
                        "\"at\":\"2026-11-22T14:05:09.123Z\","
                        "\"data\":{\"id\":\"01a20393-366c-7018-8976-2a322f3cf0f2\"},"
                        "\"data_at\":\"/api/v1/transactions/01a20393-366c-7018-8976-2a322f3cf0f2\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(relay_publishes_in_order_and_once, start),
        cmocka_unit_test_setup(relay_finds_what_comes_later, start),
        cmocka_unit_test_setup(relay_tries_again_what_was_not_taken, start),
        cmocka_unit_test_setup(relay_outlives_a_storage_that_is_away, start),
        cmocka_unit_test_setup(relay_drains_when_it_is_stopped, start),
        cmocka_unit_test(event_is_written_as_receivers_get_it),
        cmocka_unit_test(event_that_is_too_large_becomes_a_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
