/*
 * Shifts: which one a record belongs to, what it posts, and what the report sums. The ledger is a stand-in
 * that holds records, entries and shifts in arrays; what it posts and what the report sums are two ways to
 * the same amounts.
 */
#include "app/shifts/shift.h"

#include "app/shifts/shift_report.h"
#include "catalog/selling.h"
#include "core/money.h"
#include "unit.h"

#define RECORDS_MAX 450
#define SHIFTS_MAX  20
#define REGISTER    7

struct book {
    struct ledger port; /* first: the ops are given a pointer to it */
    struct ledger_transaction records[RECORDS_MAX];
    size_t record_count;
    struct ledger_entry entries[8];
    size_t entry_count;
    struct ledger_document shifts[SHIFTS_MAX]; /* the newest first */
    size_t shift_count;
    int64_t balances[LEDGER_BALANCES]; /* all postings */
};

static const struct book *book_of(const struct ledger *ledger)
{
    return (const struct book *)ledger;
}

/* --- the stand-in --- */

static enum status list_records(const struct ledger *ledger, const struct ledger_filter *filter,
                                const struct cursor *after, size_t limit, struct arena *arena,
                                struct ledger_page *page)
{
    const struct book *book = book_of(ledger);
    assert_true(filter->has_shift);
    const size_t from = (size_t)cursor_int(after, 0), left = book->record_count - from;
    const size_t count = left < limit ? left : limit;
    struct ledger_transaction *records = arena_alloc(arena, (count + 1) * sizeof *records);
    for (size_t i = 0; i < count; i++) {
        records[i] = book->records[from + i];
    }
    *page = (struct ledger_page){.transactions = records,
                                 .count = count,
                                 .has_more = count < left,
                                 .next = cursor_of((int64_t)(from + count))};
    return STATUS_OK;
}

static enum status list_entries(const struct ledger *ledger, enum ledger_kind kind, const struct id *id,
                                const struct cursor *after, size_t limit, struct arena *arena,
                                struct ledger_entry_page *page)
{
    struct book *book = (struct book *)(uintptr_t)book_of(ledger);
    assert_int_equal(kind, LEDGER_SHIFT);
    assert_non_null(id);
    assert_non_null(arena);
    assert_true(cursor_is_start(after));
    assert_true(limit >= book->entry_count);
    *page = (struct ledger_entry_page){.entries = book->entries, .count = book->entry_count};
    return STATUS_OK;
}

static enum status read_shift(const struct ledger *ledger, enum ledger_kind kind, const struct id *id,
                              struct arena *arena, struct ledger_document *document)
{
    const struct book *book = book_of(ledger);
    assert_int_equal(kind, LEDGER_SHIFT);
    assert_non_null(arena);
    for (size_t i = 0; i < book->shift_count; i++) {
        if (id_equal(&book->shifts[i].id, id)) {
            *document = book->shifts[i];
            return STATUS_OK;
        }
    }
    return STATUS_DOCUMENT_NOT_FOUND;
}

static enum status find_shift(const struct ledger *ledger, enum ledger_kind kind, const char *key,
                              struct arena *arena, struct ledger_document *document)
{
    const struct book *book = book_of(ledger);
    assert_int_equal(kind, LEDGER_SHIFT);
    assert_non_null(arena);
    assert_string_equal(key, "open:7");
    if (book->shift_count == 0 || strcmp(book->shifts[0].state, SHIFT_OPEN) != 0) {
        return STATUS_DOCUMENT_NOT_FOUND;
    }
    *document = book->shifts[0];
    return STATUS_OK;
}

static enum status list_shifts(const struct ledger *ledger, const struct ledger_document_filter *filter,
                               const struct cursor *after, size_t limit, struct arena *arena,
                               struct ledger_document_page *page)
{
    struct book *book = (struct book *)(uintptr_t)book_of(ledger);
    assert_true(filter->has_register);
    assert_int_equal(filter->register_key, REGISTER);
    assert_non_null(arena);
    const size_t from = (size_t)cursor_int(after, 0), left = book->shift_count - from;
    const size_t count = left < limit ? left : limit;
    *page = (struct ledger_document_page){.documents = book->shifts + from,
                                          .count = count,
                                          .has_more = count < left,
                                          .next = cursor_of((int64_t)(from + count))};
    return STATUS_OK;
}

