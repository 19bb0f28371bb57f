/* Answers of DynamoDB that get lost: whatever was carried out, an act is there once, and whoever committed it
 * is told so as the first. */
#include "dynamodb_fixture.h"
#include "ledger_invariants.h"

#define ONE   QUANTITY_ONE
#define LARGE 300 /* products in a sale */

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
    struct dynamodb_behind behind;
    struct ledger_outcome outcome, again;
    unsigned lost = 1;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE);
    dynamodb_behind_open(fixture, lose_some, &lost, &behind);
    assert_int_equal(dynamodb_behind_commit(fixture, &behind, &sale->act, &outcome), STATUS_OK);
    assert_false(outcome.replayed);
    assert_string_equal(outcome.transactions[0].receipt_number, "K1-000001");
    fixture_commit(fixture, &sale->act, STATUS_OK, &again);
    assert_true(again.replayed);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 3);
    dynamodb_behind_close(&behind);
}

/* Sells two products behind what loses answers, and closes it. */
static void sale_is_there_once_and_no_replay(struct fixture *fixture, struct dynamodb_behind *behind)
{
    struct ledger_outcome outcome;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, ONE);
    assert_int_equal(dynamodb_behind_commit(fixture, behind, &sale->act, &outcome), STATUS_OK);
    assert_false(outcome.replayed);
    assert_int_equal(outcome.transactions[0].sequence, 1);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 2);
    dynamodb_behind_close(behind);
}

static void sale_of_which_nothing_is_heard_is_found_in_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct dynamodb_behind behind;
    unsigned lost = 1000;
    dynamodb_behind_open_hurried(fixture, lose_some, &lost, &behind);
    sale_is_there_once_and_no_replay(fixture, &behind);
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
    struct dynamodb_behind behind;
    dynamodb_behind_open(fixture, lose_then_throttle, NULL, &behind);
    sale_is_there_once_and_no_replay(fixture, &behind);
}
/* The transaction that commits an act says what was asked for. Of those the first is carried out and nobody is told,
 * and its retry meets another transaction. */
static enum fault_kind lose_then_meet(void *context, const char *operation, unsigned number, const char *body)
{
    unsigned *commits = context;
    (void)number;
    if (strcmp(operation, "TransactWriteItems") != 0 || strstr(body, "\"fp\"") == NULL) {
        return FAULT_NONE;
    }
    ++*commits;
    return *commits == 1 ? FAULT_LOST : *commits == 2 ? FAULT_CONFLICT : FAULT_NONE;
}

/* An act by its id, an act by its key alone, a sale, a sale with a key, a sale of several steps. */
static const struct ledger_act *act_of(struct fixture *fixture, int number)
{
    struct ledger_act *act = arena_zeroed(&fixture->arena, 1, sizeof *act);
    if (number < 2) {
        struct ledger_write *write = arena_zeroed(&fixture->arena, 1, sizeof *write);
        static const struct id none;
        *act = fixture_act("cart", number);
        *write = fixture_write(LEDGER_PARKED_CART, number, "parked");
        act->writes = write;
        act->write_count = 1;
        act->id = number == 0 ? act->id : none;
    } else {
        *act = fixture_sale(&fixture->arena, 1, number, 1, number == 4 ? LARGE : 3, ONE)->act;
    }
    if (number % 2 == 1) {
        act->key = fixture_key(number == 1 ? "one" : "three", "request");
    }
    return act;
}

static void act_that_is_found_when_it_is_tried_again_is_no_replay(void **state)
{
    struct fixture *fixture = *state;
    for (int number = 0; number < 5; number++) {
        const struct ledger_act *act = act_of(fixture, number);
        struct dynamodb_behind behind;
        struct ledger_outcome outcome;
        unsigned commits = 0;
        dynamodb_behind_open(fixture, lose_then_meet, &commits, &behind);
        assert_int_equal(dynamodb_behind_commit(fixture, &behind, act, &outcome), STATUS_OK);
        assert_true(commits > 2);
        assert_false(outcome.replayed);
        assert_int_equal(outcome.transaction_count, act->record_count);
        assert_int_equal(dynamodb_behind_commit(fixture, &behind, act, &outcome), STATUS_OK);
        assert_true(outcome.replayed);
        dynamodb_behind_close(&behind);
    }
    assert_int_equal(fixture_check_journal(fixture).records, 3);
    assert_int_equal(fixture_check_stock(fixture), 3 + 3 + LARGE);
}

/* Another instance commits the act while this one's first transaction is under way, of which nothing is heard; and
 * perhaps of no other one either. */
struct meanwhile {
    struct fixture *fixture;
    const struct ledger_act *act;
    bool stays_down, done;
    enum status committed;
};

static enum fault_kind commit_meanwhile(void *context, const char *operation, unsigned number,
                                        const char *body)
{
    struct meanwhile *meanwhile = context;
    (void)number;
    (void)body;
    if (strcmp(operation, "TransactWriteItems") != 0 || (meanwhile->done && !meanwhile->stays_down)) {
        return FAULT_NONE;
    }
    if (!meanwhile->done) {
        struct ledger_outcome outcome;
        struct arena arena;
        arena_init(&arena);
        meanwhile->committed = fixture_try(meanwhile->fixture, &arena, meanwhile->act, &outcome);
        meanwhile->done = true;
        arena_free(&arena);
    }
    return FAULT_DOWN;
}

static void act_that_another_made_meanwhile_is_a_replay(void **state)
{
    struct fixture *fixture = *state;
    for (int number = 0; number < 4; number++) {
        struct meanwhile meanwhile = {
            .fixture = fixture, .act = act_of(fixture, number), .stays_down = number % 2 == 0};
        struct dynamodb_behind behind;
        struct ledger_outcome outcome;
        dynamodb_behind_open_hurried(fixture, commit_meanwhile, &meanwhile, &behind);
        assert_int_equal(dynamodb_behind_commit(fixture, &behind, meanwhile.act, &outcome), STATUS_OK);
        assert_int_equal(meanwhile.committed, STATUS_OK);
        assert_true(outcome.replayed);
        dynamodb_behind_close(&behind);
    }
    assert_int_equal(fixture_check_journal(fixture).records, 2);
    assert_int_equal(fixture_check_stock(fixture), 3 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(sale_whose_answer_is_lost_is_committed_once),
        LEDGER_TEST(sale_of_which_nothing_is_heard_is_found_in_the_end),
        LEDGER_TEST(sale_whose_answer_is_lost_in_a_rush_is_no_replay),
        LEDGER_TEST(act_that_is_found_when_it_is_tried_again_is_no_replay),
        LEDGER_TEST(act_that_another_made_meanwhile_is_a_replay),
    };
    return DYNAMODB_TESTS("lost_answers", tests);
}
