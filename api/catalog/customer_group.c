/* Customer groups: who gets which prices and promotions, such as "Staff". */
#include "catalog/entity.h"

enum {
    NAME,
    FIELD_COUNT,
};

static const struct entity_field fields[FIELD_COUNT] = {
    [NAME] = {.name = "name", .kind = ENTITY_STRING},
};

static const char SELECT_BY_NAME[] = "SELECT id FROM customer_groups WHERE name = ?1";

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    (void)before;
    return entity_check_unique(act, &entity_customer_group, row, NAME, SELECT_BY_NAME, STATUS_NAME_TAKEN);
}

const struct entity entity_customer_group = {
    .name = "customer_group",
    .noun = "customer group",
    .not_found = STATUS_CUSTOMER_GROUP_NOT_FOUND,
    .fields = fields,
    .field_count = FIELD_COUNT,
    .sql = ENTITY_SQL("customer_groups", "name", "?6", "id"),
    .check = check,
};
