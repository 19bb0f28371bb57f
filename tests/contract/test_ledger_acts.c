/* What an act of the ledger promises: whole or not at all, once, numbered, chained; whoever runs beside it.
 */
#include "ledger_fixture.h"

#define ONE QUANTITY_ONE

static struct idempotency_key key_of(const char *key, const char *request)
{
    return (struct idempotency_key){
        .present = true, .key = hash_of(key, strlen(key)), .fingerprint = hash_of(request, strlen(request))};
}

static void assert_same_record(const struct ledger_transaction *a, const struct ledger_transaction *b)
{
    assert_int_equal(a->record_length, b->record_length);
    assert_memory_equal(a->record, b->record, a->record_length);
    assert_memory_equal(&a->hash, &b->hash, sizeof a->hash);
    assert_string_equal(a->receipt_number, b->receipt_number);
    assert_int_equal(a->sequence, b->sequence);
    assert_true(id_equal(&a->id, &b->id));
}

static void sales_are_numbered_and_chained_by_register(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_outcome outcome;
    for (int64_t number = 1; number <= 3; number++) {
        fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, number, 1, 2, ONE)->act, STATUS_OK,
                       &outcome);
        assert_int_equal(outcome.transactions[0].sequence, number);
        assert_false(outcome.replayed);
    }
    assert_string_equal(outcome.transactions[0].receipt_number, "K1-000003");
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 4, 4, 1, 1, ONE)->act, STATUS_OK, &outcome);
    assert_string_equal(outcome.transactions[0].receipt_number, "K4-000001");
    assert_non_null(strstr(outcome.transactions[0].record, "\"prev_hash\":\"" JOURNAL_FIRST_PREV_HASH "\""));

    const struct fixture_journal journal = fixture_check_journal(fixture);
    assert_int_equal(journal.records, 4);
    assert_int_equal(journal.total_minor, 7 * FIXTURE_PRICE);
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
    sale->act.key = key_of("key", "request");
    fixture_commit(fixture, &sale->act, STATUS_OK, &first);
    struct fixture_sale *retry = fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE);
    retry->act.key = sale->act.key;
    fixture_commit(fixture, &retry->act, STATUS_OK, &again);
    assert_true(again.replayed);
    assert_same_record(&first.transactions[0], &again.transactions[0]);

    retry->act.key = key_of("key", "another request");
    fixture_commit(fixture, &retry->act, STATUS_IDEMPOTENCY_KEY_REUSED, NULL);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
}

static void refused_sale_frees_its_id_and_its_key(void **state)
{
    struct fixture *fixture = *state;
    fixture_set_level(fixture, 1, 2, ONE);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, 2 * ONE);
    sale->movements[1].deny_oversell = true;
    sale->act.key = key_of("key", "request");
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

static void overselling_is_allowed_where_it_is_not_denied(void **state)
{
    struct fixture *fixture = *state;
    fixture_set_level(fixture, 1, 1, ONE);
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 1, 1, 1, 3 * ONE)->act, STATUS_OK, NULL);
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 2, 1, 1, 12500)->act, STATUS_OK, NULL);
    assert_int_equal(fixture_level(fixture, 1, 1), -2 * ONE - 12500);
    assert_int_equal(fixture_level(fixture, 2, 1), 0); /* another store's stock is untouched */
}

static void denied_product_without_a_level_has_none(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 7, 1, ONE);
    sale->movements[0].deny_oversell = true;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &sale->act, STATUS_INSUFFICIENT_STOCK, &outcome);
    assert_int_equal(outcome.left, 0);
}

static void till_that_is_out_of_step_is_told_the_last_record(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_outcome outcome;
    struct ledger_position previous = {0};
    struct fixture_sale *first = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    first->records[0].previous = &previous;
    fixture_commit(fixture, &first->act, STATUS_OK, &outcome);
    const struct hash first_hash = outcome.transactions[0].hash;

    struct fixture_sale *second = fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE);
    second->records[0].previous = &previous;
    fixture_commit(fixture, &second->act, STATUS_REGISTER_OUT_OF_STEP, &outcome);
    assert_int_equal(outcome.last.sequence, 1);
    assert_memory_equal(&outcome.last.hash, &first_hash, sizeof first_hash);

    const struct ledger_position told = outcome.last;
    second->records[0].previous = &told;
    fixture_commit(fixture, &second->act, STATUS_OK, &outcome);
    assert_int_equal(outcome.transactions[0].sequence, 2);

    fixture_commit(fixture, &first->act, STATUS_OK, &outcome); /* a retry believes what was true then */
    assert_true(outcome.replayed);
    assert_int_equal(outcome.transactions[0].sequence, 1);
}

