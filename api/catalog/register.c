/* Registers: the places in a store where sales are made. */
#include "catalog/entity.h"

enum {
    STORE_ID,
    CODE,
    NAME,
    FIELD_COUNT,
};

static const struct entity_field fields[FIELD_COUNT] = {
    [STORE_ID] = {.name = "store_id", .kind = ENTITY_ID, .references = &entity_store},
    [CODE] = {.name = "code", .kind = ENTITY_STRING},
    [NAME] = {.name = "name", .kind = ENTITY_STRING},
};

static const char SELECT_BY_CODE[] = "SELECT id FROM registers WHERE code = ?1";

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    (void)before;
    return entity_check_unique(act, &entity_register, row, CODE, SELECT_BY_CODE, STATUS_CODE_TAKEN);
}

const struct entity entity_register = {
    .name = "register",
    .not_found = STATUS_REGISTER_NOT_FOUND,
    .fields = fields,
    .field_count = FIELD_COUNT,
    .sql = ENTITY_SQL("registers", "store_id, code, name", "?6, ?7, ?8", "store_id"),
    .check = check,
};
