/* All or nothing: an act with every effect there is, of which one is refused, leaves nothing of the others.
 */
#include "ledger_invariants.h"

#define ONE QUANTITY_ONE

#define CARD     1 /* numbers of the documents that are there before */
#define CUSTOMER 2
#define SHIFT    3
#define CREATED  4 /* of the one that the act creates */

/* An act with two of everything. */
struct whole {
    struct fixture_sale *sale;
    struct ledger_posting postings[3];
    struct ledger_write writes[2];
    struct ledger_event event;
    const char *keys[1], *terms[1];
};

static void prepare(struct fixture *fixture)
{
    static const char *const taken = "code:TAKEN";
    struct ledger_write card = fixture_write(LEDGER_GIFT_CARD, CARD, "active");
    struct ledger_write customer = fixture_write(LEDGER_CUSTOMER, CUSTOMER, "active");
    struct ledger_write shift = fixture_write(LEDGER_SHIFT, SHIFT, "open");
    card.document.balances[LEDGER_GIFT_CARD_BALANCE] = 1000;
    card.keys = &taken;
    card.key_count = 1;
    fixture_write_one(fixture, &card, STATUS_OK, NULL);
    fixture_write_one(fixture, &customer, STATUS_OK, NULL);
    fixture_write_one(fixture, &shift, STATUS_OK, NULL);
    fixture_set_level(fixture, 1, 1, 5 * ONE);
    fixture_set_level(fixture, 1, 2, 5 * ONE);
}

static struct whole *whole_act(struct fixture *fixture, int64_t number)
{
    struct whole *whole = arena_zeroed(&fixture->arena, 1, sizeof *whole);
    whole->sale = fixture_sale(&fixture->arena, 1, number, 1, 2, ONE);
    whole->sale->records[1] = fixture_sale(&fixture->arena, 1, number + 1, 1, 1, ONE)->records[0];
    whole->postings[0] = fixture_posting(LEDGER_GIFT_CARD, CARD, LEDGER_GIFT_CARD_BALANCE, -100);
    whole->postings[1] = fixture_posting(LEDGER_CUSTOMER, CUSTOMER, LEDGER_CUSTOMER_SPENT, 500);
    whole->postings[2] = fixture_posting(LEDGER_SHIFT, SHIFT, LEDGER_SHIFT_CASH, 500);
    for (size_t i = 0; i < 3; i++) {
        whole->postings[i].reason = "sale";
    }
    whole->postings[0].floors[LEDGER_GIFT_CARD_BALANCE] = 0;
    whole->postings[2].required_state = "open";
    whole->keys[0] = "code:NEW";
    whole->terms[0] = "new";
    whole->writes[0] = fixture_write(LEDGER_GIFT_CARD, CREATED, "active");
    whole->writes[0].keys = whole->keys;
    whole->writes[0].terms = whole->terms;
    whole->writes[0].key_count = whole->writes[0].term_count = 1;
    whole->writes[1] = fixture_write(LEDGER_CUSTOMER, CUSTOMER, "active");
    whole->writes[1].expected_version = 1;
    whole->event = (struct ledger_event){.id = fixture_id(FIXTURE_EVENT, number),
                                         .type = "transaction.completed"};
    struct ledger_act *act = &whole->sale->act;
    act->key = fixture_key("key", "request");
    act->record_count = 2;
    act->postings = whole->postings;
    act->posting_count = 3;
    act->writes = whole->writes;
    act->write_count = 2;
    act->events = &whole->event;
    act->event_count = 1;
    return whole;
}

/* What there is, in numbers. */
struct state_of {
    size_t records, movements, events, entries;
    int64_t card, spent, cash, version, level;
    bool created, keyed, termed;
};

static struct state_of look(struct fixture *fixture)
{
    const int64_t none[LEDGER_BALANCES] = {0};
    int64_t opening[LEDGER_BALANCES] = {0};
    const char *const term = "new";
    const struct ledger *ledger = fixture->ledger;
    struct ledger_document document;
    struct ledger_document_page page;
    struct state_of look = {0};
    opening[LEDGER_GIFT_CARD_BALANCE] = 1000;
    look.records = fixture_check_journal(fixture).records;
    look.movements = fixture_check_stock(fixture);
    (void)fixture_events(fixture, &look.events);
    look.entries = fixture_check_entries(fixture, LEDGER_GIFT_CARD, CARD, opening) +
                   fixture_check_entries(fixture, LEDGER_CUSTOMER, CUSTOMER, none) +
                   fixture_check_entries(fixture, LEDGER_SHIFT, SHIFT, none);
    look.card = fixture_read(fixture, LEDGER_GIFT_CARD, CARD).balances[LEDGER_GIFT_CARD_BALANCE];
    look.spent = fixture_read(fixture, LEDGER_CUSTOMER, CUSTOMER).balances[LEDGER_CUSTOMER_SPENT];
    look.cash = fixture_read(fixture, LEDGER_SHIFT, SHIFT).balances[LEDGER_SHIFT_CASH];
    look.version = fixture_read(fixture, LEDGER_CUSTOMER, CUSTOMER).version;
    look.level = fixture_level(fixture, 1, 1);
    look.created = fixture_has(fixture, LEDGER_GIFT_CARD, CREATED);
    look.keyed = ledger->ops->document_find(ledger, LEDGER_GIFT_CARD, "code:NEW", &fixture->arena,
                                            &document) == STATUS_OK;
    assert_int_equal(ledger->ops->document_search(ledger, LEDGER_GIFT_CARD, &term, 1, &cursor_start, 1,
                                                  &fixture->arena, &page),
                     STATUS_OK);
    look.termed = page.count > 0;
    return look;
}

