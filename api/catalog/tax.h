/*
 * Taxes: a percentage, or an amount for each unit sold (a bottle deposit); whether prices contain it; whether
 * it is due on the taxes before it too; and its place among the taxes of a line.
 */
#ifndef MYPOS_CATALOG_TAX_H
#define MYPOS_CATALOG_TAX_H

#include "catalog/entity.h"

enum tax_field {
    TAX_NAME,
    TAX_RATE, /* 0 of a fixed tax */
    TAX_INCLUSIVE,
    TAX_KIND,            /* "percent", "fixed" */
    TAX_AMOUNT_PER_UNIT, /* minor units; 0 of a percentage */
    TAX_COMPOUND,
    TAX_POSITION, /* lower ones are computed first; equal ones in the product's order */
    TAX_FIELD_COUNT,
};

#define TAX_AMOUNT_MAX 100000000LL

/* The oldest plain tax of this rate that is not archived; makes one when there is none. */
MUST_CHECK enum status tax_find_or_create(struct entity_act *act, int64_t rate, struct id *id);

/* Whether a rate says all of it: an inclusive percentage that is not compound, as a CSV column can name it.
 */
bool tax_is_plain(const struct entity_row *tax);

#endif
