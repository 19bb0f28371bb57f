#include "core/receipt/receipt.h"

#include "core/money.h"
#include "core/receipt/receipt_sums.h"

#include <string.h>

/* An amount in any currency: 19 digits, point, sign, and room for a little more. */
#define AMOUNT_SIZE 32

/* A name and a reason may be long (200 characters of four bytes each), what stands beside them is short. */
#define CELL_SIZE 2048

#define NO_BREAK_SPACE "\u00a0"

struct layout {
    const struct receipt *receipt;
    const struct receipt_labels *labels;
    receipt_renderer renderer;
    void *context;
    struct receipt_sums sums; /* all zero of a gift receipt */
};

static bool is_given(const char *string)
{
    return string != NULL && *string != '\0';
}

/* What is missing reads as nothing: a receipt shows what there is. */
static const char *or_nothing(const char *string)
{
    return string != NULL ? string : "";
}

static bool contains(const char *string, char character)
{
    while (*string != '\0' && *string != character) {
        string++;
    }
    return *string != '\0';
}

static void put(const struct layout *layout, enum receipt_section section, enum receipt_row_kind kind,
                const char *first, const char *second, const char *third)
{
    const struct receipt_row row = {
        .section = section,
        .kind = kind,
        .letters = layout->sums.letters,
        .cells = {first, second, third, "", ""},
    };
    layout->renderer(layout->context, &row);
}

static void put_centred(const struct layout *layout, enum receipt_section section, const char *text)
{
    if (is_given(text)) {
        put(layout, section, RECEIPT_ROW_CENTRED, text, "", "");
    }
}

static void put_fact(const struct layout *layout, const char *label, const char *value)
{
    if (is_given(value)) {
        put(layout, RECEIPT_FACTS, RECEIPT_ROW_PAIR, label, value, "");
    }
}

/* Adds a number with the language's decimal mark. */
static void add_decimal(const struct layout *layout, struct text *text, const char *number)
{
    for (; *number != '\0'; number++) {
        text_add_char(text, *number == '.' ? layout->labels->decimal_mark : *number);
    }
}

static void add_amount(const struct layout *layout, struct text *text, int64_t minor)
{
    char buffer[AMOUNT_SIZE];
    struct text number = text_over(buffer, sizeof buffer);
    money_format(&number, minor, layout->receipt->decimals);
    add_decimal(layout, text, text_string(&number));
}

static const char *amount(const struct layout *layout, int64_t minor, char buffer[static AMOUNT_SIZE])
{
    struct text text = text_over(buffer, AMOUNT_SIZE);
    add_amount(layout, &text, minor);
    return text_string(&text);
}

static void put_amount(const struct layout *layout, enum receipt_section section, enum receipt_row_kind kind,
                       const char *label, int64_t minor)
{
    char buffer[AMOUNT_SIZE];
    put(layout, section, kind, label, amount(layout, minor, buffer), "");
}

/* "Reason: Damaged"; nothing without a reason. */
static void put_labelled(const struct layout *layout, enum receipt_section section,
                         enum receipt_row_kind kind, const char *label, const char *value)
{
    char buffer[CELL_SIZE];
    if (!is_given(value)) {
        return;
    }
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, label);
    text_add_string(&text, ": ");
    text_add_string(&text, value);
    put(layout, section, kind, text_string(&text), "", "");
}

/* Adds " (reason)". */
static void add_reason(struct text *text, const char *reason)
{
    if (is_given(reason)) {
        text_add_string(text, " (");
        text_add_string(text, reason);
        text_add_char(text, ')');
    }
}

static void put_banner(const struct layout *layout, const char *words)
{
    put(layout, RECEIPT_HEAD, RECEIPT_ROW_BANNER, words, "", "");
}

static void put_head(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    const struct receipt_labels *labels = layout->labels;
    if (is_given(receipt->store_name)) {
        put(layout, RECEIPT_HEAD, RECEIPT_ROW_TITLE, receipt->store_name, "", "");
    }
    put_centred(layout, RECEIPT_HEAD, receipt->address);
    if (is_given(receipt->tax_number)) {
        char buffer[CELL_SIZE];
        struct text text = text_over(buffer, sizeof buffer);
        text_add_string(&text, labels->tax_number);
        text_add_char(&text, ' ');
        text_add_string(&text, receipt->tax_number);
        put_centred(layout, RECEIPT_HEAD, text_string(&text));
    }
    put_centred(layout, RECEIPT_HEAD, receipt->header);
    if (receipt->kind != RECEIPT_SALE) {
        put_banner(layout, receipt->kind == RECEIPT_REFUND ? labels->refund : labels->voided);
    }
    if (receipt->gift) {
        put_banner(layout, labels->gift);
    }
    if (receipt->copy) {
        put_banner(layout, labels->copy);
    }
}

