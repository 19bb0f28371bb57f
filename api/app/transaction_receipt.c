#include "app/transaction_receipt.h"

#include "app/local_time.h"
#include "catalog/selling.h"
#include "core/money.h"
#include "core/receipt.h"
#include "ledger/ledger.h"
#include "sqlite/reader.h"

#include <string.h>

#define TAG_DIGITS 32

/* Members of a record. It was written by this house and its hash is kept: a member that is missing reads as
 * nothing, and the receipt shows it. */
static const char *string_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int64_t int_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const struct receipt_tax *read_taxes(struct arena *arena, const json_t *array, size_t *count)
{
    *count = json_array_size(array);
    struct receipt_tax *taxes = arena_zeroed(arena, *count + 1, sizeof *taxes);
    size_t index;
    json_t *tax;
    json_array_foreach(array, index, tax)
    {
        taxes[index] = (struct receipt_tax){
            .name = string_of(tax, "name"),
            .rate = string_of(tax, "rate"),
            .inclusive = json_is_true(json_object_get(tax, "inclusive")),
            .base = int_of(tax, "base"),
            .amount = int_of(tax, "amount"),
        };
    }
    return taxes;
}

static const struct receipt_line *read_lines(struct arena *arena, const json_t *array, size_t *count)
{
    *count = json_array_size(array);
    struct receipt_line *lines = arena_zeroed(arena, *count + 1, sizeof *lines);
    size_t index;
    json_t *line;
    json_array_foreach(array, index, line)
    {
        const char *unit = string_of(line, "unit");
        lines[index] = (struct receipt_line){
            .name = string_of(line, "name"),
            .quantity = string_of(line, "quantity"),
            .weighed = unit != NULL && strcmp(unit, "weighed") == 0,
            .unit_price = int_of(line, "unit_price"),
            .gross = int_of(line, "gross"),
            .discount = int_of(line, "discount"),
        };
        lines[index].taxes = read_taxes(arena, json_object_get(line, "taxes"), &lines[index].tax_count);
    }
    return lines;
}

static const struct receipt_tender *read_tenders(struct arena *arena, const json_t *array, size_t *count)
{
    *count = json_array_size(array);
    struct receipt_tender *tenders = arena_zeroed(arena, *count + 1, sizeof *tenders);
    size_t index;
    json_t *tender;
    json_array_foreach(array, index, tender)
    {
        tenders[index] = (struct receipt_tender){.type = string_of(tender, "type"),
                                                 .amount = int_of(tender, "amount")};
    }
    return tenders;
}

static struct receipt read_record(struct arena *arena, const json_t *record)
{
    struct receipt receipt = {
        .receipt_number = string_of(record, "receipt_number"),
        .cashier = string_of(json_object_get(record, "cashier"), "name"),
        .currency = string_of(record, "currency"),
        .subtotal = int_of(record, "subtotal"),
        .discount_total = int_of(record, "discount_total"),
        .tax_total = int_of(record, "tax_total"),
        .tax_included = int_of(record, "tax_included"),
        .rounding = int_of(record, "rounding"),
        .total = int_of(record, "total"),
        .change = int_of(record, "change"),
    };
    const int decimals = receipt.currency == NULL ? -1 : money_decimals(receipt.currency);
    receipt.decimals = decimals < 0 ? 0 : decimals;
    receipt.lines = read_lines(arena, json_object_get(record, "lines"), &receipt.line_count);
    receipt.tenders = read_tenders(arena, json_object_get(record, "tenders"), &receipt.tender_count);
    return receipt;
}

/* What the store says of itself today; the record holds what was sold, not letterheads. */
static enum status add_store(struct call *call, const json_t *record, int64_t created_at_ms,
                             struct receipt *receipt)
{
    struct id register_id;
    const char *id = string_of(record, "register_id");
    if (id == NULL || !id_parse(id, &register_id)) {
        return STATUS_INTERNAL_ERROR;
    }
    struct selling_register register_;
    struct db *db = reader_take(call->app->readers);
    const enum status status = selling_register_read(db, call->arena, &register_id, &register_);
    reader_give_back(call->app->readers, db);
    if (status != STATUS_OK) {
        return status;
    }
    struct local_time local;
    char *local_text = arena_alloc(call->arena, LOCAL_TIME_TEXT_SIZE);
    (void)local_time_of(register_.time_zone, created_at_ms, &local);
    receipt->local_time = local_time_format(&local, local_text);
    receipt->register_code = register_.code;
    receipt->store_name = register_.store_name;
    receipt->header = register_.receipt_header;
    receipt->address = register_.address;
    receipt->tax_number = register_.tax_number;
    receipt->footer = register_.receipt_footer;
    return STATUS_OK;
}

static enum status render(struct call *call, const json_t *record, int64_t created_at_ms,
                          enum receipt_form form)
{
    struct receipt receipt = read_record(call->arena, record);
    const enum status status = add_store(call, record, created_at_ms, &receipt);
    if (status != STATUS_OK) {
        return status;
    }
    struct text body = arena_text(call->arena, 2048 + receipt.line_count * 256);
    if (form == RECEIPT_FORM_HTML) {
        receipt_html(&body, &receipt);
        call->answer.content_type = "text/html; charset=utf-8";
    } else {
        receipt_text(&body, &receipt, RECEIPT_COLUMNS);
        call->answer.content_type = "text/plain; charset=utf-8";
    }
    call->answer.body = text_string(&body);
    call->answer.body_length = body.length;
    /* Not the record's hash: the letterhead is the store's of today. */
    char digits[HASH_TEXT_SIZE];
    const struct hash hash = hash_of(body.data, body.length);
    call->answer.etag = arena_printf(call->arena, "\"%.*s\"", TAG_DIGITS, hash_format(&hash, digits));
    return STATUS_OK;
}

enum status transaction_receipt(struct call *call, const struct id *id, enum receipt_form form)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_transaction transaction;
    enum status status = ledger->ops->transaction_read(ledger, id, call->arena, &transaction);
    if (status != STATUS_OK) {
        return status;
    }
    json_t *record = json_loadb(transaction.record, transaction.record_length, 0, NULL);
    if (record == NULL) {
        return detail_set(&call->detail, STATUS_INTERNAL_ERROR, "The stored record is damaged.");
    }
    status = render(call, record, transaction.created_at_ms, form);
    json_decref(record);
    return status;
}
