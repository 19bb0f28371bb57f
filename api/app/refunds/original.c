#include "app/refunds/original.h"

#include "app/json_member.h"
#include "core/quantity.h"

#include <string.h>

/* --- the record --- */

static int64_t quantity_of(const json_t *line)
{
    const json_t *text = json_object_get(line, "quantity");
    int64_t quantity = 0;
    (void)quantity_parse(json_string_value(text), json_string_length(text), &quantity);
    return quantity;
}

/* A record of before discounts were listed has their sum only. */
static void read_discounts(const json_t *json, struct refund_line *sold)
{
    const json_t *discounts = json_object_get(json, "discounts");
    size_t index;
    json_t *discount;
    json_array_foreach(discounts, index, discount)
    {
        if (index < REFUND_DISCOUNTS_MAX) {
            sold->discounts[index] = member_int(discount, "amount");
        }
        sold->discount_count = (unsigned)index + 1;
    }
    if (discounts == NULL && member_int(json, "discount") > 0) {
        sold->discounts[0] = member_int(json, "discount");
        sold->discount_count = 1;
    }
}

static void read_taxes(const json_t *json, struct refund_line *sold)
{
    size_t index;
    json_t *tax;
    json_array_foreach(json_object_get(json, "taxes"), index, tax)
    {
        if (index < PRICING_TAXES_MAX) {
            sold->taxes[index] = (struct refund_tax){
                .inclusive = json_is_true(json_object_get(tax, "inclusive")),
                .base = member_int(tax, "base"),
                .amount = member_int(tax, "amount"),
            };
        }
        sold->tax_count = (unsigned)index + 1;
    }
}

static bool read_line(const json_t *json, struct original_line *line)
{
    const char *unit = member_string(json, "unit"), *product_id = member_string(json, "product_id");
    *line = (struct original_line){
        .json = json,
        .by_piece = unit != NULL && strcmp(unit, "each") == 0,
        .gift_card_id = member_string(json, "gift_card_id"),
        .sold = {.quantity = quantity_of(json),
                 .gross = member_int(json, "gross"),
                 .net = member_int(json, "gross") - member_int(json, "discount"),
                 .exempted = member_int(json_object_get(json, "tax_exemption"), "amount"),
                 .total = member_int(json, "total")},
    };
    read_discounts(json, &line->sold);
    read_taxes(json, &line->sold);
    return product_id != NULL && id_parse(product_id, &line->product_id) && refund_line_adds_up(&line->sold);
}

static enum status read_lines(struct call *call, struct original *original)
{
    const json_t *lines = json_object_get(original->record, "lines");
    original->line_count = json_array_size(lines);
    original->lines = arena_zeroed(call->arena, original->line_count + 1, sizeof *original->lines);
    size_t index;
    json_t *line;
    json_array_foreach(lines, index, line)
    {
        if (!read_line(line, &original->lines[index])) {
            return detail_set(&call->detail, STATUS_REFUND_NOT_POSSIBLE,
                              "The line %zu of the record does not add up.", index + 1);
        }
        original->lines_total += original->lines[index].sold.total;
    }
    return STATUS_OK;
}

static void read_tenders(struct original *original)
{
    struct refund_paid *paid = &original->paid;
    original->tenders = json_object_get(original->record, "tenders");
    paid->cash = -member_int(original->record, "change");
    size_t index;
    json_t *tender;
    json_array_foreach(original->tenders, index, tender)
    {
        const enum tender_type type = tender_type_named(member_string(tender, "type"));
        const int64_t amount = member_int(tender, "amount");
        if (type == TENDER_CASH) {
            paid->cash += amount;
        } else if (type == TENDER_EXCHANGE) {
            paid->exchanged += amount;
        } else if (paid->count < TENDER_COUNT_MAX) { /* there are no more */
            original->other[paid->count] = index;
            paid->others[paid->count++] = amount;
        }
    }
}

