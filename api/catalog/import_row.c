#include "catalog/import_row.h"

#include "catalog/category.h"
#include "core/decimal.h"
#include "core/money.h"
#include "core/quantity.h"
#include "core/rate.h"

#include <string.h>
#include <strings.h>
#include <utf8proc.h>

const char *const import_column_names[IMPORT_COLUMN_COUNT] = {
    [IMPORT_SKU] = "sku",
    [IMPORT_BARCODE] = "barcode",
    [IMPORT_NAME] = "name",
    [IMPORT_CATEGORY] = "category",
    [IMPORT_PRICE_MINOR] = "price_minor",
    [IMPORT_PRICE] = "price",
    [IMPORT_TAX_PERCENT] = "tax_percent",
    [IMPORT_STOCK] = "stock",
    [IMPORT_COST_MINOR] = "cost_minor",
    [IMPORT_COST] = "cost",
    [IMPORT_DESCRIPTION] = "description",
    [IMPORT_UNIT] = "unit",
    [IMPORT_OVERSELL] = "oversell",
    [IMPORT_ARCHIVED] = "archived",
    [IMPORT_IMAGE] = "image",
    [IMPORT_KIND] = "kind",
    [IMPORT_OPEN_PRICE] = "open_price",
    [IMPORT_LOW_STOCK_AT] = "low_stock_at",
};

/* --- the header --------------------------------------------------------------------------------- */

static struct import_cell trim(struct csv_field *field)
{
    struct import_cell cell = {.text = field->text, .length = field->length};
    while (cell.length > 0 && (cell.text[cell.length - 1] == ' ' || cell.text[cell.length - 1] == '\t')) {
        cell.text[--cell.length] = '\0';
    }
    while (cell.length > 0 && (cell.text[0] == ' ' || cell.text[0] == '\t')) {
        cell.text++;
        cell.length--;
    }
    return cell;
}

/* In any case of letters; a NUL inside a cell is no end. */
static bool cell_is(const struct import_cell *cell, const char *word)
{
    return strlen(word) == cell->length && strcasecmp(cell->text, word) == 0;
}

static enum import_column column_of(const struct import_cell *name)
{
    enum import_column column = 0;
    while (column < IMPORT_COLUMN_COUNT && !cell_is(name, import_column_names[column])) {
        column++;
    }
    return column;
}

static void check_pair(const bool has[static IMPORT_COLUMN_COUNT], enum import_column a, enum import_column b,
                       struct detail *detail)
{
    if (has[a] && has[b]) {
        (void)detail_fault(detail, "", "column_repeated", "Give the column %s or %s, not both.",
                           import_column_names[a], import_column_names[b]);
    }
}

enum status import_header_read(const struct csv_row *row, struct detail *detail, struct import_header *header)
{
    bool has[IMPORT_COLUMN_COUNT] = {false};
    header->field_count = row->field_count;
    for (unsigned i = 0; i < row->field_count; i++) {
        struct csv_field field = row->fields[i];
        const struct import_cell name = trim(&field);
        const enum import_column column = column_of(&name);
        header->columns[i] = column;
        if (column == IMPORT_COLUMN_COUNT) {
            struct arena *arena = detail->arena;
            const bool valid = name.length < IMPORT_VALUE_MAX &&
                               strspn(name.text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                 "0123456789_-. ") == name.length;
            (void)detail_fault(detail, "", "unknown_column",
                               "There is no column \"%s\" (the %u. of the header).",
                               valid ? arena_copy_n(arena, name.text, name.length) : "\xe2\x80\xa6", i + 1);
        } else if (has[column]) {
            (void)detail_fault(detail, "", "column_repeated", "The column %s is there twice.",
                               import_column_names[column]);
        } else {
            has[column] = true;
        }
    }
    check_pair(has, IMPORT_PRICE, IMPORT_PRICE_MINOR, detail);
    check_pair(has, IMPORT_COST, IMPORT_COST_MINOR, detail);
    if (!has[IMPORT_SKU]) {
        (void)detail_fault(detail, "", "column_missing", "The column sku is missing.");
    }
    return detail->faults > 0 ? STATUS_VALIDATION_FAILED : STATUS_OK;
}

