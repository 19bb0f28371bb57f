/* What the ledger tells: transactions, pages of them, the journal, levels of stock. */
#include "ledger_invariants.h"

#define ONE   QUANTITY_ONE
#define SALES 60

/* Registers in turn; the last third is on the next day. */
static void sell(struct fixture *fixture)
{
    for (int64_t number = 1; number <= SALES; number++) {
        const int64_t register_key = number % (FIXTURE_STORES * FIXTURE_REGISTERS) + 1;
        struct fixture_sale *sale = fixture_sale(&fixture->arena, register_key, number, 1, 1, ONE);
        sale->records[0].business_day += number > SALES * 2 / 3;
        fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    }
}

static bool is_of(const struct ledger_filter *filter, const struct ledger_transaction *transaction)
{
    for (size_t i = 0; i < filter->customer_count; i++) {
        if (transaction->has_customer && id_equal(&transaction->customer_id, &filter->customer_ids[i])) {
            return true;
        }
    }
    return filter->customer_count == 0;
}

static bool passes(const struct ledger_filter *filter, const struct ledger_transaction *transaction)
{
    return (!filter->has_store || transaction->store_key == filter->store_key) &&
           (!filter->has_register || transaction->register_key == filter->register_key) &&
           (!filter->has_day || transaction->business_day == filter->day) &&
           (!filter->has_shift ||
            (transaction->has_shift && id_equal(&transaction->shift_id, &filter->shift_id))) &&
           (!filter->has_original ||
            (transaction->has_original && id_equal(&transaction->original_id, &filter->original_id))) &&
           (!filter->flagged || transaction->flagged) && is_of(filter, transaction) &&
           (filter->type == NULL || strcmp(transaction->type, filter->type) == 0) &&
           (filter->receipt_prefix == NULL || strncmp(transaction->receipt_number, filter->receipt_prefix,
                                                      strlen(filter->receipt_prefix)) == 0);
}

/* Pages through a list: everything that passes, nothing else, once, the newest first. */
static size_t page_through(struct fixture *fixture, const struct ledger_filter *filter, size_t limit)
{
    struct cursor cursor = {0};
    struct ledger_page page;
    int64_t last_created_at = INT64_MAX;
    size_t listed = 0;
    do {
        assert_int_equal(fixture->ledger->ops->transaction_list(fixture->ledger, filter, &cursor, limit,
                                                                &fixture->arena, &page),
                         STATUS_OK);
        assert_true(page.count <= limit && (page.count == limit || !page.has_more));
        for (size_t i = 0; i < page.count; i++) {
            assert_true(passes(filter, &page.transactions[i]));
            assert_true(page.transactions[i].created_at_ms < last_created_at);
            last_created_at = page.transactions[i].created_at_ms;
        }
        listed += page.count;
        cursor = page.next;
    } while (page.has_more);
    return listed;
}

static void lists_page_through_every_filter(void **state)
{
    struct fixture *fixture = *state;
    sell(fixture);
    const int64_t day = FIXTURE_DAY, next_day = FIXTURE_DAY + 1;
    const struct {
        struct ledger_filter filter;
        size_t expected;
    } cases[] = {
        {{0}, SALES},
        {{.has_store = true, .store_key = 1}, SALES / 2},
        {{.has_store = true, .store_key = 99}, 0},
        {{.has_store = true, .store_key = 1, .has_register = true, .register_key = 2}, SALES / 4},
        {{.has_day = true, .day = day}, SALES * 2 / 3},
        {{.has_day = true, .day = next_day}, SALES / 3},
        {{.has_store = true, .store_key = 2, .has_day = true, .day = next_day}, SALES / 6},
        {{.has_store = true,
          .store_key = 2,
          .has_register = true,
          .register_key = 3,
          .has_day = true,
          .day = day},
         SALES / 6},
        {{.receipt_prefix = "K1-0000"}, SALES / 4},
        {{.receipt_prefix = "K1-000003"}, 1},
        {{.receipt_prefix = "K"}, SALES},
        {{.receipt_prefix = "X"}, 0},
        {{.receipt_prefix = "K", .has_store = true, .store_key = 1}, SALES / 2},
        {{.receipt_prefix = "K",
          .has_store = true,
          .store_key = 1,
          .has_register = true,
          .register_key = 1,
          .has_day = true,
          .day = next_day},
         SALES / 12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(page_through(fixture, &cases[i].filter, 7), cases[i].expected);
        assert_int_equal(page_through(fixture, &cases[i].filter, LEDGER_PAGE_MAX), cases[i].expected);
    }
}

static void transaction_is_read_as_it_was_committed(void **state)
{
    struct fixture *fixture = *state;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 2, 1, 1, 4, ONE);
    struct ledger_outcome outcome;
    struct ledger_transaction read;
    const struct ledger_ops *ops = fixture->ledger->ops;
    assert_int_equal(ops->transaction_read(fixture->ledger, &sale->act.id, &fixture->arena, &read),
                     STATUS_TRANSACTION_NOT_FOUND);
    fixture_commit(fixture, &sale->act, STATUS_OK, &outcome);
    assert_int_equal(ops->transaction_read(fixture->ledger, &sale->act.id, &fixture->arena, &read),
                     STATUS_OK);
    assert_int_equal(read.record_length, outcome.transactions[0].record_length);
    assert_memory_equal(read.record, outcome.transactions[0].record, read.record_length);
    assert_string_equal(read.receipt_number, "K2-000001");
    assert_int_equal(read.store_key, 1);
    assert_int_equal(read.register_key, 2);
    assert_int_equal(read.business_day, FIXTURE_DAY);
}