static void put_facts(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    const struct receipt_labels *labels = layout->labels;
    put_fact(layout, labels->receipt, receipt->receipt_number);
    put_fact(layout, labels->offline_number, receipt->offline_number);
    put_fact(layout, labels->original, receipt->original_number);
    put_fact(layout, labels->exchange, receipt->exchange_number);
    put_fact(layout, labels->date, receipt->local_time);
    put_fact(layout, labels->register_code, receipt->register_code);
    put_fact(layout, labels->cashier, receipt->cashier);
}

static void add_quantity(const struct layout *layout, struct text *text, const struct receipt_line *line)
{
    add_decimal(layout, text, or_nothing(line->quantity));
    if (line->weighed) {
        text_add_string(text, NO_BREAK_SPACE);
        text_add_string(text, layout->labels->weight_unit);
    }
}

/* "Discount 10 % (Damaged)", "Three for two". */
static void put_discount(const struct layout *layout, enum receipt_section section,
                         const struct receipt_discount *discount, int64_t sum)
{
    char buffer[CELL_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, is_given(discount->name) ? discount->name : layout->labels->discount);
    if (is_given(discount->percent) && !contains(or_nothing(discount->name), '%')) {
        text_add_char(&text, ' ');
        add_decimal(layout, &text, discount->percent);
        text_add_string(&text, NO_BREAK_SPACE "%");
    }
    add_reason(&text, discount->reason);
    put_amount(layout, section, section == RECEIPT_LINES ? RECEIPT_ROW_DETAIL : RECEIPT_ROW_PAIR,
               text_string(&text), -sum);
}

static void put_regular_price(const struct layout *layout, const struct receipt_line *line)
{
    char buffer[CELL_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, layout->labels->regular_price);
    text_add_char(&text, ' ');
    add_amount(layout, &text, line->list_price);
    add_reason(&text, line->price_reason);
    put(layout, RECEIPT_LINES, RECEIPT_ROW_DETAIL, text_string(&text), "", "");
}

static void put_tare(const struct layout *layout, const struct receipt_line *line)
{
    char buffer[CELL_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, layout->labels->tare);
    text_add_char(&text, ' ');
    add_decimal(layout, &text, line->tare);
    text_add_string(&text, NO_BREAK_SPACE);
    text_add_string(&text, layout->labels->weight_unit);
    put(layout, RECEIPT_LINES, RECEIPT_ROW_DETAIL, text_string(&text), "", "");
}

/* What explains a line's price, below it. */
static void put_line_details(const struct layout *layout, const struct receipt_line *line)
{
    if (is_given(line->tare)) {
        put_tare(layout, line);
    }
    if (line->list_price != 0) {
        put_regular_price(layout, line);
    }
    for (size_t i = 0; i < line->discount_count; i++) {
        if (!line->discounts[i].is_basket) {
            put_discount(layout, RECEIPT_LINES, &line->discounts[i], line->discounts[i].amount);
        }
    }
    if (line->discount_count == 0 && line->discount != 0) {
        put_amount(layout, RECEIPT_LINES, RECEIPT_ROW_DETAIL, layout->labels->discount, -line->discount);
    }
    /* That of the whole basket stands below. */
    if (!receipt_is_same(line->exemption_reason, layout->receipt->exemption_reason)) {
        put_labelled(layout, RECEIPT_LINES, RECEIPT_ROW_DETAIL, layout->labels->tax_exempt,
                     line->exemption_reason);
    }
    if (is_given(line->note)) {
        put(layout, RECEIPT_LINES, RECEIPT_ROW_DETAIL, line->note, "", "");
    }
}

static void put_line(const struct layout *layout, const struct receipt_line *line)
{
    char sum[AMOUNT_SIZE], letters[RECEIPT_LETTERS_MAX + 1], buffer[CELL_SIZE];
    amount(layout, line->gross, sum);
    receipt_letters(&layout->sums, line, letters);
    if (!line->weighed && receipt_is_same(line->quantity, "1")) {
        put(layout, RECEIPT_LINES, RECEIPT_ROW_ITEM, or_nothing(line->name), sum, letters);
    } else {
        struct text text = text_over(buffer, sizeof buffer);
        add_quantity(layout, &text, line);
        text_add_string(&text, NO_BREAK_SPACE "× ");
        add_amount(layout, &text, line->unit_price);
        put(layout, RECEIPT_LINES, RECEIPT_ROW_ITEM, or_nothing(line->name), "", "");
        put(layout, RECEIPT_LINES, RECEIPT_ROW_DETAIL, text_string(&text), sum, letters);
    }
    put_line_details(layout, line);
}

