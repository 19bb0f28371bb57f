#include "catalog/price_list.h"

static const struct entity_field fields[PRICE_LIST_FIELD_COUNT] = {
    [PRICE_LIST_NAME] = {.name = "name", .kind = ENTITY_STRING},
    [PRICE_LIST_CUSTOMER_GROUP_IDS] = {.name = "customer_group_ids",
                                       .kind = ENTITY_IDS,
                                       ENTITY_OTHERWISE("[]"),
                                       .references = &entity_customer_group},
    [PRICE_LIST_STORE_IDS] = {.name = "store_ids",
                              .kind = ENTITY_IDS,
                              ENTITY_OTHERWISE("[]"),
                              .references = &entity_store},
    [PRICE_LIST_VALID_FROM] = {.name = "valid_from", .kind = ENTITY_TIME, .nullable = true},
    [PRICE_LIST_VALID_UNTIL] = {.name = "valid_until", .kind = ENTITY_TIME, .nullable = true},
};

static const char COUNT_LIVE[] = "SELECT count(*) FROM price_lists WHERE archived = 0";
static const char SELECT_BY_NAME[] = "SELECT id FROM price_lists WHERE name = ?1";

void price_list_check_times(struct entity_act *act, const struct entity_value *from,
                            const struct entity_value *until)
{
    if (!from->is_null && !until->is_null && until->number <= from->number) {
        (void)detail_fault(act->detail, "/valid_until", "before_valid_from",
                           "The end must be after the beginning, valid_from.");
    }
}

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    price_list_check_times(act, &row->values[PRICE_LIST_VALID_FROM], &row->values[PRICE_LIST_VALID_UNTIL]);
    const enum status status = entity_check_count(act, before, row, COUNT_LIVE, PRICE_LISTS_MAX);
    return status == STATUS_OK ? entity_check_unique(act, &entity_price_list, row, PRICE_LIST_NAME,
                                                     SELECT_BY_NAME, STATUS_NAME_TAKEN)
                               : status;
}

const struct entity entity_price_list = {
    .name = "price_list",
    .noun = "price list",
    .not_found = STATUS_PRICE_LIST_NOT_FOUND,
    .fields = fields,
    .field_count = PRICE_LIST_FIELD_COUNT,
    .sql = ENTITY_SQL("price_lists", PRICE_LIST_COLUMNS, "?6, ?7, ?8, ?9, ?10", "id"),
    .check = check,
};
