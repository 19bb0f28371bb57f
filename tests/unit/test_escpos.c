/* ESC/POS: what stands on the paper when a printer gets these bytes. */
#include "core/receipt/columns.h"
#include "core/receipt/escpos.h"
#include "core/receipt/receipt.h"

#include "paper.h"
#include "unit.h"

static char buffer[1 << 20];
static struct paper paper;

static const struct receipt_tax standard = {"MwSt 20 %", "20", true, 708, 142};
static const struct receipt_line teapot = {
    .name = "Teekanne", .quantity = "1", .unit_price = 850, .gross = 850, .taxes = &standard, .tax_count = 1};
static const struct receipt_tender cash = {.type = TENDER_CASH, .amount = 1000};

static struct receipt shop(void)
{
    return (struct receipt){
        .store_name = "Teehaus",
        .receipt_number = "K1-000042",
        .currency = "EUR",
        .decimals = 2,
        .lines = &teapot,
        .line_count = 1,
        .subtotal = 850,
        .tax_total = 142,
        .tax_included = 142,
        .total = 850,
        .tenders = &cash,
        .tender_count = 1,
        .change = 150,
        .footer = "Danke",
        .labels = &receipt_labels_german,
    };
}

static const char *print(const struct receipt *receipt, const struct receipt_escpos_options *options)
{
    struct text text = text_over(buffer, sizeof buffer);
    receipt_escpos(&text, receipt, options);
    assert_false(text.overflowed);
    paper_print(&paper, text.data, text.length);
    assert_null(paper.fault);
    assert_int_equal(paper.cuts, 1);
    assert_true(paper.cut_is_last);
    return paper.text;
}

static const char *print_columns(const struct receipt *receipt, unsigned columns)
{
    return print(receipt, &(struct receipt_escpos_options){.columns = columns});
}

static const char *print_words(const char *words)
{
    struct text text = text_over(buffer, sizeof buffer);
    struct escpos printer = escpos_begin(&text);
    escpos_text(&printer, words, strlen(words));
    escpos_end_line(&printer);
    paper_print(&paper, text.data, text.length);
    assert_null(paper.fault);
    assert_int_equal(paper.widest, columns_count(words, strlen(words)));
    paper.text[paper.length - 1] = '\0'; /* the end of the line */
    return paper.text;
}

static void escpos_prints_a_receipt(void **state)
{
    (void)state;
    const struct receipt receipt = shop();
    assert_string_equal(print_columns(&receipt, 42), "#       Teehaus\n"
                                                     "------------------------------------------\n"
                                                     "Beleg                            K1-000042\n"
                                                     "------------------------------------------\n"
                                                     "Teekanne                              8,50\n"
                                                     "------------------------------------------\n"
                                                     "#SUMME EUR        8,50\n"
                                                     "------------------------------------------\n"
                                                     "Bar                                  10,00\n"
                                                     "Rückgeld                              1,50\n"
                                                     "------------------------------------------\n"
                                                     "Steuer             Netto   Steuer   Brutto\n"
                                                     "MwSt 20 %           7,08     1,42     8,50\n"
                                                     "------------------------------------------\n"
                                                     "                  Danke\n"
                                                     "\n");
    assert_string_equal(paper.barcode, "K1-000042");
    assert_string_equal(paper.qr, "");
    assert_int_equal(paper.drawers, 0);
}

/* The bytes themselves, once, by hand from the reference. */
static void escpos_sends_the_bytes_of_the_reference(void **state)
{
    (void)state;
    struct text text = text_over(buffer, sizeof buffer);
    struct escpos printer = escpos_begin(&text);
    escpos_open_drawer(&printer);
    escpos_style(&printer, RECEIPT_STYLE_LARGE);
    escpos_text(&printer, "Ü €", strlen("Ü €"));
    escpos_end_line(&printer);
    escpos_style(&printer, RECEIPT_STYLE_PLAIN);
    escpos_cut(&printer);
    static const char expected[] =
        "\x1b@\x1bR\0\x1bt\0\x1bp\0\x19\xfa\x1b\x45\x01\x1d!\x11\x9a \x1bt\x13\xd5\n"
        "\x1b\x45\0\x1d!\0\x1dVB";
    assert_int_equal(text.length, sizeof expected);
    assert_memory_equal(text.data, expected, sizeof expected); /* the last byte is the NUL of GS V B 0 */
}

