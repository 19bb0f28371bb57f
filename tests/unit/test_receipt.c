/* Receipts: what stands on them, in columns and on a page. */
#include "core/columns.h"
#include "core/money.h"
#include "core/receipt.h"

#include "unit.h"

#define BUFFER_SIZE (1 << 20)

static char buffer[BUFFER_SIZE];

static const struct receipt_tax standard = {"MwSt 20 %", "20", true, 708, 142};
static const struct receipt_tax reduced = {"MwSt", "10", true, 272, 27};

static const struct receipt_line shop_lines[] = {
    {.name = "Teapot", .quantity = "1", .unit_price = 850, .gross = 850, .taxes = &standard, .tax_count = 1},
    {.name = "Mountain cheese, twelve months in the cellar",
     .quantity = "0.125",
     .weighed = true,
     .unit_price = 2390,
     .gross = 299,
     .taxes = &reduced,
     .tax_count = 1},
};
static const struct receipt_tender cash[] = {{"cash", 2000}};

static struct receipt shop(void)
{
    return (struct receipt){
        .store_name = "Corner Shop",
        .header = "Open every day",
        .address = "12 Market Street\n10115 Berlin",
        .tax_number = "DE123456789",
        .receipt_number = "K1-000042",
        .local_time = "2026-11-22 15:05",
        .register_code = "K1",
        .cashier = "Ada",
        .currency = "EUR",
        .decimals = 2,
        .lines = shop_lines,
        .line_count = 2,
        .subtotal = 1149,
        .tax_total = 169,
        .tax_included = 169,
        .total = 1149,
        .tenders = cash,
        .tender_count = 1,
        .change = 851,
        .footer = "Thank you",
    };
}

static const char *text_of(const struct receipt *receipt, unsigned columns)
{
    struct text text = text_over(buffer, sizeof buffer);
    receipt_text(&text, receipt, columns);
    assert_false(text.overflowed);
    return text_string(&text);
}

static const char *html_of(const struct receipt *receipt)
{
    struct text text = text_over(buffer, sizeof buffer);
    receipt_html(&text, receipt);
    assert_false(text.overflowed);
    return text_string(&text);
}

static void receipt_fits_42_columns(void **state)
{
    (void)state;
    const struct receipt receipt = shop();
    assert_string_equal(text_of(&receipt, RECEIPT_COLUMNS), "               Corner Shop\n"
                                                            "             12 Market Street\n"
                                                            "               10115 Berlin\n"
                                                            "           Tax no. DE123456789\n"
                                                            "              Open every day\n"
                                                            "------------------------------------------\n"
                                                            "Receipt                          K1-000042\n"
                                                            "Date                      2026-11-22 15:05\n"
                                                            "Register                                K1\n"
                                                            "Cashier                                Ada\n"
                                                            "------------------------------------------\n"
                                                            "Teapot                              8.50 A\n"
                                                            "Mountain cheese, twelve months in the\n"
                                                            "cellar\n"
                                                            "  0.125 kg × 23.90                  2.99 B\n"
                                                            "------------------------------------------\n"
                                                            "TOTAL EUR                          11.49\n"
                                                            "------------------------------------------\n"
                                                            "Cash                               20.00\n"
                                                            "Change                              8.51\n"
                                                            "------------------------------------------\n"
                                                            "  Tax                Net      Tax    Gross\n"
                                                            "A MwSt 20 %         7.08     1.42     8.50\n"
                                                            "B MwSt 10 %         2.72     0.27     2.99\n"
                                                            "------------------------------------------\n"
                                                            "                Thank you\n");
}

static void receipt_explains_discounts_and_taxes_on_top(void **state)
{
    (void)state;
    const struct receipt_tax tax = {"Sales tax", "8.875", false, 17925, 1591};
    const struct receipt_line line = {
        .name = "Lamp",
        .quantity = "10",
        .unit_price = 2390,
        .gross = 23900,
        .discount = 5975,
        .taxes = &tax,
        .tax_count = 1,
    };
    struct receipt receipt = shop();
    receipt.lines = &line;
    receipt.line_count = 1;
    receipt.subtotal = 23900;
    receipt.discount_total = 5975;
    receipt.tax_total = 1591;
    receipt.tax_included = 0;
    receipt.rounding = -1;
    receipt.total = 19515;
    const char *text = text_of(&receipt, RECEIPT_COLUMNS);
    assert_non_null(strstr(text, "Lamp\n"
                                 "  10 × 23.90                        239.00\n"
                                 "  Discount                          -59.75\n"
                                 "------------------------------------------\n"
                                 "Subtotal                            239.00\n"
                                 "Discounts                           -59.75\n"
                                 "Tax                                  15.91\n"
                                 "Rounding                             -0.01\n"
                                 "TOTAL EUR                           195.15\n"));
    assert_non_null(strstr(text, "Tax                  Net      Tax    Gross\n"
                                 "Sales tax\n"
                                 "8.875 %           179.25    15.91   195.16\n"));
}

