#include "ledger/dynamodb/record_items.h"

#include <string.h>

/* --- putting --- */

/* What does not get smaller is a byte longer when it is packed. */
size_t record_items_rest_max(size_t length)
{
    return length / RECORD_ITEMS_PART;
}

struct record_items record_items_of(const struct ledger_transaction *transaction, struct arena *arena)
{
    struct record_items items = {.transaction = transaction};
    const void *packed;
    packed_text(arena, transaction->record, transaction->record_length, &packed, &items.packed_length);
    items.packed = packed;
    items.rest = (items.packed_length - 1) / RECORD_ITEMS_PART;
    return items;
}

/* The nth part of the text; 0 is the one in the record's own item. */
static void put_text(const struct record_items *items, size_t nth, struct json_writer *json)
{
    const size_t from = nth * RECORD_ITEMS_PART, left = items->packed_length - from;
    dynamodb_put_b(json, "rec", items->packed + from, left < RECORD_ITEMS_PART ? left : RECORD_ITEMS_PART);
}

static void put_references(const struct ledger_transaction *record, struct json_writer *json)
{
    if (record->has_shift) {
        ledger_dynamodb_put_id(json, "sh", &record->shift_id);
        ledger_dynamodb_put_id(json, "h", &record->shift_id);
    }
    if (record->has_customer) {
        ledger_dynamodb_put_id(json, "cs", &record->customer_id);
        ledger_dynamodb_put_id(json, "c", &record->customer_id);
    }
    if (record->has_original) {
        ledger_dynamodb_put_id(json, "og", &record->original_id);
        dynamodb_put_n(json, "rv", record->reversal);
    }
}

/* What the indexes sort by. */
static void put_order(const struct record_items *items, struct json_writer *json)
{
    const struct ledger_transaction *record = items->transaction;
    char store[21], day_order[LAYOUT_SK_SIZE];
    layout_number(record->store_key, store);
    layout_day_order(record->business_day, items->order, day_order);
    dynamodb_put_s(json, "o", items->order);
    dynamodb_put_s(json, "s", store);
    dynamodb_put_s(json, "so", day_order);
    if (record->flagged || strcmp(record->type, "sale") != 0) {
        dynamodb_put_s(json, "n", store);
    }
    if (record->flagged) {
        dynamodb_put_n(json, "fl", 1);
    }
}

void record_items_put(const struct record_items *items, struct json_writer *json)
{
    const struct ledger_transaction *record = items->transaction;
    dynamodb_put_s(json, "ty", record->type);
    dynamodb_put_n(json, "st", record->store_key);
    dynamodb_put_n(json, "rg", record->register_key);
    dynamodb_put_n(json, "sq", record->sequence);
    dynamodb_put_n(json, "dy", record->business_day);
    dynamodb_put_n(json, "at", record->created_at_ms);
    dynamodb_put_s(json, "cu", items->currency);
    dynamodb_put_n(json, "to", record->total_minor);
    dynamodb_put_s(json, "rn", record->receipt_number);
    dynamodb_put_b(json, "hs", &record->hash, HASH_SIZE);
    dynamodb_put_b(json, "fp", items->fingerprint, HASH_SIZE);
    put_text(items, 0, json);
    if (items->rest > 0) {
        dynamodb_put_n(json, "nt", (int64_t)items->rest);
    }
    dynamodb_put_n(json, "pt", items->is_second);
    put_references(record, json);
    put_order(items, json);
    if (items->second != NULL) {
        ledger_dynamodb_put_id(json, "sc", items->second);
    }
    if (items->intent != NULL) {
        ledger_dynamodb_put_id(json, "iw", items->intent);
    }
    if (items->commit != 0) {
        dynamodb_put_n(json, "cm", items->commit);
    }
}

void record_items_put_rest(const struct record_items *items, size_t nth, struct json_writer *json)
{
    put_text(items, nth, json);
}

