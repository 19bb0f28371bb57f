/*
 * Receipts: what the customer takes home.
 *
 * A receipt is laid out once, into rows: what stands where, and how it matters. Renderers turn rows into
 * text for a printer's width, a page, or the bytes of a receipt printer; amounts are formatted once, in the
 * layout, so no two forms of a receipt differ.
 *
 *     struct receipt → receipt_lay_out → rows ─┬─ core/receipt/receipt_html.c     a page
 *                                              └─ core/receipt/receipt_columns.h ─┬─ text
 *                                                                         └─ core/receipt/escpos.h: a printer
 *
 * Columns are counted as printers do (core/receipt/columns.h). Long texts wrap; an amount is never cut. Input
 * strings are UTF-8; they may hold \n in `header`, `address` and `footer`, any other control character is
 * rendered as a blank, so that no product's name commands a printer.
 *
 * No I/O, no allocation. Freestanding.
 */
#ifndef MYPOS_CORE_RECEIPT_H
#define MYPOS_CORE_RECEIPT_H

#include "base/text.h"
#include "core/tender.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECEIPT_COLUMNS     42 /* a usual printer of 80 mm paper; 58 mm has 32, others 48 */
#define RECEIPT_COLUMNS_MIN 32
#define RECEIPT_COLUMNS_MAX 96

/* Taxes that a receipt sums up on rows of their own; further ones share the last row. */
#define RECEIPT_TAXES_MAX 26

/* Discounts of the whole basket that have rows of their own; further ones are part of the discounts' sum. */
#define RECEIPT_DISCOUNTS_MAX 16

/* The words of a receipt; a translation is another of these (core/receipt/receipt_labels.c). */
struct receipt_labels {
    const char *language; /* BCP 47: "de" */
    char decimal_mark;
    const char *copy, *gift, *refund, *voided; /* what kind of receipt it is; */
    const char *receipt, *original, *exchange, *offline_number, *date, *register_code, *cashier, *tax_number;
    const char *tare, *regular_price, *weight_unit; /* of goods that are sold by weight */
    const char *discount, *subtotal, *discounts, *taxes, *rounding;
    const char *total, *total_refunded, *total_voided, *change, *tip;
    const char *cash, *card, *gift_card, *store_credit, *customer_account, *exchanged, *other;
    const char *tax, *net, *tax_amount, *gross; /* the heads of the tax summary */
    const char *other_taxes;                    /* those beyond RECEIPT_TAXES_MAX */
    const char *reason, *tax_exempt, *points_earned, *points_used;
};
extern const struct receipt_labels receipt_labels_english, receipt_labels_german;

/* The labels of a language ("de", "de-AT"); NULL when there are none. */
const struct receipt_labels *receipt_labels_of(const char *language);

struct receipt_tax {
    const char *name, *rate; /* "MwSt", "20": percent; a fixed tax has no rate to show: NULL */
    bool inclusive;
    int64_t base, amount;
};

struct receipt_discount {
    const char *name;    /* of a promotion; NULL: a discount given by hand */
    const char *percent; /* "10"; NULL: an amount */
    const char *reason;
    int64_t amount;
    bool is_basket; /* a line's share: the shares are summed and shown once, below the lines */
};

struct receipt_line {
    const char *name, *quantity; /* "2", "0.125" */
    bool weighed;
    const char *tare; /* "0.02" */
    int64_t unit_price, gross, discount;
    int64_t list_price; /* 0: the unit price is the regular one */
    const char *price_reason;
    const struct receipt_discount *discounts; /* when there are any they sum up to `discount` */
    size_t discount_count;
    const struct receipt_tax *taxes;
    size_t tax_count;
    const char *exemption_reason; /* the line is tax exempt */
    const char *note;
};

struct receipt_tender {
    enum tender_type type;
    const char *name;      /* "Lunch voucher", "VISA"; stands for, or after, the type's label */
    const char *last_four; /* of a card */
    int64_t amount, tip;   /* the tip is no part of the amount */
};

enum receipt_kind {
    RECEIPT_SALE,
    RECEIPT_REFUND,
    RECEIPT_VOID,
};

