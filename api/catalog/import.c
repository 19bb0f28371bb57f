#include "catalog/import.h"

#include "catalog/category.h"
#include "catalog/change_pack.h"
#include "catalog/csv_source.h"
#include "catalog/import_row.h"
#include "catalog/search.h"
#include "catalog/tax.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CATEGORIES_SLOTS                                                                                     \
    4096 /* of the cache, a power of two; categories beyond it are looked up each time                       \
          */
#define TAXES_MAX 64

/* --- reading a file, in both readings ----------------------------------------------------------- */

struct import_file {
    struct csv_source source;
    struct csv_reader reader;
    struct csv_row row;
    struct import_header header;
};

static enum status refuse_file(const struct import_file *file, struct detail *detail)
{
    const char *fault = file->source.fault;
    if (strcmp(fault, "gzip_damaged") == 0) {
        return detail_fault(detail, "", fault, "The file is no gzip file, damaged or cut off.");
    }
    if (strcmp(fault, "file_too_large") == 0) {
        return detail_fault(detail, "", fault, "The file is larger than %lld bytes when unpacked.",
                            (long long)CSV_SOURCE_MAX);
    }
    return STATUS_STORAGE_UNAVAILABLE;
}

static void file_close(struct import_file *file)
{
    csv_close(&file->reader);
    csv_source_close(&file->source);
    free(file);
}

/* Opens the file and reads its header. */
static enum status file_open(const struct import_options *options, struct detail *detail,
                             struct import_file **out)
{
    struct import_file *file = malloc(sizeof *file);
    if (file == NULL) {
        return STATUS_OVERLOADED;
    }
    csv_source_open(&file->source, options->fd, options->is_gzip);
    if (!csv_open(&file->reader, csv_source_read, &file->source)) {
        file_close(file);
        return STATUS_OVERLOADED;
    }
    enum status status = STATUS_OK;
    switch (csv_next(&file->reader, &file->row)) {
    case CSV_ROW:
        status = import_header_read(&file->row, detail, &file->header);
        break;
    case CSV_BAD_ROW:
        status = detail_fault(detail, "", file->row.fault, "The first line, the header, cannot be read.");
        break;
    case CSV_END:
        status = detail_fault(detail, "", "column_missing",
                              "The file is empty; its first line names the columns.");
        break;
    case CSV_FAILED:
        status = refuse_file(file, detail);
        break;
    }
    if (status != STATUS_OK) {
        file_close(file);
        return status;
    }
    *out = file;
    return STATUS_OK;
}

static const char *words_for(const char *fault)
{
    if (strcmp(fault, "quote_not_closed") == 0) {
        return "A quote opens on this line and is never closed.";
    }
    if (strcmp(fault, "row_too_long") == 0) {
        return "The row is longer than 64 KiB; perhaps a quote is not closed.";
    }
    if (strcmp(fault, "too_many_fields") == 0) {
        return "The row has too many fields.";
    }
    return "Something stands between a closing quote and the end of the field.";
}

/* The next row; STATUS_NOT_FOUND at the end. `good` says whether it can be used. */
static enum status next_row(struct import_file *file, const struct import_options *options,
                            struct import_report *report, struct detail *detail, struct import_row *row,
                            bool *good)
{
    switch (csv_next(&file->reader, &file->row)) {
    case CSV_ROW:
        *good = import_row_read(&file->header, options->decimals, &file->row, report, row);
        return STATUS_OK;
    case CSV_BAD_ROW:
        *good = false;
        import_report_error(report, file->row.line, NULL, file->row.fault, NULL, 0, "%s",
                            words_for(file->row.fault));
        return STATUS_OK;
    case CSV_END:
        return STATUS_NOT_FOUND;
    case CSV_FAILED:
        return refuse_file(file, detail);
    }
    return STATUS_INTERNAL_ERROR;
}

