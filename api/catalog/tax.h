/*
 * Taxes: a rate, and whether prices contain it.
 */
#ifndef MYPOS_CATALOG_TAX_H
#define MYPOS_CATALOG_TAX_H

#include "catalog/entity.h"

enum tax_field {
    TAX_NAME,
    TAX_RATE,
    TAX_INCLUSIVE,
    TAX_FIELD_COUNT,
};

/* The oldest inclusive tax of this rate that is not archived; makes one when there is none. */
MUST_CHECK enum status tax_find_or_create(struct entity_act *act, int64_t rate, struct id *id);

#endif
