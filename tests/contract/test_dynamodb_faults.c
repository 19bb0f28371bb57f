/* What DynamoDB does to a ledger: conflicts, throttling, indexes that lag, items that expire or are damaged. An
 * act goes, or leaves nothing, and nobody else is held up. */
#include "dynamodb_fixture.h"
#include "ledger_invariants.h"

#include "ledger/copy.h"
#include "ledger/copy_digest.h"

#define ONE QUANTITY_ONE

/* --- conflicts and throttling --- */

/* The first calls of each operation that reads, more than one request would try again. */
static const char *const reads[] = {"Scan", "Query", "GetItem", "BatchGetItem"};
#define READS (sizeof reads / sizeof *reads)

struct rush {
    size_t operations; /* so many of them */
    unsigned met[READS];
};

static enum fault_kind throttle_reads(void *context, const char *operation, unsigned number, const char *body)
{
    struct rush *rush = context;
    (void)number;
    (void)body;
    for (size_t i = 0; i < rush->operations; i++) {
        if (strcmp(operation, reads[i]) == 0) {
            return ++rush->met[i] <= 5 ? FAULT_THROTTLE : FAULT_NONE;
        }
    }
    return FAULT_NONE;
}

static void throttling_slows_who_reads_all_and_stops_nobody(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger *straight = fixture->ledger;
    struct rush scans = {.operations = 1}, all = {.operations = READS};
    struct dynamodb_behind behind;
    struct ledger_outcome outcome;
    struct copy_digest told;
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE)->act, STATUS_OK, &outcome);
    dynamodb_behind_open(fixture, throttle_reads, &scans, &behind);
    fixture->ledger = behind.instance.ledger;
    assert_int_equal(fixture_check_stock(fixture), 3);
    fixture->ledger = straight;
    dynamodb_behind_close(&behind);
    dynamodb_behind_open(fixture, throttle_reads, &all, &behind);
    assert_int_equal(copy_digest_take(behind.instance.ledger, clock_now_ms(), NULL, &told), STATUS_OK);
    assert_int_equal(told.of[COPY_MOVEMENTS].count, 3);
    dynamodb_behind_close(&behind);
}

struct some {
    enum fault_kind fault;
    unsigned transactions; /* the first so many */
};

static enum fault_kind fail_some(void *context, const char *operation, unsigned number, const char *body)
{
    (void)body;
    const struct some *some = context;
    return strcmp(operation, "TransactWriteItems") == 0 && number <= some->transactions ? some->fault
                                                                                        : FAULT_NONE;
}

static void sale_that_meets_another_is_tried_again(void **state)
{
    struct fixture *fixture = *state;
    struct some some = {.fault = FAULT_CONFLICT, .transactions = 3};
    struct dynamodb_behind behind;
    struct ledger_outcome outcome;
    dynamodb_behind_open(fixture, fail_some, &some, &behind);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE);
    assert_int_equal(dynamodb_behind_commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_int_equal(dynamodb_used(behind.instance.dynamodb).conflicts, 3);
    assert_int_equal(fixture_check_stock(fixture), 3);
    dynamodb_behind_close(&behind);
}

static void storm_ends_in_overload_and_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    const enum fault_kind faults[] = {FAULT_CONFLICT, FAULT_THROTTLE};
    for (size_t i = 0; i < 2; i++) {
        struct some some = {.fault = faults[i], .transactions = 100000};
        struct dynamodb_behind behind;
        struct ledger_outcome outcome;
        const int64_t began_us = clock_monotonic_us();
        dynamodb_behind_open_hurried(fixture, fail_some, &some, &behind);
        struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE);
        assert_int_equal(dynamodb_behind_commit(fixture, &behind, &sale->act, &outcome), STATUS_OVERLOADED);
        assert_true(clock_monotonic_us() - began_us < (DYNAMODB_HURRIED_MS + 20000) * 1000LL);
        assert_true(behind.proxy.transactions < 200); /* it waits in between */
        assert_int_equal(fixture_check_journal(fixture).records, 0);
        assert_int_equal(fixture_check_stock(fixture), 0);
        dynamodb_behind_close(&behind);
    }
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE)->act, STATUS_OK, NULL);
}

/* --- indexes --- */

static enum fault_kind refuse_indexes(void *context, const char *operation, unsigned number, const char *body)
{
    (void)context;
    (void)operation;
    (void)number;
    return strstr(body, "\"IndexName\"") != NULL ? FAULT_DOWN : FAULT_NONE;
}

