#include "catalog/store.h"

#include <string.h>

static const struct entity_field fields[STORE_FIELD_COUNT] = {
    [STORE_CODE] = {.name = "code", .kind = ENTITY_STRING},
    [STORE_NAME] = {.name = "name", .kind = ENTITY_STRING},
    [STORE_CURRENCY] = {.name = "currency", .kind = ENTITY_STRING},
    [STORE_TIME_ZONE] = {.name = "time_zone", .kind = ENTITY_STRING},
    [STORE_ADDRESS] = {.name = "address", .kind = ENTITY_STRING, .nullable = true},
    [STORE_TAX_NUMBER] = {.name = "tax_number", .kind = ENTITY_STRING, .nullable = true},
    [STORE_RECEIPT_HEADER] = {.name = "receipt_header", .kind = ENTITY_STRING, .nullable = true},
    [STORE_RECEIPT_FOOTER] = {.name = "receipt_footer", .kind = ENTITY_STRING, .nullable = true},
    [STORE_TAX_ROUNDING] = {.name = "tax_rounding", .kind = ENTITY_STRING, ENTITY_OTHERWISE("line")},
    [STORE_ROUNDING_MODE] = {.name = "rounding_mode", .kind = ENTITY_STRING, ENTITY_OTHERWISE("half_up")},
    [STORE_CASH_ROUNDING] = {.name = "cash_rounding", .kind = ENTITY_INT, .has_default = true},
    [STORE_SHIFT_POLICY] = {.name = "shift_policy", .kind = ENTITY_STRING, ENTITY_OTHERWISE("optional")},
    [STORE_LOYALTY] = {.name = "loyalty", .kind = ENTITY_OBJECT, .nullable = true},
    [STORE_RECEIPT_COLUMNS] = {.name = "receipt_columns",
                               .kind = ENTITY_INT,
                               .has_default = true,
                               .otherwise = {.number = 42}},
    [STORE_RECEIPT_LANGUAGE] = {.name = "receipt_language", .kind = ENTITY_STRING, ENTITY_OTHERWISE("en")},
};

static const char SELECT_BY_CODE[] = "SELECT id FROM stores WHERE code = ?1";

/* Amounts carry no currency of their own: another one would change what was paid. */
static void check_currency(struct entity_act *act, const struct entity_row *before,
                           const struct entity_row *row)
{
    const struct entity_value *old = &before->values[STORE_CURRENCY], *new = &row->values[STORE_CURRENCY];
    if (old->length == new->length && memcmp(old->bytes, new->bytes, old->length) == 0) {
        return;
    }
    if (act->store_has_sales) {
        (void)detail_fault(act->detail, "/currency", "store_has_sales",
                           "The store has sales in %.*s; a store with another currency is a new store.",
                           (int)old->length, old->bytes);
    }
}

static bool read_amount(const json_t *object, const char *name, int64_t *amount)
{
    const json_t *member = json_object_get(object, name);
    *amount = json_integer_value(member);
    return member != NULL;
}

bool store_read_loyalty(const char *json, size_t length, int64_t *points_per_amount, int64_t *point_value)
{
    json_t *object = json_loadb(json, length, 0, NULL);
    const bool has_amount = read_amount(object, "points_per_amount", points_per_amount);
    const bool has_value = read_amount(object, "point_value", point_value);
    json_decref(object);
    return has_amount && has_value;
}

/* A patch may give one member of a programme that had none. */
static void check_loyalty(struct entity_act *act, const struct entity_value *loyalty)
{
    int64_t points_per_amount, point_value;
    if (!loyalty->is_null &&
        !store_read_loyalty(loyalty->bytes, loyalty->length, &points_per_amount, &point_value)) {
        (void)detail_fault(act->detail, "/loyalty", "required",
                           "A loyalty programme needs points_per_amount and point_value.");
    }
}

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    if (before != NULL) {
        check_currency(act, before, row);
    }
    check_loyalty(act, &row->values[STORE_LOYALTY]);
    return entity_check_unique(act, &entity_store, row, STORE_CODE, SELECT_BY_CODE, STATUS_CODE_TAKEN);
}

const struct entity entity_store = {
    .name = "store",
    .not_found = STATUS_STORE_NOT_FOUND,
    .fields = fields,
    .field_count = STORE_FIELD_COUNT,
    .sql = ENTITY_SQL("stores",
                      "code, name, currency, time_zone, address, tax_number, receipt_header, receipt_footer,"
                      " tax_rounding, rounding_mode, cash_rounding, shift_policy, loyalty, receipt_columns,"
                      " receipt_language",
                      "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20", "id"),
    .check = check,
};