static void escpos_chooses_code_pages(void **state)
{
    (void)state;
    assert_string_equal(print_words("Käse Crème brûlée ñ ß £"), "Käse Crème brûlée ñ ß £");
    assert_int_equal(paper.switches, 1); /* PC437 has them all */
    assert_string_equal(print_words("2 × 3,50 €"), "2 × 3,50 €");
    assert_string_equal(print_words("Příliš žluťoučký kůň, Łódź, gyűrű"),
                        "Příliš žluťoučký kůň, Łódź, gyűrű");
    assert_string_equal(print_words("Чай чёрный"), "Чай чёрный");
    assert_string_equal(print_words("Ελληνικός καφές"), "Ελληνικός καφές");
    assert_string_equal(print_words("Şeftali, ağaç, ışık"), "Şeftali, ağaç, ışık");
    assert_string_equal(print_words("Rīga Ķekava ąžuolas"), "Rīga Ķekava ąžuolas");
    assert_string_equal(print_words("„Œuvre“ – 5 ‰…"), "„Œuvre“ – 5 ‰…");
}

static void escpos_replaces_what_no_page_has(void **state)
{
    (void)state;
    assert_string_equal(print_words("Việt Nam"), "Viet Nam");
    assert_string_equal(print_words("Ĉapo ŝtelo"), "Capo stelo");
    assert_string_equal(print_words("Chișinău"), "Chisinău");
    assert_string_equal(print_words("STRAẞE"), "STRAßE");
    assert_string_equal(print_words("抹茶"), "????");
    assert_string_equal(print_words("ＯＫ"), "O K ");
    assert_string_equal(print_words("Latte ☕!"), "Latte   !");
    assert_string_equal(print_words("a\u200bb\u00adc"), "abc");
    assert_string_equal(print_words("Cafe\u0301 Nin\u0303o"), "Café Niño");
    assert_string_equal(print_words("x\u0301"), "x");
    assert_string_equal(print_words("\xff\xfe"), "??");
}

static void escpos_text_commands_nothing(void **state)
{
    (void)state;
    const char attack[] = "Tea\x1b@\x1dV\x41\x10\x04\x01\x1bp\x01\x01\x01\tpot\x7f\r\n\x0c";
    struct receipt_line line = teapot;
    line.name = line.note = attack;
    struct receipt receipt = shop();
    receipt.lines = &line;
    receipt.store_name = receipt.header = receipt.footer = receipt.cashier = attack;
    receipt.qr = attack;
    print_columns(&receipt, 32);
    assert_int_equal(paper.drawers, 0);
    assert_string_equal(paper.qr, attack); /* data of a command with its length: it prints as dots */
    receipt.receipt_number = attack;
    print_columns(&receipt, 32);
    assert_string_equal(paper.barcode, "");
}

static void escpos_opens_the_drawer_when_told(void **state)
{
    (void)state;
    const struct receipt receipt = shop();
    print(&receipt, &(struct receipt_escpos_options){.columns = 42, .opens_drawer = true});
    assert_int_equal(paper.drawers, 1);
}

static void escpos_draws_codes_that_fit(void **state)
{
    (void)state;
    struct receipt receipt = shop();
    receipt.qr = "K1-000042 01a1f7f8-3000-787f-936a-cfde797890ca";
    print_columns(&receipt, 32);
    assert_string_equal(paper.barcode, "K1-000042");
    assert_string_equal(paper.qr, receipt.qr);
    receipt.receipt_number = "MÜNCHEN-000042";
    print_columns(&receipt, 48);
    assert_string_equal(paper.barcode, "");
    receipt.receipt_number = "A{B}-12345";
    print_columns(&receipt, 48);
    assert_string_equal(paper.barcode, "A{B}-12345");
    receipt.receipt_number = "A number that is too long for the paper";
    print_columns(&receipt, 48);
    assert_string_equal(paper.barcode, "");
}

static void escpos_prints_a_logo_that_fits(void **state)
{
    (void)state;
    static const uint8_t file[] = "P4 # made by hand\n10 2\n\xff\xc0\x80\x40";
    struct receipt_bitmap logo;
    assert_true(receipt_bitmap_read(file, sizeof file - 1, &logo));
    assert_int_equal(logo.width, 10);
    assert_int_equal(logo.height, 2);
    assert_int_equal(logo.bits[1], 0xc0);
    const struct receipt receipt = shop();
    print(&receipt, &(struct receipt_escpos_options){.columns = 32, .logo = logo});
    assert_int_equal(paper.images, 1);
    static const uint8_t dots[400 / 8];
    logo = (struct receipt_bitmap){.bits = dots, .width = 400, .height = 1};
    print(&receipt, &(struct receipt_escpos_options){.columns = 32, .logo = logo});
    assert_int_equal(paper.images, 0); /* 58 mm paper has 384 dots */
    print(&receipt, &(struct receipt_escpos_options){.columns = 48, .logo = logo});
    assert_int_equal(paper.images, 1);
}