/* Indexes lag. Nothing that is decided asks them. */
static void decisions_ask_no_index(void **state)
{
    struct fixture *fixture = *state;
    const struct id original = fixture_id(FIXTURE_SALE, 1);
    struct dynamodb_behind behind;
    struct ledger_outcome outcome;
    dynamodb_behind_open(fixture, refuse_indexes, NULL, &behind);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, ONE);
    sale->act.key = fixture_key("key", "request");
    assert_int_equal(dynamodb_behind_commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_int_equal(dynamodb_behind_commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_true(outcome.replayed);
    struct fixture_sale *refund = fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE);
    refund->records[0].original_id = &original;
    refund->records[0].reversal = 1;
    assert_int_equal(dynamodb_behind_commit(fixture, &behind, &refund->act, &outcome), STATUS_OK);
    refund = fixture_sale(&fixture->arena, 1, 3, 1, 1, ONE);
    refund->records[0].original_id = &original;
    refund->records[0].reversal = 1;
    assert_int_equal(dynamodb_behind_commit(fixture, &behind, &refund->act, &outcome), STATUS_REVERSAL_TAKEN);
    struct fixture_sale *denied = fixture_sale(&fixture->arena, 1, 4, 7, 1, ONE);
    denied->movements[0].deny_oversell = true;
    assert_int_equal(dynamodb_behind_commit(fixture, &behind, &denied->act, &outcome),
                     STATUS_INSUFFICIENT_STOCK);
    dynamodb_behind_close(&behind);
}
/* --- expiry --- */

static enum status count_act(void *context, const struct ledger_copied_act *act)
{
    (void)context;
    (void)act;
    return STATUS_OK;
}

static enum status count_document(void *context, const struct ledger_copied_document *document)
{
    (void)document;
    ++*(size_t *)context;
    return STATUS_OK;
}

static void delete_item(struct fixture *fixture, const char *pk, const char *sk)
{
    const struct dynamodb_state *state = fixture->backend_state;
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, &fixture->arena, DYNAMODB_DELETE_ITEM);
    emit_member_string(json, "TableName", arena_printf(&fixture->arena, "%stransactions", state->prefix));
    emit_member_string(json, "ReturnValues", "ALL_OLD");
    dynamodb_begin_map(json, "Key");
    dynamodb_put_s(json, "pk", pk);
    dynamodb_put_s(json, "sk", sk);
    dynamodb_end_map(json);
    assert_int_equal(dynamodb_send(state->instance.dynamodb, &request, &answer), DYNAMODB_OK);
    assert_non_null(json_object_get(answer.json, "Attributes"));
    dynamodb_answer_free(&answer);
}

static void delete_body(struct fixture *fixture, const struct ledger_document *document)
{
    char id[ID_TEXT_SIZE];
    const char *pk = arena_printf(&fixture->arena, "D#%d#%s", (int)document->kind,
                                  id_format(&document->id, id));
    delete_item(fixture, pk, "B");
}

static void what_is_expiring_keeps_nobody_from_moving(void **state)
{
    static const struct ledger_copier copier = {.act = count_act, .document = count_document};
    struct fixture *fixture = *state;
    struct ledger_write lasting = fixture_write(LEDGER_PARKED_CART, 1, "parked"),
                        expiring = fixture_write(LEDGER_PARKED_CART, 2, "parked");
    size_t told = 0;
    expiring.document.expires_at_ms = clock_now_ms() + 60000;
    fixture_write_one(fixture, &lasting, STATUS_OK, NULL);
    fixture_write_one(fixture, &expiring, STATUS_OK, NULL);
    delete_body(fixture, &expiring.document);
    assert_int_not_equal(fixture->ledger->ops->tell(fixture->ledger, &copier, &told), STATUS_OK);
    dynamodb_moved_clock_ms = 120000;
    clock_replace(dynamodb_moved_clock);
    told = 0;
    assert_int_equal(fixture->ledger->ops->tell(fixture->ledger, &copier, &told), STATUS_OK);
    clock_replace(NULL);
    assert_int_equal(told, 1);
}

/* An act of one write as of `at_ms`. */
static void write_at(struct fixture *fixture, int64_t number, const struct ledger_write *write, int64_t at_ms,
                     enum status expected)
{
    struct ledger_act act = fixture_act("cart", number);
    act.at_ms = at_ms;
    act.writes = write;
    act.write_count = 1;
    fixture_commit(fixture, &act, expected, NULL);
}

