/* What DynamoDB does to a ledger: answers that get lost, conflicts, throttling, processes that leave large
 * acts half done. Whatever happens, an act is whole, once, or leaves nothing. */
#include "dynamodb_fixture.h"
#include "ledger_invariants.h"

#include "ledger/copy.h"
#include "ledger/copy_digest.h"

#define ONE   QUANTITY_ONE
#define LARGE 300 /* products in a sale */

/* An instance behind a proxy; the fixture's own goes straight. */
struct behind {
    struct fault_proxy proxy;
    struct dynamodb_instance instance;
};

static void open_behind(struct fixture *fixture, fault_choice choose, void *context, struct behind *behind)
{
    fault_proxy_start(&behind->proxy, choose, context);
    dynamodb_instance_open(fixture, behind->proxy.url, &behind->instance);
}

static void close_behind(struct behind *behind)
{
    dynamodb_instance_close(&behind->instance);
    fault_proxy_stop(&behind->proxy);
}

static enum status commit(struct fixture *fixture, const struct behind *behind, const struct ledger_act *act,
                          struct ledger_outcome *outcome)
{
    const struct ledger *ledger = behind->instance.ledger;
    return ledger->ops->commit(ledger, act, &fixture->arena, outcome);
}

/* --- answers that get lost --- */

/* The first `*context` transactions are carried out, and nobody is told. */
static enum fault_kind lose_some(void *context, const char *operation, unsigned number, const char *body)
{
    (void)body;
    const unsigned *some = context;
    return strcmp(operation, "TransactWriteItems") == 0 && number <= *some ? FAULT_LOST : FAULT_NONE;
}

static void sale_whose_answer_is_lost_is_committed_once(void **state)
{
    struct fixture *fixture = *state;
    struct behind behind;
    struct ledger_outcome outcome, again;
    unsigned lost = 1;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE);
    open_behind(fixture, lose_some, &lost, &behind);
    assert_int_equal(commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_false(outcome.replayed);
    assert_string_equal(outcome.transactions[0].receipt_number, "K1-000001");
    fixture_commit(fixture, &sale->act, STATUS_OK, &again);
    assert_true(again.replayed);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 3);
    close_behind(&behind);
}

static void sale_of_which_nothing_is_heard_is_found_in_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct behind behind;
    struct ledger_outcome outcome;
    unsigned lost = 1000;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, ONE);
    open_behind(fixture, lose_some, &lost, &behind);
    assert_int_equal(commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_false(outcome.replayed);
    assert_int_equal(outcome.transactions[0].sequence, 1);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 2);
    close_behind(&behind);
}

/* The first tries are carried out, and nobody is told; then the service is too busy for a while. */
static enum fault_kind lose_then_throttle(void *context, const char *operation, unsigned number,
                                          const char *body)
{
    (void)context;
    (void)body;
    const bool transaction = strcmp(operation, "TransactWriteItems") == 0;
    return !transaction ? FAULT_NONE : number <= 4 ? FAULT_LOST : number <= 8 ? FAULT_THROTTLE : FAULT_NONE;
}

static void sale_whose_answer_is_lost_in_a_rush_is_no_replay(void **state)
{
    struct fixture *fixture = *state;
    struct behind behind;
    struct ledger_outcome outcome;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, ONE);
    open_behind(fixture, lose_then_throttle, NULL, &behind);
    assert_int_equal(commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_false(outcome.replayed);
    assert_int_equal(outcome.transactions[0].sequence, 1);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 2);
    close_behind(&behind);
}

/* --- conflicts and throttling --- */

static enum fault_kind throttle_scans(void *context, const char *operation, unsigned number, const char *body)
{
    (void)context;
    (void)body;
    return strcmp(operation, "Scan") == 0 && number <= 20 ? FAULT_THROTTLE : FAULT_NONE;
}

static void throttling_slows_who_reads_all_and_stops_nobody(void **state)
{
    struct fixture *fixture = *state;
    struct behind behind;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE)->act, STATUS_OK, &outcome);
    open_behind(fixture, throttle_scans, NULL, &behind);
    const struct ledger *straight = fixture->ledger;
    fixture->ledger = behind.instance.ledger;
    assert_int_equal(fixture_check_stock(fixture), 3);
    fixture->ledger = straight;
    close_behind(&behind);
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
    struct behind behind;
    struct ledger_outcome outcome;
    open_behind(fixture, fail_some, &some, &behind);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE);
    assert_int_equal(commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_int_equal(dynamodb_used(behind.instance.dynamodb).conflicts, 3);
    assert_int_equal(fixture_check_stock(fixture), 3);
    close_behind(&behind);
}

