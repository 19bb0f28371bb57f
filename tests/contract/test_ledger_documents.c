/* Documents: written by those who saw the version that they change, posted to by anybody, never below a
 * floor. */
#include "ledger_invariants.h"

static void read_as_written(struct fixture *fixture, const struct ledger_write *write, int64_t version)
{
    const struct ledger_document read = fixture_read(fixture, write->document.kind,
                                                     (int64_t)write->document.id.bytes[15]);
    assert_int_equal(read.kind, write->document.kind);
    assert_true(id_equal(&read.id, &write->document.id));
    assert_int_equal(read.version, version);
    assert_string_equal(read.state, write->document.state);
    assert_int_equal(read.store_key, write->document.store_key);
    assert_int_equal(read.register_key, write->document.register_key);
    assert_int_equal(read.body_length, write->document.body_length);
    assert_memory_equal(read.body, write->document.body, read.body_length);
}

static void document_is_created_changed_and_removed(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write write = fixture_write(LEDGER_SHIFT, 1, "open");
    write.document.store_key = 1;
    write.document.register_key = 2;
    write.document.body = "{\"float\":100}";
    write.document.body_length = strlen(write.document.body);
    write.document.balances[LEDGER_SHIFT_CASH] = 100;
    assert_false(fixture_has(fixture, LEDGER_SHIFT, 1));
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    read_as_written(fixture, &write, 1);
    assert_int_equal(fixture_read(fixture, LEDGER_SHIFT, 1).balances[LEDGER_SHIFT_CASH], 100);
    fixture_write_one(fixture, &write, STATUS_ID_TAKEN, NULL);

    write.expected_version = 1;
    write.document.state = "closed";
    write.document.body = "{}";
    write.document.body_length = 2;
    write.document.balances[LEDGER_SHIFT_CASH] = 7; /* not of one that is there */
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    read_as_written(fixture, &write, 2);
    assert_int_equal(fixture_read(fixture, LEDGER_SHIFT, 1).balances[LEDGER_SHIFT_CASH], 100);

    write.expected_version = 2;
    write.remove = true;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    assert_false(fixture_has(fixture, LEDGER_SHIFT, 1));
    fixture_write_one(fixture, &write, STATUS_DOCUMENT_NOT_FOUND, NULL);
}

static void kinds_are_namespaces(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write card = fixture_write(LEDGER_GIFT_CARD, 1, "active");
    struct ledger_write cart = fixture_write(LEDGER_PARKED_CART, 1, "parked");
    const char *const key = "code:1";
    card.keys = cart.keys = &key;
    card.key_count = cart.key_count = 1;
    cart.document.id = card.document.id;
    fixture_write_one(fixture, &card, STATUS_OK, NULL);
    fixture_write_one(fixture, &cart, STATUS_OK, NULL);
    struct ledger_document found;
    assert_int_equal(fixture->ledger->ops->document_find(fixture->ledger, LEDGER_PARKED_CART, key,
                                                         &fixture->arena, &found),
                     STATUS_OK);
    assert_string_equal(found.state, "parked");
}

static void another_version_is_refused_and_told(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write write = fixture_write(LEDGER_CUSTOMER, 1, "active");
    struct ledger_outcome outcome;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    write.expected_version = 1;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    fixture_write_one(fixture, &write, STATUS_VERSION_MISMATCH, &outcome);
    assert_int_equal(outcome.document.version, 2);
    write.expected_version = 3;
    fixture_write_one(fixture, &write, STATUS_VERSION_MISMATCH, NULL);
}

static void postings_count_no_version(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write write = fixture_write(LEDGER_CUSTOMER, 1, "active");
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    const struct ledger_posting posting = fixture_posting(LEDGER_CUSTOMER, 1, LEDGER_CUSTOMER_SPENT, 100);
    struct ledger_outcome outcome;
    fixture_post_one(fixture, &posting, STATUS_OK, NULL);
    fixture_post_one(fixture, &posting, STATUS_OK, &outcome);
    assert_int_equal(outcome.posted[0].balances[LEDGER_CUSTOMER_SPENT], 200);
    write.expected_version = 1;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    assert_int_equal(fixture_read(fixture, LEDGER_CUSTOMER, 1).balances[LEDGER_CUSTOMER_SPENT], 200);
}

