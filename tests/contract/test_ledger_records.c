/* Records: numbered and chained by register, two in an act, reversed once each. */
#include "ledger_invariants.h"

#define ONE QUANTITY_ONE

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

/* --- large ones --- */

static void assert_same_record(const struct ledger_transaction *transaction,
                               const struct ledger_transaction *expected)
{
    assert_true(id_equal(&transaction->id, &expected->id));
    assert_int_equal(transaction->record_length, expected->record_length);
    assert_memory_equal(transaction->record, expected->record, expected->record_length);
}

/* Wherever records are read: by its id, in a list, by the relay, by a retry; check_journal walks. */
static void assert_is_read(struct fixture *fixture, const struct fixture_sale *sale,
                           const struct ledger_transaction *expected)
{
    const struct ledger_ops *ops = fixture->ledger->ops;
    const struct ledger_filter filter = {.has_register = true,
                                         .register_key = sale->records[0].register_.key};
    struct ledger_transaction read;
    struct ledger_page page;
    struct ledger_outcome outcome;
    size_t count;
    assert_int_equal(ops->transaction_read(fixture->ledger, &sale->records[0].id, &fixture->arena, &read),
                     STATUS_OK);
    assert_same_record(&read, expected);
    assert_int_equal(
        ops->transaction_list(fixture->ledger, &filter, &cursor_start, 10, &fixture->arena, &page),
        STATUS_OK);
    assert_int_equal(page.count, 1);
    assert_same_record(&page.transactions[0], expected);
    const struct ledger_outbox_event *events = fixture_events(fixture, &count);
    assert_int_equal(count, 1);
    assert_int_equal(events[0].data_length, expected->record_length);
    assert_memory_equal(events[0].data, expected->record, expected->record_length);
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    assert_same_record(&outcome.transactions[0], expected);
}

static void record_as_large_as_may_be_is_kept(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_event event = {.id = fixture_id(FIXTURE_EVENT, 1), .type = "transaction.completed"};
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 300, ONE);
    const size_t bare = sale->records[0].draft->complete_size;
    struct ledger_outcome outcome;
    fixture_add_note(&fixture->arena, sale, LEDGER_RECORD_MAX - bare - sizeof ",\"note\":\"\"");
    sale->act.events = &event;
    sale->act.event_count = 1;
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_true(outcome.transactions[0].record_length > LEDGER_RECORD_MAX - 1000);
    assert_is_read(fixture, sale, &outcome.transactions[0]);
    fixture_reopen(fixture);
    assert_is_read(fixture, sale, &outcome.transactions[0]);
    assert_int_equal(fixture_check_journal(fixture).total_minor, 300 * FIXTURE_PRICE);

    struct fixture_sale *larger = fixture_sale(&fixture->arena, 1, 2, 1, 3, ONE);
    fixture_add_note(&fixture->arena, larger, LEDGER_RECORD_MAX);
    fixture_commit(fixture, &larger->act, STATUS_INTERNAL_ERROR, NULL);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
}

/* --- two records in one act --- */

/* An exchange: the records of two sales in one act, both of one register. */
static struct fixture_sale *exchange(struct arena *arena, int64_t register_key, int64_t number)
{
    struct fixture_sale *sale = fixture_sale(arena, register_key, number, 1, 2, ONE);
    sale->records[1] = fixture_sale(arena, register_key, number + 1, 1, 1, ONE)->records[0];
    sale->act.name = "exchange";
    sale->act.record_count = 2;
    return sale;
}

static void two_records_of_an_act_follow_one_another(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE)->act, STATUS_OK, NULL);
    fixture_commit(fixture, &exchange(&fixture->arena, 1, 2)->act, STATUS_OK, &outcome);
    assert_int_equal(outcome.transaction_count, 2);
    assert_int_equal(outcome.transactions[0].sequence, 2);
    assert_int_equal(outcome.transactions[1].sequence, 3);
    char hash[HASH_TEXT_SIZE];
    hash_format(&outcome.transactions[0].hash, hash);
    assert_non_null(strstr(outcome.transactions[1].record, hash));
    assert_int_equal(fixture_check_journal(fixture).records, 3);

    struct ledger_outcome again;
    fixture_commit(fixture, &exchange(&fixture->arena, 1, 2)->act, STATUS_OK, &again);
    assert_true(again.replayed);
    assert_int_equal(again.transaction_count, 2);
    assert_memory_equal(&again.transactions[1].hash, &outcome.transactions[1].hash, HASH_SIZE);
    assert_int_equal(fixture_check_journal(fixture).records, 3);
}

static void two_records_of_an_act_are_written_both_or_neither(void **state)
{
    struct fixture *fixture = *state;
    fixture_commit(fixture, &fixture_sale(&fixture->arena, 2, 3, 1, 1, ONE)->act, STATUS_OK, NULL);
    struct ledger_outcome outcome;
    fixture_commit(fixture, &exchange(&fixture->arena, 1, 2)->act, STATUS_ID_TAKEN, &outcome);
    assert_false(outcome.replayed);
    assert_int_equal(outcome.failed, 1);
    assert_int_equal(fixture_check_journal(fixture).records, 1);
    assert_int_equal(fixture_check_stock(fixture), 1);
}

/* The second record of an act is nobody's first. */
static void id_of_a_second_record_is_taken(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *both = exchange(&fixture->arena, 1, 1);
    fixture_commit(fixture, &both->act, STATUS_OK, NULL);
    struct fixture_sale *alone = fixture_sale(&fixture->arena, 1, 2, 1, 1, ONE);
    alone->act.fingerprint = both->act.fingerprint;
    fixture_commit(fixture, &alone->act, STATUS_ID_TAKEN, NULL);
}