/* A receipt. Everything is borrowed; what is NULL or "" is left out. All amounts are positive; `kind` says
 * which way they went. */
struct receipt {
    enum receipt_kind kind;
    bool copy; /* says so */
    bool gift; /* shows what was bought, but neither prices, tenders nor taxes */
    const char *store_name, *header, *address, *tax_number;
    const char *receipt_number, *local_time, *register_code, *cashier;
    const char *original_number; /* of the sale that is refunded or voided */
    const char *exchange_number; /* of the other half of an exchange */
    const char *offline_number;  /* under which the till sold while it was offline */
    const char *currency;        /* "EUR" */
    int decimals;                /* money_decimals(currency) */
    const struct receipt_line *lines;
    size_t line_count;
    int64_t subtotal, discount_total, tax_total, tax_included, rounding, total;
    const struct receipt_tender *tenders;
    size_t tender_count;
    int64_t change;
    const char *reason;                                   /* of a refund or void */
    const char *exemption_reason, *exemption_certificate; /* the basket is tax exempt */
    int64_t points_earned, points_used;
    const char *footer;
    const char *qr;                      /* what a QR code says, on devices that have them */
    const struct receipt_labels *labels; /* NULL: English */
};

/* Renders text of `columns` columns (from MIN to MAX; others are moved there), lines ending in \n. */
void receipt_text(struct text *text, const struct receipt *receipt, unsigned columns);

/* Renders a page: complete HTML, its style inside, no script, fit for print. */
void receipt_html(struct text *text, const struct receipt *receipt);

/* An image of black (1) and white (0) dots: rows from the top, each of whole bytes, the leftmost dot in the
 * highest bit; what netpbm's PBM holds. */
struct receipt_bitmap {
    const uint8_t *bits; /* NULL: none */
    unsigned width, height;
};

/* Reads such a file ("P4"); the bitmap borrows its bytes. False when it is none, or cut off. */
bool receipt_bitmap_read(const uint8_t *bytes, size_t length, struct receipt_bitmap *bitmap);

/* Renders the bytes of a receipt printer that understands ESC/POS: logo, receipt, bar code of the number, QR
 * code, cut. With `opens_drawer` the cash drawer opens first. */
struct receipt_escpos_options {
    unsigned columns; /* as of receipt_text */
    struct receipt_bitmap logo;
    bool opens_drawer;
};
void receipt_escpos(struct text *bytes, const struct receipt *receipt,
                    const struct receipt_escpos_options *options);

/* The layout, for further renderers. */

enum receipt_section {
    RECEIPT_HEAD,    /* who sold, and what kind of receipt this is */
    RECEIPT_FACTS,   /* number, time, cashier */
    RECEIPT_LINES,   /* what was sold */
    RECEIPT_TOTALS,  /* what it comes to */
    RECEIPT_TENDERS, /* how it was paid */
    RECEIPT_TAXES,   /* the taxes by rate */
    RECEIPT_NOTES,   /* reasons, points */
    RECEIPT_FOOT,    /* what the shop has to say */
    RECEIPT_CODES,   /* for machines */
};

enum receipt_row_kind {
    RECEIPT_ROW_TITLE,    /* cells: text; centred, large */
    RECEIPT_ROW_CENTRED,  /* cells: text, may have several lines */
    RECEIPT_ROW_BANNER,   /* cells: text; centred, emphasised */
    RECEIPT_ROW_PAIR,     /* cells: text, value */
    RECEIPT_ROW_ITEM,     /* cells: name, amount or "", letters of its taxes */
    RECEIPT_ROW_DETAIL,   /* cells: text, amount, letters; belongs to the item before it */
    RECEIPT_ROW_TOTAL,    /* cells: text, amount; large */
    RECEIPT_ROW_TAX_HEAD, /* cells: "", text, heads of the three columns */
    RECEIPT_ROW_TAX,      /* cells: letter or "", text, net, tax, gross */
    RECEIPT_ROW_BARCODE,  /* cells: text, to be drawn as CODE128 */
    RECEIPT_ROW_QR,       /* cells: text, to be drawn as a QR code */
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