/* What was bought, for somebody who shall not know what it cost. */
static void put_gift_line(const struct layout *layout, const struct receipt_line *line)
{
    char buffer[CELL_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    if (line->weighed) {
        add_quantity(layout, &text, line);
    } else if (!receipt_is_same(line->quantity, "1")) {
        text_add_string(&text, "×" NO_BREAK_SPACE);
        add_quantity(layout, &text, line);
    }
    put(layout, RECEIPT_LINES, RECEIPT_ROW_ITEM, or_nothing(line->name), text_string(&text), "");
}

static const char *total_label(const struct layout *layout)
{
    switch (layout->receipt->kind) {
    case RECEIPT_SALE:
        return layout->labels->total;
    case RECEIPT_REFUND:
        return layout->labels->total_refunded;
    case RECEIPT_VOID:
        return layout->labels->total_voided;
    }
    __builtin_unreachable();
}

static void put_totals(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    const struct receipt_labels *labels = layout->labels;
    /* What taxes add to the prices, less what an exemption takes out of them. */
    const int64_t taxes = receipt->tax_total - receipt->tax_included;
    const int64_t exempted = taxes - layout->sums.exclusive;
    if (receipt->discount_total != 0 || layout->sums.exclusive != 0 || exempted != 0 ||
        receipt->rounding != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->subtotal, receipt->subtotal);
    }
    if (layout->sums.other_discounts != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->discounts,
                   -layout->sums.other_discounts);
    }
    for (size_t i = 0; i < layout->sums.discount_count; i++) {
        put_discount(layout, RECEIPT_TOTALS, layout->sums.discounts[i].discount,
                     layout->sums.discounts[i].amount);
    }
    if (layout->sums.exclusive != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->taxes, layout->sums.exclusive);
    }
    if (exempted != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->tax_exempt, exempted);
    }
    if (receipt->rounding != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->rounding, receipt->rounding);
    }
    char buffer[CELL_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, total_label(layout));
    text_add_char(&text, ' ');
    text_add_string(&text, or_nothing(receipt->currency));
    put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_TOTAL, text_string(&text), receipt->total);
}

static const char *tender_label(const struct receipt_labels *labels, enum tender_type type)
{
    switch (type) {
    case TENDER_CASH:
        return labels->cash;
    case TENDER_CARD:
        return labels->card;
    case TENDER_GIFT_CARD:
        return labels->gift_card;
    case TENDER_STORE_CREDIT:
        return labels->store_credit;
    case TENDER_CUSTOMER_ACCOUNT:
        return labels->customer_account;
    case TENDER_EXCHANGE:
        return labels->exchanged;
    case TENDER_OTHER:
    case TENDER_TYPE_COUNT:
        return labels->other;
    }
    __builtin_unreachable();
}