static void write_that_expects_balances_is_refused_when_they_moved(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write write = fixture_write(LEDGER_SHIFT, 1, "open");
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    const struct ledger_document read = fixture_read(fixture, LEDGER_SHIFT, 1);
    const struct ledger_posting posting = fixture_posting(LEDGER_SHIFT, 1, LEDGER_SHIFT_CASH, 100);
    fixture_post_one(fixture, &posting, STATUS_OK, NULL);
    write.expected_version = 1;
    write.document.state = "closed";
    write.expected_balances = read.balances;
    struct ledger_outcome outcome;
    fixture_write_one(fixture, &write, STATUS_VERSION_MISMATCH, &outcome);
    assert_string_equal(outcome.document.state, "open");
    assert_int_equal(outcome.document.balances[LEDGER_SHIFT_CASH], 100);
    write.expected_balances = outcome.document.balances;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
}

/* --- unique keys --- */

static void unique_key_has_one_document(void **state)
{
    struct fixture *fixture = *state;
    const char *const first_keys[] = {"code:A", "code:B"}, *const taken[] = {"code:C", "code:B"};
    struct ledger_write first = fixture_write(LEDGER_GIFT_CARD, 1, "active");
    struct ledger_write second = fixture_write(LEDGER_GIFT_CARD, 2, "active");
    first.keys = first_keys;
    second.keys = taken;
    first.key_count = second.key_count = 2;
    struct ledger_outcome outcome;
    struct ledger_document found;
    const struct ledger_ops *ops = fixture->ledger->ops;
    fixture_write_one(fixture, &first, STATUS_OK, NULL);
    fixture_write_one(fixture, &second, STATUS_CODE_TAKEN, &outcome);
    assert_int_equal(outcome.failed, 0);
    assert_false(fixture_has(fixture, LEDGER_GIFT_CARD, 2));
    assert_int_equal(ops->document_find(fixture->ledger, LEDGER_GIFT_CARD, "code:C", &fixture->arena, &found),
                     STATUS_DOCUMENT_NOT_FOUND);

    first.expected_version = 1;
    first.key_count = 1; /* it gives code:B away */
    fixture_write_one(fixture, &first, STATUS_OK, NULL);
    fixture_write_one(fixture, &second, STATUS_OK, NULL);
    assert_int_equal(ops->document_find(fixture->ledger, LEDGER_GIFT_CARD, "code:B", &fixture->arena, &found),
                     STATUS_OK);
    assert_true(id_equal(&found.id, &second.document.id));

    second.expected_version = 1;
    second.remove = true;
    fixture_write_one(fixture, &second, STATUS_OK, NULL);
    assert_int_equal(ops->document_find(fixture->ledger, LEDGER_GIFT_CARD, "code:B", &fixture->arena, &found),
                     STATUS_DOCUMENT_NOT_FOUND);
}

/* Two customers become one: in one act one gives its key to the other, whichever is written first. */
static void key_is_handed_over_within_an_act(void **state)
{
    struct fixture *fixture = *state;
    const char *const key = "phone:1";
    struct ledger_write writes[2] = {fixture_write(LEDGER_CUSTOMER, 1, "active"),
                                     fixture_write(LEDGER_CUSTOMER, 2, "active")};
    writes[1].keys = &key;
    writes[1].key_count = 1;
    fixture_write_one(fixture, &writes[0], STATUS_OK, NULL);
    fixture_write_one(fixture, &writes[1], STATUS_OK, NULL);
    for (int64_t round = 1; round <= 2; round++) {
        writes[0].expected_version = writes[1].expected_version = round;
        writes[0].keys = round == 1 ? &key : NULL;
        writes[1].keys = round == 1 ? NULL : &key;
        writes[0].key_count = round == 1;
        writes[1].key_count = round != 1;
        struct ledger_act act = fixture_act("customer_merge", round);
        act.writes = writes;
        act.write_count = 2;
        fixture_commit(fixture, &act, STATUS_OK, NULL);
        struct ledger_document found;
        assert_int_equal(fixture->ledger->ops->document_find(fixture->ledger, LEDGER_CUSTOMER, key,
                                                             &fixture->arena, &found),
                         STATUS_OK);
        assert_true(id_equal(&found.id, &writes[round - 1].document.id));
    }
}

/* --- postings --- */

