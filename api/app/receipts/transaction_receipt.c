#include "app/receipts/transaction_receipt.h"

#include "app/json_member.h"
#include "app/receipts/receipt_logo.h"
#include "app/receipts/receipt_record.h"
#include "app/time/local_time.h"
#include "catalog/selling.h"
#include "ledger/ledger.h"
#include "sqlite/reader.h"

#include <string.h>

#define TAG_DIGITS 32

/* When it was sold: a till without a connection did so before the record was made. */
static int64_t sold_at_ms(const json_t *record, int64_t created_at_ms)
{
    const char *captured_at = member_string(json_object_get(record, "offline"), "captured_at");
    int64_t captured_at_ms;
    return captured_at != NULL && clock_parse(captured_at, &captured_at_ms) ? captured_at_ms : created_at_ms;
}

/* What the store says of itself today; the record holds what was sold, not letterheads. */
static enum status add_store(struct call *call, struct receipt_source *source, int64_t created_at_ms)
{
    struct receipt *receipt = &source->receipt;
    struct id register_id;
    const char *id = member_string(source->record, "register_id");
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
    (void)local_time_of(register_.time_zone, sold_at_ms(source->record, created_at_ms), &local);
    receipt->local_time = local_time_format(&local, local_text);
    receipt->register_code = register_.code;
    receipt->store_name = register_.store_name;
    receipt->header = register_.receipt_header;
    receipt->address = register_.address;
    receipt->tax_number = register_.tax_number;
    receipt->footer = register_.receipt_footer;
    receipt->labels = receipt_labels_of(register_.receipt_language);
    source->columns = (unsigned)register_.receipt_columns;
    return STATUS_OK;
}

/* The receipt number of a record that this one refers to; NULL when it refers to none. */
static enum status read_number(struct call *call, const json_t *record, const char *member,
                               const char **number)
{
    const struct ledger *ledger = call->app->ledger;
    const char *text = member_string(record, member);
    struct id id;
    if (text == NULL || !id_parse(text, &id)) {
        return STATUS_OK;
    }
    struct ledger_transaction transaction;
    const enum status status = ledger->ops->transaction_read(ledger, &id, call->arena, &transaction);
    if (status == STATUS_OK) {
        *number = transaction.receipt_number;
    }
    return status == STATUS_TRANSACTION_NOT_FOUND ? STATUS_OK : status;
}

enum status receipt_source_open(struct call *call, const struct id *id, struct receipt_source *source)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_transaction transaction;
    *source = (struct receipt_source){0};
    enum status status = ledger->ops->transaction_read(ledger, id, call->arena, &transaction);
    if (status != STATUS_OK) {
        return status;
    }
    source->record = json_loadb(transaction.record, transaction.record_length, 0, NULL);
    if (source->record == NULL) {
        return detail_set(&call->detail, STATUS_INTERNAL_ERROR, "The stored record is damaged.");
    }
    source->receipt = receipt_record_read(call->arena, source->record);
    status = add_store(call, source, transaction.created_at_ms);
    if (status == STATUS_OK) {
        status = read_number(call, source->record, "original_id", &source->receipt.original_number);
    }
    if (status == STATUS_OK) {
        status = read_number(call, source->record, "exchange_id", &source->receipt.exchange_number);
    }
    if (status != STATUS_OK) {
        receipt_source_close(source);
    }
    return status;
}

void receipt_source_close(struct receipt_source *source)
{
    json_decref(source->record);
    source->record = NULL;
}

/* "K1-000042 01a1f7f8-… 5f6d…": number, id and hash, by which paper is held against the journal. */
static const char *qr_of(struct call *call, const struct receipt_source *source)
{
    const char *id = member_string(source->record, "id"), *hash = member_string(source->record, "hash");
    return source->receipt.receipt_number == NULL || id == NULL || hash == NULL
               ? NULL
               : arena_printf(call->arena, "%s %s %s", source->receipt.receipt_number, id, hash);
}

static void render(struct call *call, struct receipt_source *source, const struct receipt_wish *wish,
                   struct text *body)
{
    struct receipt *receipt = &source->receipt;
    const unsigned columns = wish->columns != 0 ? wish->columns : source->columns;
    struct receipt_escpos_options options = {.columns = columns, .opens_drawer = wish->drawer};
    switch (wish->form) {
    case RECEIPT_FORM_TEXT:
        receipt_text(body, receipt, columns);
        call->answer.content_type = "text/plain; charset=utf-8";
        return;
    case RECEIPT_FORM_HTML:
        receipt_html(body, receipt);
        call->answer.content_type = "text/html; charset=utf-8";
        return;
    case RECEIPT_FORM_ESCPOS:
        receipt->qr = wish->qr ? qr_of(call, source) : NULL;
        receipt_logo_read(call->app->data_directory, call->arena, &options.logo);
        receipt_escpos(body, receipt, &options);
        call->answer.content_type = RECEIPT_ESCPOS_TYPE;
        return;
    }
    __builtin_unreachable();
}

enum status transaction_receipt(struct call *call, const struct id *id, const struct receipt_wish *wish)
{
    struct receipt_source source;
    const enum status status = receipt_source_open(call, id, &source);
    if (status != STATUS_OK) {
        return status;
    }
    source.receipt.copy = wish->copy;
    source.receipt.gift = wish->gift;
    if (wish->language != NULL) {
        source.receipt.labels = receipt_labels_of(wish->language);
    }
    struct text body = arena_text(call->arena, 2048 + source.receipt.line_count * 256);
    render(call, &source, wish, &body);
    receipt_source_close(&source);
    call->answer.body = text_string(&body);
    call->answer.body_length = body.length;
    /* Not the record's hash: the letterhead is the store's of today. */
    char digits[HASH_TEXT_SIZE];
    const struct hash hash = hash_of(body.data, body.length);
    call->answer.etag = arena_printf(call->arena, "\"%.*s\"", TAG_DIGITS, hash_format(&hash, digits));
    return STATUS_OK;
}
