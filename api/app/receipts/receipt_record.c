#include "app/receipts/receipt_record.h"

#include "app/json_member.h"
#include "core/money.h"

#include <string.h>

/* The record was written by this house and its hash is kept: a member that is missing reads as
 * nothing, and the receipt shows what there is. */
static bool is_text(const json_t *object, const char *name, const char *text)
{
    const char *value = member_string(object, name);
    return value != NULL && strcmp(value, text) == 0;
}

static const struct receipt_tax *read_taxes(struct arena *arena, const json_t *array, size_t *count)
{
    *count = json_array_size(array);
    struct receipt_tax *taxes = arena_zeroed(arena, *count + 1, sizeof *taxes);
    size_t index;
    json_t *tax;
    json_array_foreach(array, index, tax)
    {
        const bool is_fixed = json_object_get(tax, "amount_per_unit") != NULL;
        taxes[index] = (struct receipt_tax){
            .name = member_string(tax, "name"),
            .rate = is_fixed ? NULL : member_string(tax, "rate"),
            .inclusive = json_is_true(json_object_get(tax, "inclusive")),
            .base = member_int(tax, "base"),
            .amount = member_int(tax, "amount"),
        };
    }
    return taxes;
}

/* Whether another line has a share in this promotion. */
static bool is_shared(const json_t *lines, const json_t *line, const char *promotion_id)
{
    size_t index, at;
    json_t *other, *discount;
    json_array_foreach(lines, index, other)
    {
        if (other == line) {
            continue;
        }
        json_array_foreach(json_object_get(other, "discounts"), at, discount)
        {
            if (is_text(discount, "promotion_id", promotion_id)) {
                return true;
            }
        }
    }
    return false;
}

/* A discount of the basket, and a promotion that several lines share, is shown once, below the lines. */
static const struct receipt_discount *read_discounts(struct arena *arena, const json_t *lines,
                                                     const json_t *line, size_t *count)
{
    const json_t *array = json_object_get(line, "discounts");
    *count = json_array_size(array);
    struct receipt_discount *discounts = arena_zeroed(arena, *count + 1, sizeof *discounts);
    size_t index;
    json_t *discount;
    json_array_foreach(array, index, discount)
    {
        const char *promotion_id = member_string(discount, "promotion_id");
        discounts[index] = (struct receipt_discount){
            .name = member_string(discount, "name"),
            .percent = is_text(discount, "type", "percent") && promotion_id == NULL
                           ? member_string(discount, "value")
                           : NULL,
            .reason = member_string(discount, "reason"),
            .amount = member_int(discount, "amount"),
            .is_basket = is_text(discount, "source", "basket") ||
                         (promotion_id != NULL && is_shared(lines, line, promotion_id)),
        };
    }
    return discounts;
}

static const struct receipt_line *read_lines(struct arena *arena, const json_t *array, size_t *count)
{
    *count = json_array_size(array);
    struct receipt_line *lines = arena_zeroed(arena, *count + 1, sizeof *lines);
    size_t index;
    json_t *line;
    json_array_foreach(array, index, line)
    {
        /* The catalogue's price says something only where another one was asked for it. */
        const bool was_open = is_text(line, "price_source", "open");
        lines[index] = (struct receipt_line){
            .name = member_string(line, "name"),
            .quantity = member_string(line, "quantity"),
            .weighed = is_text(line, "unit", "weighed"),
            .tare = member_string(line, "tare"),
            .unit_price = member_int(line, "unit_price"),
            .gross = member_int(line, "gross"),
            .discount = member_int(line, "discount"),
            .list_price = was_open ? 0 : member_int(line, "list_price"),
            .price_reason = member_string(line, "price_reason"),
            .exemption_reason = member_string(json_object_get(line, "tax_exemption"), "reason"),
            .note = member_string(line, "note"),
        };
        lines[index].discounts = read_discounts(arena, array, line, &lines[index].discount_count);
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
        const char *type = member_string(tender, "type"), *name = member_string(tender, "name");
        tenders[index] = (struct receipt_tender){
            .type = type == NULL ? TENDER_OTHER : tender_type_named(type),
            .name = name != NULL ? name : member_string(tender, "brand"),
            .last_four = member_string(tender, "last_four"),
            .amount = member_int(tender, "amount"),
            .tip = member_int(tender, "tip"),
        };
    }
    return tenders;
}

struct receipt receipt_record_read(struct arena *arena, const json_t *record)
{
    const json_t *exemption = json_object_get(record, "tax_exemption");
    const json_t *loyalty = json_object_get(record, "loyalty");
    struct receipt receipt = {
        .kind = is_text(record, "type", "refund") ? RECEIPT_REFUND
                : is_text(record, "type", "void") ? RECEIPT_VOID
                                                  : RECEIPT_SALE,
        .receipt_number = member_string(record, "receipt_number"),
        .offline_number = member_string(json_object_get(record, "offline"), "receipt_number"),
        .cashier = member_string(json_object_get(record, "cashier"), "name"),
        .currency = member_string(record, "currency"),
        .subtotal = member_int(record, "subtotal"),
        .discount_total = member_int(record, "discount_total"),
        .tax_total = member_int(record, "tax_total"),
        .tax_included = member_int(record, "tax_included"),
        .rounding = member_int(record, "rounding"),
        .total = member_int(record, "total"),
        .change = member_int(record, "change"),
        .reason = member_string(record, "reason"),
        .exemption_reason = member_string(exemption, "reason"),
        .exemption_certificate = member_string(exemption, "certificate"),
        .points_earned = member_int(loyalty, "earned"),
        .points_used = member_int(loyalty, "burned"),
    };
    const int decimals = receipt.currency == NULL ? -1 : money_decimals(receipt.currency);
    receipt.decimals = decimals < 0 ? 0 : decimals;
    receipt.lines = read_lines(arena, json_object_get(record, "lines"), &receipt.line_count);
    receipt.tenders = read_tenders(arena, json_object_get(record, "tenders"), &receipt.tender_count);
    return receipt;
}
