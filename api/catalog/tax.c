#include "catalog/tax.h"

#include "core/rate.h"

#define RATE_ABSENT (-1) /* until the check, which knows whether the kind needs one */

static const struct entity_field fields[TAX_FIELD_COUNT] = {
    [TAX_NAME] = {.name = "name", .kind = ENTITY_STRING},
    [TAX_RATE] = {.name = "rate",
                  .kind = ENTITY_RATE,
                  .has_default = true,
                  .otherwise = {.number = RATE_ABSENT}},
    [TAX_INCLUSIVE] = {.name = "inclusive", .kind = ENTITY_BOOL},
    [TAX_KIND] = {.name = "kind", .kind = ENTITY_STRING, ENTITY_OTHERWISE("percent")},
    [TAX_AMOUNT_PER_UNIT] = {.name = "amount_per_unit", .kind = ENTITY_INT, .has_default = true},
    [TAX_COMPOUND] = {.name = "compound", .kind = ENTITY_BOOL, .has_default = true},
    [TAX_POSITION] = {.name = "position", .kind = ENTITY_INT, .has_default = true},
};

static const char SELECT_BY_NAME[] = "SELECT id FROM taxes WHERE name = ?1";
static const char SELECT_BY_RATE[] = "SELECT id FROM taxes WHERE rate = ?1 AND inclusive = 1 AND archived = 0"
                                     " AND kind = 'percent' AND compound = 0 ORDER BY key LIMIT 1";

static bool is_fixed(const struct entity_row *row)
{
    return row->values[TAX_KIND].length == 5; /* not "percent" */
}

static void check_fixed(struct entity_act *act, struct entity_row *row)
{
    if (row->values[TAX_RATE].number == RATE_ABSENT) {
        row->values[TAX_RATE].number = 0;
    }
    if (row->values[TAX_RATE].number != 0) {
        (void)detail_fault(act->detail, "/rate", "not_of_kind",
                           "A fixed tax has no rate; its amount is amount_per_unit.");
    }
    if (row->values[TAX_AMOUNT_PER_UNIT].number <= 0) {
        (void)detail_fault(act->detail, "/amount_per_unit", "required",
                           "A fixed tax needs amount_per_unit, above 0.");
    }
    if (row->values[TAX_COMPOUND].number != 0) {
        (void)detail_fault(act->detail, "/compound", "not_of_kind",
                           "A fixed tax does not depend on other taxes.");
    }
}

static void check_percent(struct entity_act *act, const struct entity_row *row)
{
    if (row->values[TAX_RATE].number == RATE_ABSENT) {
        (void)detail_fault(act->detail, "/rate", "required", "rate is missing.");
    }
    if (row->values[TAX_AMOUNT_PER_UNIT].number != 0) {
        (void)detail_fault(act->detail, "/amount_per_unit", "not_of_kind",
                           "A percentage has no amount_per_unit.");
    }
}

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    (void)before;
    if (is_fixed(row)) {
        check_fixed(act, row);
    } else {
        check_percent(act, row);
    }
    return entity_check_unique(act, &entity_tax, row, TAX_NAME, SELECT_BY_NAME, STATUS_NAME_TAKEN);
}

const struct entity entity_tax = {
    .name = "tax",
    .not_found = STATUS_TAX_NOT_FOUND,
    .fields = fields,
    .field_count = TAX_FIELD_COUNT,
    .sql = ENTITY_SQL("taxes", "name, rate, inclusive, kind, amount_per_unit, compound, position",
                      "?6, ?7, ?8, ?9, ?10, ?11, ?12", "id"),
    .check = check,
};

bool tax_is_plain(const struct entity_row *tax)
{
    return !is_fixed(tax) && tax->values[TAX_INCLUSIVE].number != 0 && tax->values[TAX_COMPOUND].number == 0;
}

/* "20 %", or "20 % (2)" and so on when the name belongs to an exclusive or archived tax. */
static enum status name_tax(struct entity_act *act, struct entity_row *row)
{
    char digits[32];
    struct text rate = text_over(digits, sizeof digits);
    rate_format(&rate, row->values[TAX_RATE].number);
    const char *name = arena_printf(act->arena, "%s %%", text_string(&rate));
    enum status status;
    for (unsigned attempt = 2;; attempt++) {
        row->values[TAX_NAME] = entity_string(name);
        status = entity_check_unique(act, &entity_tax, row, TAX_NAME, SELECT_BY_NAME, STATUS_NAME_TAKEN);
        if (status != STATUS_NAME_TAKEN) {
            return status;
        }
        name = arena_printf(act->arena, "%s %% (%u)", text_string(&rate), attempt);
    }
}

enum status tax_find_or_create(struct entity_act *act, int64_t rate, struct id *id)
{
    sqlite3_stmt *statement = db_statement(act->db, SELECT_BY_RATE);
    db_bind_int(statement, 1, rate);
    bool found = false;
    enum status status = db_step(act->db, statement, &found);
    const bool has_id = status == STATUS_OK && found && db_column_id(statement, 0, id);
    db_done(statement);
    if (status != STATUS_OK || has_id) {
        return status;
    }
    struct entity_row row;
    entity_row_begin(&entity_tax, &row);
    row.values[TAX_RATE] = entity_int(rate);
    row.values[TAX_INCLUSIVE] = entity_int(1);
    status = name_tax(act, &row);
    if (status == STATUS_OK) {
        status = entity_store_row(&entity_tax, act, NULL, &row, "create");
    }
    *id = row.id;
    return status;
}