/* --- cells -------------------------------------------------------------------------------------- */

struct reading {
    struct import_report *report;
    struct import_row *row;
    int decimals;
    bool bad;
};

#define FAULT(reading, column, code, ...)                                                                    \
    do {                                                                                                     \
        const struct import_cell *cell_ = &(reading)->row->cells[column];                                    \
        import_report_error((reading)->report, (reading)->row->line, import_column_names[column], code,      \
                            cell_->text, cell_->length, __VA_ARGS__);                                        \
        (reading)->bad = true;                                                                               \
    } while (0)

/* The characters of valid text without control characters but, perhaps, newlines; -1 for bad UTF-8, -2 for
 * a control character. */
static long count_characters(const char *text, size_t length, bool newlines)
{
    long count = 0;
    for (size_t at = 0; at < length;) {
        const unsigned char byte = (unsigned char)text[at];
        if (byte < 0x80) {
            if ((byte < 0x20 && !(newlines && byte == '\n')) || byte == 0x7f) {
                return -2;
            }
            at++;
        } else {
            utf8proc_int32_t code;
            const utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                                           (utf8proc_ssize_t)(length - at), &code);
            if (size <= 0) {
                return -1;
            }
            if (code < 0xa0) {
                return -2; /* C1 */
            }
            at += (size_t)size;
        }
        count++;
    }
    return count;
}

static void check_text(struct reading *reading, enum import_column column, long max)
{
    const struct import_cell *cell = &reading->row->cells[column];
    if (cell->text == NULL) {
        return;
    }
    const long count = count_characters(cell->text, cell->length, column == IMPORT_DESCRIPTION);
    if (count == -1) {
        FAULT(reading, column, "utf8", "The text is not valid UTF-8.");
    } else if (count == -2) {
        FAULT(reading, column, "control_character", "The text has a %scontrol character.",
              memchr(cell->text, '\n', cell->length) != NULL ? "newline or other " : "");
    } else if (count > max) {
        FAULT(reading, column, "max_length", "The text has %ld characters; at most %ld are taken.", count,
              max);
    }
}

static void read_barcodes(struct reading *reading)
{
    struct import_cell *cell = &reading->row->cells[IMPORT_BARCODE];
    struct product_barcodes *barcodes = &reading->row->barcodes;
    barcodes->count = 0;
    if (cell->text == NULL) {
        return;
    }
    const char *at = cell->text, *end = cell->text + cell->length;
    while (at < end) {
        const char *code = at;
        while (at < end && *at != ' ' && *at != '|') {
            at++;
        }
        const size_t length = (size_t)(at - code);
        at++;
        if (length == 0) {
            continue;
        }
        struct barcode barcode;
        if (barcode_read(code, length, &barcode) == BARCODE_INVALID) {
            if (strcmp(barcode.fault, "gtin_check_digit") == 0) {
                FAULT(reading, IMPORT_BARCODE, "gtin_check_digit",
                      "The check digit of %.*s is %c; it must be %c.", (int)length, code, code[length - 1],
                      barcode_check_digit(barcode.text, barcode.length - 1));
            } else {
                FAULT(reading, IMPORT_BARCODE, barcode.fault,
                      "A barcode has 1 to %d visible ASCII characters.", BARCODE_MAX);
            }
            continue;
        }
        bool known = false;
        for (unsigned i = 0; i < barcodes->count; i++) {
            known |= strcmp(barcodes->codes[i].key, barcode.key) == 0;
        }
        if (!known && barcodes->count == PRODUCT_BARCODES_MAX) {
            FAULT(reading, IMPORT_BARCODE, "max_items", "A product has at most %d barcodes.",
                  PRODUCT_BARCODES_MAX);
            return;
        }
        if (!known) {
            barcodes->codes[barcodes->count++] = barcode;
        }
    }
}

