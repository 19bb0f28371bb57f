/*
 * Rows in a fixed number of columns, on any device.
 */
#include "core/receipt/receipt_columns.h"

#include "core/receipt/columns.h"

#include <string.h>

#define DETAIL_INDENT 2
#define BLANKS        "                                "
#define RULE          "--------------------------------"

struct printer {
    struct receipt_device *device; /* borrowed */
    size_t columns;                /* of the line's style: half as many when characters are twice as wide */
    const struct receipt_labels *labels;
    enum receipt_section section; /* of the row before */
    bool has_rows;
};

/* A piece of a cell; whoever named a product must not command the printer. No-break spaces have done their
 * duty when lines are wrapped. */
static void add_clean(struct printer *printer, const char *bytes, size_t length)
{
    struct receipt_device *device = printer->device;
    size_t from = 0;
    for (size_t at = 0; at < length; at++) {
        const unsigned char byte = (unsigned char)bytes[at];
        size_t blank = byte < ' ' || byte == 0x7f;
        if (byte == 0xc2 && at + 1 < length && (unsigned char)bytes[at + 1] == 0xa0) {
            blank = 2;
        }
        if (blank > 0) {
            device->write(device, bytes + from, at - from);
            device->write(device, " ", 1);
            from = at + blank;
            at = from - 1;
        }
    }
    device->write(device, bytes + from, length - from);
}

static void repeat(struct printer *printer, const char *pattern, size_t count)
{
    while (count > 0) {
        const size_t length = count < sizeof BLANKS - 1 ? count : sizeof BLANKS - 1;
        printer->device->write(printer->device, pattern, length);
        count -= length;
    }
}

static void blanks(struct printer *printer, size_t count)
{
    repeat(printer, BLANKS, count);
}

static void end_line(struct printer *printer)
{
    printer->device->end_line(printer->device);
}

/* What follows is in this style; a line has one. */
static void set_style(struct printer *printer, enum receipt_style style)
{
    struct receipt_device *device = printer->device;
    printer->columns = device->columns;
    if (device->set_style != NULL) {
        device->set_style(device, style);
        printer->columns = style == RECEIPT_STYLE_LARGE ? device->columns / 2 : device->columns;
    }
}

/* The columns of the widest word. */
static size_t widest_word(const char *cell)
{
    size_t widest = 0;
    while (*cell != '\0') {
        size_t length = 0;
        while (cell[length] != '\0' && cell[length] != ' ') {
            length++;
        }
        const size_t columns = columns_count(cell, length);
        widest = columns > widest ? columns : widest;
        cell += length + (cell[length] == ' ');
    }
    return widest;
}

static void print_centred(struct printer *printer, const char *cell)
{
    size_t left = strlen(cell);
    while (left > 0) {
        const struct columns_line line = columns_wrap(cell, left, printer->columns);
        blanks(printer, line.columns < printer->columns ? (printer->columns - line.columns) / 2 : 0);
        add_clean(printer, cell, line.length);
        end_line(printer);
        cell += line.next;
        left -= line.next;
    }
}

/* Prints all of `cell` but its last line, wrapped to `width` columns after `indent`; then the last line,
 * without ending it. Returns the columns of that one. */
static size_t print_wrapped(struct printer *printer, const char *cell, size_t indent, size_t width)
{
    size_t left = strlen(cell);
    for (;;) {
        const struct columns_line line = columns_wrap(cell, left, width);
        blanks(printer, indent);
        add_clean(printer, cell, line.length);
        if (line.next >= left) {
            return indent + line.columns;
        }
        end_line(printer);
        cell += line.next;
        left -= line.next;
    }
}

/* A text at the left, a value at the right that is never cut: when the value leaves too little room, or would
 * cut a word that fits a line, it has a line of its own. `margin` columns at the right edge hold letters. */
static void print_pair(struct printer *printer, size_t indent, const char *cell, const char *value,
                       const char *letters, size_t margin)
{
    const size_t edge = printer->columns - margin;
    const size_t value_columns = columns_count(value, strlen(value));
    const size_t room = edge - indent;
    const size_t taken = value_columns > 0 ? value_columns + 1 : 0;
    const size_t widest = widest_word(cell);
    const bool is_beside = taken + room / 3 <= room && (taken + widest <= room || widest > room);
    size_t at = print_wrapped(printer, cell, indent, is_beside ? room - taken : room);
    if (!is_beside) {
        end_line(printer);
        at = 0;
    }
    if (value_columns > edge) { /* no amount is: a name */
        print_wrapped(printer, value, DETAIL_INDENT, edge - DETAIL_INDENT);
    } else if (value_columns > 0) {
        blanks(printer, edge - at - value_columns);
        add_clean(printer, value, strlen(value));
    }
    if (*letters != '\0') {
        blanks(printer, 1);
        add_clean(printer, letters, strlen(letters));
    }
    end_line(printer);
}

/* A row of the tax summary whose amounts are too wide for columns: one below the other. */
static void print_tax_stacked(struct printer *printer, const struct receipt_row *row, size_t indent)
{
    const char *const heads[] = {printer->labels->net, printer->labels->tax_amount, printer->labels->gross};
    print_wrapped(printer, row->cells[1], 0, printer->columns - indent);
    end_line(printer);
    for (size_t i = 0; i < 3; i++) {
        if (*row->cells[2 + i] != '\0') {
            print_pair(printer, indent > 0 ? indent : DETAIL_INDENT, heads[i], row->cells[2 + i], "", 0);
        }
    }
}