enum status import_check(const struct import_options *options, struct import_report *report,
                         struct detail *detail)
{
    struct import_file *file;
    enum status status = file_open(options, detail, &file);
    if (status != STATUS_OK) {
        return status;
    }
    struct import_row row;
    bool good = false;
    while ((status = next_row(file, options, report, detail, &row, &good)) == STATUS_OK) {
        report->rows_total++;
        report->failed += !good;
    }
    file_close(file);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* --- the second reading ------------------------------------------------------------------------- */

/* Categories by the text of their cell, and taxes by their rate, once looked up. */
struct category_slot {
    const char *path; /* NULL: free */
    struct id id;
};

struct tax_slot {
    int64_t rate;
    struct id id;
};

struct import {
    const struct import_options *options;
    struct import_report *report;
    struct import_file *file;
    struct change_pack pack;
    struct entity_act act; /* its arena is `scratch` */
    struct arena scratch;  /* of one row */
    struct arena kept;     /* of the caches */
    struct detail detail;
    struct category_slot *categories;
    struct tax_slot taxes[TAXES_MAX];
    unsigned tax_count;
    unsigned char *touched; /* a bit a product key: was in the file before */
    size_t touched_size;
};

static bool was_touched(const struct import *import, int64_t key)
{
    const size_t byte = (size_t)key / CHAR_BIT;
    return byte < import->touched_size && (import->touched[byte] >> (key % CHAR_BIT) & 1) != 0;
}

static enum status touch(struct import *import, int64_t key)
{
    const size_t byte = (size_t)key / CHAR_BIT;
    if (byte >= import->touched_size) {
        const size_t size = byte * 2 + 4096;
        unsigned char *grown = realloc(import->touched, size);
        if (grown == NULL) {
            return STATUS_OVERLOADED;
        }
        memset(grown + import->touched_size, 0, size - import->touched_size);
        import->touched = grown;
        import->touched_size = size;
    }
    import->touched[byte] |= (unsigned char)(1u << (key % CHAR_BIT));
    return STATUS_OK;
}

/* FNV-1a, to a slot: http://www.isthe.com/chongo/tech/comp/fnv/ */
static size_t slot_of(const char *path)
{
    uint32_t hash = 2166136261u;
    for (; *path != '\0'; path++) {
        hash = (hash ^ (unsigned char)*path) * 16777619u;
    }
    return hash & (CATEGORIES_SLOTS - 1);
}

static enum status find_category(struct import *import, const char *path, struct id *id)
{
    struct category_slot *slot = &import->categories[slot_of(path)];
    if (slot->path != NULL && strcmp(slot->path, path) == 0) {
        *id = slot->id;
        return STATUS_OK;
    }
    const enum status status = category_find_or_create(&import->act, path, id);
    if (status == STATUS_OK) {
        /* The newer one takes the slot: files are often sorted by category. */
        *slot = (struct category_slot){.path = arena_copy(&import->kept, path), .id = *id};
    }
    return status;
}

static enum status find_tax(struct import *import, int64_t rate, struct id *id)
{
    for (unsigned i = 0; i < import->tax_count; i++) {
        if (import->taxes[i].rate == rate) {
            *id = import->taxes[i].id;
            return STATUS_OK;
        }
    }
    const enum status status = tax_find_or_create(&import->act, rate, id);
    if (status == STATUS_OK && import->tax_count < TAXES_MAX) {
        import->taxes[import->tax_count++] = (struct tax_slot){.rate = rate, .id = *id};
    }
    return status;
}

/* --- a row -------------------------------------------------------------------------------------- */

#define ROW_FAULT(import, row, column, code, ...)                                                            \
    import_report_error((import)->report, (row)->line, import_column_names[column], code,                    \
                        (row)->cells[column].text, (row)->cells[column].length, __VA_ARGS__)

static struct entity_value value_of(const struct import_cell *cell)
{
    return (struct entity_value){.bytes = cell->text, .length = cell->length};
}

static void set_if_given(struct entity_row *product, enum product_field field, const struct import_row *row,
                         enum import_column column)
{
    if (row->cells[column].text != NULL) {
        product->values[field] = value_of(&row->cells[column]);
    }
}

/* A name with blanks around it stays as it is when the product has it so. */
static void set_name(struct entity_row *product, const struct import_row *row)
{
    struct entity_value name = value_of(&row->cells[IMPORT_NAME]);
    const struct entity_value *old = &product->values[PRODUCT_NAME];
    if (name.bytes == NULL || (old->length == name.length && old->bytes != NULL &&
                               memcmp(old->bytes, name.bytes, name.length) == 0)) {
        return;
    }
    while (name.length > 1 && name.bytes[0] == ' ') {
        name.bytes++;
        name.length--;
    }
    while (name.length > 1 && name.bytes[name.length - 1] == ' ') {
        name.length--;
    }
    product->values[PRODUCT_NAME] = name;
}

/* What needs no other row. */
static void set_plain_values(struct import *import, struct entity_row *product, const struct import_row *row)
{
    set_if_given(product, PRODUCT_SKU, row, IMPORT_SKU);
    set_name(product, row);
    set_if_given(product, PRODUCT_DESCRIPTION, row, IMPORT_DESCRIPTION);
    set_if_given(product, PRODUCT_UNIT, row, IMPORT_UNIT);
    set_if_given(product, PRODUCT_OVERSELL, row, IMPORT_OVERSELL);
    set_if_given(product, PRODUCT_IMAGE, row, IMPORT_IMAGE);
    set_if_given(product, PRODUCT_KIND, row, IMPORT_KIND);
    if (row->has_price) {
        product->values[PRODUCT_PRICE] = entity_int(row->price_minor);
    }
    if (row->has_cost) {
        product->values[PRODUCT_COST] = entity_int(row->cost_minor);
    }
    if (row->cells[IMPORT_OPEN_PRICE].text != NULL) {
        product->values[PRODUCT_OPEN_PRICE] = entity_int(row->open_price);
    }
    if (row->cells[IMPORT_LOW_STOCK_AT].text != NULL) {
        product->values[PRODUCT_LOW_STOCK_AT] = entity_int(row->low_stock_at);
    }
    if (row->cells[IMPORT_ARCHIVED].text != NULL) {
        product->archived = row->archived;
    }
    if (row->cells[IMPORT_BARCODE].text != NULL) {
        product->values[PRODUCT_BARCODES] = product_barcodes_value(&import->scratch, &row->barcodes);
    }
}

/* Whether the product's only tax is a plain one of this rate: there may be several such taxes. */
static enum status has_tax(struct import *import, const struct entity_row *product, int64_t rate, bool *has)
{
    const struct entity_value *ids = &product->values[PRODUCT_TAX_IDS];
    size_t at = 0;
    const char *first = entity_next_id(&import->scratch, ids->bytes, ids->length, &at);
    struct id id;
    struct entity_row tax;
    *has = false;
    if (first == NULL || entity_next_id(&import->scratch, ids->bytes, ids->length, &at) != NULL ||
        !id_parse(first, &id)) {
        return STATUS_OK;
    }
    const enum status status = entity_find(&entity_tax, import->act.db, &import->scratch, &id, &tax);
    *has = status == STATUS_OK && tax.values[TAX_RATE].number == rate && tax_is_plain(&tax);
    return status;
}

static enum status set_tax(struct import *import, struct entity_row *product, int64_t rate)
{
    struct id id;
    char text[ID_TEXT_SIZE];
    bool has = false;
    enum status status = product->key == 0 ? STATUS_OK : has_tax(import, product, rate, &has);
    if (status != STATUS_OK || has) {
        return status;
    }
    status = find_tax(import, rate, &id);
    product->values[PRODUCT_TAX_IDS] =
        entity_string(arena_printf(&import->scratch, "[\"%s\"]", id_format(&id, text)));
    return status;
}

/* What refers to other rows; it makes those that are missing, so it comes after all checks. */
static enum status set_references(struct import *import, struct entity_row *product,
                                  const struct import_row *row)
{
    enum status status = STATUS_OK;
    if (row->cells[IMPORT_CATEGORY].text != NULL) {
        struct id *id = arena_alloc(&import->scratch, sizeof *id);
        status = find_category(import, row->cells[IMPORT_CATEGORY].text, id);
        product->values[PRODUCT_CATEGORY_ID] = entity_id(id);
    }
    if (status == STATUS_OK && row->cells[IMPORT_TAX_PERCENT].text != NULL) {
        status = set_tax(import, product, row->tax_rate);
    }
    return status;
}

/* As products of the API are checked; the column at fault is one that the row has. */
static bool check_gift_card(struct import *import, const struct import_row *row,
                            const struct entity_row *before)
{
    struct entity_row product;
    entity_row_begin(&entity_product, &product);
    if (before != NULL) {
        product = *before;
    }
    set_if_given(&product, PRODUCT_KIND, row, IMPORT_KIND);
    set_if_given(&product, PRODUCT_UNIT, row, IMPORT_UNIT);
    if (!product_is_kind(&product, "gift_card")) {
        return true;
    }
    const bool gives_tax = row->cells[IMPORT_TAX_PERCENT].text != NULL;
    const bool taxed = gives_tax || product.values[PRODUCT_TAX_IDS].length > 2; /* more than [] */
    const bool weighed = product.values[PRODUCT_UNIT].length != 4;              /* each */
    if (taxed) {
        ROW_FAULT(import, row, gives_tax ? IMPORT_TAX_PERCENT : IMPORT_KIND, "gift_card_taxed",
                  "A gift card has no taxes: they are due on what it buys.");
    }
    if (weighed) {
        ROW_FAULT(import, row, row->cells[IMPORT_UNIT].text != NULL ? IMPORT_UNIT : IMPORT_KIND,
                  "gift_card_weighed", "A gift card is sold by the piece.");
    }
    return !taxed && !weighed;
}

/* What only the database knows to be wrong. */
static enum status check_row(struct import *import, const struct import_row *row,
                             const struct entity_row *before, bool *good)
{
    const int64_t key = before == NULL ? 0 : before->key;
    *good = true;
    if (key != 0 && was_touched(import, key)) {
        ROW_FAULT(import, row, IMPORT_SKU, "sku_repeated", "The SKU is in the file before.");
        *good = false;
    }
    if (key == 0 && row->cells[IMPORT_NAME].text == NULL) {
        ROW_FAULT(import, row, IMPORT_NAME, "required", "The product is new: it needs a name.");
        *good = false;
    }
    if (key == 0 && !row->has_price) {
        ROW_FAULT(import, row, IMPORT_PRICE, "required", "The product is new: it needs a price.");
        *good = false;
    }
    *good &= check_gift_card(import, row, before);
    int64_t holder_key = 0;
    unsigned which = 0;
    const enum status status = product_find_barcode_holder(import->act.db, &row->barcodes, key, &holder_key,
                                                           &which);
    if (status == STATUS_OK && holder_key != 0) {
        ROW_FAULT(import, row, IMPORT_BARCODE, "barcode_taken",
                  "The barcode %.*s belongs to another product%s.", (int)row->barcodes.codes[which].length,
                  row->barcodes.codes[which].text,
                  was_touched(import, holder_key) ? ", which is in the file before" : "");
        *good = false;
    }
    return status;
}

static enum status set_stock(struct import *import, const struct import_row *row,
                             const struct entity_row *product, bool is_new, bool *changed)
{
    const struct import_options *options = import->options;
    *changed = false;
    if (row->cells[IMPORT_STOCK].text == NULL || options->stock_set == NULL ||
        !product_is_kind(product, "goods")) {
        return STATUS_OK;
    }
    return options->stock_set(options->stock_context, import->act.db, product->key, is_new, row->stock,
                              changed);
}

static enum status write_product(struct import *import, const struct entity_row *before,
                                 struct entity_row *product)
{
    const enum status status = entity_write_row(&entity_product, &import->act, before, product);
    if (status != STATUS_OK) {
        return status;
    }
    struct text body = arena_text(&import->scratch, 1024);
    struct json_writer json = json_writer(&body);
    entity_emit(&entity_product, product, &json);
    return change_pack_add(&import->pack, body.data, body.length);
}

static enum status apply_row(struct import *import, const struct import_row *row)
{
    struct import_report *report = import->report;
    struct entity_row before, product;
    bool found = false, good = false, stock_changed = false;
    const struct import_cell *sku = &row->cells[IMPORT_SKU];
    enum status status = product_find_by_sku(import->act.db, &import->scratch, sku->text, sku->length,
                                             &before, &found);
    if (status == STATUS_OK) {
        status = check_row(import, row, found ? &before : NULL, &good);
    }
    if (status != STATUS_OK || !good) {
        report->failed += status == STATUS_OK;
        return status;
    }
    if (found) {
        product = before;
    } else {
        entity_row_begin(&entity_product, &product);
    }
    set_plain_values(import, &product, row);
    status = set_references(import, &product, row);
    const bool same = found && entity_values_equal(&entity_product, &before, &product);
    if (status == STATUS_OK && !same) {
        status = write_product(import, found ? &before : NULL, &product);
    }
    if (status == STATUS_OK) {
        status = set_stock(import, row, &product, !found, &stock_changed);
    }
    if (status != STATUS_OK) {
        return status;
    }
    report->created += !found;
    report->updated += found && (!same || stock_changed);
    report->unchanged += found && same && !stock_changed;
    return touch(import, product.key);
}

static enum status apply_rows(struct import *import)
{
    struct import_row row;
    enum status status;
    bool good = false;
    while ((status = next_row(import->file, import->options, import->report, &import->detail, &row, &good)) ==
           STATUS_OK) {
        if (good) {
            status = apply_row(import, &row);
            if (status != STATUS_OK) {
                return status;
            }
        } else {
            import->report->failed++;
        }
        import->report->rows_done++;
        arena_reset(&import->scratch);
        detail_init(&import->detail, &import->scratch);
    }
    return status == STATUS_NOT_FOUND ? change_pack_flush(&import->pack) : status;
}

enum status import_apply(struct db *db, const struct import_options *options, struct import_report *report,
                         int64_t *seq)
{
    const struct change change = {.entity = entity_product.name, .op = "import"};
    struct import import = {.options = options, .report = report};
    import.act = (struct entity_act){
        .db = db, .arena = &import.scratch, .detail = &import.detail, .actor = options->actor};
    arena_init(&import.scratch);
    arena_init(&import.kept);
    detail_init(&import.detail, &import.scratch);
    import_report_restart(report);

    enum status status = file_open(options, &import.detail, &import.file);
    if (status != STATUS_OK) {
        goto out_arenas;
    }
    import.categories = calloc(CATEGORIES_SLOTS, sizeof import.categories[0]);
    import.act.search_memory = calloc(1, sizeof *import.act.search_memory);
    if (import.categories == NULL || import.act.search_memory == NULL ||
        !change_pack_open(&import.pack, db, options->actor, &change, "products")) {
        status = STATUS_OVERLOADED;
        goto out;
    }
    status = apply_rows(&import);
    *seq = import.pack.seq > import.act.seq ? import.pack.seq : import.act.seq;
    change_pack_close(&import.pack);
out:
    free(import.touched);
    free(import.act.search_memory);
    free(import.categories);
    file_close(import.file);
out_arenas:
    arena_free(&import.kept);
    arena_free(&import.scratch);
    return status;
}
