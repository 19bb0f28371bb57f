/* Slips: rows of a report, in the columns of a printer. */
#include "core/receipt/slip.h"

#include "core/receipt/columns.h"
#include "unit.h"

static char buffer[4096];

static void pair_is(unsigned columns, const char *text, const char *value, const char *expected)
{
    struct text out = text_over(buffer, sizeof buffer);
    const struct slip slip = {.text = &out, .columns = columns};
    slip_pair(&slip, text, value);
    assert_string_equal(text_string(&out), expected);
}

static void a_pair_stands_at_both_edges(void **state)
{
    (void)state;
    pair_is(12, "Cash", "1.00", "Cash    1.00\n");
    pair_is(12, "Käse", "1.00", "Käse    1.00\n");
    pair_is(12, "Twelve", "12.00", "Twelve 12.00\n");
    pair_is(12, "", "1.00", "        1.00\n");
    pair_is(12, "Cash", "", "Cash        \n");
}

static void a_long_text_wraps_and_a_value_is_never_cut(void **state)
{
    (void)state;
    pair_is(12, "Tips in cash", "1.00", "Tips in\ncash    1.00\n");
    pair_is(12, "Text", "-123,456.78", "Text\n -123,456.78\n");
    pair_is(12, "Text", "123,456,789.00", "Text\n123,456,789.00\n");
}

static void a_title_stands_in_the_middle(void **state)
{
    (void)state;
    struct text out = text_over(buffer, sizeof buffer);
    const struct slip slip = {.text = &out, .columns = 10};
    slip_title(&slip, "Till");
    slip_title(&slip, "Corner Shop Vienna");
    slip_rule(&slip);
    assert_string_equal(text_string(&out), "   Till\n  Corner\n   Shop\n  Vienna\n----------\n");
}

/* Whatever the texts are: no line is wider than the paper, unless the value alone is. */
static void no_line_is_too_wide(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "a", "Verkäufe", "抹茶ラテ 大", "wordwithoutanyblankinit", "a b c d e f g h"};
    static const char *const values[] = {"", "0", "-1.00", "123456.78"};
    for (unsigned columns = 9; columns <= 48; columns++) {
        for (size_t i = 0; i < sizeof texts / sizeof *texts * 4; i++) {
            struct text out = text_over(buffer, sizeof buffer);
            const struct slip slip = {.text = &out, .columns = columns};
            slip_pair(&slip, texts[i / 4], values[i % 4]);
            slip_title(&slip, texts[i / 4]);
            for (const char *line = text_string(&out); *line != '\0'; line += strcspn(line, "\n") + 1) {
                assert_true(columns_count(line, strcspn(line, "\n")) <= columns);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_stands_at_both_edges),
        cmocka_unit_test(a_long_text_wraps_and_a_value_is_never_cut),
        cmocka_unit_test(a_title_stands_in_the_middle),
        cmocka_unit_test(no_line_is_too_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
