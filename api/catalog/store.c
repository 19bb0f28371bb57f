/* Stores: where is sold, in which currency, and what the receipts say. */
#include "catalog/entity.h"

#include <string.h>

enum {
    CODE,
    NAME,
    CURRENCY,
    TIME_ZONE,
    ADDRESS,
    TAX_NUMBER,
    RECEIPT_HEADER,
    RECEIPT_FOOTER,
    FIELD_COUNT,
};

static const struct entity_field fields[FIELD_COUNT] = {
    [CODE] = {.name = "code", .kind = ENTITY_STRING},
    [NAME] = {.name = "name", .kind = ENTITY_STRING},
    [CURRENCY] = {.name = "currency", .kind = ENTITY_STRING},
    [TIME_ZONE] = {.name = "time_zone", .kind = ENTITY_STRING},
    [ADDRESS] = {.name = "address", .kind = ENTITY_STRING, .nullable = true},
    [TAX_NUMBER] = {.name = "tax_number", .kind = ENTITY_STRING, .nullable = true},
    [RECEIPT_HEADER] = {.name = "receipt_header", .kind = ENTITY_STRING, .nullable = true},
    [RECEIPT_FOOTER] = {.name = "receipt_footer", .kind = ENTITY_STRING, .nullable = true},
};

static const char SELECT_BY_CODE[] = "SELECT id FROM stores WHERE code = ?1";

/* Amounts carry no currency of their own: another one would change what was paid. */
static void check_currency(struct entity_act *act, const struct entity_row *before,
                           const struct entity_row *row)
{
    const struct entity_value *old = &before->values[CURRENCY], *new = &row->values[CURRENCY];
    if (old->length == new->length && memcmp(old->bytes, new->bytes, old->length) == 0) {
        return;
    }
    if (act->store_has_sales) {
        (void)detail_fault(act->detail, "/currency", "store_has_sales",
                           "The store has sales in %.*s; a store with another currency is a new store.",
                           (int)old->length, old->bytes);
    }
}

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    if (before != NULL) {
        check_currency(act, before, row);
    }
    return entity_check_unique(act, &entity_store, row, CODE, SELECT_BY_CODE, STATUS_CODE_TAKEN);
}

const struct entity entity_store = {
    .name = "store",
    .not_found = STATUS_STORE_NOT_FOUND,
    .fields = fields,
    .field_count = FIELD_COUNT,
    .sql = ENTITY_SQL("stores",
                      "code, name, currency, time_zone, address, tax_number, receipt_header, receipt_footer",
                      "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13", "id"),
    .check = check,
};