static void balance_stays_above_its_floor(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write card = fixture_write(LEDGER_GIFT_CARD, 1, "active");
    card.document.balances[LEDGER_GIFT_CARD_BALANCE] = 1000;
    fixture_write_one(fixture, &card, STATUS_OK, NULL);
    struct ledger_posting redeem = fixture_posting(LEDGER_GIFT_CARD, 1, LEDGER_GIFT_CARD_BALANCE, -600);
    redeem.floors[LEDGER_GIFT_CARD_BALANCE] = 0;
    struct ledger_outcome outcome;
    fixture_post_one(fixture, &redeem, STATUS_OK, NULL);
    fixture_post_one(fixture, &redeem, STATUS_INSUFFICIENT_BALANCE, &outcome);
    assert_int_equal(outcome.balance, LEDGER_GIFT_CARD_BALANCE);
    assert_int_equal(outcome.left, 400);
    assert_int_equal(outcome.document.balances[LEDGER_GIFT_CARD_BALANCE], 400);
    redeem.amounts[LEDGER_GIFT_CARD_BALANCE] = -400;
    fixture_post_one(fixture, &redeem, STATUS_OK, NULL);
    assert_int_equal(fixture_read(fixture, LEDGER_GIFT_CARD, 1).balances[LEDGER_GIFT_CARD_BALANCE], 0);
}

static void debt_ends_at_the_limit_and_may_always_be_paid(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_write customer = fixture_write(LEDGER_CUSTOMER, 1, "active");
    fixture_write_one(fixture, &customer, STATUS_OK, NULL);
    struct ledger_posting owe = fixture_posting(LEDGER_CUSTOMER, 1, LEDGER_CUSTOMER_ACCOUNT, -300);
    owe.floors[LEDGER_CUSTOMER_ACCOUNT] = -500;
    fixture_post_one(fixture, &owe, STATUS_OK, NULL);
    fixture_post_one(fixture, &owe, STATUS_INSUFFICIENT_BALANCE, NULL);
    owe.floors[LEDGER_CUSTOMER_ACCOUNT] = 0; /* the limit was taken away: what comes in is below it still */
    owe.amounts[LEDGER_CUSTOMER_ACCOUNT] = 100;
    fixture_post_one(fixture, &owe, STATUS_OK, NULL);
    assert_int_equal(fixture_read(fixture, LEDGER_CUSTOMER, 1).balances[LEDGER_CUSTOMER_ACCOUNT], -200);
}

static void posting_may_ask_for_a_state(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write card = fixture_write(LEDGER_GIFT_CARD, 1, "active");
    struct ledger_posting load = fixture_posting(LEDGER_GIFT_CARD, 1, LEDGER_GIFT_CARD_BALANCE, 100);
    struct ledger_outcome outcome;
    load.required_state = "active";
    fixture_post_one(fixture, &load, STATUS_DOCUMENT_NOT_FOUND, NULL);
    fixture_write_one(fixture, &card, STATUS_OK, NULL);
    fixture_post_one(fixture, &load, STATUS_OK, NULL);
    card.expected_version = 1;
    card.document.state = "frozen";
    fixture_write_one(fixture, &card, STATUS_OK, NULL);
    fixture_post_one(fixture, &load, STATUS_DOCUMENT_STATE, &outcome);
    assert_string_equal(outcome.document.state, "frozen");
    load.required_state = NULL;
    fixture_post_one(fixture, &load, STATUS_OK, NULL);
}

/* A write and a posting in one act: each is judged on what was there before. */
static void effects_are_judged_on_what_was_there_before_the_act(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write write = fixture_write(LEDGER_CUSTOMER, 1, "active");
    write.document.balances[LEDGER_CUSTOMER_POINTS] = 40;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    const struct ledger_document before = fixture_read(fixture, LEDGER_CUSTOMER, 1);
    struct ledger_posting away = fixture_posting(LEDGER_CUSTOMER, 1, LEDGER_CUSTOMER_POINTS, -40);
    away.required_state = "active";
    write.expected_version = 1;
    write.expected_balances = before.balances;
    write.document.state = "merged";
    struct ledger_act act = fixture_act("customer_merge", 1);
    act.writes = &write;
    act.write_count = 1;
    act.postings = &away;
    act.posting_count = 1;
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    const struct ledger_document after = fixture_read(fixture, LEDGER_CUSTOMER, 1);
    assert_string_equal(after.state, "merged");
    assert_int_equal(after.version, 2);
    assert_int_equal(after.balances[LEDGER_CUSTOMER_POINTS], 0);
}

static void only_acts_with_a_record_say_when_a_document_was_last_recorded(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_write write = fixture_write(LEDGER_CUSTOMER, 1, "active");
    const struct ledger_posting posting = fixture_posting(LEDGER_CUSTOMER, 1, LEDGER_CUSTOMER_VISITS, 1);
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    fixture_post_one(fixture, &posting, STATUS_OK, NULL);
    assert_int_equal(fixture_read(fixture, LEDGER_CUSTOMER, 1).recorded_at_ms, 0);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 5, 1, 1, QUANTITY_ONE);
    sale->act.postings = &posting;
    sale->act.posting_count = 1;
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    fixture_post_one(fixture, &posting, STATUS_OK, NULL);
    assert_int_equal(fixture_read(fixture, LEDGER_CUSTOMER, 1).recorded_at_ms, sale->act.at_ms);
}