static void storm_ends_in_overload_and_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    const enum fault_kind faults[] = {FAULT_CONFLICT, FAULT_THROTTLE};
    for (size_t i = 0; i < 2; i++) {
        struct some some = {.fault = faults[i], .transactions = 100000};
        struct behind behind;
        struct ledger_outcome outcome;
        const int64_t began_us = clock_monotonic_us();
        open_behind(fixture, fail_some, &some, &behind);
        struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE);
        assert_int_equal(commit(fixture, &behind, &sale->act, &outcome), STATUS_OVERLOADED);
        assert_true(clock_monotonic_us() - began_us < (DYNAMODB_FIXTURE_DEADLINE_MS + 20000) * 1000LL);
        assert_true(behind.proxy.transactions < 200); /* it waits in between */
        assert_int_equal(fixture_check_journal(fixture).records, 0);
        assert_int_equal(fixture_check_stock(fixture), 0);
        close_behind(&behind);
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
    struct behind behind;
    struct ledger_outcome outcome;
    open_behind(fixture, refuse_indexes, NULL, &behind);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, ONE);
    sale->act.key = fixture_key("key", "request");
    assert_int_equal(commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_int_equal(commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_true(outcome.replayed);
    struct fixture_sale *refund = fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE);
    refund->records[0].original_id = &original;
    refund->records[0].reversal = 1;
    assert_int_equal(commit(fixture, &behind, &refund->act, &outcome), STATUS_OK);
    refund = fixture_sale(&fixture->arena, 1, 3, 1, 1, ONE);
    refund->records[0].original_id = &original;
    refund->records[0].reversal = 1;
    assert_int_equal(commit(fixture, &behind, &refund->act, &outcome), STATUS_REVERSAL_TAKEN);
    struct fixture_sale *denied = fixture_sale(&fixture->arena, 1, 4, 7, 1, ONE);
    denied->movements[0].deny_oversell = true;
    assert_int_equal(commit(fixture, &behind, &denied->act, &outcome), STATUS_INSUFFICIENT_STOCK);
    close_behind(&behind);
}

/* --- large acts that are left behind --- */

static int64_t moved_clock_ms;

static int64_t moved_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000 + moved_clock_ms;
}

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
    struct behind behind;
    struct ledger_outcome outcome;
    struct outage outage = {.from = 3};
    open_behind(fixture, go_down, &outage, &behind);
    const enum status status = commit(fixture, &behind, act, &outcome);
    assert_true(status == STATUS_STORAGE_UNAVAILABLE || status == STATUS_OVERLOADED);
    assert_true(outage.is_down);
    close_behind(&behind);
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
    moved_clock_ms = 120000;
    clock_replace(moved_clock);
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
    moved_clock_ms = 120000;
    clock_replace(moved_clock);
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
    moved_clock_ms = 120000;
    clock_replace(moved_clock);
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
        moved_clock_ms = 240000;
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
    struct behind behind;
    leave_behind(fixture, &sale->act);
    moved_clock_ms = 120000;
    clock_replace(moved_clock);
    open_behind(fixture, overtake, &overtaking, &behind);
    assert_int_equal(ledger_dynamodb_keep(behind.instance.ledger), STATUS_OK);
    close_behind(&behind);
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
    struct behind behind;
    open_behind(fixture, forestall, &forestalling, &behind);
    const enum status status = commit(fixture, &behind, act, outcome);
    close_behind(&behind);
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
    moved_clock_ms = 120000;
    clock_replace(moved_clock);
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
    struct behind behind;
    struct ledger_outcome outcome;
    act.writes = &write;
    act.write_count = 1;
    open_behind(fixture, refuse_transactions, NULL, &behind);
    assert_true(commit(fixture, &behind, &act, &outcome) != STATUS_OK);
    close_behind(&behind);
    assert_int_equal(left_over(fixture), 3);
    assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
    assert_int_equal(left_over(fixture), 3); /* it may be under way */
    moved_clock_ms = 120000;
    clock_replace(moved_clock);
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
    struct behind behind;
    struct ledger_outcome outcome;
    bool is_deaf = false;
    act.writes = &write;
    act.write_count = 1;
    open_behind(fixture, lose_all, &is_deaf, &behind);
    assert_int_equal(commit(fixture, &behind, &act, &outcome), STATUS_STORAGE_UNAVAILABLE);
    close_behind(&behind);
    fixture_commit(fixture, &act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    assert_int_equal(left_over(fixture), 2); /* and no note */
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
    moved_clock_ms = 120000;
    clock_replace(moved_clock);
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
    moved_clock_ms = 2 * 3600000; /* it is looked at again, in case it was mended */
    clock_replace(moved_clock);
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
        LEDGER_TEST(sale_whose_answer_is_lost_is_committed_once),
        LEDGER_TEST(sale_of_which_nothing_is_heard_is_found_in_the_end),
        LEDGER_TEST(sale_whose_answer_is_lost_in_a_rush_is_no_replay),
        LEDGER_TEST(sale_that_meets_another_is_tried_again),
        LEDGER_TEST(storm_ends_in_overload_and_leaves_nothing),
        LEDGER_TEST(throttling_slows_who_reads_all_and_stops_nobody),
        LEDGER_TEST(decisions_ask_no_index),
        LEDGER_TEST(large_sale_that_was_left_behind_is_taken_back),
        LEDGER_TEST(large_act_that_was_taken_back_tells_of_low_stock_once),
        LEDGER_TEST(retry_takes_over_what_was_left_behind),
        LEDGER_TEST(sweeper_that_was_overtaken_takes_nothing_back),
        LEDGER_TEST(large_sale_that_is_refused_leaves_nothing),
        LEDGER_TEST(large_count_tells_what_it_did),
        LEDGER_TEST(large_sale_is_committed_once_by_many),
        LEDGER_TEST(large_sale_that_was_forestalled_moves_nothing),
        LEDGER_TEST(note_of_a_sale_that_is_there_takes_nothing_back),
        LEDGER_TEST(terms_go_with_what_they_were_of),
        LEDGER_TEST(terms_that_were_left_behind_are_removed),
        LEDGER_TEST(terms_of_what_was_committed_unheard_stay),
        LEDGER_TEST(what_is_expiring_keeps_nobody_from_moving),
        LEDGER_TEST(key_that_another_has_taken_is_left_to_it),
        LEDGER_TEST(event_without_its_record_holds_nobody_up),
        LEDGER_TEST(event_without_its_record_takes_nobodys_place),
    };
    return DYNAMODB_TESTS("faults", tests);
}
