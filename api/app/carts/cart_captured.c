#include "app/carts/cart_parts.h"

/* The core prices what there is: the lines without a product are left out. */
static void leave_out_unknown(struct call *call, struct cart *cart)
{
    struct pricing_line *known = arena_alloc(call->arena, cart->count * sizeof *known);
    size_t count = 0;
    for (size_t i = 0; i < cart->count; i++) {
        if (cart->products[i] != NULL) {
            known[count++] = cart->priced[i];
        }
    }
    cart->pricing.lines = known;
    cart->pricing.line_count = count;
}

enum status cart_price_captured(struct call *call, const json_t *request, int64_t at_ms, struct cart *cart)
{
    enum status status = cart_find(call, request, at_ms, cart);
    if (status != STATUS_OK) {
        return status;
    }
    detail_init(&call->detail, call->arena); /* what is archived or unknown is no fault here */
    if (cart->register_.code == NULL) {
        return detail_fault(&call->detail, "/register_id", "register_not_found",
                            "There is no such register.");
    }
    cart_read(call, request, cart);
    leave_out_unknown(call, cart);
    status = call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : cart_price_lines(call, cart);
    cart->pricing.share_count = 0; /* nothing is listed of them */
    if (status == STATUS_VALIDATION_FAILED) {
        detail_init(&call->detail, call->arena);
        status = STATUS_OK;
    }
    return status;
}
