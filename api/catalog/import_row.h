/*
 * The columns of a product import, and a row of it: from cells to values.
 *
 * The header names the columns, in any order and case. A column that is absent and a cell that is empty
 * leave what a product has.
 */
#ifndef MYPOS_CATALOG_IMPORT_ROW_H
#define MYPOS_CATALOG_IMPORT_ROW_H

#include "base/detail.h"
#include "catalog/csv.h"
#include "catalog/import_report.h"
#include "catalog/product.h"

enum import_column {
    IMPORT_SKU,
    IMPORT_BARCODE,
    IMPORT_NAME,
    IMPORT_CATEGORY,
    IMPORT_PRICE_MINOR,
    IMPORT_PRICE,
    IMPORT_TAX_PERCENT,
    IMPORT_STOCK,
    IMPORT_COST_MINOR,
    IMPORT_COST,
    IMPORT_DESCRIPTION,
    IMPORT_UNIT,
    IMPORT_OVERSELL,
    IMPORT_ARCHIVED,
    IMPORT_IMAGE,
    IMPORT_KIND,
    IMPORT_OPEN_PRICE,
    IMPORT_LOW_STOCK_AT,
    IMPORT_COLUMN_COUNT,
};

extern const char *const import_column_names[IMPORT_COLUMN_COUNT];

struct import_header {
    unsigned field_count;
    enum import_column columns[CSV_FIELDS_MAX]; /* of each field */
};

/* A cell; NULL when absent or empty. */
struct import_cell {
    char *text;
    size_t length;
};

struct import_row {
    unsigned line;
    struct import_cell cells[IMPORT_COLUMN_COUNT];
    /* of the cells that are there: */
    int64_t price_minor, cost_minor, tax_rate, stock, low_stock_at;
    bool has_price, has_cost, archived, open_price;
    struct product_barcodes barcodes;
};

/* Reads the header. A fault for each column that is unknown, repeated or missing. */
MUST_CHECK enum status import_header_read(const struct csv_row *row, struct detail *detail,
                                          struct import_header *header);

/* Reads a row; `out` borrows the fields and changes them in place. False when it is bad: every fault is in
 * the report. `decimals` are the currency's. */
bool import_row_read(const struct import_header *header, int decimals, struct csv_row *row,
                     struct import_report *report, struct import_row *out);

#endif
