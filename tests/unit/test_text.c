/* Text: bytes in a buffer that ends, or in an arena that does not. */
#include "base/text.h"

#include "base/arena.h"
#include "unit.h"

static void text_keeps_what_is_added(void **state)
{
    (void)state;
    char buffer[64];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, "a");
    text_add(&text, "bcd", 2);
    text_add(&text, NULL, 0);
    text_add_char(&text, 'd');
    text_add_repeated(&text, '-', 3);
    text_add_repeated(&text, '-', 0);
    assert_string_equal(text_string(&text), "abcd---");
    assert_int_equal(text.length, 7);
    assert_false(text.overflowed);
}

static void text_writes_every_integer(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {-7, "-7"},
                 {10, "10"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buffer[32];
        struct text text = text_over(buffer, sizeof buffer);
        text_add_int(&text, cases[i].number);
        assert_string_equal(text_string(&text), cases[i].text);
    }
}

static void text_over_a_buffer_drops_whole_pieces_and_says_so(void **state)
{
    (void)state;
    char buffer[9] = "********";
    struct text text = text_over(buffer, 8);
    text_add_string(&text, "12345");
    text_add_string(&text, "678"); /* no room for the closing NUL */
    assert_true(text.overflowed);
    text_add_char(&text, '6'); /* what follows a gap would mislead */
    assert_string_equal(text_string(&text), "12345");
    assert_int_equal(buffer[8], '\0');
    struct text none = text_over(NULL, 0);
    text_add_char(&none, 'x');
    assert_true(none.overflowed);
    assert_string_equal(text_string(&none), "");
}

static void text_fits_up_to_the_closing_nul(void **state)
{
    (void)state;
    char buffer[4];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, "123");
    assert_false(text.overflowed);
    assert_string_equal(text_string(&text), "123");
}

static void text_in_an_arena_grows_without_end(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct text text = arena_text(&arena, 1);
    for (int i = 0; i < 100000; i++) {
        text_add_int(&text, i % 10);
    }
    assert_int_equal(text.length, 100000);
    const char *string = text_string(&text);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(string[i], '0' + i % 10);
    }
    assert_int_equal(string[100000], '\0');
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_keeps_what_is_added),
        cmocka_unit_test(text_writes_every_integer),
        cmocka_unit_test(text_over_a_buffer_drops_whole_pieces_and_says_so),
        cmocka_unit_test(text_fits_up_to_the_closing_nul),
        cmocka_unit_test(text_in_an_arena_grows_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