/* One instance's clock is ahead: for it the cart has expired, and its key is free. */
static void key_that_another_has_taken_is_left_to_it(void **state)
{
    static const char *const key = "code:A";
    struct fixture *fixture = *state;
    const int64_t now_ms = clock_now_ms();
    struct ledger_write first = fixture_write(LEDGER_PARKED_CART, 1, "parked"),
                        second = fixture_write(LEDGER_PARKED_CART, 2, "parked"),
                        third = fixture_write(LEDGER_PARKED_CART, 3, "parked");
    first.keys = second.keys = third.keys = &key;
    first.key_count = second.key_count = third.key_count = 1;
    first.document.expires_at_ms = now_ms + 60000;
    write_at(fixture, 1, &first, now_ms, STATUS_OK);
    write_at(fixture, 2, &second, now_ms + 60001, STATUS_OK);
    first.expected_version = 1;
    first.remove = true;
    first.key_count = 0;
    write_at(fixture, 3, &first, now_ms + 59999, STATUS_OK);
    write_at(fixture, 4, &third, now_ms + 60002, STATUS_CODE_TAKEN);
}

/* --- damage --- */

static struct fixture_sale *sale_with_event(struct fixture *fixture, int64_t number)
{
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, number, 1, 1, ONE);
    struct ledger_event *event = arena_zeroed(&fixture->arena, 1, sizeof *event);
    *event = (struct ledger_event){.id = fixture_id(FIXTURE_EVENT, number), .type = "transaction.completed"};
    sale->act.events = event;
    sale->act.event_count = 1;
    return sale;
}

static void event_without_its_record_holds_nobody_up(void **state)
{
    struct fixture *fixture = *state;
    const struct id second = fixture_id(FIXTURE_EVENT, 2);
    char id[ID_TEXT_SIZE];
    size_t count;
    struct fixture_sale *lost = sale_with_event(fixture, 1);
    fixture_commit(fixture, &lost->act, STATUS_OK, NULL);
    fixture_commit(fixture, &sale_with_event(fixture, 2)->act, STATUS_OK, NULL);
    delete_item(fixture, arena_printf(&fixture->arena, "T#%s", id_format(&lost->records[0].id, id)), "T");
    const struct ledger_outbox_event *events = fixture_events(fixture, &count);
    assert_int_equal(count, 1);
    assert_true(id_equal(&events[0].id, &second));
    (void)fixture_events(fixture, &count);
    assert_int_equal(count, 1);
    dynamodb_moved_clock_ms = 2 * 3600000; /* it is looked at again, in case it was mended */
    clock_replace(dynamodb_moved_clock);
    (void)fixture_events(fixture, &count);
    clock_replace(NULL);
    assert_int_equal(count, 1);
}

static void event_without_its_record_takes_nobodys_place(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_outbox_filter any = {.only = {NULL}};
    const struct id second = fixture_id(FIXTURE_EVENT, 2);
    struct ledger_outbox_event *events;
    char id[ID_TEXT_SIZE];
    size_t count;
    struct fixture_sale *lost = sale_with_event(fixture, 1);
    fixture_commit(fixture, &lost->act, STATUS_OK, NULL);
    fixture_commit(fixture, &sale_with_event(fixture, 2)->act, STATUS_OK, NULL);
    delete_item(fixture, arena_printf(&fixture->arena, "T#%s", id_format(&lost->records[0].id, id)), "T");
    assert_int_equal(
        fixture->ledger->ops->outbox_take(fixture->ledger, &any, 1, &fixture->arena, &events, &count),
        STATUS_OK);
    assert_int_equal(count, 1);
    assert_true(id_equal(&events[0].id, &second));
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(throttling_slows_who_reads_all_and_stops_nobody),
        LEDGER_TEST(sale_that_meets_another_is_tried_again),
        LEDGER_TEST(storm_ends_in_overload_and_leaves_nothing),
        LEDGER_TEST(decisions_ask_no_index),
        LEDGER_TEST(what_is_expiring_keeps_nobody_from_moving),
        LEDGER_TEST(key_that_another_has_taken_is_left_to_it),
        LEDGER_TEST(event_without_its_record_holds_nobody_up),
        LEDGER_TEST(event_without_its_record_takes_nobodys_place),
    };
    return DYNAMODB_TESTS("faults", tests);
}
