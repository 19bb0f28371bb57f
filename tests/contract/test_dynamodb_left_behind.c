/* What processes leave behind on DynamoDB that die, or hear nothing more, in the midst of an act of several
 * steps: the parts of large acts, and the terms of documents. It is taken back, once, and never from an act
 * that is there. */
#include "dynamodb_fixture.h"
#include "ledger_invariants.h"

#include "ledger/copy_digest.h"

#define ONE   QUANTITY_ONE
#define LARGE 300 /* products in a sale */

/* --- large acts --- */

struct outage {
    unsigned from; /* the transaction from which on the service is gone */
    bool is_down;
};

static enum fault_kind go_down(void *context, const char *operation, unsigned number, const char *body)
{
    struct outage *outage = context;
    (void)body;
    outage->is_down |= strcmp(operation, "TransactWriteItems") == 0 && number >= outage->from;
    return outage->is_down ? FAULT_DOWN : FAULT_NONE;
}

static void leave_behind(struct fixture *fixture, const struct ledger_act *act)
{
    struct dynamodb_behind behind;
    struct ledger_outcome outcome;
    struct outage outage = {.from = 3};
    dynamodb_behind_open_hurried(fixture, go_down, &outage, &behind);
    const enum status status = dynamodb_behind_commit(fixture, &behind, act, &outcome);
    assert_true(status == STATUS_STORAGE_UNAVAILABLE || status == STATUS_OVERLOADED);
    assert_true(outage.is_down);
    dynamodb_behind_close(&behind);
}

static void large_sale_that_was_left_behind_is_taken_back(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, LARGE, ONE);
    fixture_set_level(fixture, 1, 1, 5 * ONE);
    leave_behind(fixture, &sale->act);
    assert_int_equal(fixture_level(fixture, 1, 1), 4 * ONE); /* reserved */
    assert_int_equal(fixture_check_journal(fixture).records, 0);
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE)->act, STATUS_OK, NULL);

    assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
    assert_int_equal(fixture_level(fixture, 1, 1), 3 * ONE); /* its lease has not ended */
    dynamodb_moved_clock_ms = 120000;
    clock_replace(dynamodb_moved_clock);
    assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
    clock_replace(NULL);
    assert_int_equal(fixture_level(fixture, 1, 1), 4 * ONE);
    assert_int_equal(fixture_level(fixture, 1, LARGE), 0);
    assert_int_equal(fixture_check_stock(fixture), 2);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
}

static size_t count_low(struct fixture *fixture)
{
    size_t count, low = 0;
    const struct ledger_outbox_event *events = fixture_events(fixture, &count);
    for (size_t i = 0; i < count; i++) {
        low += strcmp(events[i].type, "stock.low") == 0;
    }
    return low;
}

/* The event of the try that was taken back still lies in the outbox when the act is there. */
static void large_act_that_was_taken_back_tells_of_low_stock_once(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, LARGE, ONE);
    fixture_set_level(fixture, 1, 1, 5 * ONE);
    sale->movements[0].low_at = 4 * ONE;
    leave_behind(fixture, &sale->act);
    dynamodb_moved_clock_ms = 120000;
    clock_replace(dynamodb_moved_clock);
    assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
    assert_int_equal(fixture_level(fixture, 1, 1), 5 * ONE);
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    struct copy_digest told; /* a copy tells of it once, too */
    assert_int_equal(copy_digest_take(fixture->ledger, clock_now_ms(), NULL, &told), STATUS_OK);
    assert_int_equal(told.of[COPY_EVENTS].count, 1);
    assert_int_equal(count_low(fixture), 1);
    clock_replace(NULL);
}

static void retry_takes_over_what_was_left_behind(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, LARGE, ONE);
    struct ledger_outcome outcome;
    leave_behind(fixture, &sale->act);
    dynamodb_moved_clock_ms = 120000;
    clock_replace(dynamodb_moved_clock);
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_false(outcome.replayed);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), LARGE);
    clock_replace(NULL);
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
}

/* What happens while a sweeper has marked an intent and not yet looked at its rows. */
struct overtaking {
    struct fixture *fixture;
    const struct ledger_act *act;
    bool done;
    enum status swept, committed;
};