static bool is_flagged(const json_t *record, const char *wanted)
{
    size_t index;
    json_t *flag;
    json_array_foreach(json_object_get(record, "flags"), index, flag)
    {
        if (strcmp(json_string_value(flag), wanted) == 0) {
            return true;
        }
    }
    return false;
}

static enum status read_record(struct call *call, struct original *original)
{
    const struct ledger_transaction *transaction = &original->transaction;
    original->record = json_loadb(transaction->record, transaction->record_length, 0, NULL);
    if (original->record == NULL) {
        return detail_set(&call->detail, STATUS_INTERNAL_ERROR, "The stored record is damaged.");
    }
    const char *customer_id = member_string(original->record, "customer_id");
    const json_t *loyalty = json_object_get(original->record, "loyalty");
    original->currency = member_string(original->record, "currency");
    original->has_customer = customer_id != NULL && id_parse(customer_id, &original->customer_id);
    original->was_short = is_flagged(original->record, "insufficient_balance");
    original->earned = member_int(loyalty, "earned");
    original->burned = member_int(loyalty, "burned");
    read_tenders(original);
    return read_lines(call, original);
}

/* --- what refers to it --- */

static void add_tender(struct original *original, const json_t *tender)
{
    const int64_t amount = member_int(tender, "amount");
    const size_t number = (size_t)member_int(tender, "original_tender"); /* from 1 */
    if (tender_type_named(member_string(tender, "type")) == TENDER_CASH) {
        original->back.cash += amount;
        return;
    }
    for (size_t i = 0; i < original->paid.count; i++) {
        if (original->other[i] + 1 == number) {
            original->back.others[i] += amount;
            return;
        }
    }
    original->back.elsewhere += amount;
}

static void add_reversal(struct original *original, const json_t *record)
{
    size_t index;
    json_t *element;
    json_array_foreach(json_object_get(record, "lines"), index, element)
    {
        const int64_t number = member_int(element, "original_line");
        if (number > 0 && number <= (int64_t)original->line_count) {
            original->lines[number - 1].returned += quantity_of(element);
        }
    }
    json_array_foreach(json_object_get(record, "tenders"), index, element)
    {
        add_tender(original, element);
    }
    original->back_total += member_int(record, "total");
    original->voided = original->voided || strcmp(member_string(record, "type"), "void") == 0;
    original->reversals++;
}

static enum status read_reversals(struct call *call, struct original *original)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_filter filter = {.has_original = true, .original_id = original->transaction.id};
    struct cursor after = {0};
    struct ledger_page page;
    do {
        const enum status status = ledger->ops->transaction_list(ledger, &filter, &after, LEDGER_PAGE_MAX,
                                                                 call->arena, &page);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t i = 0; i < page.count; i++) {
            json_t *record = json_loadb(page.transactions[i].record, page.transactions[i].record_length, 0,
                                        NULL);
            if (record == NULL) {
                return detail_set(&call->detail, STATUS_INTERNAL_ERROR, "A stored record is damaged.");
            }
            add_reversal(original, record);
            json_decref(record);
        }
        after = page.next;
    } while (page.has_more);
    return STATUS_OK;
}

enum status original_read(struct call *call, const struct id *id, struct original *original)
{
    const struct ledger *ledger = call->app->ledger;
    *original = (struct original){0};
    enum status status = ledger->ops->transaction_read(ledger, id, call->arena, &original->transaction);
    if (status == STATUS_OK) {
        status = read_record(call, original);
    }
    return status == STATUS_OK ? read_reversals(call, original) : status;
}

void original_close(struct original *original)
{
    json_decref(original->record);
    original->record = NULL;
}

bool original_is_sale(const struct original *original)
{
    return strcmp(original->transaction.type, "sale") == 0;
}

/* --- what is left --- */

int64_t original_returned(const struct original *original, const int64_t *more, bool *complete)
{
    int64_t total = 0;
    *complete = true;
    for (size_t i = 0; i < original->line_count; i++) {
        const struct original_line *line = &original->lines[i];
        const int64_t quantity = line->returned + (more == NULL ? 0 : more[i]);
        struct refund_line returned;
        refund_returned(&line->sold, quantity, &returned);
        total += returned.total;
        *complete = *complete && quantity == line->sold.quantity;
    }
    return total;
}