/* Of two columns for one amount; the header has at most one of them. */
static bool read_amount(struct reading *reading, enum import_column minor, enum import_column major,
                        int64_t *amount)
{
    const bool is_minor = reading->row->cells[minor].text != NULL;
    const enum import_column column = is_minor ? minor : major;
    const struct import_cell *cell = &reading->row->cells[column];
    if (cell->text == NULL) {
        return false;
    }
    const bool read = is_minor ? decimal_parse(cell->text, cell->length, 0, MONEY_MAX, amount)
                               : money_parse(cell->text, cell->length, reading->decimals, amount);
    if (!read) {
        FAULT(reading, column, "amount", "This is no amount%s such as %s.", is_minor ? " in minor units" : "",
              is_minor || reading->decimals == 0 ? "250" : "2.50");
    } else if (*amount < 0 || *amount > PRODUCT_AMOUNT_MAX) {
        FAULT(reading, column, *amount < 0 ? "minimum" : "maximum",
              "The amount must be between 0 and %lld minor units.", PRODUCT_AMOUNT_MAX);
    }
    return true;
}

static void read_quantity(struct reading *reading, enum import_column column, int64_t *quantity)
{
    const struct import_cell *cell = &reading->row->cells[column];
    if (cell->text != NULL && !quantity_parse(cell->text, cell->length, quantity)) {
        FAULT(reading, column, "quantity", "This is no quantity with at most five decimals.");
    }
}

static void read_numbers(struct reading *reading)
{
    struct import_row *row = reading->row;
    row->has_price = read_amount(reading, IMPORT_PRICE_MINOR, IMPORT_PRICE, &row->price_minor);
    row->has_cost = read_amount(reading, IMPORT_COST_MINOR, IMPORT_COST, &row->cost_minor);
    const struct import_cell *rate = &row->cells[IMPORT_TAX_PERCENT];
    if (rate->text != NULL && !rate_parse(rate->text, rate->length, &row->tax_rate)) {
        FAULT(reading, IMPORT_TAX_PERCENT, "rate",
              "This is no percentage from 0 to 100 with at most five decimals.");
    }
    read_quantity(reading, IMPORT_STOCK, &row->stock);
    read_quantity(reading, IMPORT_LOW_STOCK_AT, &row->low_stock_at);
    if (row->low_stock_at < 0) {
        FAULT(reading, IMPORT_LOW_STOCK_AT, "minimum", "The level must not be below 0.");
    }
}

static void check_choice(struct reading *reading, enum import_column column, const char *const choices[],
                         size_t count)
{
    struct import_cell *cell = &reading->row->cells[column];
    if (cell->text == NULL) {
        return;
    }
    char words[64];
    struct text all = text_over(words, sizeof words);
    for (size_t i = 0; i < count; i++) {
        if (cell_is(cell, choices[i])) {
            memcpy(cell->text, choices[i], cell->length); /* as the table has it */
            return;
        }
        text_add_string(&all, i == 0 ? "" : i + 1 == count ? " or " : ", ");
        text_add_string(&all, choices[i]);
    }
    FAULT(reading, column, "enum", "This must be %s.", text_string(&all));
}

static void check_choices(struct reading *reading)
{
    static const char *const units[] = {"each", "weighed"};
    static const char *const oversell[] = {"allow", "deny"};
    static const char *const kinds[] = {"goods", "service", "gift_card"};
    check_choice(reading, IMPORT_UNIT, units, sizeof units / sizeof units[0]);
    check_choice(reading, IMPORT_OVERSELL, oversell, sizeof oversell / sizeof oversell[0]);
    check_choice(reading, IMPORT_KIND, kinds, sizeof kinds / sizeof kinds[0]);
}