static const struct ledger_ops ops = {
    .name = "book",
    .transaction_list = list_records,
    .entry_list = list_entries,
    .document_read = read_shift,
    .document_find = find_shift,
    .document_list = list_shifts,
};

struct desk {
    struct app app;
    struct arena arena;
    struct call call;
    struct book *book;
};

static int desk_open(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    desk->book = calloc(1, sizeof *desk->book);
    assert_non_null(desk->book);
    desk->book->port.ops = &ops;
    desk->app.ledger = &desk->book->port;
    arena_init(&desk->arena);
    desk->call = (struct call){.app = &desk->app, .arena = &desk->arena};
    detail_init(&desk->call.detail, &desk->arena);
    *state = desk;
    return 0;
}

static int desk_close(void **state)
{
    struct desk *desk = *state;
    arena_free(&desk->arena);
    free(desk->book);
    free(desk);
    return 0;
}

/* --- what records post and what the report sums --- */

static const char *const types[] = {[SHIFT_SALE] = "sale", [SHIFT_REFUND] = "refund", [SHIFT_VOID] = "void"};

static void post(struct book *book, const struct ledger_posting *posting)
{
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        book->balances[i] += posting->amounts[i];
    }
}

/* A record of any kind with any tenders; what it is worth does not matter to the drawer. */
static void add_record(struct desk *desk, struct unit_random *random)
{
    struct book *book = desk->book;
    static const char *const tenders[] = {"cash", "card", "gift_card", "other"};
    const bool late = unit_random_below(random, 10) == 0;
    struct shift_effect effect = {.type = (enum shift_type)unit_random_below(random, 3),
                                  .total = unit_random_amount(random, 100000)};
    struct text text = arena_text(&desk->arena, 512);
    struct json_writer json = json_writer(&text);
    emit_begin_object(&json);
    emit_member_string(&json, "type", types[effect.type]);
    emit_member_int(&json, "total", effect.total);
    emit_name(&json, "tenders");
    emit_begin_array(&json);
    for (uint64_t i = unit_random_below(random, 4); i > 0; i--) {
        const char *type = tenders[unit_random_below(random, 4)];
        const int64_t amount = unit_random_amount(random, 100000), tip = unit_random_amount(random, 500);
        shift_effect_tender(&effect, type, amount, tip);
        emit_begin_object(&json);
        emit_member_string(&json, "type", type);
        emit_member_int(&json, "amount", amount);
        emit_member_int(&json, "tip", tip);
        emit_end_object(&json);
    }
    emit_end_array(&json);
    effect.change = effect.type == SHIFT_SALE && effect.cash > 0 ? unit_random_amount(random, effect.cash)
                                                                 : 0;
    emit_member_int(&json, "change", effect.change);
    if (late) {
        emit_raw(&json, "\"flags\":[\"price_variance\",\"closed_shift\"]", 41);
    }
    emit_end_object(&json);
    const struct shift_place place = {.found = true, .late = late};
    const struct ledger_posting posting = shift_posting(&place, &effect);
    assert_string_equal(posting.required_state, late ? SHIFT_CLOSED : SHIFT_OPEN);
    post(book, &posting);
    book->records[book->record_count++] =
        (struct ledger_transaction){.type = types[effect.type],
                                    .sequence = (int64_t)book->record_count + 1,
                                    .receipt_number = "K1-000001",
                                    .record = text.data,
                                    .record_length = text.length};
}

