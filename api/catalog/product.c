#include "catalog/product.h"

#include "catalog/product_image.h"
#include "catalog/search.h"
#include "catalog/tax.h"
#include "core/pricing/pricing.h"

#include <string.h>

static const struct entity_field fields[PRODUCT_FIELD_COUNT] = {
    [PRODUCT_SKU] = {.name = "sku", .kind = ENTITY_STRING},
    [PRODUCT_NAME] = {.name = "name", .kind = ENTITY_STRING},
    [PRODUCT_DESCRIPTION] = {.name = "description", .kind = ENTITY_STRING, .nullable = true},
    [PRODUCT_BARCODES] = {.name = "barcodes", .kind = ENTITY_STRINGS, ENTITY_OTHERWISE("[]")},
    [PRODUCT_CATEGORY_ID] = {.name = "category_id",
                             .kind = ENTITY_ID,
                             .nullable = true,
                             .references = &entity_category},
    [PRODUCT_PRICE] = {.name = "price", .kind = ENTITY_INT},
    [PRODUCT_COST] = {.name = "cost", .kind = ENTITY_INT, .nullable = true},
    [PRODUCT_TAX_IDS] = {.name = "tax_ids",
                         .kind = ENTITY_IDS,
                         ENTITY_OTHERWISE("[]"),
                         .references = &entity_tax},
    [PRODUCT_UNIT] = {.name = "unit", .kind = ENTITY_STRING, ENTITY_OTHERWISE("each")},
    [PRODUCT_OVERSELL] = {.name = "oversell", .kind = ENTITY_STRING, ENTITY_OTHERWISE("allow")},
    [PRODUCT_IMAGE] = {.name = "image", .kind = ENTITY_IMAGE, .nullable = true},
    [PRODUCT_KIND] = {.name = "kind", .kind = ENTITY_STRING, ENTITY_OTHERWISE("goods")},
    [PRODUCT_OPEN_PRICE] = {.name = "open_price", .kind = ENTITY_BOOL, .has_default = true},
    [PRODUCT_LOW_STOCK_AT] = {.name = "low_stock_at", .kind = ENTITY_QUANTITY, .nullable = true},
};

#define COLUMNS                                                                                              \
    "sku, name, description, barcodes, category_id, price, cost, tax_ids, unit, oversell, image, kind, "     \
    "open_price, low_stock_at"
#define SELECT "SELECT key, id, " ENTITY_COLUMNS COLUMNS " FROM products "

static const char SELECT_BY_CODE[] = SELECT
    "WHERE key = coalesce((SELECT product_key FROM product_barcodes WHERE code_key = ?1),"
    " (SELECT key FROM products WHERE sku = ?2))";
static const char SELECT_BY_SKU[] = SELECT "WHERE sku = ?1";
static const char SELECT_ID_BY_SKU[] = "SELECT id FROM products WHERE sku = ?1";
static const char SELECT_ID_BY_KEY[] = "SELECT id FROM products WHERE key = ?1";
static const char SELECT_HOLDER[] = "SELECT product_key FROM product_barcodes WHERE code_key = ?1";
static const char INSERT_BARCODE[] = "INSERT INTO product_barcodes (code_key, product_key) VALUES (?1, ?2)";
static const char DELETE_BARCODE[] = "DELETE FROM product_barcodes WHERE code_key = ?1 AND product_key = ?2";

/* --- barcodes ----------------------------------------------------------------------------------- */

/* The text is our own: compact, and codes are visible ASCII, so that only " and \ are escaped. */
void product_barcodes_of(const struct entity_value *value, struct arena *arena, struct product_barcodes *out)
{
    out->count = 0;
    const char *at = value->bytes, *end = value->bytes + value->length;
    while (out->count < PRODUCT_BARCODES_MAX && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        char *code = arena_alloc(arena, BARCODE_KEY_SIZE);
        size_t length = 0;
        for (at++; *at != '"' && length < BARCODE_MAX; at++) {
            at += *at == '\\';
            code[length++] = *at;
        }
        at++;
        if (barcode_read(code, length, &out->codes[out->count]) != BARCODE_INVALID) {
            out->count++;
        }
    }
}

