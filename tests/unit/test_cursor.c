/* Cursors: what a list writes it reads again, through the text that a client is given. */
#include "unit.h"

#include "app/cursor.h"

struct desk {
    struct arena arena;
    struct detail detail;
};

static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    arena_init(&desk->arena);
    detail_init(&desk->detail, &desk->arena);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    arena_free(&desk->arena);
    free(desk);
    return 0;
}

static void what_was_added_is_read_again(void **state)
{
    struct desk *desk = *state;
    struct cursor cursor = cursor_of(INT64_MIN), read;
    cursor_add_int(&cursor, 42);
    cursor_add(&cursor, "\0tea", 4);
    const char *text = cursor_write(&desk->arena, 'x', &cursor);
    assert_string_equal(text, "x8000000000000000000000000000002a00746561");
    assert_int_equal(cursor_read(text, 'x', &desk->detail, &read), STATUS_OK);
    assert_int_equal(cursor_int(&read, 0), INT64_MIN);
    assert_int_equal(cursor_int(&read, 8), 42);
    assert_memory_equal(cursor_take(&read, 16, 4), "\0tea", 4);
}

static void what_a_cursor_has_not_is_nothing(void **state)
{
    (void)state;
    const struct cursor cursor = cursor_of(7);
    assert_true(cursor_is_start(&cursor_start));
    assert_false(cursor_is_start(&cursor));
    assert_int_equal(cursor_int(&cursor, 1), 0);
    assert_int_equal(cursor_int(&cursor_start, 0), 0);
    assert_null(cursor_take(&cursor, 9, 0));
    assert_null(cursor_take(&cursor, 4, 5));
}

static void only_cursors_of_this_list_are_read(void **state)
{
    struct desk *desk = *state;
    struct cursor read;
    const size_t longest = 1 + 2 * CURSOR_MAX;
    char *text = arena_zeroed(&desk->arena, longest + 3, 1);
    memset(text, 'a', longest + 2);
    text[0] = 'x';
    assert_int_equal(cursor_read(text, 'x', &desk->detail, &read), STATUS_VALIDATION_FAILED);
    text[longest] = '\0';
    assert_int_equal(cursor_read(text, 'x', &desk->detail, &read), STATUS_OK);
    assert_int_equal(read.length, CURSOR_MAX);
    assert_int_equal(cursor_read(NULL, 'x', &desk->detail, &read), STATUS_OK);
    assert_true(cursor_is_start(&read));
    static const char *const bad[] = {"", "x", "xa", "xag", "xaaa", "yaa", "xAA", "x aa", "xa\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(cursor_read(bad[i], 'x', &desk->detail, &read), STATUS_VALIDATION_FAILED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_added_is_read_again, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(what_a_cursor_has_not_is_nothing, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(only_cursors_of_this_list_are_read, open_desk, close_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
