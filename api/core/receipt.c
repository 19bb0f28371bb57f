#include "core/receipt.h"

#include "core/money.h"

#include <string.h>

/* An amount in any currency: 19 digits, point, sign, and room for a little more. */
#define AMOUNT_SIZE 32

/* Letters beside one line's amount: a product has no more taxes. */
#define LETTERS_MAX 8

/* A name may be long (200 characters of four bytes), what stands beside it is short. */
#define CELL_SIZE 1024

#define NO_BREAK_SPACE "\u00a0"

const struct receipt_labels receipt_labels_english = {
    .language = "en",
    .receipt = "Receipt",
    .date = "Date",
    .register_code = "Register",
    .cashier = "Cashier",
    .tax_number = "Tax no.",
    .discount = "Discount",
    .subtotal = "Subtotal",
    .discounts = "Discounts",
    .taxes = "Tax",
    .rounding = "Rounding",
    .total = "TOTAL",
    .change = "Change",
    .tax = "Tax",
    .net = "Net",
    .tax_amount = "Tax",
    .gross = "Gross",
    .other_taxes = "Other taxes",
    .cash = "Cash",
    .weight_unit = "kg",
    .decimal_mark = '.',
};

/* A tax of the whole receipt: the sum of all lines' taxes of one name, rate and kind. */
struct tax_sum {
    const struct receipt_tax *tax; /* the first of them */
    int64_t base, amount;
};

struct layout {
    const struct receipt *receipt;
    const struct receipt_labels *labels;
    receipt_renderer renderer;
    void *context;
    struct tax_sum taxes[RECEIPT_TAXES_MAX];
    size_t tax_count;
    bool has_other_taxes;
    int64_t other_taxes;
    unsigned letters; /* of the line with the most taxes; 0 when no letters are needed */
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

static bool is_same(const char *a, const char *b)
{
    a = or_nothing(a);
    b = or_nothing(b);
    if (a == b) {
        return true;
    }
    const size_t length = strlen(a);
    return length == strlen(b) && memcmp(a, b, length) == 0;
}

static bool contains(const char *string, char character)
{
    while (*string != '\0' && *string != character) {
        string++;
    }
    return *string != '\0';
}

/* The sum that a line's tax belongs to; tax_count when there is none. */
static size_t find_sum(const struct layout *layout, const struct receipt_tax *tax)
{
    size_t i = 0;
    for (; i < layout->tax_count; i++) {
        const struct receipt_tax *first = layout->taxes[i].tax;
        if (first->inclusive == tax->inclusive && is_same(first->rate, tax->rate) &&
            is_same(first->name, tax->name)) {
            break;
        }
    }
    return i;
}

static void sum_taxes(struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    size_t most = 0;
    for (size_t i = 0; i < receipt->line_count; i++) {
        const struct receipt_line *line = &receipt->lines[i];
        most = line->tax_count > most ? line->tax_count : most;
        for (size_t j = 0; j < line->tax_count; j++) {
            const struct receipt_tax *tax = &line->taxes[j];
            const size_t at = find_sum(layout, tax);
            if (at == RECEIPT_TAXES_MAX) {
                layout->has_other_taxes = true;
                layout->other_taxes += tax->amount;
                continue;
            }
            if (at == layout->tax_count) {
                layout->taxes[layout->tax_count++].tax = tax;
            }
            layout->taxes[at].base += tax->base;
            layout->taxes[at].amount += tax->amount;
        }
    }
    if (layout->tax_count > 1) {
        layout->letters = (unsigned)(most < LETTERS_MAX ? most : LETTERS_MAX);
    }
}

/* The letters of a line's taxes, "" when the receipt needs none. */
static const char *letters_of(const struct layout *layout, const struct receipt_line *line,
                              char letters[static LETTERS_MAX + 1])
{
    unsigned count = 0;
    for (size_t i = 0; i < line->tax_count && count < layout->letters; i++) {
        const size_t at = find_sum(layout, &line->taxes[i]);
        if (at < layout->tax_count) {
            letters[count++] = (char)('A' + at);
        }
    }
    letters[count] = '\0';
    return letters;
}

static void put(const struct layout *layout, enum receipt_section section, enum receipt_row_kind kind,
                const char *first, const char *second, const char *third)
{
    const struct receipt_row row = {
        .section = section,
        .kind = kind,
        .letters = layout->letters,
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

static void put_head(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    if (is_given(receipt->store_name)) {
        put(layout, RECEIPT_HEAD, RECEIPT_ROW_TITLE, receipt->store_name, "", "");
    }
    put_centred(layout, RECEIPT_HEAD, receipt->address);
    if (is_given(receipt->tax_number)) {
        char buffer[CELL_SIZE];
        struct text text = text_over(buffer, sizeof buffer);
        text_add_string(&text, layout->labels->tax_number);
        text_add_char(&text, ' ');
        text_add_string(&text, receipt->tax_number);
        put_centred(layout, RECEIPT_HEAD, text_string(&text));
    }
    put_centred(layout, RECEIPT_HEAD, receipt->header);
}

static void put_line(const struct layout *layout, const struct receipt_line *line)
{
    char sum[AMOUNT_SIZE], letters[LETTERS_MAX + 1], buffer[CELL_SIZE];
    amount(layout, line->gross, sum);
    letters_of(layout, line, letters);
    if (!line->weighed && is_same(line->quantity, "1")) {
        put(layout, RECEIPT_LINES, RECEIPT_ROW_ITEM, or_nothing(line->name), sum, letters);
    } else {
        struct text text = text_over(buffer, sizeof buffer);
        add_decimal(layout, &text, or_nothing(line->quantity));
        if (line->weighed) {
            text_add_string(&text, NO_BREAK_SPACE);
            text_add_string(&text, layout->labels->weight_unit);
        }
        text_add_string(&text, NO_BREAK_SPACE "× ");
        add_amount(layout, &text, line->unit_price);
        put(layout, RECEIPT_LINES, RECEIPT_ROW_ITEM, or_nothing(line->name), "", "");
        put(layout, RECEIPT_LINES, RECEIPT_ROW_DETAIL, text_string(&text), sum, letters);
    }
    if (line->discount != 0) {
        put_amount(layout, RECEIPT_LINES, RECEIPT_ROW_DETAIL, layout->labels->discount, -line->discount);
    }
}

static void put_totals(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    const struct receipt_labels *labels = layout->labels;
    const int64_t exclusive = receipt->tax_total - receipt->tax_included;
    if (receipt->discount_total != 0 || exclusive != 0 || receipt->rounding != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->subtotal, receipt->subtotal);
    }
    if (receipt->discount_total != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->discounts, -receipt->discount_total);
    }
    if (exclusive != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->taxes, exclusive);
    }
    if (receipt->rounding != 0) {
        put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_PAIR, labels->rounding, receipt->rounding);
    }
    char buffer[CELL_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, labels->total);
    text_add_char(&text, ' ');
    text_add_string(&text, or_nothing(receipt->currency));
    put_amount(layout, RECEIPT_TOTALS, RECEIPT_ROW_TOTAL, text_string(&text), receipt->total);
}

