/*
 * ESC/POS: the language of receipt printers.
 *
 * Source: Epson's "ESC/POS Command Reference for TM Printers"; each function names the commands it sends.
 * They are those that other makers' printers know too. Bytes go to the printer as they are: over USB, a
 * serial line, or TCP port 9100.
 *
 *     struct escpos printer = escpos_begin(&bytes);
 *     escpos_text(&printer, "Tea", 3);
 *     escpos_end_line(&printer);
 *     escpos_cut(&printer);
 *
 * Text is UTF-8. For each character the printer's code page is kept when it has it, and else switched to the
 * first that does (core/receipt/code_pages.h); what none has becomes something plainer of the same width: "?"
 * at last, blanks for pictographs. East Asian scripts need a printer of their own and are not supported. Text
 * never yields a control character, whoever wrote it.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_ESCPOS_H
#define MYPOS_CORE_ESCPOS_H

#include "base/text.h"
#include "core/receipt/code_pages.h"
#include "core/receipt/receipt_columns.h"

/* Dots of one character of font A: 32 columns are 384 dots on 58 mm paper, 48 are 576 on 80 mm. */
#define ESCPOS_COLUMN_DOTS 12

#define ESCPOS_QR_MAX 2000 /* bytes in a QR code */

struct escpos {
    struct text *out; /* borrowed */
    const struct code_page *page;
    enum receipt_style style;
    uint32_t held; /* a character that waits for a combining mark; 0: none */
    size_t held_columns;
};

/* Initialises the printer and chooses the first code page (ESC @, ESC R, ESC t). */
struct escpos escpos_begin(struct text *out);

/* Opens the cash drawer on connector pin 2 (ESC p). */
void escpos_open_drawer(struct escpos *printer);

void escpos_text(struct escpos *printer, const char *text, size_t length);
void escpos_end_line(struct escpos *printer);

/* At the start of a line (ESC E, GS !). */
void escpos_style(struct escpos *printer, enum receipt_style style);

/* Each of these is centred and ends its line (ESC a). What does not fit `columns` columns is left out: a
 * printer would print nothing, or rubbish. */

/* CODE128 with its text below (GS h, GS w, GS H, GS k); printable ASCII. */
void escpos_barcode(struct escpos *printer, const char *text, unsigned columns);

/* A QR code of model 2 that survives the loss of 15 % (GS ( k). */
void escpos_qr(struct escpos *printer, const char *text);

/* Raster bit image (GS v 0). */
void escpos_bitmap(struct escpos *printer, const struct receipt_bitmap *bitmap, unsigned columns);

/* Feeds to the knife and cuts, leaving one point (GS V). */
void escpos_cut(struct escpos *printer);

#endif