/* "Cash", "Card VISA **** 1234", "Lunch voucher". */
static void put_tender(const struct layout *layout, const struct receipt_tender *tender)
{
    char buffer[CELL_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    const bool is_named = is_given(tender->name);
    if (!is_named || tender->type != TENDER_OTHER) {
        text_add_string(&text, tender_label(layout->labels, tender->type));
        text_add_string(&text, is_named ? " " : "");
    }
    text_add_string(&text, or_nothing(tender->name));
    if (is_given(tender->last_four)) {
        text_add_string(&text, " ****" NO_BREAK_SPACE);
        text_add_string(&text, tender->last_four);
    }
    put_amount(layout, RECEIPT_TENDERS, RECEIPT_ROW_PAIR, text_string(&text), tender->amount);
    if (tender->tip != 0) {
        put_amount(layout, RECEIPT_TENDERS, RECEIPT_ROW_DETAIL, layout->labels->tip, tender->tip);
    }
}

static void put_tenders(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    for (size_t i = 0; i < receipt->tender_count; i++) {
        put_tender(layout, &receipt->tenders[i]);
    }
    if (receipt->change != 0) {
        put_amount(layout, RECEIPT_TENDERS, RECEIPT_ROW_PAIR, layout->labels->change, receipt->change);
    }
}

static void put_points(const struct layout *layout, const char *label, int64_t points)
{
    if (points != 0) {
        char buffer[AMOUNT_SIZE];
        struct text text = text_over(buffer, sizeof buffer);
        text_add_int(&text, points);
        put(layout, RECEIPT_NOTES, RECEIPT_ROW_PAIR, label, text_string(&text), "");
    }
}

static void put_notes(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    const struct receipt_labels *labels = layout->labels;
    put_labelled(layout, RECEIPT_NOTES, RECEIPT_ROW_CENTRED, labels->reason, receipt->reason);
    if (is_given(receipt->exemption_reason)) {
        char buffer[CELL_SIZE];
        struct text text = text_over(buffer, sizeof buffer);
        text_add_string(&text, receipt->exemption_reason);
        add_reason(&text, receipt->exemption_certificate);
        put_labelled(layout, RECEIPT_NOTES, RECEIPT_ROW_CENTRED, labels->tax_exempt, text_string(&text));
    }
    put_points(layout, labels->points_earned, receipt->points_earned);
    put_points(layout, labels->points_used, receipt->points_used);
}

static void put_tax(const struct layout *layout, enum receipt_row_kind kind,
                    const char *const cells[static RECEIPT_CELLS_MAX])
{
    struct receipt_row row = {.section = RECEIPT_TAXES, .kind = kind, .letters = layout->sums.letters};
    memcpy(row.cells, cells, sizeof row.cells);
    layout->renderer(layout->context, &row);
}

static void put_tax_sum(const struct layout *layout, size_t index)
{
    const struct receipt_tax_sum *sum = &layout->sums.taxes[index];
    const char letter[] = {layout->sums.letters > 0 ? (char)('A' + index) : '\0', '\0'};
    char label[CELL_SIZE], net[AMOUNT_SIZE], tax[AMOUNT_SIZE], gross[AMOUNT_SIZE];
    struct text text = text_over(label, sizeof label);
    text_add_string(&text, or_nothing(sum->tax->name));
    /* Many taxes are named after their rate; a fixed one has none. */
    const bool is_fixed = !is_given(sum->tax->rate);
    if (!is_fixed && !contains(or_nothing(sum->tax->name), '%')) {
        text_add_char(&text, ' ');
        add_decimal(layout, &text, or_nothing(sum->tax->rate));
        text_add_string(&text, NO_BREAK_SPACE "%");
    }
    text_string(&text);
    put_tax(layout, RECEIPT_ROW_TAX,
            (const char *[]){letter, label, is_fixed ? "" : amount(layout, sum->base, net),
                             amount(layout, sum->amount, tax),
                             is_fixed ? "" : amount(layout, sum->base + sum->amount, gross)});
}

static void put_taxes(const struct layout *layout)
{
    const struct receipt_labels *labels = layout->labels;
    if (layout->sums.tax_count == 0) {
        return;
    }
    put_tax(layout, RECEIPT_ROW_TAX_HEAD,
            (const char *[]){"", labels->tax, labels->net, labels->tax_amount, labels->gross});
    for (size_t i = 0; i < layout->sums.tax_count; i++) {
        put_tax_sum(layout, i);
    }
    if (layout->sums.has_other_taxes) {
        char tax[AMOUNT_SIZE];
        put_tax(
            layout, RECEIPT_ROW_TAX,
            (const char *[]){"", labels->other_taxes, "", amount(layout, layout->sums.other_taxes, tax), ""});
    }
}

static void put_codes(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    if (is_given(receipt->receipt_number)) {
        put(layout, RECEIPT_CODES, RECEIPT_ROW_BARCODE, receipt->receipt_number, "", "");
    }
    if (is_given(receipt->qr)) {
        put(layout, RECEIPT_CODES, RECEIPT_ROW_QR, receipt->qr, "", "");
    }
}

void receipt_lay_out(const struct receipt *receipt, receipt_renderer renderer, void *context)
{
    struct layout layout = {
        .receipt = receipt,
        .labels = receipt->labels != NULL ? receipt->labels : &receipt_labels_english,
        .renderer = renderer,
        .context = context,
    };
    if (!receipt->gift) {
        receipt_sum(receipt, &layout.sums);
    }
    put_head(&layout);
    put_facts(&layout);
    for (size_t i = 0; i < receipt->line_count; i++) {
        if (receipt->gift) {
            put_gift_line(&layout, &receipt->lines[i]);
        } else {
            put_line(&layout, &receipt->lines[i]);
        }
    }
    if (!receipt->gift) {
        put_totals(&layout);
        put_tenders(&layout);
        put_taxes(&layout);
        put_notes(&layout);
    }
    put_centred(&layout, RECEIPT_FOOT, receipt->footer);
    put_codes(&layout);
}
