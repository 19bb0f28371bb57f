/* Once, however often it is asked for: by id for ever, by key for 48 hours, whatever died in between. */
#include "ledger_invariants.h"

#define ONE QUANTITY_ONE

static void assert_same_record(const struct ledger_transaction *a, const struct ledger_transaction *b)
{
    assert_int_equal(a->record_length, b->record_length);
    assert_memory_equal(a->record, b->record, a->record_length);
    assert_memory_equal(&a->hash, &b->hash, sizeof a->hash);
    assert_string_equal(a->receipt_number, b->receipt_number);
    assert_int_equal(a->sequence, b->sequence);
    assert_true(id_equal(&a->id, &b->id));
}

static void same_id_and_content_is_replayed_for_ever(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 3, ONE);
    struct ledger_outcome first, again;
    fixture_commit(fixture, &sale->act, STATUS_OK, &first);
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE)->act, STATUS_OK, NULL);
    fixture_commit(fixture, &sale->act, STATUS_OK, &again);
    assert_true(again.replayed);
    assert_same_record(&first.transactions[0], &again.transactions[0]);
    assert_int_equal(fixture_check_journal(fixture).records, 2);
    assert_int_equal(fixture_level(fixture, 1, 2), -ONE);
}

static void same_id_with_other_content_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    sale->act.fingerprint = hash_of("other", 5);
    fixture_commit(fixture, &sale->act, STATUS_ID_TAKEN, NULL);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_level(fixture, 1, 1), -ONE);
}

static void same_key_answers_with_the_first_sale_whatever_the_new_id(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_outcome first, again;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    sale->act.key = fixture_key("key", "request");
    fixture_commit(fixture, &sale->act, STATUS_OK, &first);
    struct fixture_sale *retry = fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE);
    retry->act.key = sale->act.key;
    fixture_commit(fixture, &retry->act, STATUS_OK, &again);
    assert_true(again.replayed);
    assert_same_record(&first.transactions[0], &again.transactions[0]);

    retry->act.key = fixture_key("key", "another request");
    fixture_commit(fixture, &retry->act, STATUS_IDEMPOTENCY_KEY_REUSED, NULL);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
}

static void refused_sale_frees_its_id_and_its_key(void **state)
{
    struct fixture *fixture = *state;
    fixture_set_level(fixture, 1, 2, ONE);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, 2 * ONE);
    sale->movements[1].deny_oversell = true;
    sale->act.key = fixture_key("key", "request");
    struct ledger_outcome outcome;
    fixture_commit(fixture, &sale->act, STATUS_INSUFFICIENT_STOCK, &outcome);
    assert_int_equal(outcome.failed, 1);
    assert_int_equal(outcome.left, ONE);
    assert_int_equal(fixture_level(fixture, 1, 1), 0);
    assert_int_equal(fixture_check_journal(fixture).records, 0);

    fixture_set_level(fixture, 1, 2, 2 * ONE);
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_false(outcome.replayed);
    assert_int_equal(outcome.transactions[0].sequence, 1);
    assert_int_equal(fixture_level(fixture, 1, 1), -2 * ONE);
    assert_int_equal(fixture_level(fixture, 1, 2), 0);
}

static void assert_found(struct fixture *fixture, const struct ledger_act *act, enum status expected,
                         const struct ledger_transaction *record)
{
    struct ledger_outcome found;
    assert_int_equal(fixture->ledger->ops->find(fixture->ledger, act, &fixture->arena, &found), expected);
    if (expected == STATUS_OK) {
        assert_int_equal(found.replayed, record != NULL);
    }
    if (record != NULL) {
        assert_same_record(&found.transactions[0], record);
    }
}

static void earlier_sale_is_found_by_id_and_by_key(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    struct ledger_act by_id = {.id = sale->act.id, .fingerprint = sale->act.fingerprint, .record_count = 1};
    struct ledger_act by_key = {.id = fixture_id(FIXTURE_SALE, 2),
                                .fingerprint = hash_of("changed", 7),
                                .key = fixture_key("key", "request"),
                                .record_count = 1};
    sale->act.key = by_key.key;
    assert_found(fixture, &by_id, STATUS_OK, NULL);
    struct ledger_outcome outcome;
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_found(fixture, &by_id, STATUS_OK, &outcome.transactions[0]);
    assert_found(fixture, &by_key, STATUS_OK, &outcome.transactions[0]);
    by_id.fingerprint = by_key.fingerprint;
    assert_found(fixture, &by_id, STATUS_ID_TAKEN, NULL);
    by_key.key = fixture_key("key", "another request");
    assert_found(fixture, &by_key, STATUS_IDEMPOTENCY_KEY_REUSED, NULL);
}

/* --- acts without records --- */

