#include "app/sales/sale.h"
#include "base/clock.h"

enum status sale_refuse_total(struct call *call, const struct sale *sale)
{
    struct text members = arena_text(call->arena, 1024);
    text_add_string(&members, "\"expected_total\":");
    text_add_int(&members, sale->expected_total);
    text_add_string(&members, ",\"quote\":");
    cart_write_quote(&sale->cart, &members);
    call->detail.members = text_string(&members);
    return detail_set(&call->detail, STATUS_TOTAL_MISMATCH,
                      "The server calculates %lld, the request expects %lld.",
                      (long long)sale->cart.totals.total, (long long)sale->expected_total);
}

/* The customer was shown the quote's total; or, when all or a part is paid in cash, what that is in coins. */
static enum status settle(struct call *call, struct sale *sale)
{
    const int64_t due = sale->totals.total;
    const int64_t increment = sale->cart.register_.cash_rounding;
    struct tender_settlement coins;
    struct tender_fault fault;
    const bool in_coins = tender_settle(sale->tenders.settled, sale->tenders.count, due, increment, &coins,
                                        &fault) != STATUS_VALIDATION_FAILED &&
                          sale->expected_total == coins.total;
    if (sale->expected_total != due && !in_coins) {
        return sale_refuse_total(call, sale);
    }
    return tenders_settle(call, &sale->tenders, "/tenders", due, increment, &sale->settlement);
}

enum status sale_check_customer(struct call *call, const struct sale *sale)
{
    if (sale->has_customer) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < sale->tenders.count; i++) {
        const enum tender_type type = sale->tenders.settled[i].type;
        if (type == TENDER_STORE_CREDIT || type == TENDER_CUSTOMER_ACCOUNT) {
            return detail_fault(&call->detail, "/customer_id", "required", "A tender of type %s needs it.",
                                tender_type_name(type));
        }
    }
    return sale->points == 0
               ? STATUS_OK
               : detail_fault(&call->detail, "/customer_id", "required", "Points are a customer's.");
}

static void take_prices(struct call *call, struct sale *sale)
{
    const struct cart *cart = &sale->cart;
    sale->totals = cart->totals;
    sale->sold = arena_alloc(call->arena, cart->count * sizeof *sale->sold);
    for (size_t i = 0; i < cart->count; i++) {
        sale->sold[i] = (struct sale_sold){
            .product = cart->products[i],
            .quantity = cart->priced[i].quantity,
            .total = cart->priced[i].total,
        };
    }
}

enum status sale_price(struct call *call, struct sale *sale)
{
    enum status status = sale_check_customer(call, sale);
    if (status == STATUS_OK) {
        status = cart_price(call, sale->request, clock_now_ms(), &sale->cart);
    }
    if (status == STATUS_OK) {
        status = cart_permit(call, &sale->cart);
    }
    if (status == STATUS_OK) {
        take_prices(call, sale);
    }
    return status;
}

enum status sale_check(struct call *call, struct sale *sale)
{
    if (sale->is_offline) {
        const enum status status = sale_check_customer(call, sale);
        return status == STATUS_OK ? sale_check_offline(call, sale) : status;
    }
    const enum status status = sale_price(call, sale);
    return status == STATUS_OK ? settle(call, sale) : status;
}