/* --- history --- */

static void entries_lead_to_the_balances(void **state)
{
    struct fixture *fixture = *state;
    int64_t opening[LEDGER_BALANCES] = {0};
    struct unit_random random = unit_random();
    for (int64_t number = 1; number <= 2; number++) {
        struct ledger_write write = fixture_write(LEDGER_CUSTOMER, number, "active");
        memcpy(write.document.balances, opening, sizeof opening);
        fixture_write_one(fixture, &write, STATUS_OK, NULL);
    }
    for (int i = 0; i < 60; i++) {
        struct ledger_posting posting = fixture_posting(LEDGER_CUSTOMER, i % 2 + 1, 0, 1);
        posting.reason = "sale";
        posting.amounts[LEDGER_CUSTOMER_ACCOUNT] = (int64_t)unit_random_below(&random, 2000) - 1000;
        posting.amounts[LEDGER_CUSTOMER_POINTS] = (int64_t)unit_random_below(&random, 10);
        fixture_post_one(fixture, &posting, STATUS_OK, NULL);
    }
    assert_int_equal(fixture_check_entries(fixture, LEDGER_CUSTOMER, 1, opening), 30);
    assert_int_equal(fixture_check_entries(fixture, LEDGER_CUSTOMER, 2, opening), 30);
}

static void entry_tells_its_act(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_write write = fixture_write(LEDGER_SHIFT, 1, "open");
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    struct ledger_posting pay_in = fixture_posting(LEDGER_SHIFT, 1, LEDGER_SHIFT_CASH, 500);
    pay_in.reason = "pay_in";
    struct ledger_act act = fixture_act("shift_movement", 7);
    act.detail = "{\"reason\":\"change\"}";
    act.postings = &pay_in;
    act.posting_count = 1;
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 5, 1, 1, QUANTITY_ONE);
    pay_in.reason = "sale";
    sale->act.postings = &pay_in;
    sale->act.posting_count = 1;
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);

    struct ledger_entry_page page;
    assert_int_equal(fixture->ledger->ops->entry_list(fixture->ledger, LEDGER_SHIFT, &write.document.id,
                                                      &cursor_start, 10, &fixture->arena, &page),
                     STATUS_OK);
    assert_int_equal(page.count, 2);
    assert_true(page.entries[0].by_record && id_equal(&page.entries[0].act_id, &sale->act.id));
    assert_null(page.entries[0].detail);
    assert_true(!page.entries[1].by_record && id_equal(&page.entries[1].act_id, &act.id));
    assert_string_equal(page.entries[1].detail, act.detail);
    assert_string_equal(page.entries[1].reason, "pay_in");
    assert_int_equal(page.entries[1].at_ms, act.at_ms);
    assert_int_equal(page.entries[1].balances[LEDGER_SHIFT_CASH], 500);
    const struct id nobody = fixture_document_id(LEDGER_SHIFT, 2);
    assert_int_equal(fixture->ledger->ops->entry_list(fixture->ledger, LEDGER_SHIFT, &nobody, &cursor_start,
                                                      10, &fixture->arena, &page),
                     STATUS_DOCUMENT_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(document_is_created_changed_and_removed),
        LEDGER_TEST(kinds_are_namespaces),
        LEDGER_TEST(another_version_is_refused_and_told),
        LEDGER_TEST(postings_count_no_version),
        LEDGER_TEST(write_that_expects_balances_is_refused_when_they_moved),
        LEDGER_TEST(unique_key_has_one_document),
        LEDGER_TEST(key_is_handed_over_within_an_act),
        LEDGER_TEST(balance_stays_above_its_floor),
        LEDGER_TEST(debt_ends_at_the_limit_and_may_always_be_paid),
        LEDGER_TEST(posting_may_ask_for_a_state),
        LEDGER_TEST(effects_are_judged_on_what_was_there_before_the_act),
        LEDGER_TEST(only_acts_with_a_record_say_when_a_document_was_last_recorded),
        LEDGER_TEST(entries_lead_to_the_balances),
        LEDGER_TEST(entry_tells_its_act),
    };
    return LEDGER_TESTS("ledger documents", tests);
}