/* Counts two products. */
static void count_act(struct ledger_act *act, struct ledger_movement *movements, int64_t number)
{
    *act = fixture_act("stock_count", number);
    for (int64_t i = 0; i < 2; i++) {
        movements[i] = (struct ledger_movement){
            .store = fixture_ref(FIXTURE_STORE, 1),
            .product = fixture_ref(FIXTURE_PRODUCT, i + 1),
            .reason = "count",
            .quantity = (i + 5) * ONE,
            .counted = true,
            .low_at = LEDGER_NO_LEVEL,
        };
    }
    act->movements = movements;
    act->movement_count = 2;
}

static void act_without_records_is_replayed_by_its_id(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_act act;
    struct ledger_movement movements[2];
    struct ledger_outcome first, again;
    count_act(&act, movements, 1);
    fixture_set_level(fixture, 1, 1, 2 * ONE);
    fixture_commit(fixture, &act, STATUS_OK, &first);
    fixture_set_level(fixture, 1, 1, 9 * ONE);
    fixture_commit(fixture, &act, STATUS_OK, &again);
    assert_true(again.replayed);
    assert_true(id_equal(&again.id, &act.id));
    assert_int_equal(again.moved_count, 2);
    assert_memory_equal(again.moved, first.moved, 2 * sizeof *first.moved);
    assert_int_equal(first.moved[0].quantity, 3 * ONE);
    assert_int_equal(fixture_level(fixture, 1, 1), 9 * ONE);

    act.fingerprint = hash_of("other", 5);
    fixture_commit(fixture, &act, STATUS_ID_TAKEN, NULL);
    assert_int_equal(fixture_check_stock(fixture), 4);
}

static void posting_is_replayed_with_the_balances_that_it_led_to(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_write write = fixture_write(LEDGER_GIFT_CARD, 1, "active");
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    struct ledger_posting load = fixture_posting(LEDGER_GIFT_CARD, 1, LEDGER_GIFT_CARD_BALANCE, 500);
    load.reason = "load";
    struct ledger_act act = fixture_act("gift_card_load", 1);
    act.postings = &load;
    act.posting_count = 1;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    struct ledger_act another = fixture_act("gift_card_load", 2);
    another.postings = &load;
    another.posting_count = 1;
    fixture_commit(fixture, &another, STATUS_OK, &outcome);
    assert_int_equal(outcome.posted[0].balances[0], 1000);
    fixture_commit(fixture, &act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    assert_int_equal(outcome.posted_count, 1);
    assert_int_equal(outcome.posted[0].balances[0], 500);
    assert_int_equal(fixture_read(fixture, LEDGER_GIFT_CARD, 1).balances[0], 1000);
}

static void answer_of_an_act_without_records_is_kept_with_its_key(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_answer answer = {
        .http_status = 201, .location = "/there", .etag = "\"1\"", .body = "{\"a\":1}", .body_length = 7};
    struct ledger_act act;
    struct ledger_movement movements[2];
    count_act(&act, movements, 1);
    act.key = fixture_key("key", "request");
    act.answer = &answer;
    fixture_commit(fixture, &act, STATUS_OK, NULL);

    struct ledger_act retry;
    count_act(&retry, movements, 2); /* the client chose no id */
    retry.key = act.key;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &retry, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    assert_true(id_equal(&outcome.id, &act.id));
    assert_int_equal(outcome.answer.http_status, 201);
    assert_string_equal(outcome.answer.location, "/there");
    assert_string_equal(outcome.answer.etag, "\"1\"");
    assert_int_equal(outcome.answer.body_length, 7);
    assert_memory_equal(outcome.answer.body, answer.body, 7);
    assert_int_equal(outcome.moved_count, 2);

    retry.key = fixture_key("key", "another request");
    fixture_commit(fixture, &retry, STATUS_IDEMPOTENCY_KEY_REUSED, NULL);
    assert_int_equal(fixture_check_stock(fixture), 2);
}

static void act_without_an_id_is_kept_by_its_key_alone(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write write = fixture_write(LEDGER_CUSTOMER, 1, "active");
    struct ledger_act act = {.name = "change", .at_ms = FIXTURE_DAY_MS, .key = fixture_key("key", "request")};
    act.writes = &write;
    act.write_count = 1;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &act, STATUS_OK, &outcome);
    fixture_commit(fixture, &act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    assert_int_equal(outcome.answer.http_status, 0);
    act.key.present = false;
    fixture_commit(fixture, &act, STATUS_ID_TAKEN, NULL);
    assert_int_equal(fixture_read(fixture, LEDGER_CUSTOMER, 1).version, 1);
}

/* A customer and a sale may have one id: what has records is another namespace. */
static void ids_of_acts_with_and_without_records_do_not_meet(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_act act;
    struct ledger_movement movements[2];
    count_act(&act, movements, 1);
    act.id = fixture_id(FIXTURE_SALE, 1);
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    struct ledger_outcome outcome;
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE)->act, STATUS_OK, &outcome);
    assert_false(outcome.replayed);
}