/* Whether an entry is of the sale or of what refers to it. */
static enum status is_about(struct call *call, const struct original *original,
                            const struct ledger_entry *entry, bool *about)
{
    const struct ledger *ledger = call->app->ledger;
    *about = id_equal(&entry->act_id, &original->transaction.id);
    if (*about || !entry->by_record) {
        return STATUS_OK;
    }
    struct ledger_transaction other;
    const enum status status = ledger->ops->transaction_read(ledger, &entry->act_id, call->arena, &other);
    *about = status == STATUS_OK && other.has_original &&
             id_equal(&other.original_id, &original->transaction.id);
    return status == STATUS_TRANSACTION_NOT_FOUND ? STATUS_OK : status;
}

enum status original_taken(struct call *call, const struct original *original, enum ledger_kind kind,
                           const struct id *id, size_t balance, int64_t *taken)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_entry_page page = {.has_more = true};
    enum status status = STATUS_OK;
    *taken = original->was_short ? 0 : INT64_MAX;
    if (!original->was_short) {
        return STATUS_OK;
    }
    while (status == STATUS_OK && page.has_more) {
        const struct cursor after = page.next;
        status = ledger->ops->entry_list(ledger, kind, id, &after, LEDGER_PAGE_MAX, call->arena, &page);
        for (size_t i = 0; status == STATUS_OK && i < page.count; i++) {
            bool about = false;
            if (page.entries[i].at_ms < original->transaction.created_at_ms) {
                return STATUS_OK; /* the sale is newer than the rest */
            }
            status = is_about(call, original, &page.entries[i], &about);
            *taken -= about ? page.entries[i].amounts[balance] : 0;
        }
    }
    return status;
}

static void emit_line(struct json_writer *json, const struct original_line *line, size_t number)
{
    char buffer[QUANTITY_TEXT_SIZE];
    struct text quantity = text_over(buffer, sizeof buffer);
    struct refund_line left;
    refund_share(&line->sold, line->returned, line->sold.quantity - line->returned, &left);
    quantity_format(&quantity, left.quantity);
    emit_begin_object(json);
    emit_member_int(json, "line", (int64_t)number);
    emit_name(json, "quantity");
    emit_string_n(json, quantity.data, quantity.length);
    emit_member_int(json, "total", left.total);
    emit_end_object(json);
}

static void emit_tender(struct json_writer *json, const char *type, size_t number, int64_t amount)
{
    emit_begin_object(json);
    emit_member_int(json, "amount", amount);
    if (number > 0) {
        emit_member_int(json, "original_tender", (int64_t)number);
    }
    emit_member_string(json, "type", type);
    emit_end_object(json);
}

void original_emit_refundable(struct json_writer *json, const struct original *original)
{
    const bool nothing = original->voided || !original_is_sale(original);
    emit_begin_object(json);
    emit_name(json, "lines");
    emit_begin_array(json);
    for (size_t i = 0; i < original->line_count && !nothing; i++) {
        if (original->lines[i].returned < original->lines[i].sold.quantity) {
            emit_line(json, &original->lines[i], i + 1);
        }
    }
    emit_end_array(json);
    emit_name(json, "tenders");
    emit_begin_array(json);
    const struct refund_payout left = refund_left(&original->paid, &original->back);
    int64_t total = 0;
    for (size_t i = original->paid.count; i-- > 0 && !nothing;) {
        if (left.others[i] > 0) {
            const json_t *tender = json_array_get(original->tenders, original->other[i]);
            emit_tender(json, member_string(tender, "type"), original->other[i] + 1, left.others[i]);
            total += left.others[i];
        }
    }
    if (left.cash > 0 && !nothing) {
        emit_tender(json, "cash", 0, left.cash);
        total += left.cash;
    }
    emit_end_array(json);
    emit_member_int(json, "total", total);
    emit_end_object(json);
}
