#include "catalog/selling.h"

#include "catalog/store.h"

#include <string.h>

static const char SELECT_REGISTER[] =
    "SELECT r.key, s.key, r.id, s.id, r.archived OR s.archived, r.code, r.name, s.code, s.name, s.currency,"
    " s.time_zone, s.address, s.tax_number, s.receipt_header, s.receipt_footer,"
    " s.tax_rounding = 'receipt', s.rounding_mode = 'half_even', s.shift_policy = 'required',"
    " s.cash_rounding, s.loyalty, s.receipt_columns, s.receipt_language"
    " FROM registers AS r CROSS JOIN stores AS s ON s.id = r.store_id WHERE r.id = ?1";
static const char SELECT_STORE_REGISTER[] =
    "SELECT id FROM registers WHERE store_id = ?1 AND archived = 0 ORDER BY key LIMIT 1";
static const char SELECT_REGISTER_KEY[] = "SELECT key FROM registers WHERE code = ?1";
static const char SELECT_PRODUCT[] =
    "SELECT key, archived, oversell = 'deny' AND kind = 'goods', sku, name, price, unit = 'weighed', kind,"
    " open_price, iif(kind = 'goods', low_stock_at, NULL),"
    " (SELECT c.key FROM categories AS c WHERE c.id = category_id), tax_ids FROM products WHERE id = ?1";
static const char SELECT_TAX[] =
    "SELECT key, name, rate, inclusive, kind = 'fixed', amount_per_unit, compound, position"
    " FROM taxes WHERE id = ?1";
static const char SELECT_LIST_PRICES[] =
    "SELECT p.price_list_key, p.price FROM price_list_prices AS p"
    " JOIN price_lists AS l ON l.key = p.price_list_key AND l.archived = 0"
    " WHERE p.product_key = ?1 LIMIT ?2";

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
            .tax_per_receipt = sqlite3_column_int(statement, 15) != 0,
            .round_half_even = sqlite3_column_int(statement, 16) != 0,
            .shift_required = sqlite3_column_int(statement, 17) != 0,
            .cash_rounding = sqlite3_column_int64(statement, 18),
            .receipt_columns = sqlite3_column_int(statement, 20),
            .receipt_language = copy_column(arena, statement, 21),
        };
        const char *loyalty = db_column_string(statement, 19);
        if (loyalty != NULL) {
            (void)store_read_loyalty(loyalty, strlen(loyalty), &out->points_per_amount, &out->point_value);
        }
        (void)db_column_id(statement, 2, &out->id);
        (void)db_column_id(statement, 3, &out->store_id);
    }
    db_done(statement);
    return status == STATUS_OK && !found ? STATUS_REGISTER_NOT_FOUND : status;
}

enum status selling_store_register(struct db *db, const struct id *store_id, struct id *id)
{
    sqlite3_stmt *select = db_statement(db, SELECT_STORE_REGISTER);
    db_bind_id(select, 1, store_id);
    bool found;
    const enum status status = db_step(db, select, &found);
    if (status == STATUS_OK && found) {
        db_column_id(select, 0, id);
        db_done(select);
    }
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

/* --- products --- */

struct placed_tax {
    int64_t position;
    struct pricing_tax tax;
    struct pricing_tax_name name;
};

static enum status read_tax(struct db *db, struct arena *arena, const char *id_text, struct placed_tax *out)
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
        *out = (struct placed_tax){
            .position = sqlite3_column_int64(statement, 7),
            .tax = {.rate = sqlite3_column_int64(statement, 2),
                    .amount_per_unit = sqlite3_column_int64(statement, 5),
                    .key = (uint32_t)sqlite3_column_int64(statement, 0),
                    .kind = sqlite3_column_int(statement, 4) != 0 ? PRICING_TAX_FIXED : PRICING_TAX_PERCENT,
                    .inclusive = sqlite3_column_int(statement, 3) != 0,
                    .compound = sqlite3_column_int(statement, 6) != 0},
            .name = {.id = id_text, .name = copy_column(arena, statement, 1)},
        };
    }
    db_done(statement);
    return status == STATUS_OK && !found ? STATUS_INTERNAL_ERROR : status;
}

