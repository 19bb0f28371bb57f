#include "app/quote.h"

#include "app/cart.h"
#include "base/clock.h"

/* The answer is there already: the act only lets it be kept, or replaced by the kept one. */
static enum status keep_answer(struct call *call, struct db *db, void *context)
{
    (void)call, (void)db, (void)context;
    return STATUS_OK;
}

enum status quote_create(struct call *call, const json_t *request)
{
    struct cart cart;
    const enum status status = cart_price(call, request, clock_now_ms(), &cart);
    if (status != STATUS_OK) {
        return status;
    }
    struct text body = arena_text(call->arena, 512 + cart.count * 1024);
    cart_write_quote(&cart, &body);
    call_answer_text(call, &body);
    call->answer.catalog_seq = cart.catalog_seq;
    return call->idempotency.present ? call_write(call, keep_answer, NULL) : STATUS_OK;
}
