#include "app/receipts/receipt_record.h"

#include "core/money.h"

#include <string.h>

/* Members of a record. It was written by this house and its hash is kept: a member that is missing reads as
 * nothing, and the receipt shows what there is. */
static const char *string_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int64_t int_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static bool is_text(const json_t *object, const char *name, const char *text)
{
    const char *value = string_of(object, name);
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
            .name = string_of(tax, "name"),
            .rate = is_fixed ? NULL : string_of(tax, "rate"),
            .inclusive = json_is_true(json_object_get(tax, "inclusive")),
            .base = int_of(tax, "base"),
            .amount = int_of(tax, "amount"),
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
        const char *promotion_id = string_of(discount, "promotion_id");
        discounts[index] = (struct receipt_discount){
            .name = string_of(discount, "name"),
            .percent = is_text(discount, "type", "percent") && promotion_id == NULL
                           ? string_of(discount, "value")
                           : NULL,
            .reason = string_of(discount, "reason"),
            .amount = int_of(discount, "amount"),
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
            .name = string_of(line, "name"),
            .quantity = string_of(line, "quantity"),
            .weighed = is_text(line, "unit", "weighed"),
            .tare = string_of(line, "tare"),
            .unit_price = int_of(line, "unit_price"),
            .gross = int_of(line, "gross"),
            .discount = int_of(line, "discount"),
            .list_price = was_open ? 0 : int_of(line, "list_price"),
            .price_reason = string_of(line, "price_reason"),
            .exemption_reason = string_of(json_object_get(line, "tax_exemption"), "reason"),
            .note = string_of(line, "note"),
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
        const char *type = string_of(tender, "type"), *name = string_of(tender, "name");
        tenders[index] = (struct receipt_tender){
            .type = type == NULL ? TENDER_OTHER : tender_type_named(type),
            .name = name != NULL ? name : string_of(tender, "brand"),
            .last_four = string_of(tender, "last_four"),
            .amount = int_of(tender, "amount"),
            .tip = int_of(tender, "tip"),
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
        .receipt_number = string_of(record, "receipt_number"),
        .offline_number = string_of(json_object_get(record, "offline"), "receipt_number"),
        .cashier = string_of(json_object_get(record, "cashier"), "name"),
        .currency = string_of(record, "currency"),
        .subtotal = int_of(record, "subtotal"),
        .discount_total = int_of(record, "discount_total"),
        .tax_total = int_of(record, "tax_total"),
        .tax_included = int_of(record, "tax_included"),
        .rounding = int_of(record, "rounding"),
        .total = int_of(record, "total"),
        .change = int_of(record, "change"),
        .reason = string_of(record, "reason"),
        .exemption_reason = string_of(exemption, "reason"),
        .exemption_certificate = string_of(exemption, "certificate"),
        .points_earned = int_of(loyalty, "earned"),
        .points_used = int_of(loyalty, "burned"),
    };
    const int decimals = receipt.currency == NULL ? -1 : money_decimals(receipt.currency);
    receipt.decimals = decimals < 0 ? 0 : decimals;
    receipt.lines = read_lines(arena, json_object_get(record, "lines"), &receipt.line_count);
    receipt.tenders = read_tenders(arena, json_object_get(record, "tenders"), &receipt.tender_count);
    return receipt;
}