struct entity_value product_barcodes_value(struct arena *arena, const struct product_barcodes *barcodes)
{
    struct text text = arena_text(arena, 64);
    struct json_writer json = json_writer(&text);
    emit_begin_array(&json);
    for (unsigned i = 0; i < barcodes->count; i++) {
        emit_string_n(&json, barcodes->codes[i].text, barcodes->codes[i].length);
    }
    emit_end_array(&json);
    return (struct entity_value){.bytes = text.data, .length = text.length};
}

enum status product_find_barcode_holder(struct db *db, const struct product_barcodes *barcodes,
                                        int64_t product_key, int64_t *holder_key, unsigned *which)
{
    *holder_key = 0;
    enum status status = STATUS_OK;
    for (unsigned i = 0; status == STATUS_OK && *holder_key == 0 && i < barcodes->count; i++) {
        sqlite3_stmt *statement = db_statement(db, SELECT_HOLDER);
        db_bind_string(statement, 1, barcodes->codes[i].key);
        bool found = false;
        status = db_step(db, statement, &found);
        if (status == STATUS_OK && found && sqlite3_column_int64(statement, 0) != product_key) {
            *holder_key = sqlite3_column_int64(statement, 0);
            *which = i;
        }
        db_done(statement);
    }
    return status;
}

static void fault_barcode(struct entity_act *act, size_t index, const char *code,
                          const struct barcode *barcode)
{
    const char *pointer = arena_printf(act->arena, "/barcodes/%zu", index);
    if (strcmp(barcode->fault, "gtin_check_digit") == 0) {
        (void)detail_fault(act->detail, pointer, "gtin_check_digit",
                           "The check digit of %s is %c; it must be %c.", code, code[strlen(code) - 1],
                           barcode_check_digit(barcode->text, barcode->length - 1));
    } else {
        (void)detail_fault(act->detail, pointer, barcode->fault,
                           "A barcode has 1 to %d visible ASCII characters without '|'.", BARCODE_MAX);
    }
}

/* Reads the codes of a request, which are in the row as JSON; each fault at its own pointer. */
static void read_barcodes(struct entity_act *act, const struct entity_value *value,
                          struct product_barcodes *out)
{
    out->count = 0;
    json_t *array = json_loadb(value->bytes, value->length, 0, NULL);
    size_t index;
    json_t *element;
    json_array_foreach(array, index, element)
    {
        const char *code = arena_copy(act->arena, json_string_value(element));
        struct barcode barcode;
        if (barcode_read(code, strlen(code), &barcode) == BARCODE_INVALID) {
            fault_barcode(act, index, code, &barcode);
            continue;
        }
        bool doubled = out->count == PRODUCT_BARCODES_MAX;
        for (unsigned i = 0; i < out->count; i++) {
            doubled |= strcmp(out->codes[i].key, barcode.key) == 0;
        }
        if (doubled) {
            (void)detail_fault(act->detail, arena_printf(act->arena, "/barcodes/%zu", index),
                               "barcode_repeated", "%s is in the list before, perhaps in another length.",
                               code);
        } else {
            out->codes[out->count++] = barcode;
        }
    }
    json_decref(array);
}

/* --- checks ------------------------------------------------------------------------------------- */

static void check_sku(struct entity_act *act, const struct entity_value *sku)
{
    if (sku->length > 0 && (sku->bytes[0] == ' ' || sku->bytes[sku->length - 1] == ' ')) {
        (void)detail_fault(act->detail, "/sku", "blank_at_end",
                           "A SKU neither begins nor ends with a blank.");
    }
}

static void check_amount(struct entity_act *act, const struct entity_value *value, const char *pointer)
{
    if (!value->is_null && (value->number < 0 || value->number > PRODUCT_AMOUNT_MAX)) {
        (void)detail_fault(act->detail, pointer, value->number < 0 ? "minimum" : "maximum",
                           "The amount must be between 0 and %lld.", PRODUCT_AMOUNT_MAX);
    }
}

bool product_is_kind(const struct entity_row *row, const char *kind)
{
    const struct entity_value *value = &row->values[PRODUCT_KIND];
    return value->length == strlen(kind) && memcmp(value->bytes, kind, value->length) == 0;
}