static void basket_of_300_products_commits(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 1, 1, 300, ONE)->act, STATUS_OK, &outcome);
    assert_int_equal(fixture_check_journal(fixture).total_minor, 300 * FIXTURE_PRICE);
    for (int64_t product = 1; product <= 300; product++) {
        assert_int_equal(fixture_level(fixture, 1, product), -ONE);
    }
    assert_int_equal(fixture_level(fixture, 1, 301), 0);
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
                                .key = key_of("key", "request"),
                                .record_count = 1};
    sale->act.key = by_key.key;
    assert_found(fixture, &by_id, STATUS_OK, NULL);
    struct ledger_outcome outcome;
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_found(fixture, &by_id, STATUS_OK, &outcome.transactions[0]);
    assert_found(fixture, &by_key, STATUS_OK, &outcome.transactions[0]);
    by_id.fingerprint = by_key.fingerprint;
    assert_found(fixture, &by_id, STATUS_ID_TAKEN, NULL);
    by_key.key = key_of("key", "another request");
    assert_found(fixture, &by_key, STATUS_IDEMPOTENCY_KEY_REUSED, NULL);
}

/* --- with company --- */

#define COMPANY 50

struct tally {
    pthread_mutex_t mutex;
    unsigned ok, replayed, refused, other;
    bool by_key;
};

static void count(struct tally *tally, enum status status, const struct ledger_outcome *outcome)
{
    pthread_mutex_lock(&tally->mutex);
    if (status == STATUS_OK) {
        tally->ok++;
        tally->replayed += outcome->replayed;
    } else if (status == STATUS_INSUFFICIENT_STOCK) {
        tally->refused++;
    } else {
        tally->other++;
    }
    pthread_mutex_unlock(&tally->mutex);
}

static void commit_the_same(struct fixture_thread *thread)
{
    struct tally *tally = thread->shared;
    struct arena arena;
    arena_init(&arena);
    struct fixture_sale *sale = fixture_sale(&arena, 1, tally->by_key ? (int64_t)thread->number + 1 : 1, 1, 3,
                                             ONE);
    if (tally->by_key) {
        sale->act.key = key_of("key", "request");
    }
    struct ledger_outcome outcome;
    const enum status status = fixture_try(thread->fixture, &arena, &sale->act, &outcome);
    count(tally, status, &outcome);
    arena_free(&arena);
}

static void assert_sold_once(struct fixture *fixture, const struct tally *tally)
{
    assert_int_equal(tally->ok, COMPANY);
    assert_int_equal(tally->replayed, COMPANY - 1);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_level(fixture, 1, 1), -ONE);
}

static void fifty_threads_with_one_id_sell_once(void **state)
{
    struct tally tally = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    fixture_in_threads(*state, COMPANY, commit_the_same, &tally);
    assert_sold_once(*state, &tally);
}

static void fifty_threads_with_one_key_sell_once(void **state)
{
    struct tally tally = {.mutex = PTHREAD_MUTEX_INITIALIZER, .by_key = true};
    fixture_in_threads(*state, COMPANY, commit_the_same, &tally);
    assert_sold_once(*state, &tally);
}

#define BUYERS 16

static void buy_the_last(struct fixture_thread *thread)
{
    struct arena arena;
    arena_init(&arena);
    const int64_t register_key = (int64_t)thread->number % FIXTURE_REGISTERS + 1;
    struct fixture_sale *sale = fixture_sale(&arena, register_key, (int64_t)thread->number + 1, 1, 2, ONE);
    sale->movements[1].deny_oversell = true;
    struct ledger_outcome outcome;
    const enum status status = fixture_try(thread->fixture, &arena, &sale->act, &outcome);
    count(thread->shared, status, &outcome);
    arena_free(&arena);
}