static void escpos_refuses_files_that_are_no_bitmap(void **state)
{
    (void)state;
    static const char *const files[] = {"",          "P",          "P4",         "P4 8",       "P4 8 1",
                                        "P4 8 2\nx", "P1 8 1\nx",  "P4 0 1\nx",  "P4 8 0\nx",  "P4 -8 1\nx",
                                        "P4 8 1",    "P4 99999 1", "P48 1\nxxx", "P4 # 8 1\nx"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct receipt_bitmap logo;
        assert_false(receipt_bitmap_read((const uint8_t *)files[i], strlen(files[i]), &logo));
    }
}

static const char *random_words(struct unit_random *random, char *words)
{
    static const char *const pieces[] = {"Tea",  " ", "ä",       "€",      "ő",
                                         "茶",   "☕", "e\u0301", "\x1b@",  "\x1dV\x01",
                                         "\n",   "-", "Ж",       "\u00a0", "verylongwordwithoutanyblank",
                                         "\xff", "A"};
    *words = '\0';
    for (uint64_t count = unit_random_below(random, 24); count > 0; count--) {
        strcat(words, pieces[unit_random_below(random, sizeof pieces / sizeof *pieces)]);
    }
    return words;
}

/* Whatever is sold: nothing is wider than the paper, and the paper says what the text says. */
static void escpos_paper_holds_any_receipt(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    static const unsigned widths[] = {32, 42, 48};
    char words[6][1024];
    for (int round = 0; round < 5000; round++) {
        for (size_t i = 0; i < 6; i++) {
            random_words(&random, words[i]);
        }
        const int64_t price = unit_random_amount(&random, 9000000000000);
        const struct receipt_tax taxes[] = {{words[0], "20", true, price, price / 6}, standard};
        const struct receipt_discount discount = {.name = words[1], .reason = words[2], .amount = price / 2};
        const struct receipt_line line = {.name = words[3],
                                          .quantity = round % 3 == 0 ? "0.125" : "1",
                                          .weighed = round % 3 == 0,
                                          .unit_price = price,
                                          .gross = price,
                                          .discount = price / 2,
                                          .list_price = price,
                                          .price_reason = words[4],
                                          .discounts = &discount,
                                          .discount_count = 1,
                                          .taxes = taxes,
                                          .tax_count = 2,
                                          .note = words[5]};
        const struct receipt_tender tenders[] = {
            {.type = TENDER_CARD, .name = words[1], .last_four = "4242", .amount = price, .tip = price},
            {.type = TENDER_OTHER, .name = words[2], .amount = price}};
        struct receipt receipt = shop();
        receipt.kind = (enum receipt_kind)(round % 3);
        receipt.copy = round % 5 == 0;
        receipt.gift = round % 7 == 0;
        receipt.store_name = words[0];
        receipt.reason = receipt.footer = words[1];
        receipt.lines = &line;
        receipt.tenders = tenders;
        receipt.tender_count = 2;
        receipt.total = price;
        const unsigned columns = widths[unit_random_below(&random, 3)];
        print_columns(&receipt, columns);
        assert_in_range(paper.widest, 1, columns);
        char amount[32];
        struct text text = text_over(amount, sizeof amount);
        text_add_int(&text, price / 100);
        assert_true(receipt.gift || strstr(paper.text, text_string(&text)) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escpos_prints_a_receipt),
        cmocka_unit_test(escpos_sends_the_bytes_of_the_reference),
        cmocka_unit_test(escpos_chooses_code_pages),
        cmocka_unit_test(escpos_replaces_what_no_page_has),
        cmocka_unit_test(escpos_text_commands_nothing),
        cmocka_unit_test(escpos_opens_the_drawer_when_told),
        cmocka_unit_test(escpos_draws_codes_that_fit),
        cmocka_unit_test(escpos_prints_a_logo_that_fits),
        cmocka_unit_test(escpos_refuses_files_that_are_no_bitmap),
        cmocka_unit_test(escpos_paper_holds_any_receipt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