static enum fault_kind overtake(void *context, const char *operation, unsigned number, const char *body)
{
    struct overtaking *overtaking = context;
    (void)number;
    (void)body;
    if (strcmp(operation, "BatchGetItem") == 0 && !overtaking->done) {
        const struct ledger *ledger = overtaking->fixture->ledger;
        struct ledger_outcome outcome;
        struct arena arena;
        overtaking->done = true;
        dynamodb_moved_clock_ms = 240000;
        arena_init(&arena);
        overtaking->swept = ledger_dynamodb_keep(ledger);
        overtaking->committed = ledger->ops->commit(ledger, overtaking->act, &arena, &outcome);
        arena_free(&arena);
    }
    return FAULT_NONE;
}

static void sweeper_that_was_overtaken_takes_nothing_back(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, LARGE, ONE);
    struct overtaking overtaking = {.fixture = fixture, .act = &sale->act};
    struct dynamodb_behind behind;
    leave_behind(fixture, &sale->act);
    dynamodb_moved_clock_ms = 120000;
    clock_replace(dynamodb_moved_clock);
    dynamodb_behind_open(fixture, overtake, &overtaking, &behind);
    assert_int_equal(ledger_dynamodb_keep(behind.instance.ledger), STATUS_OK);
    dynamodb_behind_close(&behind);
    assert_true(overtaking.done);
    assert_int_equal(overtaking.swept, STATUS_OK);
    assert_int_equal(overtaking.committed, STATUS_OK);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_level(fixture, 1, 1), -ONE);
    assert_int_equal(fixture_check_stock(fixture), LARGE);
    clock_replace(NULL);
}

/* Items that are terms, or notes of work that is not done. */
static size_t left_over(struct fixture *fixture)
{
    const struct dynamodb_state *state = fixture->backend_state;
    const char *const tables[] = {"customers", "transactions"};
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        struct dynamodb_request request;
        struct dynamodb_answer answer;
        struct json_writer *json = dynamodb_begin(&request, &fixture->arena, DYNAMODB_SCAN);
        emit_member_string(json, "TableName",
                           arena_printf(&fixture->arena, "%s%s", state->prefix, tables[i]));
        emit_member_bool(json, "ConsistentRead", true);
        emit_member_string(json, "FilterExpression", "begins_with(pk, :w) OR pk = :i");
        dynamodb_begin_map(json, "ExpressionAttributeValues");
        dynamodb_put_s(json, ":w", "W#");
        dynamodb_put_s(json, ":i", "I");
        dynamodb_end_map(json);
        assert_int_equal(dynamodb_send(state->instance.dynamodb, &request, &answer), DYNAMODB_OK);
        count += json_array_size(json_object_get(answer.json, "Items"));
        dynamodb_answer_free(&answer);
    }
    return count;
}

/* Another instance commits the act after this one has looked for it, just before it notes its intent. */
struct forestalling {
    struct fixture *fixture;
    const struct ledger_act *act;
    enum fault_kind fault; /* of the note */
    bool done;
    enum status committed;
};

static enum fault_kind forestall(void *context, const char *operation, unsigned number, const char *body)
{
    struct forestalling *forestalling = context;
    (void)number;
    if (strcmp(operation, "PutItem") != 0 || strstr(body, "\"dn\"") == NULL || forestalling->done) {
        return FAULT_NONE;
    }
    const struct ledger *ledger = forestalling->fixture->ledger;
    struct ledger_outcome outcome;
    struct arena arena;
    forestalling->done = true;
    arena_init(&arena);
    forestalling->committed = ledger->ops->commit(ledger, forestalling->act, &arena, &outcome);
    arena_free(&arena);
    return forestalling->fault;
}

static enum status commit_forestalled(struct fixture *fixture, const struct ledger_act *act,
                                      enum fault_kind fault, struct ledger_outcome *outcome)
{
    struct forestalling forestalling = {.fixture = fixture, .act = act, .fault = fault};
    struct dynamodb_behind behind;
    dynamodb_behind_open(fixture, forestall, &forestalling, &behind);
    const enum status status = dynamodb_behind_commit(fixture, &behind, act, outcome);
    dynamodb_behind_close(&behind);
    assert_true(forestalling.done);
    assert_int_equal(forestalling.committed, STATUS_OK);
    return status;
}

