/* Columns: how wide text is, and where it wraps. */
#include "core/receipt/columns.h"

#include "unit.h"

static size_t count(const char *text)
{
    return columns_count(text, strlen(text));
}

static void columns_of_characters(void **state)
{
    (void)state;
    assert_int_equal(count(""), 0);
    assert_int_equal(count("Tea"), 3);
    assert_int_equal(count("Käse"), 4);
    assert_int_equal(count("Ka\u0308se"), 4);
    assert_int_equal(count("×€–"), 3);
    assert_int_equal(count("抹茶"), 4);
    assert_int_equal(count("한국어"), 6);
    assert_int_equal(count("ｶﾀｶﾅ"), 4); /* half width */
    assert_int_equal(count("ＦＵＬＬ"), 8);
    assert_int_equal(count("☕🍰"), 4);
    assert_int_equal(count("ไทย"), 3);
    assert_int_equal(count("น้ำ"), 2);
    assert_int_equal(count("שָׁלוֹם"), 4);
    assert_int_equal(count("a\u200bb"), 2);
}

static void columns_of_broken_utf_8_are_its_bytes(void **state)
{
    (void)state;
    assert_int_equal(count("\xff\xfe"), 2);
    assert_int_equal(count("\xe6\x8a"), 2);
    assert_int_equal(count("\xc3"), 1);
    assert_int_equal(count("\xf0\x9f\x8d"), 3);
    assert_int_equal(count("\x80\xbf"), 2);
}

static void wraps(const char *text, size_t width, const char *const *lines)
{
    size_t left = strlen(text);
    for (; *lines != NULL; lines++) {
        const struct columns_line line = columns_wrap(text, left, width);
        assert_int_equal(line.length, strlen(*lines));
        assert_memory_equal(text, *lines, line.length);
        assert_int_equal(line.columns, count(*lines));
        text += line.next;
        left -= line.next;
    }
    assert_int_equal(left, 0);
}

static void columns_wrap_at_blanks(void **state)
{
    (void)state;
    wraps("one two three", 7, (const char *[]){"one two", "three", NULL});
    wraps("one two three", 8, (const char *[]){"one two", "three", NULL});
    wraps("one two three", 100, (const char *[]){"one two three", NULL});
    wraps("one   two", 5, (const char *[]){"one", "two", NULL});
    wraps("one two   ", 7, (const char *[]){"one two", NULL});
    wraps("a\nb\n\nc", 7, (const char *[]){"a", "b", "", "c", NULL});
    wraps("one\u00a0two three", 7, (const char *[]){"one\u00a0two", "three", NULL});
}

static void columns_wrap_cuts_words_that_fit_no_line(void **state)
{
    (void)state;
    wraps("abcdefgh", 3, (const char *[]){"abc", "def", "gh", NULL});
    wraps("抹茶ラテ", 5, (const char *[]){"抹茶", "ラテ", NULL});
    wraps("aaae\u0301e\u0301", 4, (const char *[]){"aaae\u0301", "e\u0301", NULL});
    wraps("抹茶", 1, (const char *[]){"抹", "茶", NULL}); /* never less than a character */
}

/* Every byte but the blanks between lines is in some line, and no line is too wide. */
static void columns_wrap_loses_nothing(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    static const char *const pieces[] = {"a", " ", "  ", "ä", "山", "\u0301", "\n", "word", "\xff"};
    for (int round = 0; round < 20000; round++) {
        char text[256] = "";
        const size_t length = unit_random_below(&random, 40);
        for (size_t i = 0; i < length; i++) {
            strcat(text, pieces[unit_random_below(&random, sizeof pieces / sizeof pieces[0])]);
        }
        const size_t width = 2 + unit_random_below(&random, 20);
        size_t left = strlen(text), blank = 0, kept = 0;
        for (const char *at = text; left > 0;) {
            const struct columns_line line = columns_wrap(at, left, width);
            assert_in_range(line.next, 1, left);
            assert_in_range(line.length, 0, line.next);
            assert_in_range(line.columns, 0, width);
            for (size_t i = line.length; i < line.next; i++) {
                assert_true(at[i] == ' ' || at[i] == '\n');
                blank++;
            }
            kept += line.length;
            at += line.next;
            left -= line.next;
        }
        assert_int_equal(kept + blank, strlen(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_characters),
        cmocka_unit_test(columns_of_broken_utf_8_are_its_bytes),
        cmocka_unit_test(columns_wrap_at_blanks),
        cmocka_unit_test(columns_wrap_cuts_words_that_fit_no_line),
        cmocka_unit_test(columns_wrap_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