static void add_movements(struct book *book, struct unit_random *random)
{
    for (unsigned i = 0; i < SHIFT_MOVEMENT_COUNT; i++) {
        const enum shift_movement movement = (enum shift_movement)i;
        int64_t cash = movement == SHIFT_NO_SALE ? 0 : unit_random_amount(random, 50000);
        cash = movement == SHIFT_PAY_IN ? cash : -cash;
        book->entries[book->entry_count++] = (struct ledger_entry){.reason = shift_movement_name(movement),
                                                                   .amounts = {[LEDGER_SHIFT_CASH] = cash}};
        book->balances[LEDGER_SHIFT_CASH] += cash;
    }
}

static void what_is_posted_is_what_the_report_sums(void **state)
{
    struct desk *desk = *state;
    struct book *book = desk->book;
    struct unit_random random = unit_random();
    static const char body[] = "{\"opening_float\":{\"total\":10000},\"tips_paid_out\":250}";
    const struct ledger_document shift = {.body = body, .body_length = sizeof body - 1};
    for (int round = 0; round < 40; round++) {
        struct shift_report report;
        memset(book->balances, 0, sizeof book->balances);
        book->balances[LEDGER_SHIFT_CASH] = 10000;
        book->record_count = book->entry_count = 0;
        for (uint64_t i = unit_random_below(&random, RECORDS_MAX + 1); i > 0; i--) {
            add_record(desk, &random);
        }
        add_movements(book, &random);
        assert_int_equal(shift_report_read(&desk->call, &shift, "UTC", &report), STATUS_OK);
        assert_int_equal(report.transactions, book->balances[LEDGER_SHIFT_TRANSACTIONS]);
        assert_int_equal(report.types[SHIFT_SALE].total, book->balances[LEDGER_SHIFT_SALES]);
        assert_int_equal(report.types[SHIFT_REFUND].total + report.types[SHIFT_VOID].total,
                         book->balances[LEDGER_SHIFT_REFUNDS]);
        assert_int_equal(shift_report_expected_cash(&report) + 250, book->balances[LEDGER_SHIFT_CASH]);
        assert_int_equal(report.transactions + book->balances[LEDGER_SHIFT_LATE_TRANSACTIONS],
                         book->record_count);
        int64_t hours = 0;
        for (int hour = 0; hour < SHIFT_HOURS; hour++) {
            hours += report.hours[hour].count;
        }
        assert_int_equal(hours, report.transactions);
    }
}

static void amounts_of_the_largest_do_not_overflow(void **state)
{
    (void)state;
    struct shift_effect effect = {.type = SHIFT_SALE, .total = MONEY_MAX};
    for (int i = 0; i < 10; i++) {
        shift_effect_tender(&effect, "cash", MONEY_MAX, MONEY_MAX);
    }
    assert_int_equal(shift_effect_cash(&effect), 20 * MONEY_MAX);
}

static void names_without_end_share_a_group(void **state)
{
    struct desk *desk = *state;
    struct book *book = desk->book;
    static const char body[] = "{}";
    const struct ledger_document shift = {.body = body, .body_length = sizeof body - 1};
    struct shift_report report;
    for (int i = 0; i < RECORDS_MAX; i++) {
        const char *record = arena_printf(
            &desk->arena,
            "{\"type\":\"sale\",\"lines\":[{\"discount\":1,\"discounts\":[{\"source\":\"line\",\"amount\":1,"
            "\"reason\":\"Reason %d\"}]}]}",
            i);
        book->records[book->record_count++] = (struct ledger_transaction){
            .sequence = i + 1, .receipt_number = "", .record = record, .record_length = strlen(record)};
    }
    assert_int_equal(shift_report_read(&desk->call, &shift, "UTC", &report), STATUS_OK);
    int64_t groups = 0, amount = 0;
    for (const struct shift_group *group = report.discounts; group != NULL; group = group->next) {
        groups++;
        amount += group->amount;
    }
    assert_int_equal(groups, 101); /* a hundred with their names, and the rest */
    assert_int_equal(amount, RECORDS_MAX);
}

/* --- which shift it is --- */

static const struct selling_register register_ = {.key = REGISTER, .code = "K1", .store_name = "Shop"};

