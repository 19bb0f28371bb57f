/* The receipt of a transaction, laid out by the core from the stored record and the store's own words. */
#ifndef MYPOS_APP_TRANSACTION_RECEIPT_H
#define MYPOS_APP_TRANSACTION_RECEIPT_H

#include "app/app.h"
#include "core/receipt/receipt.h"

/* There is no registered media type for what receipt printers understand. */
#define RECEIPT_ESCPOS_TYPE "application/vnd.escpos"

enum receipt_form {
    RECEIPT_FORM_TEXT,
    RECEIPT_FORM_HTML,
    RECEIPT_FORM_ESCPOS,
};

struct receipt_wish {
    enum receipt_form form;
    unsigned columns;     /* 0: as many as the store's printers have */
    const char *language; /* NULL: the store's */
    bool copy, gift;
    bool drawer, qr; /* only of ESC/POS */
};

/* STATUS_TRANSACTION_NOT_FOUND. */
MUST_CHECK enum status transaction_receipt(struct call *call, const struct id *id,
                                           const struct receipt_wish *wish);

/* A receipt before it is rendered, for others that send it somewhere. Lives as long as the call's arena and
 * until it is closed. */
struct receipt_source {
    json_t *record;
    struct receipt receipt;
    unsigned columns; /* of the store's printers */
};
MUST_CHECK enum status receipt_source_open(struct call *call, const struct id *id,
                                           struct receipt_source *source);
void receipt_source_close(struct receipt_source *source);

#endif
