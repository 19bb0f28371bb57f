#include "catalog/export.h"

#include "catalog/category.h"
#include "catalog/import_row.h"
#include "catalog/tax.h"
#include "core/quantity.h"
#include "core/rate.h"

#include <stdlib.h>
#include <string.h>

#define ROW_SIZE (16 * 1024) /* more than a row's fields, all of them quotes, and a path */

static const enum import_column columns[] = {
    IMPORT_SKU,         IMPORT_BARCODE,     IMPORT_NAME,       IMPORT_CATEGORY,
    IMPORT_PRICE_MINOR, IMPORT_TAX_PERCENT, IMPORT_STOCK,      IMPORT_COST_MINOR,
    IMPORT_DESCRIPTION, IMPORT_UNIT,        IMPORT_OVERSELL,   IMPORT_ARCHIVED,
    IMPORT_IMAGE,       IMPORT_KIND,        IMPORT_OPEN_PRICE, IMPORT_LOW_STOCK_AT,
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

struct export
{
    struct db *db;
    struct export_options options;
    sqlite3_stmt *statement;
    struct arena arena; /* of one row */
    struct arena kept;  /* of the category */
    struct id category_id;
    const char *category; /* the path of the last category: rows of one come together, mostly */
    bool started, ended, failed;
    size_t given; /* of `row` */
    struct text row;
    char buffer[ROW_SIZE];
};

enum status export_open(struct db *db, const struct export_options *options, struct export **out)
{
    struct export *export = malloc(sizeof *export);
    if (export == NULL) {
        return STATUS_OVERLOADED;
    }
    memset(export, 0, offsetof(struct export, buffer));
    export->db = db;
    export->options = *options;
    const enum status status = db_begin_read(db);
    if (status != STATUS_OK) {
        free(export);
        return status;
    }
    export->statement = db_statement(db, entity_product.sql.list[ENTITY_ANY][false]);
    db_bind_int(export->statement, 1, 0);
    db_bind_int(export->statement, 2, -1); /* no limit */
    arena_init(&export->arena);
    arena_init(&export->kept);
    *out = export;
    return STATUS_OK;
}

void export_close(struct export *export)
{
    db_done(export->statement);
    db_end_read(export->db);
    arena_free(&export->arena);
    arena_free(&export->kept);
    free(export);
}

/* --- a row -------------------------------------------------------------------------------------- */

static void add_field(struct text *row, const char *bytes, size_t length)
{
    bool quote = length > 0 && (bytes[0] == ' ' || bytes[length - 1] == ' ');
    for (size_t i = 0; i < length && !quote; i++) {
        quote = bytes[i] == '"' || bytes[i] == ',' || bytes[i] == '\n' || bytes[i] == '\r';
    }
    if (!quote) {
        text_add(row, bytes, length);
        return;
    }
    text_add_char(row, '"');
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"') {
            text_add_char(row, '"');
        }
        text_add_char(row, bytes[i]);
    }
    text_add_char(row, '"');
}

static enum status add_category(struct export *export, const struct entity_value *value)
{
    if (value->is_null) {
        return STATUS_OK;
    }
    if (export->category == NULL ||
        memcmp(export->category_id.bytes, value->bytes, sizeof export->category_id) != 0) {
        arena_reset(&export->kept);
        struct text path = arena_text(&export->kept, 128);
        memcpy(export->category_id.bytes, value->bytes, sizeof export->category_id.bytes);
        const enum status status = category_path(export->db, &export->kept, &export->category_id, &path);
        if (status != STATUS_OK) {
            export->category = NULL;
            return status;
        }
        export->category = text_string(&path);
    }
    add_field(&export->row, export->category, strlen(export->category));
    return STATUS_OK;
}

/* One column cannot say more than one plain tax; other taxes stay as they are when it is empty. */
static enum status add_tax(struct export *export, const struct entity_value *ids)
{
    size_t at = 0;
    struct id id;
    struct entity_row tax;
    const char *first = entity_next_id(&export->arena, ids->bytes, ids->length, &at);
    if (first == NULL || !id_parse(first, &id) ||
        entity_next_id(&export->arena, ids->bytes, ids->length, &at) != NULL) {
        return STATUS_OK;
    }
    const enum status status = entity_find(&entity_tax, export->db, &export->arena, &id, &tax);
    if (status == STATUS_OK && tax_is_plain(&tax)) {
        rate_format(&export->row, tax.values[TAX_RATE].number);
    }
    return status;
}

static enum status add_stock(struct export *export, int64_t key)
{
    bool has = false;
    int64_t level = 0;
    if (export->options.stock_read == NULL) {
        return STATUS_OK;
    }
    const enum status status = export->options.stock_read(export->options.stock_context, export->db, key,
                                                          &has, &level);
    if (status == STATUS_OK && has) {
        quantity_format(&export->row, level);
    }
    return status;
}

