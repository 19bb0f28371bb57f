/*
 * Slips: text of so many columns for a receipt printer, row by row; for what is no receipt, such as the
 * report of a shift. Columns are counted as printers do (core/receipt/columns.h). Long texts wrap; a value is
 * never cut.
 *
 * No I/O, no allocation. Freestanding.
 */
#ifndef MYPOS_CORE_SLIP_H
#define MYPOS_CORE_SLIP_H

#include "base/text.h"

struct slip {
    struct text *text; /* borrowed */
    unsigned columns;
};

/* A line across. */
void slip_rule(const struct slip *slip);

/* A text in the middle. */
void slip_title(const struct slip *slip, const char *text);

/* A text at the left, and what belongs to it at the right. */
void slip_pair(const struct slip *slip, const char *text, const char *value);

#endif
