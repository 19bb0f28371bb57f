/*
 * Receipts for a receipt printer: the device of core/receipt/receipt_columns.h that speaks ESC/POS.
 */
#include "core/receipt/escpos.h"

struct escpos_device {
    struct receipt_device device; /* first, so that a pointer to it is one to the whole */
    struct escpos printer;
};

static struct escpos *printer_of(struct receipt_device *device)
{
    return &((struct escpos_device *)device)->printer;
}

static void write_text(struct receipt_device *device, const char *text, size_t length)
{
    escpos_text(printer_of(device), text, length);
}

static void end_line(struct receipt_device *device)
{
    escpos_end_line(printer_of(device));
}

static void set_style(struct receipt_device *device, enum receipt_style style)
{
    escpos_style(printer_of(device), style);
}

static void print_barcode(struct receipt_device *device, const char *text)
{
    escpos_end_line(printer_of(device));
    escpos_barcode(printer_of(device), text, device->columns);
}

static void print_qr(struct receipt_device *device, const char *text)
{
    escpos_end_line(printer_of(device));
    escpos_qr(printer_of(device), text);
}

void receipt_escpos(struct text *bytes, const struct receipt *receipt,
                    const struct receipt_escpos_options *options)
{
    struct escpos_device device = {
        .device =
            {
                .columns = options->columns,
                .write = write_text,
                .end_line = end_line,
                .set_style = set_style,
                .barcode = print_barcode,
                .qr = print_qr,
            },
        .printer = escpos_begin(bytes),
    };
    if (options->opens_drawer) {
        escpos_open_drawer(&device.printer);
    }
    /* An image may be as wide as the narrowest paper of these columns. */
    escpos_bitmap(&device.printer, &options->logo, options->columns);
    receipt_columns(&device.device, receipt);
    escpos_style(&device.printer, RECEIPT_STYLE_PLAIN);
    escpos_cut(&device.printer);
}
