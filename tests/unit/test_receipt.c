/* Receipts: what stands on them, in columns and on a page. */
#include "core/money.h"
#include "core/receipt/columns.h"
#include "core/receipt/receipt.h"

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
static const struct receipt_tender cash[] = {{.type = TENDER_CASH, .amount = 2000}};

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

/* Everything that a sale can have, in German. */
static struct receipt whole_shop(void)
{
    static const struct receipt_tax drink[] = {{"MwSt 20 %", "20", true, 406, 81},
                                               {"Pfand", NULL, true, 0, 75}};
    static const struct receipt_discount damaged[] = {
        {.percent = "10", .reason = "Beschädigt", .amount = 85},
        {.name = "Treuerabatt 5 %", .amount = 38, .is_basket = true},
    };
    static const struct receipt_discount three[] = {
        {.name = "3 für 2", .amount = 250},
        {.name = "Treuerabatt 5 %", .amount = 13, .is_basket = true},
    };
    static const struct receipt_line lines[] = {
        {.name = "Teekanne aus Gusseisen",
         .quantity = "1",
         .unit_price = 850,
         .gross = 850,
         .discount = 123,
         .list_price = 990,
         .price_reason = "Ausstellungsstück",
         .discounts = damaged,
         .discount_count = 2,
         .taxes = &standard,
         .tax_count = 1},
        {.name = "Bergkäse",
         .quantity = "0.125",
         .weighed = true,
         .tare = "0.02",
         .unit_price = 2390,
         .gross = 299,
         .taxes = &reduced,
         .tax_count = 1},
        {.name = "Apfelschorle 0,5 l",
         .quantity = "3",
         .unit_price = 250,
         .gross = 750,
         .discount = 263,
         .discounts = three,
         .discount_count = 2,
         .taxes = drink,
         .tax_count = 2,
         .note = "gekühlt"},
        {.name = "Zeitung",
         .quantity = "1",
         .unit_price = 220,
         .gross = 220,
         .exemption_reason = "Diplomatin"},
    };
    static const struct receipt_tender tenders[] = {
        {.type = TENDER_CARD, .name = "VISA", .last_four = "4242", .amount = 1000, .tip = 150},
        {.type = TENDER_GIFT_CARD, .amount = 433},
        {.type = TENDER_OTHER, .name = "Essensgutschein", .amount = 200},
        {.type = TENDER_CASH, .amount = 200},
    };
    struct receipt receipt = shop();
    receipt.labels = receipt_labels_of("de-AT");
    receipt.offline_number = "K1-000040";
    receipt.lines = lines;
    receipt.line_count = 4;
    receipt.subtotal = 2119;
    receipt.discount_total = 386;
    receipt.rounding = -3;
    receipt.total = 1730;
    receipt.tenders = tenders;
    receipt.tender_count = 4;
    receipt.change = 103;
    receipt.points_earned = 17;
    receipt.points_used = 5;
    return receipt;
}

static void receipt_has_all_that_a_sale_can_have(void **state)
{
    (void)state;
    const struct receipt receipt = whole_shop();
    assert_string_equal(text_of(&receipt, RECEIPT_COLUMNS), "               Corner Shop\n"
                                                            "             12 Market Street\n"
                                                            "               10115 Berlin\n"
                                                            "          Steuer-Nr. DE123456789\n"
                                                            "              Open every day\n"
                                                            "------------------------------------------\n"
                                                            "Beleg                            K1-000042\n"
                                                            "Offline-Nummer                   K1-000040\n"
                                                            "Datum                     2026-11-22 15:05\n"
                                                            "Kasse                                   K1\n"
                                                            "Bedienung                              Ada\n"
                                                            "------------------------------------------\n"
                                                            "Teekanne aus Gusseisen             8,50 A\n"
                                                            "  Regulärer Preis 9,90\n"
                                                            "  (Ausstellungsstück)\n"
                                                            "  Rabatt 10 % (Beschädigt)        -0,85\n"
                                                            "Bergkäse\n"
                                                            "  0,125 kg × 23,90                 2,99 B\n"
                                                            "  Tara 0,02 kg\n"
                                                            "Apfelschorle 0,5 l\n"
                                                            "  3 × 2,50                         7,50 AC\n"
                                                            "  3 für 2                         -2,50\n"
                                                            "  gekühlt\n"
                                                            "Zeitung                            2,20\n"
                                                            "  Steuerfrei: Diplomatin\n"
                                                            "------------------------------------------\n"
                                                            "Zwischensumme                     21,19\n"
                                                            "Rabatte                           -3,35\n"
                                                            "Treuerabatt 5 %                   -0,51\n"
                                                            "Rundung                           -0,03\n"
                                                            "SUMME EUR                         17,30\n"
                                                            "------------------------------------------\n"
                                                            "Karte VISA **** 4242              10,00\n"
                                                            "  Trinkgeld                        1,50\n"
                                                            "Gutschein                          4,33\n"
                                                            "Essensgutschein                    2,00\n"
                                                            "Bar                                2,00\n"
                                                            "Rückgeld                           1,03\n"
                                                            "------------------------------------------\n"
                                                            "  Steuer           Netto   Steuer   Brutto\n"
                                                            "A MwSt 20 %        11,14     2,23    13,37\n"
                                                            "B MwSt 10 %         2,72     0,27     2,99\n"
                                                            "C Pfand                      0,75\n"
                                                            "------------------------------------------\n"
                                                            "Punkte gesammelt                        17\n"
                                                            "Punkte eingelöst                         5\n"
                                                            "------------------------------------------\n"
                                                            "                Thank you\n");
    const char *html = html_of(&receipt);
    assert_non_null(strstr(html, "<html lang=\"de\">"));
    assert_non_null(strstr(html, "Karte VISA ****\u00a04242</th><td>10,00</td>"));
    assert_non_null(strstr(html, "<p>Punkte gesammelt: 17</p>"));
}

