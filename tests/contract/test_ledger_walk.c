/* The walk through everything: each thing once, in its order, all of one moment. */
#include "ledger_invariants.h"

#define ONE    QUANTITY_ONE
#define SALES  20
#define STAFF  4 /* who sell while somebody walks */
#define ROUNDS 5

struct seen {
    size_t records, movements, levels, entries, documents;
    int64_t register_key, sequence; /* of the record before */
    int64_t moved, stocked;         /* sums of all quantities, of all levels */
    int64_t posted, held;           /* the same of the first balance */
    int64_t sold_minor, taken_minor;
    size_t stop_after_movements;
};

static enum status see_record(void *context, const struct ledger_transaction *transaction)
{
    struct seen *seen = context;
    if (transaction->register_key != seen->register_key) {
        assert_true(transaction->register_key > seen->register_key);
        seen->register_key = transaction->register_key;
        seen->sequence = 0;
    }
    assert_int_equal(transaction->sequence, ++seen->sequence);
    assert_int_equal(transaction->record[0], '{');
    seen->sold_minor += transaction->total_minor;
    seen->records++;
    return STATUS_OK;
}

static enum status see_movement(void *context, const struct ledger_moved_row *movement)
{
    struct seen *seen = context;
    const struct id product = fixture_id(FIXTURE_PRODUCT, movement->product.key);
    assert_true(id_equal(&movement->product.id, &product));
    assert_int_equal(movement->by_record, strcmp(movement->reason, "sale") == 0);
    seen->moved += movement->quantity;
    seen->taken_minor += movement->total_minor;
    return ++seen->movements == seen->stop_after_movements ? STATUS_OVERLOADED : STATUS_OK;
}

static enum status see_level(void *context, const struct ledger_stock_level *level)
{
    struct seen *seen = context;
    seen->stocked += level->level;
    seen->levels++;
    return STATUS_OK;
}

static enum status see_entry(void *context, enum ledger_kind kind, const struct id *document,
                             const struct ledger_entry *entry)
{
    struct seen *seen = context;
    const struct id shift = fixture_document_id(LEDGER_SHIFT, 1);
    assert_int_equal(kind, LEDGER_SHIFT);
    assert_true(id_equal(document, &shift));
    assert_true(entry->by_record);
    seen->posted += entry->amounts[LEDGER_SHIFT_TRANSACTIONS];
    seen->entries++;
    return STATUS_OK;
}

static enum status see_document(void *context, const struct ledger_document *document)
{
    struct seen *seen = context;
    seen->held += document->balances[0];
    seen->documents++;
    return STATUS_OK;
}

static const struct ledger_visitor visitor = {
    .record = see_record,
    .movement = see_movement,
    .level = see_level,
    .entry = see_entry,
    .document = see_document,
};

static struct seen walk(const struct ledger *ledger)
{
    struct seen seen = {0};
    assert_int_equal(ledger->ops->walk(ledger, &visitor, &seen), STATUS_OK);
    return seen;
}

static void open_shift(struct fixture *fixture)
{
    const struct ledger_write shift = fixture_write(LEDGER_SHIFT, 1, "open");
    fixture_write_one(fixture, &shift, STATUS_OK, NULL);
}

/* A sale of two products that posts itself to the shift. */
static enum status sell(struct fixture *fixture, struct arena *arena, int64_t number)
{
    const int64_t register_key = number % (FIXTURE_STORES * FIXTURE_REGISTERS) + 1;
    struct fixture_sale *sale = fixture_sale(arena, register_key, number, number % 5 + 1, 2, ONE);
    struct ledger_posting posting = fixture_posting(LEDGER_SHIFT, 1, LEDGER_SHIFT_TRANSACTIONS, 1);
    posting.reason = "sale";
    sale->act.postings = &posting;
    sale->act.posting_count = 1;
    return fixture_try(fixture, arena, &sale->act, NULL);
}

static void assert_of_one_moment(const struct seen *seen)
{
    assert_int_equal(seen->moved, seen->stocked);
    assert_int_equal(seen->posted, seen->held);
    assert_int_equal(seen->entries, seen->records);
    assert_int_equal(seen->sold_minor, seen->taken_minor);
    assert_int_equal(seen->moved, -2 * ONE * (int64_t)seen->records);
}

static void everything_is_visited_once(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_write expired = fixture_write(LEDGER_PARKED_CART, 2, "parked");
    open_shift(fixture);
    for (int64_t number = 1; number <= SALES; number++) {
        assert_int_equal(sell(fixture, &fixture->arena, number), STATUS_OK);
    }
    expired.document.expires_at_ms = 1;
    fixture_write_one(fixture, &expired, STATUS_OK, NULL);
    const struct seen seen = walk(fixture->ledger);
    assert_of_one_moment(&seen);
    assert_int_equal(seen.records, SALES);
    assert_int_equal(seen.movements, 2 * SALES);
    assert_int_equal(seen.levels, 12);   /* six products in two stores */
    assert_int_equal(seen.documents, 2); /* the expired one too */
}

static void visitor_ends_the_walk(void **state)
{
    struct fixture *fixture = *state;
    open_shift(fixture);
    for (int64_t number = 1; number <= SALES; number++) {
        assert_int_equal(sell(fixture, &fixture->arena, number), STATUS_OK);
    }
    struct seen seen = {.stop_after_movements = 3};
    assert_int_equal(fixture->ledger->ops->walk(fixture->ledger, &visitor, &seen), STATUS_OVERLOADED);
    assert_int_equal(seen.movements, 3);
    assert_int_equal(seen.documents, 0);
}

static void walk_or_sell(struct fixture_thread *thread)
{
    if (thread->number == 0) {
        for (size_t i = 0; i < ROUNDS; i++) {
            const struct seen seen = walk(thread->fixture->ledger);
            assert_of_one_moment(&seen);
        }
        return;
    }
    for (int64_t i = 1; i <= SALES; i++) {
        const int64_t number = (int64_t)thread->number * SALES + i;
        assert_int_equal(sell(thread->fixture, &thread->arena, number), STATUS_OK);
    }
}

static void walk_sees_one_moment_while_others_sell(void **state)
{
    struct fixture *fixture = *state;
    open_shift(fixture);
    fixture_in_threads(fixture, STAFF + 1, walk_or_sell, NULL);
    const struct seen seen = walk(fixture->ledger);
    assert_of_one_moment(&seen);
    assert_int_equal(seen.records, STAFF * SALES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(everything_is_visited_once),
        LEDGER_TEST(visitor_ends_the_walk),
        LEDGER_TEST(walk_sees_one_moment_while_others_sell),
    };
    return LEDGER_TESTS("ledger walk", tests);
}