static void large_sale_that_was_forestalled_moves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, LARGE, ONE);
    struct ledger_outcome outcome;
    assert_int_equal(commit_forestalled(fixture, &sale->act, FAULT_NONE, &outcome), STATUS_OK);
    assert_true(outcome.replayed);
    assert_int_equal(left_over(fixture), 0);
    assert_int_equal(fixture_level(fixture, 1, 1), -ONE);
    assert_int_equal(fixture_check_stock(fixture), LARGE);
}

/* The one that was forestalled does not come back to take its note away. */
static void note_of_a_sale_that_is_there_takes_nothing_back(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, LARGE, ONE);
    struct ledger_outcome outcome;
    assert_int_not_equal(commit_forestalled(fixture, &sale->act, FAULT_LOST, &outcome), STATUS_OK);
    assert_int_equal(left_over(fixture), 1);
    dynamodb_moved_clock_ms = 120000;
    clock_replace(dynamodb_moved_clock);
    assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
    clock_replace(NULL);
    assert_int_equal(left_over(fixture), 0);
    assert_int_equal(fixture_level(fixture, 1, 1), -ONE);
    assert_int_equal(fixture_check_stock(fixture), LARGE);
}

static void large_sale_that_is_refused_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, LARGE, ONE);
    struct ledger_outcome outcome;
    sale->movements[LARGE - 1].deny_oversell = true;
    fixture_commit(fixture, &sale->act, STATUS_INSUFFICIENT_STOCK, &outcome);
    assert_int_equal(outcome.failed, LARGE - 1);
    assert_int_equal(fixture_check_stock(fixture), 0);
    assert_int_equal(fixture_check_journal(fixture).records, 0);
    fixture_set_level(fixture, 1, LARGE, ONE);
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_int_equal(outcome.transactions[0].sequence, 1);
    assert_int_equal(fixture_check_stock(fixture), LARGE + 1);
}

/* A count of many lines tells what it did, the first time and again. */
static void large_count_tells_what_it_did(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_movement *counts = arena_zeroed(&fixture->arena, LARGE, sizeof *counts);
    struct ledger_act act = fixture_act("stock_count", 1);
    struct ledger_outcome first, again;
    fixture_set_level(fixture, 1, 5, 3 * ONE);
    for (int64_t i = 0; i < LARGE; i++) {
        counts[i] = (struct ledger_movement){.store = fixture_ref(FIXTURE_STORE, 1),
                                             .product = fixture_ref(FIXTURE_PRODUCT, i + 1),
                                             .reason = "count",
                                             .quantity = 2 * ONE,
                                             .counted = true,
                                             .low_at = 2 * ONE};
    }
    act.movements = counts;
    act.movement_count = LARGE;
    fixture_commit(fixture, &act, STATUS_OK, &first);
    assert_int_equal(first.moved_count, LARGE);
    assert_int_equal(first.moved[4].quantity, -ONE);
    assert_int_equal(first.moved[4].level, 2 * ONE);
    fixture_commit(fixture, &act, STATUS_OK, &again);
    assert_true(again.replayed);
    assert_memory_equal(again.moved, first.moved, LARGE * sizeof *first.moved);
    assert_int_equal(fixture_check_stock(fixture), LARGE + 1);
    size_t events;
    (void)fixture_events(fixture, &events);
    assert_int_equal(events, 1); /* of the one that fell to its mark */
}

static void commit_large(struct fixture_thread *thread)
{
    struct fixture_sale *sale = fixture_sale(&thread->arena, 1, 1, 1, LARGE, ONE);
    struct ledger_outcome outcome;
    fixture_count(thread->shared, fixture_try(thread->fixture, &thread->arena, &sale->act, &outcome),
                  &outcome);
}

static void large_sale_is_committed_once_by_many(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_tally tally = FIXTURE_TALLY;
    fixture_in_threads(fixture, 4, commit_large, &tally);
    assert_int_equal(tally.of[STATUS_OK], 4);
    assert_int_equal(tally.replayed, 3);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), LARGE);
}

/* --- terms --- */

static struct ledger_write named_customer(const char *const *terms, size_t count)
{
    struct ledger_write write = fixture_write(LEDGER_CUSTOMER, 1, "active");
    write.terms = terms;
    write.term_count = count;
    return write;
}