/* Who buys a gift card pays in advance: what is taxed is what it buys. */
static void check_gift_card(struct entity_act *act, const struct entity_row *row)
{
    if (!product_is_kind(row, "gift_card")) {
        return;
    }
    if (row->values[PRODUCT_TAX_IDS].length > 2) { /* more than [] */
        (void)detail_fault(act->detail, "/tax_ids", "gift_card_taxed",
                           "A gift card has no taxes: they are due on what it buys.");
    }
    if (row->values[PRODUCT_UNIT].length != 4) { /* each */
        (void)detail_fault(act->detail, "/unit", "gift_card_weighed", "A gift card is sold by the piece.");
    }
}

/* More of them the core could not work out exactly. */
static enum status check_compound(struct entity_act *act, const struct entity_row *row)
{
    const struct entity_value *ids = &row->values[PRODUCT_TAX_IDS];
    unsigned compound = 0;
    size_t at = 0;
    const char *text;
    struct id id;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (text = entity_next_id(act->arena, ids->bytes, ids->length, &at)) != NULL &&
           id_parse(text, &id)) {
        struct entity_row tax;
        status = entity_find(&entity_tax, act->db, act->arena, &id, &tax);
        compound += status == STATUS_OK && tax.values[TAX_COMPOUND].number != 0;
    }
    if (compound > PRICING_COMPOUND_MAX) {
        (void)detail_fault(act->detail, "/tax_ids", "too_many_compound",
                           "A product has at most %d taxes that are due on other taxes, too.",
                           PRICING_COMPOUND_MAX);
    }
    return status == STATUS_TAX_NOT_FOUND ? STATUS_OK : status; /* a fault already */
}

static enum status refuse_barcode(struct entity_act *act, const struct barcode *barcode, int64_t holder_key)
{
    sqlite3_stmt *statement = db_statement(act->db, SELECT_ID_BY_KEY);
    db_bind_int(statement, 1, holder_key);
    bool found = false;
    const enum status status = db_step(act->db, statement, &found);
    struct id holder;
    char text[ID_TEXT_SIZE] = "?";
    if (status == STATUS_OK && found && db_column_id(statement, 0, &holder)) {
        id_format(&holder, text);
    }
    db_done(statement);
    return detail_set(act->detail, STATUS_BARCODE_TAKEN, "The barcode \"%.*s\" belongs to product %s.",
                      (int)barcode->length, barcode->text, text);
}

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    (void)before;
    struct product_barcodes barcodes;
    check_sku(act, &row->values[PRODUCT_SKU]);
    check_amount(act, &row->values[PRODUCT_PRICE], "/price");
    check_amount(act, &row->values[PRODUCT_COST], "/cost");
    check_gift_card(act, row);
    read_barcodes(act, &row->values[PRODUCT_BARCODES], &barcodes);
    enum status status = check_compound(act, row);
    if (status != STATUS_OK || act->detail->faults > 0) {
        return status == STATUS_OK ? STATUS_VALIDATION_FAILED : status;
    }
    row->values[PRODUCT_BARCODES] = product_barcodes_value(act->arena, &barcodes);
    status = entity_check_unique(act, &entity_product, row, PRODUCT_SKU, SELECT_ID_BY_SKU, STATUS_SKU_TAKEN);
    int64_t holder_key = 0;
    unsigned which = 0;
    if (status == STATUS_OK) {
        status = product_find_barcode_holder(act->db, &barcodes, row->key, &holder_key, &which);
    }
    return status == STATUS_OK && holder_key != 0 ? refuse_barcode(act, &barcodes.codes[which], holder_key)
                                                  : status;
}

/* --- what is derived from a product ------------------------------------------------------------- */

