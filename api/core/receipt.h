/*
 * Receipts: what the customer takes home.
 *
 * A receipt is laid out once, into rows: what stands where, and how it matters. Renderers turn rows into
 * text for a printer's width or into a page; amounts are formatted once, in the layout, so no two forms of
 * a receipt differ.
 *
 * Columns are counted as printers do (core/columns.h). Long texts wrap; an amount is never cut. Input
 * strings are UTF-8; they may hold \n in `header`, `address` and `footer`, any other control character is
 * rendered as a blank, so that no product's name commands a printer.
 *
 * No I/O, no allocation. Freestanding.
 */
#ifndef MYPOS_CORE_RECEIPT_H
#define MYPOS_CORE_RECEIPT_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECEIPT_COLUMNS     42 /* a usual printer of 80 mm paper; 58 mm has 32, others 48 */
#define RECEIPT_COLUMNS_MIN 32
#define RECEIPT_COLUMNS_MAX 96

/* Taxes that a receipt sums up on rows of their own; further ones share the last row. */
#define RECEIPT_TAXES_MAX 26

/* The words of a receipt; a translation is another of these. */
struct receipt_labels {
    const char *language; /* BCP 47 */
    const char *receipt, *date, *register_code, *cashier, *tax_number;
    const char *discount, *subtotal, *discounts, *taxes, *rounding, *total, *change;
    const char *tax, *net, *tax_amount, *gross; /* the heads of the tax summary */
    const char *other_taxes;                    /* those beyond RECEIPT_TAXES_MAX */
    const char *cash;        /* of tender type "cash"; other types are written as they are */
    const char *weight_unit; /* of goods that are sold by weight */
    char decimal_mark;
};
extern const struct receipt_labels receipt_labels_english;

struct receipt_tax {
    const char *name, *rate; /* "MwSt", "20": percent */
    bool inclusive;
    int64_t base, amount;
};

struct receipt_line {
    const char *name, *quantity; /* "2", "0.125" */
    bool weighed;
    int64_t unit_price, gross, discount;
    const struct receipt_tax *taxes;
    size_t tax_count;
};

struct receipt_tender {
    const char *type; /* "cash" */
    int64_t amount;
};

/* A receipt. Everything is borrowed; what is NULL or "" is left out. */
struct receipt {
    const char *store_name, *header, *address, *tax_number;
    const char *receipt_number, *local_time, *register_code, *cashier;
    const char *currency; /* "EUR" */
    int decimals;         /* money_decimals(currency) */
    const struct receipt_line *lines;
    size_t line_count;
    int64_t subtotal, discount_total, tax_total, tax_included, rounding, total;
    const struct receipt_tender *tenders;
    size_t tender_count;
    int64_t change;
    const char *footer;
    const struct receipt_labels *labels; /* NULL: English */
};

/* Renders text of `columns` columns (from MIN to MAX; others are moved there), lines ending in \n. */
void receipt_text(struct text *text, const struct receipt *receipt, unsigned columns);

/* Renders a page: complete HTML, its style inside, no script, fit for print. */
void receipt_html(struct text *text, const struct receipt *receipt);

/* The layout, for further renderers. */

enum receipt_section {
    RECEIPT_HEAD,    /* who sold */
    RECEIPT_FACTS,   /* number, time, cashier */
    RECEIPT_LINES,   /* what was sold */
    RECEIPT_TOTALS,  /* what it comes to */
    RECEIPT_TENDERS, /* how it was paid */
    RECEIPT_TAXES,   /* the taxes by rate */
    RECEIPT_FOOT,    /* what the shop has to say */
};

enum receipt_row_kind {
    RECEIPT_ROW_TITLE,    /* cells: text; centred, large */
    RECEIPT_ROW_CENTRED,  /* cells: text, may have several lines */
    RECEIPT_ROW_PAIR,     /* cells: text, value */
    RECEIPT_ROW_ITEM,     /* cells: name, amount or "", letters of its taxes */
    RECEIPT_ROW_DETAIL,   /* cells: text, amount, letters; belongs to the item before it */
    RECEIPT_ROW_TOTAL,    /* cells: text, amount; large */
    RECEIPT_ROW_TAX_HEAD, /* cells: "", text, heads of the three columns */
    RECEIPT_ROW_TAX,      /* cells: letter or "", text, net, tax, gross */
};

#define RECEIPT_CELLS_MAX 5

struct receipt_row {
    enum receipt_section section;
    enum receipt_row_kind kind;
    /* The room beside amounts that the letters of the taxes take: as many as the line with the most has, 0
     * when the receipt has but one tax and needs no letters. */
    unsigned letters;
    const char *cells[RECEIPT_CELLS_MAX]; /* valid during the call; never NULL, "" for none */
};

/* Called for each row, in order; sections come in the order of the enumeration. */
typedef void (*receipt_renderer)(void *context, const struct receipt_row *row);

void receipt_lay_out(const struct receipt *receipt, receipt_renderer renderer, void *context);

#endif