static void add_barcodes(struct export *export, const struct entity_value *value)
{
    struct product_barcodes barcodes;
    product_barcodes_of(value, &export->arena, &barcodes);
    char buffer[PRODUCT_BARCODES_MAX * (BARCODE_MAX + 1)];
    struct text text = text_over(buffer, sizeof buffer);
    for (unsigned i = 0; i < barcodes.count; i++) {
        if (i > 0) {
            text_add_char(&text, ' ');
        }
        text_add(&text, barcodes.codes[i].text, barcodes.codes[i].length);
    }
    add_field(&export->row, buffer, text.length);
}

static void add_string(struct export *export, const struct entity_value *value)
{
    if (!value->is_null) {
        add_field(&export->row, value->bytes, value->length);
    }
}

static void add_number(struct export *export, const struct entity_value *value)
{
    if (!value->is_null) {
        text_add_int(&export->row, value->number);
    }
}

static enum status add_column(struct export *export, enum import_column column,
                              const struct entity_row *product)
{
    const struct entity_value *values = product->values;
    switch (column) {
    case IMPORT_SKU:
        add_string(export, &values[PRODUCT_SKU]);
        break;
    case IMPORT_BARCODE:
        add_barcodes(export, &values[PRODUCT_BARCODES]);
        break;
    case IMPORT_NAME:
        add_string(export, &values[PRODUCT_NAME]);
        break;
    case IMPORT_CATEGORY:
        return add_category(export, &values[PRODUCT_CATEGORY_ID]);
    case IMPORT_PRICE_MINOR:
        add_number(export, &values[PRODUCT_PRICE]);
        break;
    case IMPORT_TAX_PERCENT:
        return add_tax(export, &values[PRODUCT_TAX_IDS]);
    case IMPORT_STOCK:
        return add_stock(export, product->key);
    case IMPORT_COST_MINOR:
        add_number(export, &values[PRODUCT_COST]);
        break;
    case IMPORT_DESCRIPTION:
        add_string(export, &values[PRODUCT_DESCRIPTION]);
        break;
    case IMPORT_UNIT:
        add_string(export, &values[PRODUCT_UNIT]);
        break;
    case IMPORT_OVERSELL:
        add_string(export, &values[PRODUCT_OVERSELL]);
        break;
    case IMPORT_ARCHIVED:
        text_add_string(&export->row, product->archived ? "true" : "false");
        break;
    case IMPORT_IMAGE:
        add_string(export, &values[PRODUCT_IMAGE]);
        break;
    case IMPORT_KIND:
        add_string(export, &values[PRODUCT_KIND]);
        break;
    case IMPORT_OPEN_PRICE:
        text_add_string(&export->row, values[PRODUCT_OPEN_PRICE].number != 0 ? "true" : "false");
        break;
    case IMPORT_LOW_STOCK_AT:
        if (!values[PRODUCT_LOW_STOCK_AT].is_null) {
            quantity_format(&export->row, values[PRODUCT_LOW_STOCK_AT].number);
        }
        break;
    case IMPORT_PRICE:
    case IMPORT_COST:
    case IMPORT_COLUMN_COUNT:
        break; /* not among those written */
    }
    return STATUS_OK;
}

static void write_header(struct export *export)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        text_add_string(&export->row, i == 0 ? "" : ",");
        text_add_string(&export->row, import_column_names[columns[i]]);
    }
    text_add_char(&export->row, '\n');
}

static enum status write_row(struct export *export)
{
    struct entity_row product;
    entity_row_of(&entity_product, export->statement, &product);
    arena_reset(&export->arena);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < COLUMN_COUNT; i++) {
        text_add_string(&export->row, i == 0 ? "" : ",");
        status = add_column(export, columns[i], &product);
    }
    text_add_char(&export->row, '\n');
    return status;
}

/* The next row into `row`; at the end it stays empty. */
static enum status next_row(struct export *export)
{
    export->row = text_over(export->buffer, sizeof export->buffer);
    export->given = 0;
    if (!export->started) {
        export->started = true;
        write_header(export);
        return STATUS_OK;
    }
    bool found = false;
    enum status status = export->ended ? STATUS_OK : db_step(export->db, export->statement, &found);
    export->ended = !found;
    if (status == STATUS_OK && found) {
        status = write_row(export);
    }
    return status == STATUS_OK && export->row.overflowed ? STATUS_INTERNAL_ERROR : status;
}

ssize_t export_read(struct export *export, char *buffer, size_t size)
{
    size_t length = 0;
    while (length < size && !export->failed) {
        if (export->given == export->row.length) {
            export->failed = next_row(export) != STATUS_OK;
            if (export->failed || export->row.length == 0) {
                break;
            }
        }
        const size_t left = export->row.length - export->given;
        const size_t part = left < size - length ? left : size - length;
        memcpy(buffer + length, export->row.data + export->given, part);
        export->given += part;
        length += part;
    }
    return export->failed ? -1 : (ssize_t)length;
}