/* --- the process dies --- */

static void sale_is_replayed_after_the_process_died_before_it_answered(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, ONE);
    sale->act.key = fixture_key("key", "request");
    fixture_commit_and_die(fixture, &sale->act);
    struct ledger_outcome by_key, by_id;
    fixture_commit(fixture, &sale->act, STATUS_OK, &by_key);
    sale->act.key.present = false;
    fixture_commit(fixture, &sale->act, STATUS_OK, &by_id);
    assert_true(by_key.replayed && by_id.replayed);
    assert_same_record(&by_key.transactions[0], &by_id.transactions[0]);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 2);
}

static void count_is_replayed_after_the_process_died_before_it_answered(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_act act;
    struct ledger_movement movements[2];
    struct ledger_outcome outcome;
    count_act(&act, movements, 1);
    fixture_commit_and_die(fixture, &act);
    fixture_set_level(fixture, 1, 1, 0);
    fixture_commit(fixture, &act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    assert_int_equal(outcome.moved[0].level, 5 * ONE);
    assert_int_equal(fixture_level(fixture, 1, 1), 0);
}

/* --- with company --- */

#define COMPANY 50

struct same {
    struct fixture_tally tally;
    bool by_key;
};

static void commit_the_same(struct fixture_thread *thread)
{
    struct same *same = thread->shared;
    const int64_t number = same->by_key ? (int64_t)thread->number + 1 : 1;
    struct fixture_sale *sale = fixture_sale(&thread->arena, 1, number, 1, 3, ONE);
    if (same->by_key) {
        sale->act.key = fixture_key("key", "request");
    }
    struct ledger_outcome outcome;
    fixture_count(&same->tally, fixture_try(thread->fixture, &thread->arena, &sale->act, &outcome), &outcome);
}

static void assert_sold_once(struct fixture *fixture, const struct same *same)
{
    assert_int_equal(same->tally.of[STATUS_OK], COMPANY);
    assert_int_equal(same->tally.replayed, COMPANY - 1);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 3);
}

static void fifty_threads_with_one_id_sell_once(void **state)
{
    struct same same = {.tally = FIXTURE_TALLY};
    fixture_in_threads(*state, COMPANY, commit_the_same, &same);
    assert_sold_once(*state, &same);
}

static void fifty_threads_with_one_key_sell_once(void **state)
{
    struct same same = {.tally = FIXTURE_TALLY, .by_key = true};
    fixture_in_threads(*state, COMPANY, commit_the_same, &same);
    assert_sold_once(*state, &same);
}

static void count_the_same(struct fixture_thread *thread)
{
    struct same *same = thread->shared;
    struct ledger_act act;
    struct ledger_movement movements[2];
    count_act(&act, movements, 1);
    struct ledger_outcome outcome;
    fixture_count(&same->tally, fixture_try(thread->fixture, &thread->arena, &act, &outcome), &outcome);
}

static void fifty_threads_with_one_id_count_once(void **state)
{
    struct fixture *fixture = *state;
    struct same same = {.tally = FIXTURE_TALLY};
    fixture_in_threads(fixture, COMPANY, count_the_same, &same);
    assert_int_equal(same.tally.of[STATUS_OK], COMPANY);
    assert_int_equal(same.tally.replayed, COMPANY - 1);
    assert_int_equal(fixture_check_stock(fixture), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(same_id_and_content_is_replayed_for_ever),
        LEDGER_TEST(same_id_with_other_content_is_refused),
        LEDGER_TEST(same_key_answers_with_the_first_sale_whatever_the_new_id),
        LEDGER_TEST(refused_sale_frees_its_id_and_its_key),
        LEDGER_TEST(earlier_sale_is_found_by_id_and_by_key),
        LEDGER_TEST(act_without_records_is_replayed_by_its_id),
        LEDGER_TEST(posting_is_replayed_with_the_balances_that_it_led_to),
        LEDGER_TEST(answer_of_an_act_without_records_is_kept_with_its_key),
        LEDGER_TEST(act_without_an_id_is_kept_by_its_key_alone),
        LEDGER_TEST(ids_of_acts_with_and_without_records_do_not_meet),
        LEDGER_TEST(sale_is_replayed_after_the_process_died_before_it_answered),
        LEDGER_TEST(count_is_replayed_after_the_process_died_before_it_answered),
        LEDGER_TEST(fifty_threads_with_one_id_sell_once),
        LEDGER_TEST(fifty_threads_with_one_key_sell_once),
        LEDGER_TEST(fifty_threads_with_one_id_count_once),
    };
    return LEDGER_TESTS("ledger idempotency", tests);
}