void record_items_put_row(const struct record_items *items, struct json_writer *json)
{
    const struct ledger_transaction *record = items->transaction;
    ledger_dynamodb_put_id(json, "id", &record->id);
    dynamodb_put_s(json, "o", items->order);
    dynamodb_put_s(json, "ty", record->type);
    dynamodb_put_n(json, "dy", record->business_day);
    dynamodb_put_n(json, "at", record->created_at_ms);
    dynamodb_put_n(json, "to", record->total_minor);
    dynamodb_put_b(json, "hs", &record->hash, HASH_SIZE);
    dynamodb_put_s(json, "rn", record->receipt_number);
}

/* --- reading --- */

/* The packed text of an item and of those beside it. NULL without STATUS_OK. */
static enum status read_packed(const struct ledger_dynamodb *ledger, const json_t *item, const struct id *id,
                               struct arena *arena, const void **packed, size_t *length)
{
    const int64_t rest = dynamodb_n(item, "nt");
    struct layout_key keys[LEDGER_RECORD_MAX / RECORD_ITEMS_PART + 1];
    struct dynamodb_items found;
    *packed = dynamodb_b(item, "rec", arena, length);
    if (*packed == NULL || rest < 0 || rest > (int64_t)(sizeof keys / sizeof *keys)) {
        return STATUS_INTERNAL_ERROR;
    }
    if (rest == 0) {
        return STATUS_OK;
    }
    for (int64_t i = 0; i < rest; i++) {
        keys[i] = layout_record_rest(id, i + 1);
    }
    struct text whole = arena_text(arena, (size_t)(rest + 1) * RECORD_ITEMS_PART);
    text_add(&whole, *packed, *length);
    enum status status = ledger_dynamodb_get_all(ledger, keys, (size_t)rest, arena, &found);
    for (int64_t i = 0; status == STATUS_OK && i < rest; i++) {
        size_t more;
        const void *bytes = dynamodb_b(found.items[i], "rec", arena, &more);
        status = bytes == NULL ? STATUS_INTERNAL_ERROR : STATUS_OK;
        text_add(&whole, bytes, bytes == NULL ? 0 : more);
    }
    ledger_dynamodb_items_free(&found);
    *packed = whole.data;
    *length = whole.length;
    return status;
}

enum status record_items_read(const struct ledger_dynamodb *ledger, const json_t *item, struct arena *arena,
                              struct ledger_transaction *transaction)
{
    const char *pk = dynamodb_s(item, "pk");
    *transaction = (struct ledger_transaction){
        .type = ledger_dynamodb_copy(item, "ty", arena),
        .store_key = dynamodb_n(item, "st"),
        .register_key = dynamodb_n(item, "rg"),
        .sequence = dynamodb_n(item, "sq"),
        .business_day = dynamodb_n(item, "dy"),
        .created_at_ms = dynamodb_n(item, "at"),
        .total_minor = dynamodb_n(item, "to"),
        .reversal = dynamodb_n(item, "rv"),
        .flagged = dynamodb_n(item, "fl") != 0,
        .receipt_number = ledger_dynamodb_copy(item, "rn", arena),
        .hash = ledger_dynamodb_hash(item, "hs", arena),
    };
    transaction->has_shift = ledger_dynamodb_id(item, "sh", &transaction->shift_id);
    transaction->has_customer = ledger_dynamodb_id(item, "cs", &transaction->customer_id);
    transaction->has_original = ledger_dynamodb_id(item, "og", &transaction->original_id);
    if (pk == NULL || strlen(pk) <= 2 || !id_parse(pk + 2, &transaction->id) || transaction->type == NULL ||
        transaction->receipt_number == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    const void *packed;
    size_t length;
    const enum status status = read_packed(ledger, item, &transaction->id, arena, &packed, &length);
    if (status != STATUS_OK) {
        return status;
    }
    return packed_text_read(arena, packed, length, &transaction->record, &transaction->record_length)
               ? STATUS_OK
               : STATUS_INTERNAL_ERROR;
}