static void put_tenders(const struct layout *layout)
{
    const struct receipt *receipt = layout->receipt;
    for (size_t i = 0; i < receipt->tender_count; i++) {
        const struct receipt_tender *tender = &receipt->tenders[i];
        const char *label = is_same(tender->type, "cash") ? layout->labels->cash : or_nothing(tender->type);
        put_amount(layout, RECEIPT_TENDERS, RECEIPT_ROW_PAIR, label, tender->amount);
    }
    if (receipt->change != 0) {
        put_amount(layout, RECEIPT_TENDERS, RECEIPT_ROW_PAIR, layout->labels->change, receipt->change);
    }
}

static void put_tax(const struct layout *layout, enum receipt_row_kind kind,
                    const char *const cells[static RECEIPT_CELLS_MAX])
{
    struct receipt_row row = {.section = RECEIPT_TAXES, .kind = kind, .letters = layout->letters};
    memcpy(row.cells, cells, sizeof row.cells);
    layout->renderer(layout->context, &row);
}

static void put_tax_sum(const struct layout *layout, size_t index)
{
    const struct tax_sum *sum = &layout->taxes[index];
    const char letter[] = {layout->letters > 0 ? (char)('A' + index) : '\0', '\0'};
    char label[CELL_SIZE], net[AMOUNT_SIZE], tax[AMOUNT_SIZE], gross[AMOUNT_SIZE];
    struct text text = text_over(label, sizeof label);
    text_add_string(&text, or_nothing(sum->tax->name));
    /* Many taxes are named after their rate. */
    if (!contains(or_nothing(sum->tax->name), '%')) {
        text_add_char(&text, ' ');
        add_decimal(layout, &text, or_nothing(sum->tax->rate));
        text_add_string(&text, NO_BREAK_SPACE "%");
    }
    text_string(&text);
    put_tax(layout, RECEIPT_ROW_TAX,
            (const char *[]){letter, label, amount(layout, sum->base, net), amount(layout, sum->amount, tax),
                             amount(layout, sum->base + sum->amount, gross)});
}

static void put_taxes(const struct layout *layout)
{
    const struct receipt_labels *labels = layout->labels;
    if (layout->tax_count == 0) {
        return;
    }
    put_tax(layout, RECEIPT_ROW_TAX_HEAD,
            (const char *[]){"", labels->tax, labels->net, labels->tax_amount, labels->gross});
    for (size_t i = 0; i < layout->tax_count; i++) {
        put_tax_sum(layout, i);
    }
    if (layout->has_other_taxes) {
        char tax[AMOUNT_SIZE];
        put_tax(layout, RECEIPT_ROW_TAX,
                (const char *[]){"", labels->other_taxes, "", amount(layout, layout->other_taxes, tax), ""});
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
    sum_taxes(&layout);
    put_head(&layout);
    put_fact(&layout, layout.labels->receipt, receipt->receipt_number);
    put_fact(&layout, layout.labels->date, receipt->local_time);
    put_fact(&layout, layout.labels->register_code, receipt->register_code);
    put_fact(&layout, layout.labels->cashier, receipt->cashier);
    for (size_t i = 0; i < receipt->line_count; i++) {
        put_line(&layout, &receipt->lines[i]);
    }
    put_totals(&layout);
    put_tenders(&layout);
    put_taxes(&layout);
    put_centred(&layout, RECEIPT_FOOT, receipt->footer);
}