static struct id numbered(size_t number)
{
    return (struct id){.bytes = {(uint8_t)number}};
}

/* Shifts of an hour each, with an hour between them; the newest of `count` may be open. */
static void add_shifts(struct book *book, size_t count, bool open)
{
    for (size_t i = 0; i < count; i++) {
        const size_t number = count - i;
        book->shifts[i] = (struct ledger_document){
            .kind = LEDGER_SHIFT,
            .id = numbered(number),
            .state = open && i == 0 ? SHIFT_OPEN : SHIFT_CLOSED,
            .register_key = REGISTER,
            .created_at_ms = (int64_t)number * 200,
            .updated_at_ms = (int64_t)number * 200 + 100,
        };
    }
    book->shift_count = count;
}

static void now_the_open_shift_counts(void **state)
{
    struct desk *desk = *state;
    struct shift_place place;
    const struct id first = numbered(1), second = numbered(2), unknown = numbered(9);
    assert_int_equal(shift_find(&desk->call, &register_, NULL, 0, &place), STATUS_OK);
    assert_false(place.found);
    struct selling_register strict = register_;
    strict.shift_required = true;
    assert_int_equal(shift_find(&desk->call, &strict, NULL, 0, &place), STATUS_SHIFT_REQUIRED);
    add_shifts(desk->book, 2, true);
    assert_int_equal(shift_find(&desk->call, &strict, NULL, 0, &place), STATUS_OK);
    assert_true(place.found && !place.late && id_equal(&place.id, &second));
    assert_int_equal(shift_find(&desk->call, &register_, &second, 0, &place), STATUS_OK);
    assert_true(place.found && id_equal(&place.id, &second));
    assert_int_equal(shift_find(&desk->call, &register_, &first, 0, &place), STATUS_SHIFT_CLOSED);
    assert_int_equal(shift_find(&desk->call, &register_, &unknown, 0, &place), STATUS_VALIDATION_FAILED);
    struct selling_register other = register_;
    other.key = REGISTER + 1;
    assert_int_equal(shift_find(&desk->call, &other, &second, 0, &place), STATUS_VALIDATION_FAILED);
}

static void offline_the_shift_of_its_time_counts_and_nothing_is_refused(void **state)
{
    struct desk *desk = *state;
    struct selling_register strict = register_;
    strict.shift_required = true;
    add_shifts(desk->book, SHIFTS_MAX, true);
    for (int64_t at_ms = 1; at_ms < (SHIFTS_MAX + 3) * 200; at_ms++) {
        struct shift_place place;
        const int64_t number = at_ms / 200 < SHIFTS_MAX ? at_ms / 200 : SHIFTS_MAX;
        const struct id id = numbered((size_t)number);
        const bool is_open = number == SHIFTS_MAX;
        const bool found = number > 0 && (is_open || at_ms % 200 <= 100);
        assert_int_equal(shift_find(&desk->call, &strict, NULL, at_ms, &place), STATUS_OK);
        assert_int_equal(place.found, found);
        if (found) {
            assert_true(id_equal(&place.id, &id));
            assert_int_equal(place.late, !is_open);
        }
    }
    struct shift_place place;
    const struct id named = numbered(3), unknown = numbered(99);
    assert_int_equal(shift_find(&desk->call, &strict, &named, 5, &place), STATUS_OK);
    assert_true(place.found && place.late && id_equal(&place.id, &named));
    assert_int_equal(shift_find(&desk->call, &strict, &unknown, 450, &place), STATUS_OK);
    const struct id second = numbered(2);
    assert_true(place.found && id_equal(&place.id, &second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_posted_is_what_the_report_sums, desk_open, desk_close),
        cmocka_unit_test(amounts_of_the_largest_do_not_overflow),
        cmocka_unit_test_setup_teardown(names_without_end_share_a_group, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(now_the_open_shift_counts, desk_open, desk_close),
        cmocka_unit_test_setup_teardown(offline_the_shift_of_its_time_counts_and_nothing_is_refused,
                                        desk_open, desk_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