/* --- what records refer to --- */

/* Shifts 1 and 2 in turn, customers 1 to 3 in turn, every tenth flagged, and two refunds of the first sale.
 */
static void sell_with_references(struct fixture *fixture)
{
    struct arena *arena = &fixture->arena;
    const struct id original = fixture_id(FIXTURE_SALE, 1);
    for (int64_t number = 1; number <= SALES; number++) {
        struct id *ids = arena_zeroed(arena, 2, sizeof *ids);
        struct fixture_sale *sale = fixture_sale(arena, 1, number, 1, 1, ONE);
        ids[0] = fixture_document_id(LEDGER_SHIFT, number % 2 + 1);
        ids[1] = fixture_document_id(LEDGER_CUSTOMER, number % 3 + 1);
        sale->records[0].shift_id = &ids[0];
        sale->records[0].customer_id = number % 4 == 0 ? NULL : &ids[1];
        sale->records[0].flagged = number % 10 == 0;
        if (number == 30 || number == 50) {
            sale->records[0].type = "refund";
            sale->records[0].original_id = &original;
            sale->records[0].reversal = number == 30 ? 1 : 2;
        }
        fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    }
}

static void records_are_listed_by_what_they_refer_to(void **state)
{
    struct fixture *fixture = *state;
    sell_with_references(fixture);
    const struct id shift = fixture_document_id(LEDGER_SHIFT, 2), original = fixture_id(FIXTURE_SALE, 1);
    struct id customers[3];
    for (int64_t i = 0; i < 3; i++) {
        customers[i] = fixture_document_id(LEDGER_CUSTOMER, i + 1);
    }
    const struct {
        struct ledger_filter filter;
        size_t expected;
    } cases[] = {
        {{.has_shift = true, .shift_id = shift}, SALES / 2},
        {{.has_shift = true, .shift_id = original}, 0},
        {{.has_shift = true, .shift_id = shift, .customer_ids = customers, .customer_count = 1}, SALES / 6},
        {{.customer_ids = customers, .customer_count = 1}, SALES / 4},
        {{.customer_ids = customers, .customer_count = 2}, SALES / 2},
        {{.customer_ids = customers, .customer_count = 3}, SALES * 3 / 4},
        {{.flagged = true}, SALES / 10},
        {{.flagged = true, .has_store = true, .store_key = 2}, 0},
        {{.type = "refund"}, 2},
        {{.type = "sale"}, SALES - 2},
        {{.type = "void"}, 0},
        {{.type = "refund", .flagged = true}, 2},
        {{.has_original = true, .original_id = original}, 2},
        {{.has_original = true, .original_id = shift}, 0},
        {{.has_day = true, .day = FIXTURE_DAY, .has_register = true, .register_key = 1, .type = "refund"}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(page_through(fixture, &cases[i].filter, 1), cases[i].expected);
        assert_int_equal(page_through(fixture, &cases[i].filter, 7), cases[i].expected);
        assert_int_equal(page_through(fixture, &cases[i].filter, LEDGER_PAGE_MAX), cases[i].expected);
    }
}

struct visits {
    int64_t register_key, sequence;
    size_t count, stop_after;
};

static enum status visit(void *context, const struct ledger_transaction *transaction)
{
    struct visits *visits = context;
    assert_int_equal(transaction->register_key, visits->register_key);
    assert_int_equal(transaction->sequence, ++visits->sequence);
    return ++visits->count == visits->stop_after ? STATUS_OVERLOADED : STATUS_OK;
}

static void walk_visits_one_register_in_order_and_ends_when_told(void **state)
{
    struct fixture *fixture = *state;
    for (int64_t number = 1; number <= 600; number++) { /* more than is read at once */
        fixture_commit(fixture,
                       &fixture_sale(&fixture->arena, number % 10 == 0 ? 1 : 2, number, 1, 1, ONE)->act,
                       STATUS_OK, NULL);
    }
    struct visits all = {.register_key = 2};
    assert_int_equal(fixture->ledger->ops->journal_walk(fixture->ledger, &all.register_key, visit, &all),
                     STATUS_OK);
    assert_int_equal(all.count, 540);
    struct visits some = {.register_key = 2, .stop_after = 300};
    assert_int_equal(fixture->ledger->ops->journal_walk(fixture->ledger, &some.register_key, visit, &some),
                     STATUS_OVERLOADED);
    assert_int_equal(some.count, 300);
    assert_int_equal(fixture_check_journal(fixture).records, 600);
}

static size_t page_through_levels(struct fixture *fixture, struct ledger_stock_filter filter, size_t limit)
{
    struct ledger_stock_level levels[LEDGER_PAGE_MAX];
    size_t listed = 0, count;
    bool has_more;
    do {
        assert_int_equal(
            fixture->ledger->ops->stock_list(fixture->ledger, &filter, limit, levels, &count, &has_more),
            STATUS_OK);
        for (size_t i = 0; i < count; i++) {
            const struct id store = fixture_id(FIXTURE_STORE, levels[i].store.key);
            const struct id product = fixture_id(FIXTURE_PRODUCT, levels[i].product.key);
            assert_true(id_equal(&levels[i].store.id, &store) && id_equal(&levels[i].product.id, &product));
            assert_true(levels[i].store.key > filter.after_store_key ||
                        levels[i].product.key > filter.after_product_key);
            assert_int_equal(levels[i].level, levels[i].product.key * ONE);
            filter.after_store_key = levels[i].store.key;
            filter.after_product_key = levels[i].product.key;
        }
        listed += count;
    } while (has_more);
    return listed;
}

static void levels_are_set_read_and_listed(void **state)
{
    struct fixture *fixture = *state;
    for (int64_t i = 0; i < 40; i++) {
        fixture_set_level(fixture, i % 2 + 1, i / 2 + 1, (i / 2 + 1) * ONE);
    }
    const int64_t wanted[] = {3, 400, 1};
    int64_t read[3];
    assert_int_equal(fixture->ledger->ops->stock_read(fixture->ledger, 2, wanted, 3, read), STATUS_OK);
    assert_int_equal(read[0], 3 * ONE);
    assert_int_equal(read[1], 0);
    assert_int_equal(read[2], ONE);

    const struct ledger_stock_filter store = {.has_store = true, .store_key = 2};
    const struct ledger_stock_filter product = {.has_product = true, .product_key = 7};
    const struct ledger_stock_filter both = {
        .has_store = true, .store_key = 1, .has_product = true, .product_key = 9};
    for (size_t limit = 1; limit <= LEDGER_PAGE_MAX; limit = limit * 3 + 4) {
        assert_int_equal(page_through_levels(fixture, (struct ledger_stock_filter){0}, limit), 40);
        assert_int_equal(page_through_levels(fixture, store, limit), 20);
        assert_int_equal(page_through_levels(fixture, product, limit), 2);
        assert_int_equal(page_through_levels(fixture, both, limit), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(transaction_is_read_as_it_was_committed),
        LEDGER_TEST(lists_page_through_every_filter),
        LEDGER_TEST(records_are_listed_by_what_they_refer_to),
        LEDGER_TEST(walk_visits_one_register_in_order_and_ends_when_told),
        LEDGER_TEST(levels_are_set_read_and_listed),
    };
    return LEDGER_TESTS("ledger reading", tests);
}