static void last_unit_is_sold_once_among_sixteen_buyers(void **state)
{
    struct fixture *fixture = *state;
    struct tally tally = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    fixture_set_level(fixture, 1, 1, 100 * ONE);
    fixture_set_level(fixture, 1, 2, ONE);
    fixture_in_threads(fixture, BUYERS, buy_the_last, &tally);
    assert_int_equal(tally.ok, 1);
    assert_int_equal(tally.refused, BUYERS - 1);
    assert_int_equal(fixture_level(fixture, 1, 1),
                     99 * ONE); /* those refused in the same commit took nothing */
    assert_int_equal(fixture_level(fixture, 1, 2), 0);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
}

#define SALES_EACH 40
#define RARE       5 /* a product of which there is less than is asked for */
#define RARE_LEVEL 100

/* Every fourth sale asks for the rare product too; its failures must not leave gaps nor harm neighbours. */
static void sell_a_while(struct fixture_thread *thread)
{
    for (int64_t i = 0; i < SALES_EACH; i++) {
        struct arena arena;
        arena_init(&arena);
        const int64_t number = (int64_t)thread->number * SALES_EACH + i + 1;
        const int64_t register_key = number % (FIXTURE_STORES * FIXTURE_REGISTERS) + 1;
        const bool rare = i % 4 == 0;
        struct fixture_sale *sale = fixture_sale(&arena, register_key, number, rare ? RARE : 10, 3, ONE);
        sale->movements[0].deny_oversell = rare;
        struct ledger_outcome outcome;
        const enum status status = fixture_try(thread->fixture, &arena, &sale->act, &outcome);
        count(thread->shared, status, &outcome);
        arena_free(&arena);
    }
}

static void numbers_stay_gapless_and_sums_whole_in_a_crowd(void **state)
{
    struct fixture *fixture = *state;
    struct tally tally = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    fixture_set_level(fixture, 1, RARE, RARE_LEVEL * ONE / 4);
    fixture_set_level(fixture, 2, RARE, RARE_LEVEL * ONE / 4);
    fixture_in_threads(fixture, BUYERS, sell_a_while, &tally);
    assert_int_equal(tally.other, 0);
    assert_int_equal(tally.ok + tally.refused, BUYERS * SALES_EACH);

    const struct fixture_journal journal = fixture_check_journal(fixture);
    assert_int_equal(journal.records, tally.ok);
    assert_int_equal(journal.total_minor, (int64_t)tally.ok * 3 * FIXTURE_PRICE);
    int64_t numbered = 0, sold = 0, rare_left = 0;
    for (int64_t key = 1; key <= FIXTURE_STORES * FIXTURE_REGISTERS; key++) {
        numbered += journal.last_sequence[key];
    }
    assert_int_equal(numbered, tally.ok);
    for (int64_t store = 1; store <= FIXTURE_STORES; store++) {
        for (int64_t product = RARE + 1; product <= 12; product++) {
            sold -= fixture_level(fixture, store, product);
        }
        const int64_t left = fixture_level(fixture, store, RARE);
        assert_true(left >= 0);
        rare_left += left;
    }
    assert_int_equal(sold + RARE_LEVEL * ONE / 2 - rare_left, (int64_t)tally.ok * 3 * ONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(sales_are_numbered_and_chained_by_register),
        LEDGER_TEST(same_id_and_content_is_replayed_for_ever),
        LEDGER_TEST(same_id_with_other_content_is_refused),
        LEDGER_TEST(same_key_answers_with_the_first_sale_whatever_the_new_id),
        LEDGER_TEST(refused_sale_frees_its_id_and_its_key),
        LEDGER_TEST(overselling_is_allowed_where_it_is_not_denied),
        LEDGER_TEST(denied_product_without_a_level_has_none),
        LEDGER_TEST(till_that_is_out_of_step_is_told_the_last_record),
        LEDGER_TEST(basket_of_300_products_commits),
        LEDGER_TEST(earlier_sale_is_found_by_id_and_by_key),
        LEDGER_TEST(fifty_threads_with_one_id_sell_once),
        LEDGER_TEST(fifty_threads_with_one_key_sell_once),
        LEDGER_TEST(last_unit_is_sold_once_among_sixteen_buyers),
        LEDGER_TEST(numbers_stay_gapless_and_sums_whole_in_a_crowd),
    };
    return LEDGER_TESTS("ledger acts", tests);
}
