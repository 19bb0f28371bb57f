/* The receipt of a transaction, laid out by the core from the stored record and the store's own words. */
#ifndef MYPOS_APP_TRANSACTION_RECEIPT_H
#define MYPOS_APP_TRANSACTION_RECEIPT_H

#include "app/app.h"

enum receipt_form {
    RECEIPT_FORM_TEXT, /* 42 columns */
    RECEIPT_FORM_HTML,
};

/* STATUS_TRANSACTION_NOT_FOUND. */
MUST_CHECK enum status transaction_receipt(struct call *call, const struct id *id, enum receipt_form form);

#endif
