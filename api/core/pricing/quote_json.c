#include "core/pricing/quote_json.h"

struct trace {
    struct json_writer *json;
    const struct pricing_cart *cart;
    size_t count;
};

static void write_step(void *context, const struct pricing_step *step)
{
    struct trace *trace = context;
    sale_json_step(trace->json, trace->cart, ++trace->count, step);
}

/* The core explains while it prices: so it prices once more. */
static void write_trace(struct json_writer *json, struct pricing_cart *cart)
{
    struct trace trace = {.json = json, .cart = cart};
    struct pricing_fault fault;
    emit_name(json, "trace");
    emit_begin_array(json);
    if (pricing_price(cart, write_step, &trace, &fault) != STATUS_OK) {
        __builtin_trap(); /* what could be priced can be priced again */
    }
    emit_end_array(json);
}

static int64_t promotion_sum(const struct pricing_cart *cart, size_t promotion)
{
    int64_t sum = 0;
    for (size_t i = 0; i < cart->share_count; i++) {
        const struct pricing_share *share = &cart->shares[i];
        if (share->source == PRICING_SHARE_PROMOTION && share->index == promotion) {
            sum += share->amount;
        }
    }
    return sum;
}

/* Those that took something off, in the order in which they stand. */
static void write_promotions(struct json_writer *json, const struct pricing_cart *cart)
{
    bool has_any = false;
    for (size_t i = 0; i < cart->promotion_count; i++) {
        const int64_t amount = promotion_sum(cart, i);
        if (amount == 0) {
            continue;
        }
        if (!has_any) {
            emit_name(json, "promotions");
            emit_begin_array(json);
            has_any = true;
        }
        emit_begin_object(json);
        emit_member_int(json, "amount", amount);
        emit_member_string(json, "name", cart->promotions[i].name);
        emit_member_string(json, "promotion_id", cart->promotions[i].id);
        emit_end_object(json);
    }
    if (has_any) {
        emit_end_array(json);
    }
}

void quote_json(struct json_writer *json, const struct quote *quote)
{
    const struct pricing_totals *totals = &quote->cart->totals;
    emit_begin_object(json);
    emit_member_string(json, "currency", quote->currency);
    sale_json_lines(json, quote->lines, quote->cart->line_count);
    emit_member_int(json, "subtotal", totals->subtotal);
    emit_member_int(json, "discount_total", totals->discount_total);
    emit_member_int(json, "tax_total", totals->tax_total);
    emit_member_int(json, "tax_included", totals->tax_included);
    emit_member_int(json, "rounding", totals->rounding);
    emit_member_int(json, "total", totals->total);
    emit_member_int(json, "cash_total", quote->cash_total);
    write_promotions(json, quote->cart);
    if (quote->has_customer && (quote->earned > 0 || quote->burned > 0)) {
        emit_name(json, "loyalty");
        emit_begin_object(json);
        emit_member_int(json, "burned", quote->burned);
        emit_member_int(json, "earned", quote->earned);
        emit_end_object(json);
    }
    if (quote->has_trace) {
        write_trace(json, quote->cart);
    }
    emit_end_object(json);
}
