/* The shared log of the catalogue in DynamoDB: what is left when one is killed, or two do the same. */
#include "dynamodb_fixture.h"

#include "catalog/dynamodb/shared_log_dynamodb.h"

#include <limits.h>

#define PARTS 4

/* A log behind a proxy, whose calls go through as long as `deletes` lasts. */
struct logged {
    struct fault_proxy proxy;
    struct dynamodb_instance instance;
    const struct shared_log *log;
    _Atomic int deletes;
};

static enum fault_kind choose(void *context, const char *operation, unsigned number, const char *body)
{
    struct logged *logged = context;
    (void)number;
    (void)body;
    return strcmp(operation, "DeleteItem") == 0 && logged->deletes-- <= 0 ? FAULT_DOWN : FAULT_NONE;
}

static void open_log(struct fixture *fixture, struct logged *logged)
{
    const struct dynamodb_state *state = fixture->backend_state;
    logged->deletes = INT_MAX;
    fault_proxy_start(&logged->proxy, choose, logged);
    dynamodb_instance_open(fixture, logged->proxy.url, 0, &logged->instance);
    assert_int_equal(shared_log_dynamodb_open(logged->instance.dynamodb, state->prefix, &logged->log),
                     STATUS_OK);
}

static void close_log(struct logged *logged)
{
    logged->log->ops->close(logged->log);
    dynamodb_instance_close(&logged->instance);
    fault_proxy_stop(&logged->proxy);
}

static size_t parts_left(const struct shared_log *log, const struct id *op)
{
    struct arena arena;
    size_t left = 0, length;
    const void *bytes;
    arena_init(&arena);
    for (unsigned part = 0; part < PARTS; part++) {
        left += log->ops->part_read(log, op, part, &arena, &bytes, &length) == STATUS_OK;
    }
    arena_free(&arena);
    return left;
}

static void append_in_parts(const struct shared_log *log, const struct id *op)
{
    const struct shared_log_entry entry = {.number = 1, .op = *op, .length = PARTS, .parts = PARTS};
    assert_int_equal(log->ops->part_begin(log, op, 1, PARTS), STATUS_OK);
    for (unsigned part = 0; part < PARTS; part++) {
        assert_int_equal(log->ops->part_put(log, op, part, "x", 1), STATUS_OK);
    }
    assert_int_equal(log->ops->append(log, &entry), STATUS_OK);
    assert_int_equal(log->ops->part_end(log, op, PARTS, true), STATUS_OK);
}

static void a_trim_that_broke_off_leaves_no_parts_behind(void **state)
{
    struct logged logged;
    const struct id op = id_new();
    bool more;
    open_log(*state, &logged);
    append_in_parts(logged.log, &op);
    assert_int_equal(parts_left(logged.log, &op), PARTS);
    logged.deletes = 1;
    assert_int_not_equal(logged.log->ops->trim(logged.log, 1, 10, &more), STATUS_OK);
    assert_int_equal(parts_left(logged.log, &op), PARTS - 1);
    logged.deletes = INT_MAX;
    assert_int_equal(logged.log->ops->trim(logged.log, 1, 10, &more), STATUS_OK);
    assert_false(more);
    assert_int_equal(parts_left(logged.log, &op), 0);
    close_log(&logged);
}

/* A lease ran out, and two made a snapshot of the same entry. */
static void of_two_snapshots_of_one_entry_the_first_is_listed(void **state)
{
    struct logged logged;
    struct shared_log_snapshot one = {.number = 7, .op = id_new(), .name = "one"}, other = one, listed[2];
    size_t count;
    open_log(*state, &logged);
    snprintf(other.name, sizeof other.name, "other");
    assert_int_equal(logged.log->ops->snapshot_add(logged.log, &one), STATUS_OK);
    assert_int_equal(logged.log->ops->snapshot_add(logged.log, &one), STATUS_OK); /* nobody heard it */
    assert_int_equal(logged.log->ops->snapshot_add(logged.log, &other), STATUS_VERSION_MISMATCH);
    assert_int_equal(logged.log->ops->snapshot_list(logged.log, 2, listed, &count), STATUS_OK);
    assert_int_equal(count, 1);
    assert_string_equal(listed[0].name, "one");
    close_log(&logged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_trim_that_broke_off_leaves_no_parts_behind),
        LEDGER_TEST(of_two_snapshots_of_one_entry_the_first_is_listed),
    };
    return DYNAMODB_TESTS("shared log", tests);
}
