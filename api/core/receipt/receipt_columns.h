/*
 * Receipts in columns: the rows of a layout (core/receipt/receipt.h) as lines on a device whose characters
 * all have one width, such as a text file or a receipt printer.
 *
 * A device gets each line from left to right: set_style, any number of writes, end_line. What it is given to
 * write is UTF-8 (bytes that are not are as people wrote them) without control characters; it advances as
 * many columns as core/receipt/columns.h counts, so the device must keep to that.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_RECEIPT_COLUMNS_H
#define MYPOS_CORE_RECEIPT_COLUMNS_H

#include "core/receipt/receipt.h"

enum receipt_style {
    RECEIPT_STYLE_PLAIN,
    RECEIPT_STYLE_STRONG, /* emphasised */
    RECEIPT_STYLE_TALL,   /* emphasised, twice as high */
    RECEIPT_STYLE_LARGE,  /* emphasised, twice as high and wide: a character takes two columns */
};

/* A renderer embeds this. `set_style`, `barcode` and `qr` may be NULL: a device without them prints all
 * lines plain, and no codes. */
struct receipt_device {
    unsigned columns; /* from RECEIPT_COLUMNS_MIN to RECEIPT_COLUMNS_MAX; others are moved there */
    void (*write)(struct receipt_device *device, const char *text, size_t length);
    void (*end_line)(struct receipt_device *device);
    void (*set_style)(struct receipt_device *device, enum receipt_style style);
    void (*barcode)(struct receipt_device *device, const char *text);
    void (*qr)(struct receipt_device *device, const char *text);
};

void receipt_columns(struct receipt_device *device, const struct receipt *receipt);

#endif
