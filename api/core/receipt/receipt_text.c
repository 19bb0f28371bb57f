/*
 * Receipts as text: the simplest of devices.
 */
#include "core/receipt/receipt_columns.h"

struct text_device {
    struct receipt_device device; /* first, so that a pointer to it is one to the whole */
    struct text *text;            /* borrowed */
};

static void write_text(struct receipt_device *device, const char *bytes, size_t length)
{
    text_add(((struct text_device *)device)->text, bytes, length);
}

static void end_line(struct receipt_device *device)
{
    text_add_char(((struct text_device *)device)->text, '\n');
}

void receipt_text(struct text *text, const struct receipt *receipt, unsigned columns)
{
    struct text_device device = {
        .device = {.columns = columns, .write = write_text, .end_line = end_line},
        .text = text,
    };
    receipt_columns(&device.device, receipt);
}