static void print_tax(struct printer *printer, const struct receipt_row *row)
{
    const size_t indent = row->letters > 0 ? 2 : 0;
    const size_t cell_columns = printer->columns * 2 / 9;
    if (indent > 0) {
        const char *letter = *row->cells[0] != '\0' ? row->cells[0] : " ";
        add_clean(printer, letter, strlen(letter));
        blanks(printer, 1);
    }
    size_t widest = 0;
    for (size_t i = 2; i < RECEIPT_CELLS_MAX; i++) {
        const size_t columns = columns_count(row->cells[i], strlen(row->cells[i]));
        widest = columns > widest ? columns : widest;
    }
    if (widest >= cell_columns && row->kind == RECEIPT_ROW_TAX) {
        print_tax_stacked(printer, row, indent);
        return;
    }
    /* The first line of the text follows the letter; further ones stand below it. */
    const size_t width = printer->columns - indent - 3 * cell_columns;
    const char *cell = row->cells[1];
    size_t left = strlen(cell);
    struct columns_line line = columns_wrap(cell, left, width);
    for (; line.next < left; line = columns_wrap(cell, left, width)) {
        add_clean(printer, cell, line.length);
        end_line(printer);
        blanks(printer, indent);
        cell += line.next;
        left -= line.next;
    }
    add_clean(printer, cell, line.length);
    size_t at = indent + line.columns;
    for (size_t i = 0; i < 3; i++) {
        const char *amount = row->cells[2 + i];
        const size_t from = printer->columns - (2 - i) * cell_columns - columns_count(amount, strlen(amount));
        if (*amount != '\0') {
            blanks(printer, from > at ? from - at : 1);
            add_clean(printer, amount, strlen(amount));
            at = from + columns_count(amount, strlen(amount));
        }
    }
    end_line(printer);
}

/* As large as its words allow: none is cut that fits a line of plain characters. */
static void print_title(struct printer *printer, const char *cell)
{
    const bool fits = widest_word(cell) <= printer->device->columns / 2;
    set_style(printer, fits ? RECEIPT_STYLE_LARGE : RECEIPT_STYLE_STRONG);
    print_centred(printer, cell);
}

static void print_total(struct printer *printer, const struct receipt_row *row, size_t margin)
{
    const size_t columns = columns_count(row->cells[0], strlen(row->cells[0])) +
                           columns_count(row->cells[1], strlen(row->cells[1])) + 1;
    const size_t wide_margin = (margin + 1) / 2;
    const bool fits = columns + wide_margin <= printer->device->columns / 2;
    const bool has_sizes = printer->device->set_style != NULL;
    set_style(printer, fits ? RECEIPT_STYLE_LARGE : RECEIPT_STYLE_TALL);
    print_pair(printer, 0, row->cells[0], row->cells[1], row->cells[2],
               fits && has_sizes ? wide_margin : margin);
}

/* What is drawn stands apart by itself. */
static void print_code(struct printer *printer, const struct receipt_row *row)
{
    struct receipt_device *device = printer->device;
    void (*draw)(struct receipt_device *, const char *) = row->kind == RECEIPT_ROW_QR ? device->qr
                                                                                      : device->barcode;
    if (draw != NULL) {
        set_style(printer, RECEIPT_STYLE_PLAIN);
        draw(device, row->cells[0]);
    }
}

static void print_rule(struct printer *printer, const struct receipt_row *row)
{
    if (printer->has_rows && printer->section != row->section) {
        set_style(printer, RECEIPT_STYLE_PLAIN);
        repeat(printer, RULE, printer->columns);
        end_line(printer);
    }
    printer->section = row->section;
    printer->has_rows = true;
}

static void print_row(void *context, const struct receipt_row *row)
{
    struct printer *printer = context;
    const bool has_margin = row->letters > 0 && row->section >= RECEIPT_LINES && row->section < RECEIPT_TAXES;
    const size_t margin = has_margin ? row->letters + 1 : 0;
    if (row->section == RECEIPT_CODES) {
        print_code(printer, row);
        return;
    }
    print_rule(printer, row);
    set_style(printer, row->kind == RECEIPT_ROW_BANNER ? RECEIPT_STYLE_STRONG : RECEIPT_STYLE_PLAIN);
    switch (row->kind) {
    case RECEIPT_ROW_TITLE:
        print_title(printer, row->cells[0]);
        return;
    case RECEIPT_ROW_CENTRED:
    case RECEIPT_ROW_BANNER:
        print_centred(printer, row->cells[0]);
        return;
    case RECEIPT_ROW_TOTAL:
        print_total(printer, row, margin);
        return;
    case RECEIPT_ROW_PAIR:
    case RECEIPT_ROW_ITEM:
        print_pair(printer, 0, row->cells[0], row->cells[1], row->cells[2], margin);
        return;
    case RECEIPT_ROW_DETAIL:
        print_pair(printer, DETAIL_INDENT, row->cells[0], row->cells[1], row->cells[2], margin);
        return;
    case RECEIPT_ROW_TAX_HEAD:
    case RECEIPT_ROW_TAX:
        print_tax(printer, row);
        return;
    case RECEIPT_ROW_BARCODE:
    case RECEIPT_ROW_QR:
        return;
    }
    __builtin_unreachable();
}

void receipt_columns(struct receipt_device *device, const struct receipt *receipt)
{
    if (device->columns < RECEIPT_COLUMNS_MIN) {
        device->columns = RECEIPT_COLUMNS_MIN;
    } else if (device->columns > RECEIPT_COLUMNS_MAX) {
        device->columns = RECEIPT_COLUMNS_MAX;
    }
    struct printer printer = {
        .device = device,
        .columns = device->columns,
        .labels = receipt->labels != NULL ? receipt->labels : &receipt_labels_english,
    };
    receipt_lay_out(receipt, print_row, &printer);
}