static bool same_bytes(const struct entity_value *a, const struct entity_value *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static enum status write_barcodes(struct entity_act *act, const char *sql, const struct entity_row *row)
{
    if (row->values[PRODUCT_BARCODES].length == 2) { /* [] */
        return STATUS_OK;
    }
    struct product_barcodes barcodes;
    product_barcodes_of(&row->values[PRODUCT_BARCODES], act->arena, &barcodes);
    enum status status = STATUS_OK;
    for (unsigned i = 0; status == STATUS_OK && i < barcodes.count; i++) {
        sqlite3_stmt *statement = db_statement(act->db, sql);
        db_bind_string(statement, 1, barcodes.codes[i].key);
        db_bind_int(statement, 2, row->key);
        status = db_step(act->db, statement, NULL);
    }
    return status;
}

static enum status stored(struct entity_act *act, const struct entity_row *before,
                          const struct entity_row *row)
{
    enum status status = STATUS_OK;
    if (before == NULL || !same_bytes(&before->values[PRODUCT_BARCODES], &row->values[PRODUCT_BARCODES])) {
        if (before != NULL) {
            status = write_barcodes(act, DELETE_BARCODE, before);
        }
        if (status == STATUS_OK) {
            status = write_barcodes(act, INSERT_BARCODE, row);
        }
    }
    if (status == STATUS_OK) {
        status = product_image_stored(act, before, row);
    }
    const struct entity_value *name = &row->values[PRODUCT_NAME], *sku = &row->values[PRODUCT_SKU];
    if (status == STATUS_OK && (before == NULL || !same_bytes(&before->values[PRODUCT_NAME], name) ||
                                !same_bytes(&before->values[PRODUCT_SKU], sku))) {
        status = search_index(act->db, act->search_memory, row->key, before == NULL, name->bytes,
                              name->length, sku->bytes, sku->length);
    }
    return status;
}

const struct entity entity_product = {
    .name = "product",
    .not_found = STATUS_PRODUCT_NOT_FOUND,
    .fields = fields,
    .field_count = PRODUCT_FIELD_COUNT,
    .sql = ENTITY_SQL("products", COLUMNS,
                      "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
                      "?17, ?18, ?19",
                      "category_id"),
    .check = check,
    .stored = stored,
};

/* --- reading ------------------------------------------------------------------------------------ */

enum status product_lookup(struct db *db, const char *code, struct detail *detail, struct text *out,
                           int64_t *version)
{
    struct barcode barcode;
    const bool is_barcode = barcode_read(code, strlen(code), &barcode) != BARCODE_INVALID;
    sqlite3_stmt *statement = db_statement(db, SELECT_BY_CODE);
    db_bind_string(statement, 1, is_barcode ? barcode.key : NULL);
    db_bind_string(statement, 2, code);
    bool found = false;
    enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        struct entity_row row;
        struct json_writer json = json_writer(out);
        entity_row_of(&entity_product, statement, &row);
        if (row.archived) {
            status = detail_set(detail, STATUS_PRODUCT_NOT_FOUND, "The product with the code %s is archived.",
                                code);
        } else {
            entity_emit(&entity_product, &row, &json);
            *version = row.version;
        }
    }
    db_done(statement);
    if (status == STATUS_OK && !found) {
        return detail_set(detail, STATUS_PRODUCT_NOT_FOUND, "No product has the code %s.", code);
    }
    return status;
}

enum status product_find_by_sku(struct db *db, struct arena *arena, const char *sku, size_t length,
                                struct entity_row *row, bool *found)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_BY_SKU);
    db_bind_text(statement, 1, sku, length);
    const enum status status = db_step(db, statement, found);
    *found = status == STATUS_OK && *found;
    if (*found) {
        entity_row_of(&entity_product, statement, row);
        entity_copy_values(&entity_product, arena, row);
    }
    db_done(statement);
    return status;
}

enum status product_list_by_keys(struct db *db, const int64_t *keys, unsigned count, struct text *out)
{
    struct json_writer json = json_writer(out);
    enum status status = STATUS_OK;
    emit_begin_object(&json);
    emit_name(&json, "data");
    emit_begin_array(&json);
    for (unsigned i = 0; status == STATUS_OK && i < count; i++) {
        sqlite3_stmt *statement = db_statement(db, entity_product.sql.by_key);
        db_bind_int(statement, 1, keys[i]);
        bool found = false;
        status = db_step(db, statement, &found);
        if (status == STATUS_OK && found) {
            struct entity_row row;
            entity_row_of(&entity_product, statement, &row);
            entity_emit(&entity_product, &row, &json);
        }
        db_done(statement);
    }
    emit_end_array(&json);
    emit_member_null(&json, "next_cursor");
    emit_end_object(&json);
    return status;
}
