/*
 * Receipts: whatever the names, a line has at most its columns (but one character that is wider, and an
 * amount), no control character reaches the printer, no command of theirs the receipt printer, and no mark-up
 * the page.
 *
 * The first byte chooses the columns, the second what the bytes after it are used for.
 */
#include "core/receipt/columns.h"
#include "core/receipt/receipt.h"

#include "../unit/paper.h"
#include "fuzz.h"

#include <string.h>

static char buffer[1 << 20];

static void check_text(const struct receipt *receipt, unsigned columns)
{
    struct text text = text_over(buffer, sizeof buffer);
    receipt_text(&text, receipt, columns);
    const char *string = text_string(&text);
    FUZZ_CHECK(!text.overflowed);
    for (size_t at = 0; at < text.length;) {
        const size_t length = strcspn(string + at, "\n");
        FUZZ_CHECK(columns_count(string + at, length) <= columns);
        for (size_t i = at; i < at + length; i++) {
            FUZZ_CHECK((unsigned char)string[i] >= ' ' && string[i] != 0x7f);
        }
        at += length + 1;
    }
}

static void check_html(const struct receipt *receipt)
{
    struct text text = text_over(buffer, sizeof buffer);
    receipt_html(&text, receipt);
    FUZZ_CHECK(!text.overflowed);
    /* Every tag is one of ours: as many are opened as for a receipt without words. */
    size_t tags = 0;
    for (size_t i = 0; i < text.length; i++) {
        tags += text.data[i] == '<';
    }
    FUZZ_CHECK(tags < 200);
}

static void check_escpos(const struct receipt *receipt, unsigned columns)
{
    static struct paper paper;
    struct text text = text_over(buffer, sizeof buffer);
    receipt_escpos(&text, receipt, &(struct receipt_escpos_options){.columns = columns});
    FUZZ_CHECK(!text.overflowed);
    paper_print(&paper, text.data, text.length);
    FUZZ_CHECK(paper.fault == NULL);
    FUZZ_CHECK(paper.drawers == 0 && paper.images == 0 && paper.cuts == 1 && paper.cut_is_last);
    FUZZ_CHECK(paper.widest <= columns);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char words[1024];
    if (size < 2 || size - 2 >= sizeof words) {
        return 0;
    }
    memcpy(words, bytes + 2, size - 2);
    words[size - 2] = '\0';
    const unsigned columns = RECEIPT_COLUMNS_MIN + bytes[0] % (RECEIPT_COLUMNS_MAX - RECEIPT_COLUMNS_MIN + 1);
    const uint8_t use = bytes[1];
    const struct receipt_tax taxes[] = {{use & 1 ? words : "VAT", "20", true, 208, 42},
                                        {"City", "5", false, 208, 10}};
    const struct receipt_discount discount = {
        .name = use & 1 ? words : NULL, .percent = "10", .reason = words, .amount = 1, .is_basket = use & 2};
    const struct receipt_line line = {
        .name = use & 2 ? words : "Tea",
        .quantity = use & 4 ? "0.125" : "1",
        .weighed = use & 4,
        .unit_price = 250,
        .gross = use & 64 ? 9000000000000 : 250,
        .discount = use & 8 ? 1 : 0,
        .discounts = &discount,
        .discount_count = use & 8 ? 1 : 0,
        .list_price = use & 4 ? 300 : 0,
        .price_reason = words,
        .note = use & 64 ? words : NULL,
        .taxes = taxes,
        .tax_count = use & 16 ? 2 : 1,
    };
    const struct receipt_tender tender = {
        .type = TENDER_CARD, .name = words, .last_four = words, .amount = 1000, .tip = 5};
    const struct receipt receipt = {
        .kind = (enum receipt_kind)(bytes[0] % 3),
        .copy = use & 32,
        .gift = use == 255,
        .store_name = use & 32 ? words : "Shop",
        .address = words,
        .receipt_number = use & 16 ? words : "K1-000001",
        .qr = words,
        .reason = words,
        .cashier = use & 128 ? words : "Ada",
        .currency = "EUR",
        .decimals = 2,
        .lines = &line,
        .line_count = 1,
        .total = 250,
        .tenders = &tender,
        .tender_count = 1,
        .footer = words,
    };
    check_text(&receipt, columns);
    check_html(&receipt);
    check_escpos(&receipt, columns);
    return 0;
}
