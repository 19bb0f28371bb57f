/* Stock: opening + movements = level; never sold more often than it is there where that is denied. */
#include "ledger_invariants.h"

#define ONE QUANTITY_ONE

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

static struct ledger_movement movement(int64_t store, int64_t product, const char *reason, int64_t quantity)
{
    return (struct ledger_movement){
        .store = fixture_ref(FIXTURE_STORE, store),
        .product = fixture_ref(FIXTURE_PRODUCT, product),
        .reason = reason,
        .quantity = quantity,
        .low_at = LEDGER_NO_LEVEL,
    };
}

static void move(struct fixture *fixture, int64_t number, const struct ledger_movement *movements,
                 size_t count, enum status expected, struct ledger_outcome *outcome)
{
    struct ledger_act act = fixture_act("stock_movement", number);
    act.detail = "{\"note\":\"Monday\"}";
    act.movements = movements;
    act.movement_count = count;
    fixture_commit(fixture, &act, expected, outcome);
}

static void denied_product_goes_down_to_nothing_and_no_further(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_movement out = movement(1, 1, "waste", -2 * ONE);
    struct ledger_outcome outcome;
    out.deny_oversell = true;
    fixture_set_level(fixture, 1, 1, 5 * ONE);
    move(fixture, 1, &out, 1, STATUS_OK, NULL);
    move(fixture, 2, &out, 1, STATUS_OK, NULL);
    move(fixture, 3, &out, 1, STATUS_INSUFFICIENT_STOCK, &outcome);
    assert_int_equal(outcome.left, ONE);
    out.quantity = -ONE;
    move(fixture, 4, &out, 1, STATUS_OK, &outcome);
    assert_int_equal(outcome.moved[0].level, 0);
    out.quantity = ONE; /* what comes in is never denied */
    fixture_set_level(fixture, 1, 1, -3 * ONE);
    move(fixture, 5, &out, 1, STATUS_OK, &outcome);
    assert_int_equal(outcome.moved[0].level, -2 * ONE);
    fixture_check_stock(fixture);
}

static void count_posts_the_difference(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_movement counts[3] = {movement(1, 1, "count", 7 * ONE), movement(1, 2, "count", 4 * ONE),
                                        movement(2, 1, "count", 0)};
    struct ledger_outcome outcome;
    fixture_set_level(fixture, 1, 1, 10 * ONE);
    for (size_t i = 0; i < 3; i++) {
        counts[i].counted = true;
    }
    move(fixture, 1, counts, 3, STATUS_OK, &outcome);
    assert_int_equal(outcome.moved_count, 3);
    assert_int_equal(outcome.moved[0].quantity, -3 * ONE);
    assert_int_equal(outcome.moved[0].level, 7 * ONE);
    assert_int_equal(outcome.moved[1].quantity, 4 * ONE);
    assert_int_equal(outcome.moved[2].quantity, 0);
    assert_int_equal(fixture_check_stock(fixture), 4);
}

static void transfer_takes_here_and_gives_there_or_neither(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_movement transfer[2] = {movement(1, 1, "transfer_out", -3 * ONE),
                                          movement(2, 1, "transfer_in", 3 * ONE)};
    transfer[0].deny_oversell = true;
    fixture_set_level(fixture, 1, 1, 4 * ONE);
    move(fixture, 1, transfer, 2, STATUS_OK, NULL);
    assert_int_equal(fixture_level(fixture, 1, 1), ONE);
    assert_int_equal(fixture_level(fixture, 2, 1), 3 * ONE);
    move(fixture, 2, transfer, 2, STATUS_INSUFFICIENT_STOCK, NULL);
    assert_int_equal(fixture_level(fixture, 2, 1), 3 * ONE);
    assert_int_equal(fixture_check_stock(fixture), 3);
}

static void low_stock_is_told_once_as_the_level_falls_past_the_mark(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_movement out = movement(1, 1, "sale", -2 * ONE);
    size_t count;
    out.low_at = 5 * ONE;
    fixture_set_level(fixture, 1, 1, 10 * ONE);
    move(fixture, 1, &out, 1, STATUS_OK, NULL); /* 8 */
    move(fixture, 2, &out, 1, STATUS_OK, NULL); /* 6 */
    (void)fixture_events(fixture, &count);
    assert_int_equal(count, 0);
    move(fixture, 3, &out, 1, STATUS_OK, NULL); /* 4 */
    move(fixture, 4, &out, 1, STATUS_OK, NULL); /* 2 */
    const struct ledger_outbox_event *events = fixture_events(fixture, &count);
    assert_int_equal(count, 1);
    assert_string_equal(events[0].type, "stock.low");
    const char *data = arena_copy_n(&fixture->arena, events[0].data, events[0].data_length);
    assert_non_null(strstr(data, "\"level\":\"4\""));
    assert_non_null(strstr(data, "\"low_stock_at\":\"5\""));
    char id[ID_TEXT_SIZE];
    assert_non_null(strstr(data, id_format(&out.product.id, id)));
    assert_non_null(strstr(data, id_format(&out.store.id, id)));
}

/* --- history --- */

