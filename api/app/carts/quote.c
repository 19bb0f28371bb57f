#include "app/carts/quote.h"

#include "app/carts/cart.h"
#include "base/clock.h"

/* The answer is there already: the act only lets it be kept, or replaced by the kept one. */
static enum status keep_answer(struct call *call, struct db *db, void *context)
{
    (void)call, (void)db, (void)context;
    return STATUS_OK;
}

/* What a sale of the cart would refuse, whoever pays. */
static enum status check_gift_cards(struct call *call, const struct cart *cart)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cart->count; i++) {
        if (cart->products[i]->kind == SELLING_GIFT_CARD) {
            const enum status card = cart_check_gift_card(call, i, cart->priced[i].quantity,
                                                          cart->priced[i].total);
            status = status == STATUS_OK ? card : status;
        }
    }
    return status;
}

enum status quote_create(struct call *call, const json_t *request)
{
    struct cart cart;
    enum status status = cart_price(call, request, clock_now_ms(), &cart);
    status = status == STATUS_OK ? check_gift_cards(call, &cart) : status;
    if (status != STATUS_OK) {
        return status;
    }
    struct text body = arena_text(call->arena, 512 + cart.count * 1024);
    cart_write_quote(&cart, &body);
    call_answer_text(call, &body);
    call->answer.catalog_seq = cart.catalog_seq;
    return call->idempotency.present ? call_write(call, keep_answer, NULL) : STATUS_OK;
}
