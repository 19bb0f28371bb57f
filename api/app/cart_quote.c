#include "app/cart.h"

#include <string.h>

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
static void write_trace(struct json_writer *json, const struct cart *cart, struct arena *arena)
{
    struct pricing_cart again = cart->pricing;
    struct trace trace = {.json = json, .cart = &again};
    struct pricing_fault fault;
    again.lines = arena_alloc(arena, again.line_count * sizeof *again.lines);
    memcpy(again.lines, cart->pricing.lines, again.line_count * sizeof *again.lines);
    again.tax_amounts = arena_alloc(arena, pricing_tax_room(&again) * sizeof *again.tax_amounts);
    again.shares = arena_alloc(arena, pricing_share_room(&again) * sizeof *again.shares);
    emit_name(json, "trace");
    emit_begin_array(json);
    if (pricing_price(&again, write_step, &trace, &fault) != STATUS_OK) {
        __builtin_trap(); /* what could be priced can be priced again */
    }
    emit_end_array(json);
}

static int64_t promotion_sum(const struct pricing_cart *pricing, size_t promotion)
{
    int64_t sum = 0;
    for (size_t i = 0; i < pricing->share_count; i++) {
        const struct pricing_share *share = &pricing->shares[i];
        if (share->source == PRICING_SHARE_PROMOTION && share->index == promotion) {
            sum += share->amount;
        }
    }
    return sum;
}

/* Those that took something off, in the order in which they applied. */
static void write_promotions(struct json_writer *json, const struct pricing_cart *pricing)
{
    bool has_any = false;
    for (size_t i = 0; i < pricing->promotion_count; i++) {
        const int64_t amount = promotion_sum(pricing, i);
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
        emit_member_string(json, "name", pricing->promotions[i].name);
        emit_member_string(json, "promotion_id", pricing->promotions[i].id);
        emit_end_object(json);
    }
    if (has_any) {
        emit_end_array(json);
    }
}

void cart_write_quote(const struct cart *cart, struct arena *arena, struct text *text)
{
    struct json_writer json = json_writer(text);
    emit_begin_object(&json);
    emit_member_int(&json, "cash_total", cart->cash_total);
    emit_member_string(&json, "currency", cart->register_.currency);
    sale_json_lines(&json, cart->lines, cart->count);
    write_promotions(&json, &cart->pricing);
    emit_member_int(&json, "subtotal", cart->totals.subtotal);
    emit_member_int(&json, "discount_total", cart->totals.discount_total);
    emit_member_int(&json, "tax_total", cart->totals.tax_total);
    emit_member_int(&json, "tax_included", cart->totals.tax_included);
    emit_member_int(&json, "rounding", cart->totals.rounding);
    emit_member_int(&json, "total", cart->totals.total);
    write_trace(&json, cart, arena);
    emit_end_object(&json);
}
