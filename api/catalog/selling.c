#include "catalog/selling.h"

#include "catalog/entity.h"

#include <string.h>

static const char SELECT_REGISTER[] =
    "SELECT r.key, s.key, r.id, s.id, r.archived OR s.archived, r.code, r.name, s.code, s.name, s.currency,"
    " s.time_zone, s.address, s.tax_number, s.receipt_header, s.receipt_footer"
    " FROM registers AS r CROSS JOIN stores AS s ON s.id = r.store_id WHERE r.id = ?1";
static const char SELECT_REGISTER_KEY[] = "SELECT key FROM registers WHERE code = ?1";
static const char SELECT_PRODUCT[] =
    "SELECT key, archived, oversell, sku, name, price, unit, tax_ids FROM products WHERE id = ?1";
static const char SELECT_TAX[] = "SELECT rate, inclusive, name FROM taxes WHERE id = ?1";

static const char *copy_column(struct arena *arena, sqlite3_stmt *statement, int column)
{
    const char *text = db_column_string(statement, column);
    return text == NULL ? NULL : arena_copy_n(arena, text, (size_t)sqlite3_column_bytes(statement, column));
}

enum status selling_register_read(struct db *db, struct arena *arena, const struct id *id,
                                  struct selling_register *out)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_REGISTER);
    db_bind_id(statement, 1, id);
    bool found = false;
    const enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        *out = (struct selling_register){
            .key = sqlite3_column_int64(statement, 0),
            .store_key = sqlite3_column_int64(statement, 1),
            .archived = sqlite3_column_int(statement, 4) != 0,
            .code = copy_column(arena, statement, 5),
            .name = copy_column(arena, statement, 6),
            .store_code = copy_column(arena, statement, 7),
            .store_name = copy_column(arena, statement, 8),
            .currency = copy_column(arena, statement, 9),
            .time_zone = copy_column(arena, statement, 10),
            .address = copy_column(arena, statement, 11),
            .tax_number = copy_column(arena, statement, 12),
            .receipt_header = copy_column(arena, statement, 13),
            .receipt_footer = copy_column(arena, statement, 14),
        };
        (void)db_column_id(statement, 2, &out->id);
        (void)db_column_id(statement, 3, &out->store_id);
    }
    db_done(statement);
    return status == STATUS_OK && !found ? STATUS_REGISTER_NOT_FOUND : status;
}

enum status selling_register_key(struct db *db, const char *code, int64_t *key)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_REGISTER_KEY);
    db_bind_string(statement, 1, code);
    bool found = false;
    const enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        *key = sqlite3_column_int64(statement, 0);
    }
    db_done(statement);
    return status == STATUS_OK && !found ? STATUS_REGISTER_NOT_FOUND : status;
}

static enum status read_tax(struct db *db, struct arena *arena, const char *id_text,
                            struct pricing_product *pricing)
{
    struct id id;
    if (!id_parse(id_text, &id)) {
        return STATUS_INTERNAL_ERROR;
    }
    sqlite3_stmt *statement = db_statement(db, SELECT_TAX);
    db_bind_id(statement, 1, &id);
    bool found = false;
    const enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        const unsigned at = pricing->tax_count++;
        pricing->taxes[at].rate = sqlite3_column_int64(statement, 0);
        pricing->taxes[at].inclusive = sqlite3_column_int(statement, 1) != 0;
        pricing->tax_names[at].id = id_text;
        pricing->tax_names[at].name = copy_column(arena, statement, 2);
    }
    db_done(statement);
    return status == STATUS_OK && !found ? STATUS_INTERNAL_ERROR : status;
}

/* The taxes of a row's JSON text. */
static enum status read_taxes(struct db *db, struct arena *arena, const char *ids, size_t length,
                              struct pricing_product *pricing)
{
    enum status status = STATUS_OK;
    size_t at = 0;
    const char *id;
    while (status == STATUS_OK && pricing->tax_count < PRICING_TAXES_MAX &&
           (id = entity_next_id(arena, ids, length, &at)) != NULL) {
        status = read_tax(db, arena, id, pricing);
    }
    return status;
}

enum status selling_product_read(struct db *db, struct arena *arena, const struct id *id,
                                 struct selling_product *out)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_PRODUCT);
    db_bind_id(statement, 1, id);
    bool found = false;
    enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        const char *oversell = db_column_string(statement, 2), *unit = db_column_string(statement, 6);
        *out = (struct selling_product){
            .key = sqlite3_column_int64(statement, 0),
            .id = *id,
            .archived = sqlite3_column_int(statement, 1) != 0,
            .deny_oversell = strcmp(oversell, "deny") == 0,
            .sku = copy_column(arena, statement, 3),
            .name = copy_column(arena, statement, 4),
            .pricing.price_minor = sqlite3_column_int64(statement, 5),
            .pricing.unit = strcmp(unit, "weighed") == 0 ? PRICING_WEIGHED : PRICING_EACH,
        };
        const char *taxes = db_column_string(statement, 7);
        status = read_taxes(db, arena, taxes, (size_t)sqlite3_column_bytes(statement, 7), &out->pricing);
    }
    db_done(statement);
    return status == STATUS_OK && !found ? STATUS_PRODUCT_NOT_FOUND : status;
}
