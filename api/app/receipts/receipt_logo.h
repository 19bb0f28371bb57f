/*
 * The logo on top of printed receipts: the file receipt-logo.pbm in the data directory, a bitmap of netpbm's
 * binary PBM format ("P4"), at most as wide as the paper has dots.
 */
#ifndef MYPOS_APP_RECEIPT_LOGO_H
#define MYPOS_APP_RECEIPT_LOGO_H

#include "base/arena.h"
#include "core/receipt/receipt.h"

#define RECEIPT_LOGO_FILE "receipt-logo.pbm"
#define RECEIPT_LOGO_MAX  65536 /* bytes of the file */

/* Reads the logo into the arena. No file, or one that is no such bitmap: no logo. */
void receipt_logo_read(const char *data_directory, struct arena *arena, struct receipt_bitmap *logo);

#endif
