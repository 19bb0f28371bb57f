/* Rows of lists in DynamoDB: as small as they can be, read as they were written, refused when damaged. */
#include "unit.h"

#include "ledger/dynamodb/layout.h"
#include "ledger/dynamodb/packed.h"

static int64_t any_number(struct unit_random *random)
{
    const uint64_t bits = unit_random_below(random, 65);
    uint64_t number = unit_random_below(random, UINT32_MAX);
    number = (number << 32 | unit_random_below(random, UINT32_MAX)) &
             (bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1);
    return (int64_t)number;
}

static const char *any_reason(struct unit_random *random)
{
    static const char *const reasons[] = {"sale", "", "count", "transfer_in", "something else", "load"};
    return reasons[unit_random_below(random, sizeof reasons / sizeof reasons[0])];
}

static void movements_are_read_as_written(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    struct arena arena;
    arena_init(&arena);
    for (int round = 0; round < 200; round++) {
        struct packed_movement written[20] = {0}, read;
        struct text text = arena_text(&arena, 16);
        const size_t count = unit_random_below(&random, 20);
        for (size_t i = 0; i < count; i++) {
            written[i].maker = (enum packed_maker)unit_random_below(&random, 3);
            written[i].is_part = unit_random_below(&random, 2) != 0;
            written[i].act = id_new();
            written[i].at_ms = any_number(&random);
            written[i].quantity = any_number(&random);
            written[i].total_minor = any_number(&random);
            snprintf(written[i].reason, sizeof written[i].reason, "%s", any_reason(&random));
            packed_add_movement(&text, &written[i]);
        }
        struct packed_reader reader = packed_reader(text.data, text.length);
        for (size_t i = 0; i < count; i++) {
            assert_true(packed_next_movement(&reader, &read));
            assert_memory_equal(&read.act, &written[i].act, sizeof read.act);
            assert_string_equal(read.reason, written[i].reason);
            assert_true(read.maker == written[i].maker && read.is_part == written[i].is_part);
            assert_true(read.at_ms == written[i].at_ms && read.quantity == written[i].quantity &&
                        read.total_minor == written[i].total_minor);
        }
        assert_false(packed_next_movement(&reader, &read));
        assert_false(reader.damaged);
    }
    arena_free(&arena);
}

static void entries_are_read_as_written(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 500; round++) {
        char bytes[PACKED_ROW_MAX];
        struct packed_entry written = {.maker = PACKED_ACT, .act = id_new(), .at_ms = any_number(&random)},
                            read;
        struct text text = text_over(bytes, sizeof bytes);
        for (int i = 0; i < LEDGER_BALANCES; i++) {
            written.amounts[i] = unit_random_below(&random, 2) == 0 ? 0 : any_number(&random);
        }
        snprintf(written.reason, sizeof written.reason, "%s", any_reason(&random));
        packed_add_entry(&text, &written);
        assert_false(text.overflowed);
        struct packed_reader reader = packed_reader(bytes, text.length);
        assert_true(packed_next_entry(&reader, &read));
        assert_memory_equal(read.amounts, written.amounts, sizeof read.amounts);
        assert_string_equal(read.reason, written.reason);
    }
}

static void a_movement_of_a_sale_takes_thirty_bytes(void **state)
{
    (void)state;
    char bytes[PACKED_ROW_MAX];
    struct text text = text_over(bytes, sizeof bytes);
    const struct packed_movement movement = {.maker = PACKED_RECORD,
                                             .act = id_new(),
                                             .reason = "sale",
                                             .at_ms = 1795340000000,
                                             .quantity = -20000,
                                             .total_minor = 500};
    packed_add_movement(&text, &movement);
    assert_true(text.length <= 30);
}

static void damaged_rows_are_refused(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 5000; round++) {
        unsigned char bytes[64];
        const size_t length = unit_random_below(&random, sizeof bytes);
        for (size_t i = 0; i < length; i++) {
            bytes[i] = (unsigned char)unit_random_below(&random, i == 0 ? 3 : 256);
        }
        struct packed_reader reader = packed_reader(bytes, length);
        struct packed_movement movement;
        struct packed_entry entry;
        struct packed_moved moved;
        struct packed_balances balances;
        while (packed_next_movement(&reader, &movement)) {
        }
        reader = packed_reader(bytes, length);
        while (packed_next_entry(&reader, &entry)) {
        }
        reader = packed_reader(bytes, length);
        while (packed_next_moved(&reader, &moved)) {
        }
        reader = packed_reader(bytes, length);
        while (packed_next_balances(&reader, &balances)) {
        }
    }
}

static void texts_are_read_as_written(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const char *const texts[] = {"", "a", "{}",
                                 "{\"lines\":[{\"name\":\"Tea\"},{\"name\":\"Tea\"},{\"name\":\"Tea\"},"
                                 "{\"name\":\"Tea\"},{\"name\":\"Tea\"},{\"name\":\"Tea\"}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const void *bytes;
        const char *read;
        size_t length, read_length;
        packed_text(&arena, texts[i], strlen(texts[i]), &bytes, &length);
        assert_true(length <= strlen(texts[i]) + 1);
        assert_true(packed_text_read(&arena, bytes, length, &read, &read_length));
        assert_int_equal(read_length, strlen(texts[i]));
        assert_string_equal(read, texts[i]);
    }
    const char *read;
    size_t length;
    assert_false(packed_text_read(&arena, "", 0, &read, &length));
    assert_false(packed_text_read(&arena, "\x01\x05zzz", 5, &read, &length));
    assert_false(packed_text_read(&arena, "\x01\xff\xff\xff\xff\x7f", 6, &read, &length)); /* a bomb */
    arena_free(&arena);
}

static void keys_sort_as_what_they_are_of(void **state)
{
    (void)state;
    const struct id id = id_new();
    const struct layout_key ninth = layout_journal(3, 9), tenth = layout_journal(3, 10);
    assert_string_equal(ninth.pk, tenth.pk);
    assert_true(strcmp(ninth.sk, tenth.sk) < 0);
    const struct layout_key term = layout_term(LEDGER_CUSTOMER, "\xc3\xa4pfel", &id, "0123456789abcdef");
    assert_string_equal(term.pk, "W#0#\xc3\xa4"); /* a letter, not a byte */
    assert_int_equal(term.table, LAYOUT_CUSTOMERS);
    char earlier[LAYOUT_ORDER_SIZE], later[LAYOUT_ORDER_SIZE];
    layout_order(999, &id, earlier);
    layout_order(1000, &id, later);
    assert_true(strcmp(earlier, later) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(movements_are_read_as_written),
        cmocka_unit_test(entries_are_read_as_written),
        cmocka_unit_test(a_movement_of_a_sale_takes_thirty_bytes),
        cmocka_unit_test(damaged_rows_are_refused),
        cmocka_unit_test(texts_are_read_as_written),
        cmocka_unit_test(keys_sort_as_what_they_are_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