/* The taxes of a row's JSON text, by their positions; those of one position in the text's order. */
static enum status read_taxes(struct db *db, struct arena *arena, const char *ids, size_t length,
                              struct pricing_product *pricing)
{
    struct placed_tax taxes[PRICING_TAXES_MAX];
    size_t at = 0;
    const char *id;
    unsigned count = 0;
    while (count < PRICING_TAXES_MAX && (id = entity_next_id(arena, ids, length, &at)) != NULL) {
        struct placed_tax tax;
        const enum status status = read_tax(db, arena, id, &tax);
        if (status != STATUS_OK) {
            return status;
        }
        unsigned place = count++;
        for (; place > 0 && taxes[place - 1].position > tax.position; place--) {
            taxes[place] = taxes[place - 1];
        }
        taxes[place] = tax;
    }
    for (unsigned i = 0; i < count; i++) {
        pricing->taxes[i] = taxes[i].tax;
        pricing->tax_names[i] = taxes[i].name;
    }
    pricing->tax_count = count;
    return STATUS_OK;
}

static enum status read_list_prices(struct db *db, struct arena *arena, struct selling_product *out)
{
    struct selling_list_price prices[SELLING_LIST_PRICES_MAX];
    sqlite3_stmt *statement = db_statement(db, SELECT_LIST_PRICES);
    db_bind_int(statement, 1, out->key);
    db_bind_int(statement, 2, SELLING_LIST_PRICES_MAX);
    bool found = false;
    enum status status;
    size_t count = 0;
    while ((status = db_step(db, statement, &found)) == STATUS_OK && found) {
        prices[count++] = (struct selling_list_price){
            .price_list_key = sqlite3_column_int64(statement, 0),
            .price_minor = sqlite3_column_int64(statement, 1),
        };
    }
    if (count > 0) {
        struct selling_list_price *copy = arena_alloc(arena, count * sizeof *copy);
        memcpy(copy, prices, count * sizeof *copy);
        out->list_prices = copy;
        out->list_price_count = count;
    }
    return status;
}

static enum selling_kind kind_named(const char *name)
{
    return strcmp(name, "service") == 0     ? SELLING_SERVICE
           : strcmp(name, "gift_card") == 0 ? SELLING_GIFT_CARD
                                            : SELLING_GOODS;
}

enum status selling_product_read(struct db *db, struct arena *arena, const struct id *id,
                                 struct selling_product *out)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_PRODUCT);
    db_bind_id(statement, 1, id);
    bool found = false;
    enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        const bool has_level = sqlite3_column_type(statement, 9) != SQLITE_NULL;
        *out = (struct selling_product){
            .key = sqlite3_column_int64(statement, 0),
            .id = *id,
            .archived = sqlite3_column_int(statement, 1) != 0,
            .deny_oversell = sqlite3_column_int(statement, 2) != 0,
            .open_price = sqlite3_column_int(statement, 8) != 0,
            .kind = kind_named(db_column_string(statement, 7)),
            .low_stock_at = has_level ? sqlite3_column_int64(statement, 9) : SELLING_NO_LEVEL,
            .sku = copy_column(arena, statement, 3),
            .name = copy_column(arena, statement, 4),
            .pricing.key = sqlite3_column_int64(statement, 0),
            .pricing.category_key = sqlite3_column_int64(statement, 10),
            .pricing.price_minor = sqlite3_column_int64(statement, 5),
            .pricing.unit = sqlite3_column_int(statement, 6) != 0 ? PRICING_WEIGHED : PRICING_EACH,
        };
        const char *taxes = db_column_string(statement, 11);
        status = read_taxes(db, arena, taxes, (size_t)sqlite3_column_bytes(statement, 11), &out->pricing);
    }
    db_done(statement);
    if (status != STATUS_OK || !found) {
        return status == STATUS_OK ? STATUS_PRODUCT_NOT_FOUND : status;
    }
    return read_list_prices(db, arena, out);
}