static void records_of_two_registers_are_chained_each_in_its_own(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    sale->records[1] = fixture_sale(&fixture->arena, 2, 2, 1, 1, ONE)->records[0];
    sale->act.record_count = 2;
    struct ledger_outcome outcome;
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_string_equal(outcome.transactions[0].receipt_number, "K1-000001");
    assert_string_equal(outcome.transactions[1].receipt_number, "K2-000001");
    assert_int_equal(fixture_check_journal(fixture).records, 2);
}

/* --- reversals --- */

static struct fixture_sale *refund(struct arena *arena, int64_t number, const struct id *original,
                                   int64_t nth)
{
    struct fixture_sale *refund = fixture_sale(arena, 1, number, 1, 1, ONE);
    refund->records[0].type = "refund";
    refund->records[0].original_id = original;
    refund->records[0].reversal = nth;
    refund->movements[0].quantity = ONE;
    refund->movements[0].reason = "refund";
    return refund;
}

static void a_reversal_is_taken_once(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = &fixture->arena;
    const struct id original = fixture_id(FIXTURE_SALE, 1);
    struct ledger_outcome outcome;
    fixture_commit(fixture, &fixture_sale(arena, 1, 1, 1, 1, ONE)->act, STATUS_OK, NULL);
    fixture_commit(fixture, &refund(arena, 2, &original, 1)->act, STATUS_OK, &outcome);
    assert_true(outcome.transactions[0].has_original);
    assert_int_equal(outcome.transactions[0].reversal, 1);
    fixture_commit(fixture, &refund(arena, 3, &original, 1)->act, STATUS_REVERSAL_TAKEN, NULL);
    assert_int_equal(fixture_check_journal(fixture).records, 2);
    assert_int_equal(fixture_level(fixture, 1, 1), 0);

    fixture_commit(fixture, &refund(arena, 2, &original, 1)->act, STATUS_OK, &outcome); /* its own retry */
    assert_true(outcome.replayed);
    fixture_commit(fixture, &refund(arena, 3, &original, 2)->act, STATUS_OK, &outcome);
    assert_int_equal(outcome.transactions[0].sequence, 3);
    const struct id another = fixture_id(FIXTURE_SALE, 3);
    fixture_commit(fixture, &refund(arena, 4, &another, 1)->act, STATUS_OK, NULL);
    assert_int_equal(fixture_check_stock(fixture), 4);
}

static void what_a_record_refers_to_is_read_again(void **state)
{
    struct fixture *fixture = *state;
    const struct id shift = fixture_document_id(LEDGER_SHIFT, 1);
    const struct id customer = fixture_document_id(LEDGER_CUSTOMER, 2);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, ONE);
    sale->records[0].shift_id = &shift;
    sale->records[0].customer_id = &customer;
    sale->records[0].flagged = true;
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    struct ledger_transaction read;
    assert_int_equal(
        fixture->ledger->ops->transaction_read(fixture->ledger, &sale->act.id, &fixture->arena, &read),
        STATUS_OK);
    assert_string_equal(read.type, "sale");
    assert_true(read.has_shift && id_equal(&read.shift_id, &shift));
    assert_true(read.has_customer && id_equal(&read.customer_id, &customer));
    assert_false(read.has_original);
    assert_int_equal(read.reversal, 0);
    assert_true(read.flagged);
    assert_int_equal(read.total_minor, FIXTURE_PRICE);
}

/* --- acts that are not whole --- */

static void act_that_breaks_the_limits_is_refused_by_every_backend(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 2, ONE);
    const struct ledger_movement first = sale->movements[0];
    sale->movements[0] = sale->movements[1];
    sale->movements[1] = first;
    fixture_commit(fixture, &sale->act, STATUS_INTERNAL_ERROR, NULL); /* they do not ascend */
    struct ledger_posting twice[2] = {fixture_posting(LEDGER_CUSTOMER, 1, 0, 1),
                                      fixture_posting(LEDGER_CUSTOMER, 1, 1, 1)};
    struct ledger_act act = fixture_act("post", 1);
    act.postings = twice;
    act.posting_count = 2;
    fixture_commit(fixture, &act, STATUS_INTERNAL_ERROR, NULL);
    act.posting_count = LEDGER_POSTINGS_MAX + 1;
    fixture_commit(fixture, &act, STATUS_INTERNAL_ERROR, NULL);
    assert_int_equal(fixture_check_journal(fixture).records, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(sales_are_numbered_and_chained_by_register),
        LEDGER_TEST(till_that_is_out_of_step_is_told_the_last_record),
        LEDGER_TEST(basket_of_300_products_commits),
        LEDGER_TEST(record_as_large_as_may_be_is_kept),
        LEDGER_TEST(two_records_of_an_act_follow_one_another),
        LEDGER_TEST(two_records_of_an_act_are_written_both_or_neither),
        LEDGER_TEST(id_of_a_second_record_is_taken),
        LEDGER_TEST(records_of_two_registers_are_chained_each_in_its_own),
        LEDGER_TEST(a_reversal_is_taken_once),
        LEDGER_TEST(what_a_record_refers_to_is_read_again),
        LEDGER_TEST(act_that_breaks_the_limits_is_refused_by_every_backend),
    };
    return LEDGER_TESTS("ledger records", tests);
}