static void receipt_speaks_another_language(void **state)
{
    (void)state;
    struct receipt_labels german = receipt_labels_english;
    german.language = "de";
    german.total = "SUMME";
    german.cash = "Bar";
    german.change = "Rückgeld";
    german.decimal_mark = ',';
    struct receipt receipt = shop();
    receipt.labels = &german;
    const char *text = text_of(&receipt, RECEIPT_COLUMNS);
    assert_non_null(strstr(text, "  0,125 kg × 23,90                  2,99 B\n"));
    assert_non_null(strstr(text, "SUMME EUR                          11,49\n"));
    assert_non_null(strstr(text, "Rückgeld                            8,51\n"));
    assert_non_null(strstr(html_of(&receipt), "<html lang=\"de\">"));
}

static void receipt_leaves_out_what_a_shop_has_not_set(void **state)
{
    (void)state;
    struct receipt receipt = shop();
    receipt.header = receipt.address = receipt.tax_number = receipt.footer = NULL;
    receipt.cashier = receipt.register_code = "";
    receipt.line_count = 1;
    receipt.subtotal = receipt.total = 850;
    receipt.decimals = 0;
    receipt.currency = "JPY";
    receipt.change = 0;
    assert_string_equal(text_of(&receipt, 32), "          Corner Shop\n"
                                               "--------------------------------\n"
                                               "Receipt                K1-000042\n"
                                               "Date            2026-11-22 15:05\n"
                                               "--------------------------------\n"
                                               "Teapot                       850\n"
                                               "--------------------------------\n"
                                               "TOTAL JPY                    850\n"
                                               "--------------------------------\n"
                                               "Cash                        2000\n"
                                               "--------------------------------\n"
                                               "Tax            Net    Tax  Gross\n"
                                               "MwSt 20 %      708    142    850\n");
}

static void receipt_of_a_record_with_gaps_shows_what_there_is(void **state)
{
    (void)state;
    const struct receipt_tax tax = {.amount = 42};
    const struct receipt_line line = {.gross = 250, .taxes = &tax, .tax_count = 1};
    const struct receipt_tender tender = {.amount = 500};
    const struct receipt receipt = {
        .decimals = 2,
        .lines = &line,
        .line_count = 1,
        .total = 250,
        .tenders = &tender,
        .tender_count = 1,
    };
    const char *text = text_of(&receipt, RECEIPT_COLUMNS);
    assert_non_null(strstr(text, "2.50\n"));
    assert_non_null(strstr(text, "5.00\n"));
    assert_non_null(strstr(html_of(&receipt), "<td>2.50</td>"));
}

static void receipt_never_cuts_an_amount(void **state)
{
    (void)state;
    const struct receipt_tax tax = {"A tax with quite a long name", "20", true, MONEY_MAX, MONEY_MAX};
    const struct receipt_line line = {
        .name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        .quantity = "1000000000",
        .unit_price = MONEY_MAX,
        .gross = MONEY_MAX,
        .discount = MONEY_MAX,
        .taxes = &tax,
        .tax_count = 1,
    };
    struct receipt receipt = shop();
    receipt.lines = &line;
    receipt.line_count = 1;
    for (unsigned columns = RECEIPT_COLUMNS_MIN; columns <= RECEIPT_COLUMNS_MAX; columns++) {
        const char *text = text_of(&receipt, columns);
        unsigned amounts = 0;
        for (const char *at = text; (at = strstr(at, "90000000000.00")) != NULL; at++) {
            amounts++;
        }
        assert_int_equal(amounts, 5); /* unit price, gross, discount, net, tax */
        for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
            assert_in_range(columns_count(at, strcspn(at, "\n")), 0, columns);
        }
    }
}

static void receipt_wraps_a_value_that_is_a_long_name(void **state)
{
    (void)state;
    struct receipt receipt = shop();
    receipt.cashier = "Maria Anna Walburga Ignatia";
    assert_non_null(strstr(text_of(&receipt, 42), "Cashier        Maria Anna Walburga Ignatia\n"));
    receipt.cashier = "Maria Anna Walburga Ignatia Cordula Felicitas";
    assert_non_null(strstr(text_of(&receipt, 32), "Cashier\n"
                                                  "  Maria Anna Walburga Ignatia\n"
                                                  "  Cordula Felicitas\n"));
}