static void terms_go_with_what_they_were_of(void **state)
{
    struct fixture *fixture = *state;
    const char *const names[] = {"ada", "lovelace"}, *const others[] = {"grace"};
    struct ledger_write write = named_customer(names, 2);
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    assert_int_equal(left_over(fixture), 2);
    fixture_write_one(fixture, &write, STATUS_ID_TAKEN, NULL);
    assert_int_equal(left_over(fixture), 2);
    write = named_customer(others, 1);
    write.expected_version = 1;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    assert_int_equal(left_over(fixture), 1);
    write.expected_version = 2;
    write.forget = true;
    write.term_count = 0;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    assert_int_equal(left_over(fixture), 0);
}

static enum fault_kind refuse_transactions(void *context, const char *operation, unsigned number,
                                           const char *body)
{
    static bool is_down;
    (void)context;
    (void)body;
    is_down = strcmp(operation, "TransactWriteItems") == 0 || (is_down && number > 1);
    return is_down ? FAULT_DOWN : FAULT_NONE;
}

static void terms_that_were_left_behind_are_removed(void **state)
{
    struct fixture *fixture = *state;
    const char *const names[] = {"ada", "lovelace"};
    const struct ledger_write write = named_customer(names, 2);
    struct ledger_act act = fixture_act("customer_create", 1);
    struct dynamodb_behind behind;
    struct ledger_outcome outcome;
    act.writes = &write;
    act.write_count = 1;
    dynamodb_behind_open_hurried(fixture, refuse_transactions, NULL, &behind);
    assert_true(dynamodb_behind_commit(fixture, &behind, &act, &outcome) != STATUS_OK);
    dynamodb_behind_close(&behind);
    assert_int_equal(left_over(fixture), 3);
    assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
    assert_int_equal(left_over(fixture), 3); /* it may be under way */
    dynamodb_moved_clock_ms = 120000;
    clock_replace(dynamodb_moved_clock);
    assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
    clock_replace(NULL);
    assert_int_equal(left_over(fixture), 0);
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    assert_int_equal(left_over(fixture), 2);
}

/* Every transaction is carried out and nobody is told, and from the first on nothing can be read. */
static enum fault_kind lose_all(void *context, const char *operation, unsigned number, const char *body)
{
    bool *is_deaf = context;
    (void)number;
    (void)body;
    if (strcmp(operation, "TransactWriteItems") == 0) {
        *is_deaf = true;
        return FAULT_LOST;
    }
    return *is_deaf && strstr(operation, "Get") != NULL ? FAULT_DOWN : FAULT_NONE;
}

static void terms_of_what_was_committed_unheard_stay(void **state)
{
    struct fixture *fixture = *state;
    const char *const names[] = {"ada", "lovelace"};
    const struct ledger_write write = named_customer(names, 2);
    struct ledger_act act = fixture_act("customer_create", 1);
    struct dynamodb_behind behind;
    struct ledger_outcome outcome;
    bool is_deaf = false;
    act.writes = &write;
    act.write_count = 1;
    dynamodb_behind_open_hurried(fixture, lose_all, &is_deaf, &behind);
    assert_int_equal(dynamodb_behind_commit(fixture, &behind, &act, &outcome), STATUS_STORAGE_UNAVAILABLE);
    dynamodb_behind_close(&behind);
    fixture_commit(fixture, &act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    assert_int_equal(left_over(fixture), 2); /* and no note */
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(large_sale_that_was_left_behind_is_taken_back),
        LEDGER_TEST(large_act_that_was_taken_back_tells_of_low_stock_once),
        LEDGER_TEST(retry_takes_over_what_was_left_behind),
        LEDGER_TEST(sweeper_that_was_overtaken_takes_nothing_back),
        LEDGER_TEST(large_sale_that_was_forestalled_moves_nothing),
        LEDGER_TEST(note_of_a_sale_that_is_there_takes_nothing_back),
        LEDGER_TEST(large_sale_that_is_refused_leaves_nothing),
        LEDGER_TEST(large_count_tells_what_it_did),
        LEDGER_TEST(large_sale_is_committed_once_by_many),
        LEDGER_TEST(terms_go_with_what_they_were_of),
        LEDGER_TEST(terms_that_were_left_behind_are_removed),
        LEDGER_TEST(terms_of_what_was_committed_unheard_stay),
    };
    return DYNAMODB_TESTS("left_behind", tests);
}
