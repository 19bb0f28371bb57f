/* New documents that come with a balance, and documents of which nothing is to be left. */
#include "ledger_fixture.h"

static struct ledger_write customer(const char *body, int64_t version)
{
    return (struct ledger_write){
        .document = {.kind = LEDGER_CUSTOMER,
                     .id = fixture_id(FIXTURE_SALE, 1),
                     .state = "active",
                     .body = body,
                     .body_length = strlen(body)},
        .expected_version = version,
    };
}

static struct ledger_act act_of(const char *name, int64_t number, const struct ledger_write *write)
{
    return (struct ledger_act){.name = name,
                               .id = fixture_id(FIXTURE_SALE, number),
                               .at_ms = FIXTURE_DAY_MS,
                               .writes = write,
                               .write_count = write == NULL ? 0 : 1};
}

static void a_new_document_keeps_the_entry_of_its_balances(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write write = customer("{}", 0);
    write.document.balances[LEDGER_CUSTOMER_STORE_CREDIT] = 500;
    write.reason = "opening";
    struct ledger_act act = act_of("open", 1, &write);
    act.detail = "{\"why\":\"moved\"}";
    fixture_commit(fixture, &act, STATUS_OK, NULL);

    struct ledger_posting posting = {
        .kind = LEDGER_CUSTOMER, .id = write.document.id, .floors = LEDGER_NO_FLOORS, .reason = "spend"};
    posting.amounts[LEDGER_CUSTOMER_STORE_CREDIT] = -200;
    struct ledger_act spend = act_of("spend", 2, NULL);
    spend.postings = &posting;
    spend.posting_count = 1;
    fixture_commit(fixture, &spend, STATUS_OK, NULL);

    struct ledger_entry_page page;
    const struct ledger *ledger = fixture->ledger;
    assert_int_equal(ledger->ops->entry_list(ledger, LEDGER_CUSTOMER, &write.document.id, &cursor_start, 10,
                                             &fixture->arena, &page),
                     STATUS_OK);
    assert_int_equal(page.count, 2);
    assert_string_equal(page.entries[1].reason, "opening");
    assert_string_equal(page.entries[1].detail, act.detail);
    assert_int_equal(page.entries[1].amounts[LEDGER_CUSTOMER_STORE_CREDIT], 500);
    assert_int_equal(page.entries[0].balances[LEDGER_CUSTOMER_STORE_CREDIT], 300);
}

static void a_reason_is_only_of_a_new_document(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write write = customer("{}", 0);
    struct ledger_act act = act_of("open", 1, &write);
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    write.expected_version = 1;
    write.reason = "opening";
    struct ledger_act again = act_of("open", 2, &write);
    fixture_commit(fixture, &again, STATUS_INTERNAL_ERROR, NULL);
}

/* Two customers and a posting to each by one act, a posting to the first by another. */
static void forgetting_takes_the_details_of_its_entries_only(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger *ledger = fixture->ledger;
    const char *const term = "forgotten";
    struct ledger_write writes[2] = {customer("{\"name\":\"Forgotten\"}", 0), customer("{}", 0)};
    writes[0].terms = &term;
    writes[0].term_count = 1;
    writes[1].document.id = fixture_id(FIXTURE_SALE, 9);
    struct ledger_act create = act_of("create", 1, writes);
    create.write_count = 2;
    fixture_commit(fixture, &create, STATUS_OK, NULL);
    for (int64_t number = 2; number <= 5; number++) {
        struct ledger_posting posting = {.kind = LEDGER_CUSTOMER,
                                         .id = writes[number % 2].document.id,
                                         .floors = LEDGER_NO_FLOORS,
                                         .reason = "gift"};
        posting.amounts[LEDGER_CUSTOMER_POINTS] = number;
        struct ledger_act gift = act_of("gift", 100 + number, NULL);
        gift.detail = "{\"why\":\"birthday\"}";
        gift.postings = &posting;
        gift.posting_count = 1;
        fixture_commit(fixture, &gift, STATUS_OK, NULL);
    }
    struct ledger_write erased = customer("{}", 1);
    erased.document.state = "erased";
    erased.forget = true;
    struct ledger_act erase = act_of("erase", 200, &erased);
    fixture_commit(fixture, &erase, STATUS_OK, NULL);

    for (int i = 0; i < 2; i++) {
        struct ledger_entry_page page;
        assert_int_equal(ledger->ops->entry_list(ledger, LEDGER_CUSTOMER, &writes[i].document.id,
                                                 &cursor_start, 10, &fixture->arena, &page),
                         STATUS_OK);
        assert_int_equal(page.count, 2);
        for (size_t entry = 0; entry < page.count; entry++) {
            assert_true((page.entries[entry].detail == NULL) == (i == 0));
            assert_true(page.entries[entry].amounts[LEDGER_CUSTOMER_POINTS] > 0);
        }
    }
    struct ledger_document_page found;
    assert_int_equal(ledger->ops->document_search(ledger, LEDGER_CUSTOMER, &term, 1, &cursor_start, 10,
                                                  &fixture->arena, &found),
                     STATUS_OK);
    assert_int_equal(found.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_new_document_keeps_the_entry_of_its_balances),
        LEDGER_TEST(a_reason_is_only_of_a_new_document),
        LEDGER_TEST(forgetting_takes_the_details_of_its_entries_only),
    };
    return LEDGER_TESTS("ledger_forgetting", tests);
}