static void receipt_counts_wide_and_combining_characters(void **state)
{
    (void)state;
    const struct receipt_line lines[] = {
        {.name = "抹茶ラテ", .quantity = "1", .unit_price = 500, .gross = 500},
        {.name = "Cafe\u0301", .quantity = "1", .unit_price = 300, .gross = 300},
        {.name = "カフェ・オ・レ（大きいサイズ、ミルク多め）",
         .quantity = "1",
         .unit_price = 70000,
         .gross = 70000},
    };
    struct receipt receipt = shop();
    receipt.lines = lines;
    receipt.line_count = 3;
    const char *text = text_of(&receipt, RECEIPT_COLUMNS);
    assert_non_null(strstr(text, "抹茶ラテ                              5.00\n"));
    assert_non_null(strstr(text, "Cafe\u0301                                  3.00\n"));
    assert_non_null(strstr(
        text, "カフェ・オ・レ（大きいサイズ、ミルク多め）\n                                    700.00\n"));
}

static void receipt_text_holds_no_control_characters(void **state)
{
    (void)state;
    struct receipt_line line = shop_lines[0];
    line.name = "Tea\x1b@\x1dV\x41\tpot\x7f";
    struct receipt receipt = shop();
    receipt.lines = &line;
    receipt.line_count = 1;
    for (const char *at = text_of(&receipt, RECEIPT_COLUMNS); *at != '\0'; at++) {
        assert_true(((unsigned char)*at >= ' ' && *at != 0x7f) || *at == '\n');
    }
}

static void receipt_sums_more_taxes_than_letters(void **state)
{
    (void)state;
    struct receipt_tax taxes[40];
    char names[40][16];
    struct receipt_line lines[40];
    for (unsigned i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "T%u", i);
        taxes[i] = (struct receipt_tax){names[i], "1", false, 100, 1};
        lines[i] = (struct receipt_line){
            .name = "x", .quantity = "1", .gross = 100, .taxes = &taxes[i], .tax_count = 1};
    }
    struct receipt receipt = shop();
    receipt.lines = lines;
    receipt.line_count = 40;
    const char *text = text_of(&receipt, RECEIPT_COLUMNS);
    assert_non_null(strstr(text, "Z T25 1 %           1.00     0.01     1.01\n"));
    assert_non_null(strstr(text, "  Other taxes                0.14\n"));
}

static void receipt_page_escapes_what_people_wrote(void **state)
{
    (void)state;
    struct receipt_line line = shop_lines[0];
    line.name = "<script>alert('1' & \"2\")</script>";
    struct receipt receipt = shop();
    receipt.lines = &line;
    receipt.line_count = 1;
    receipt.footer = "</article>\nBye";
    const char *html = html_of(&receipt);
    assert_null(strstr(html, "<script"));
    assert_non_null(strstr(html, "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;"));
    assert_non_null(strstr(html, "<p>&lt;/article&gt;\nBye</p>"));
    assert_null(strstr(html, "http"));
}

static void receipt_page_has_the_amounts_of_the_text(void **state)
{
    (void)state;
    const struct receipt receipt = shop();
    const char *html = html_of(&receipt);
    assert_non_null(strstr(html, "<title>Receipt K1-000042</title>"));
    assert_non_null(strstr(html, "<h1>Corner Shop</h1>"));
    assert_non_null(strstr(html, "<div><dt>Cashier</dt><dd>Ada</dd></div>"));
    assert_non_null(strstr(html, "<tr class=\"item\"><th scope=\"row\">Teapot</th><td>8.50</td>"));
    assert_non_null(strstr(html, "<th scope=\"row\">0.125\u00a0kg\u00a0× 23.90</th><td>2.99</td>"));
    assert_non_null(strstr(html, "<th scope=\"row\">TOTAL EUR</th><td>11.49</td>"));
    assert_non_null(
        strstr(html, "<th scope=\"row\">A MwSt 20 %</th><td>7.08</td><td>1.42</td><td>8.50</td>"));
    assert_non_null(strstr(html, "</article>\n</main>\n</body>\n</html>\n"));
    if (getenv("MYPOS_TEST_RECEIPT") != NULL) {
        FILE *file = fopen(getenv("MYPOS_TEST_RECEIPT"), "w");
        assert_non_null(file);
        fputs(html, file);
        fclose(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receipt_fits_42_columns),
        cmocka_unit_test(receipt_explains_discounts_and_taxes_on_top),
        cmocka_unit_test(receipt_speaks_another_language),
        cmocka_unit_test(receipt_leaves_out_what_a_shop_has_not_set),
        cmocka_unit_test(receipt_of_a_record_with_gaps_shows_what_there_is),
        cmocka_unit_test(receipt_never_cuts_an_amount),
        cmocka_unit_test(receipt_wraps_a_value_that_is_a_long_name),
        cmocka_unit_test(receipt_counts_wide_and_combining_characters),
        cmocka_unit_test(receipt_text_holds_no_control_characters),
        cmocka_unit_test(receipt_sums_more_taxes_than_letters),
        cmocka_unit_test(receipt_page_escapes_what_people_wrote),
        cmocka_unit_test(receipt_page_has_the_amounts_of_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