static void read_truth(struct reading *reading, enum import_column column, bool *truth)
{
    static const char *const truths[] = {"true", "yes", "1"};
    static const char *const lies[] = {"false", "no", "0"};
    const struct import_cell *cell = &reading->row->cells[column];
    if (cell->text == NULL) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        if (cell_is(cell, truths[i]) || cell_is(cell, lies[i])) {
            *truth = cell_is(cell, truths[i]);
            return;
        }
    }
    FAULT(reading, column, "boolean", "This must be true or false.");
}

static void check_image(struct reading *reading)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    const struct import_cell *cell = &reading->row->cells[IMPORT_IMAGE];
    if (cell->text != NULL && (cell->length > PRODUCT_IMAGE_MAX || cell->text[0] == '.' ||
                               strspn(cell->text, letters) != cell->length)) {
        FAULT(reading, IMPORT_IMAGE, "pattern",
              "An image's name has up to %d letters, digits, '-', '_' and '.'.", PRODUCT_IMAGE_MAX);
    }
}

static void check_category(struct reading *reading)
{
    const struct import_cell *cell = &reading->row->cells[IMPORT_CATEGORY];
    check_text(reading, IMPORT_CATEGORY, CATEGORY_PATH_MAX);
    const char *fault = cell->text == NULL || reading->bad ? NULL : category_path_fault(cell->text);
    if (fault != NULL) {
        FAULT(reading, IMPORT_CATEGORY, fault,
              "A category is a name, or a path of at most %d names such as Drinks > Hot.",
              CATEGORY_DEPTH_MAX);
    }
}

/* Newlines inside a text are \n, wherever the file comes from. */
static void unify_newlines(struct import_cell *cell)
{
    size_t to = 0;
    for (size_t from = 0; from < cell->length; from++) {
        if (cell->text[from] == '\r' && cell->text[from + 1] == '\n') {
            continue;
        }
        cell->text[to++] = cell->text[from];
    }
    cell->length = to;
    cell->text[to] = '\0';
}

static void take_cells(const struct import_header *header, struct csv_row *row, struct import_row *out)
{
    for (unsigned i = 0; i < header->field_count; i++) {
        const enum import_column column = header->columns[i];
        struct import_cell cell = {.text = row->fields[i].text, .length = row->fields[i].length};
        if (column != IMPORT_NAME && column != IMPORT_DESCRIPTION) {
            cell = trim(&row->fields[i]);
        } else if (column == IMPORT_DESCRIPTION && memchr(cell.text, '\r', cell.length) != NULL) {
            unify_newlines(&cell);
        }
        if (cell.length > 0) {
            out->cells[column] = cell;
        }
    }
}

bool import_row_read(const struct import_header *header, int decimals, struct csv_row *row,
                     struct import_report *report, struct import_row *out)
{
    memset(out, 0, offsetof(struct import_row, barcodes));
    out->line = row->line;
    if (row->field_count != header->field_count) {
        import_report_error(report, row->line, NULL, "field_count", NULL, 0,
                            "The row has %u fields, the header has %u.", row->field_count,
                            header->field_count);
        return false;
    }
    take_cells(header, row, out);
    struct reading reading = {.report = report, .row = out, .decimals = decimals};
    if (out->cells[IMPORT_SKU].text == NULL) {
        FAULT(&reading, IMPORT_SKU, "required", "The SKU is missing.");
    }
    check_text(&reading, IMPORT_SKU, PRODUCT_SKU_MAX);
    check_text(&reading, IMPORT_NAME, PRODUCT_NAME_MAX);
    check_text(&reading, IMPORT_DESCRIPTION, PRODUCT_DESCRIPTION_MAX);
    check_category(&reading);
    read_barcodes(&reading);
    read_numbers(&reading);
    check_choices(&reading);
    read_truth(&reading, IMPORT_ARCHIVED, &out->archived);
    read_truth(&reading, IMPORT_OPEN_PRICE, &out->open_price);
    check_image(&reading);
    return !reading.bad;
}