static void receipt_of_a_refund_says_so(void **state)
{
    (void)state;
    struct receipt receipt = shop();
    receipt.kind = RECEIPT_REFUND;
    receipt.copy = true;
    receipt.original_number = "K1-000017";
    receipt.exchange_number = "K1-000043";
    receipt.change = 0;
    receipt.reason = "Wrong size";
    receipt.exemption_reason = "Export";
    receipt.exemption_certificate = "CN-7";
    const char *text = text_of(&receipt, 32);
    assert_non_null(strstr(text, "             REFUND\n"
                                 "              COPY\n"
                                 "--------------------------------\n"
                                 "Receipt                K1-000042\n"
                                 "Original receipt       K1-000017\n"
                                 "Exchange with          K1-000043\n"));
    assert_non_null(strstr(text, "REFUNDED EUR             11.49\n"));
    assert_non_null(strstr(text, "       Reason: Wrong size\n"
                                 "   Tax exempt: Export (CN-7)\n"));
    assert_non_null(
        strstr(html_of(&receipt), "<p class=\"banner\">REFUND</p>\n<p class=\"banner\">COPY</p>"));
    receipt.kind = RECEIPT_VOID;
    assert_non_null(strstr(text_of(&receipt, 32), "              VOID\n"));
}

/* Nothing on it tells what the gift has cost. */
static void receipt_of_a_gift_has_no_prices(void **state)
{
    (void)state;
    struct receipt receipt = whole_shop();
    receipt.gift = true;
    const char *expected = "               Corner Shop\n"
                           "             12 Market Street\n"
                           "               10115 Berlin\n"
                           "          Steuer-Nr. DE123456789\n"
                           "              Open every day\n"
                           "              GESCHENKBELEG\n"
                           "------------------------------------------\n"
                           "Beleg                            K1-000042\n"
                           "Offline-Nummer                   K1-000040\n"
                           "Datum                     2026-11-22 15:05\n"
                           "Kasse                                   K1\n"
                           "Bedienung                              Ada\n"
                           "------------------------------------------\n"
                           "Teekanne aus Gusseisen\n"
                           "Bergkäse                          0,125 kg\n"
                           "Apfelschorle 0,5 l                     × 3\n"
                           "Zeitung\n"
                           "------------------------------------------\n"
                           "                Thank you\n";
    assert_string_equal(text_of(&receipt, RECEIPT_COLUMNS), expected);
    const char *html = html_of(&receipt);
    const char *secrets[] = {"8,50", "23,90", "17,30", "EUR", "MwSt", "Karte", "Rabatt", "3 für 2", "Punkte"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        assert_null(strstr(html, secrets[i]));
    }
}

/* Discounts of the basket beyond those that have a row are part of the sum: the receipt still adds up. */
static void receipt_sums_more_discounts_than_rows(void **state)
{
    (void)state;
    struct receipt_discount discounts[20];
    char names[20][16];
    for (unsigned i = 0; i < 20; i++) {
        snprintf(names[i], sizeof names[i], "Offer %u", i);
        discounts[i] = (struct receipt_discount){.name = names[i], .amount = 10, .is_basket = true};
    }
    struct receipt_line line = shop_lines[0];
    line.discount = 200;
    line.discounts = discounts;
    line.discount_count = 20;
    struct receipt receipt = shop();
    receipt.lines = &line;
    receipt.line_count = 1;
    receipt.discount_total = 200;
    const char *text = text_of(&receipt, RECEIPT_COLUMNS);
    assert_non_null(strstr(text, "Discounts                            -0.40\n"
                                 "Offer 0                              -0.10\n"));
    assert_null(strstr(text, "Offer 16"));
}

static void receipt_labels_are_chosen_by_language(void **state)
{
    (void)state;
    assert_ptr_equal(receipt_labels_of("de"), &receipt_labels_german);
    assert_ptr_equal(receipt_labels_of("DE-ch"), &receipt_labels_german);
    assert_ptr_equal(receipt_labels_of("en-GB"), &receipt_labels_english);
    assert_null(receipt_labels_of("den"));
    assert_null(receipt_labels_of(""));
    assert_null(receipt_labels_of(NULL));
}

/* A label that a translation forgot would end the process: all of them are words. */
static void receipt_labels_are_complete(void **state)
{
    (void)state;
    const struct receipt_labels *languages[] = {&receipt_labels_english, &receipt_labels_german};
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        const char *const *words = (const char *const *)&languages[i]->copy;
        const char *const *end = (const char *const *)(languages[i] + 1);
        for (; words < end; words++) {
            assert_non_null(*words);
            assert_int_not_equal(**words, '\0');
        }
    }
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
        cmocka_unit_test(receipt_has_all_that_a_sale_can_have),
        cmocka_unit_test(receipt_of_a_refund_says_so),
        cmocka_unit_test(receipt_of_a_gift_has_no_prices),
        cmocka_unit_test(receipt_sums_more_discounts_than_rows),
        cmocka_unit_test(receipt_labels_are_chosen_by_language),
        cmocka_unit_test(receipt_labels_are_complete),
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