/* --- one that is refused --- */

static void shorten_stock(struct whole *whole)
{
    whole->sale->movements[1].deny_oversell = true;
    whole->sale->movements[1].quantity = -6 * ONE;
}

static void overdraw_card(struct whole *whole)
{
    whole->postings[0].amounts[LEDGER_GIFT_CARD_BALANCE] = -1001;
}

static void miss_document(struct whole *whole)
{
    whole->postings[1].id = fixture_document_id(LEDGER_CUSTOMER, 99);
}

static void ask_for_another_state(struct whole *whole)
{
    whole->postings[2].required_state = "closed";
}

static void ask_for_another_version(struct whole *whole)
{
    whole->writes[1].expected_version = 2;
}

static void ask_for_other_balances(struct whole *whole)
{
    static const int64_t balances[LEDGER_BALANCES] = {1};
    whole->writes[1].expected_balances = balances;
}

static void change_what_is_not_there(struct whole *whole)
{
    whole->writes[1].document.id = fixture_document_id(LEDGER_CUSTOMER, 99);
}

static void create_what_is_there(struct whole *whole)
{
    whole->writes[0].document.id = fixture_document_id(LEDGER_GIFT_CARD, CARD);
    whole->sale->act.posting_count = 0; /* no document is touched twice */
}

static void take_a_key_that_is_taken(struct whole *whole)
{
    whole->keys[0] = "code:TAKEN";
}

static void believe_another_position(struct whole *whole)
{
    static const struct ledger_position elsewhere = {.sequence = 7};
    whole->sale->records[0].previous = &elsewhere;
}

static void reverse_what_was_reversed(struct whole *whole)
{
    static struct id original;
    original = fixture_id(FIXTURE_SALE, 900);
    whole->sale->records[1].original_id = &original;
    whole->sale->records[1].reversal = 1;
}

static void take_a_record_that_is_there(struct whole *whole)
{
    whole->sale->records[1].id = fixture_id(FIXTURE_SALE, 901);
}

static const struct {
    void (*spoil)(struct whole *whole);
    enum status refused;
} refusals[] = {
    {shorten_stock, STATUS_INSUFFICIENT_STOCK},
    {overdraw_card, STATUS_INSUFFICIENT_BALANCE},
    {miss_document, STATUS_DOCUMENT_NOT_FOUND},
    {ask_for_another_state, STATUS_DOCUMENT_STATE},
    {ask_for_another_version, STATUS_VERSION_MISMATCH},
    {ask_for_other_balances, STATUS_VERSION_MISMATCH},
    {change_what_is_not_there, STATUS_DOCUMENT_NOT_FOUND},
    {create_what_is_there, STATUS_ID_TAKEN},
    {take_a_key_that_is_taken, STATUS_CODE_TAKEN},
    {believe_another_position, STATUS_REGISTER_OUT_OF_STEP},
    {reverse_what_was_reversed, STATUS_REVERSAL_TAKEN},
    {take_a_record_that_is_there, STATUS_ID_TAKEN},
};

static void refused_effect_leaves_nothing_of_the_others(void **state)
{
    struct fixture *fixture = *state;
    const struct id original = fixture_id(FIXTURE_SALE, 900);
    prepare(fixture);
    struct fixture_sale *reversal = fixture_sale(&fixture->arena, 2, 901, 1, 1, ONE);
    reversal->records[0].original_id = &original;
    reversal->records[0].reversal = 1;
    fixture_commit(fixture, &reversal->act, STATUS_OK, NULL);
    const struct state_of before = look(fixture);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct whole *whole = whole_act(fixture, 1);
        refusals[i].spoil(whole);
        fixture_commit(fixture, &whole->sale->act, refusals[i].refused, NULL);
        const struct state_of after = look(fixture);
        assert_memory_equal(&after, &before, sizeof after);
    }
    /* Neither its id nor its key nor the number of its records is spent. */
    struct ledger_outcome outcome;
    fixture_commit(fixture, &whole_act(fixture, 1)->sale->act, STATUS_OK, &outcome);
    assert_false(outcome.replayed);
    assert_string_equal(outcome.transactions[0].receipt_number, "K1-000001");
    const struct state_of after = look(fixture);
    assert_int_equal(after.records, before.records + 2);
    assert_int_equal(after.movements, before.movements + 2);
    assert_int_equal(after.entries, before.entries + 3);
    assert_int_equal(after.events, before.events + 1);
    assert_int_equal(after.card, before.card - 100);
    assert_int_equal(after.version, before.version + 1);
    assert_true(after.created && after.keyed && after.termed);
}

/* The same, with the process dead behind it: what was acknowledged is whole, what was refused left nothing.
 */
static void whole_act_outlives_the_process(void **state)
{
    struct fixture *fixture = *state;
    prepare(fixture);
    struct whole *whole = whole_act(fixture, 1);
    fixture_commit_and_die(fixture, &whole->sale->act);
    const struct state_of first = look(fixture);
    assert_int_equal(first.records, 2);
    assert_int_equal(first.events, 1);
    assert_int_equal(first.entries, 3);
    assert_true(first.created && first.keyed && first.termed);
    struct ledger_outcome outcome;
    fixture_commit(fixture, &whole->sale->act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    assert_int_equal(outcome.transaction_count, 2);
    const struct state_of again = look(fixture);
    assert_memory_equal(&again, &first, sizeof again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(refused_effect_leaves_nothing_of_the_others),
        LEDGER_TEST(whole_act_outlives_the_process),
    };
    return LEDGER_TESTS("ledger atomicity", tests);
}