static void history_tells_who_moved_what_and_why(void **state)
{
    struct fixture *fixture = *state;
    const struct ledger_movement received = movement(1, 1, "receive", 6 * ONE);
    struct fixture_sale *sale = fixture_sale(&fixture->arena, 1, 1, 1, 1, 2 * ONE);
    move(fixture, 1, &received, 1, STATUS_OK, NULL);
    fixture_commit(fixture, &sale->act, STATUS_OK, NULL);
    fixture_set_level(fixture, 1, 2, ONE); /* another product's, in between */
    struct ledger_moved_page page;
    assert_int_equal(
        fixture->ledger->ops->movement_list(fixture->ledger, 1, 1, &cursor_start, 10, &fixture->arena, &page),
        STATUS_OK);
    assert_int_equal(page.count, 2);
    assert_false(page.has_more);
    const struct ledger_moved_row *sold = &page.rows[0], *came = &page.rows[1];
    assert_string_equal(sold->reason, "sale");
    assert_true(sold->by_record && id_equal(&sold->act_id, &sale->act.id));
    assert_int_equal(sold->quantity, -2 * ONE);
    assert_int_equal(sold->level, 4 * ONE);
    assert_int_equal(sold->total_minor, 2 * FIXTURE_PRICE);
    assert_null(sold->detail);
    const struct id act_id = fixture_id(FIXTURE_ACT, 1);
    assert_true(!came->by_record && id_equal(&came->act_id, &act_id));
    assert_string_equal(came->detail, "{\"note\":\"Monday\"}");
    assert_int_equal(came->at_ms, FIXTURE_DAY_MS + 1);
}

static size_t page_through(struct fixture *fixture, int64_t store, int64_t product, size_t limit)
{
    struct ledger_moved_page page;
    struct cursor after = {0};
    size_t listed = 0;
    int64_t last_at = INT64_MAX;
    do {
        assert_int_equal(fixture->ledger->ops->movement_list(fixture->ledger, store, product, &after, limit,
                                                             &fixture->arena, &page),
                         STATUS_OK);
        assert_true(page.count == limit || !page.has_more);
        for (size_t i = 0; i < page.count; i++) {
            assert_int_equal(page.rows[i].store.key, store);
            assert_int_equal(page.rows[i].product.key, product);
            assert_true(page.rows[i].at_ms < last_at);
            last_at = page.rows[i].at_ms;
        }
        listed += page.count;
        after = page.next;
    } while (page.has_more);
    return listed;
}

static void histories_are_paged(void **state)
{
    struct fixture *fixture = *state;
    for (int64_t number = 1; number <= 60; number++) {
        const struct ledger_movement in = movement(number % 2 + 1, number % 3 + 1, "receive", ONE);
        move(fixture, number, &in, 1, STATUS_OK, NULL);
    }
    for (size_t limit = 1; limit <= LEDGER_PAGE_MAX; limit = limit * 3 + 1) {
        assert_int_equal(page_through(fixture, 2, 3, limit), 10);
        assert_int_equal(page_through(fixture, 2, 99, limit), 0);
    }
}

/* --- at random --- */

/* What is sold, given back, received, counted, wasted and moved between stores, in any order. */
static void levels_are_the_sums_of_their_movements(void **state)
{
    struct fixture *fixture = *state;
    static const char *const reasons[] = {"sale", "refund", "receive", "adjust", "waste", "count"};
    struct unit_random random = unit_random();
    for (int64_t number = 1; number <= 300; number++) {
        struct ledger_movement movements[20];
        size_t count = 0;
        for (int64_t place = 0; place < 20; place++) {
            if (unit_random_below(&random, 4) > 0) {
                continue;
            }
            const char *reason = reasons[unit_random_below(&random, 6)];
            movements[count] = movement(place / 10 + 1, place % 10 + 1, reason,
                                        (int64_t)unit_random_below(&random, 2000000) - 1000000);
            movements[count].counted = strcmp(reason, "count") == 0;
            movements[count++].deny_oversell = unit_random_below(&random, 8) == 0;
        }
        struct ledger_act act = fixture_act("stock_movement", number);
        act.movements = movements;
        act.movement_count = count;
        const enum status status = fixture_try(fixture, &fixture->arena, &act, NULL);
        assert_true(status == STATUS_OK || status == STATUS_INSUFFICIENT_STOCK);
    }
    assert_true(fixture_check_stock(fixture) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(overselling_is_allowed_where_it_is_not_denied),
        LEDGER_TEST(denied_product_without_a_level_has_none),
        LEDGER_TEST(denied_product_goes_down_to_nothing_and_no_further),
        LEDGER_TEST(count_posts_the_difference),
        LEDGER_TEST(transfer_takes_here_and_gives_there_or_neither),
        LEDGER_TEST(low_stock_is_told_once_as_the_level_falls_past_the_mark),
        LEDGER_TEST(history_tells_who_moved_what_and_why),
        LEDGER_TEST(histories_are_paged),
        LEDGER_TEST(levels_are_the_sums_of_their_movements),
    };
    return LEDGER_TESTS("ledger stock", tests);
}
