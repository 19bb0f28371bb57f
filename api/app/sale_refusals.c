#include "app/sale.h"
#include "core/quantity.h"

static enum status explain_shortage(struct call *call, const struct sale *sale, const struct sale_act *act,
                                    const struct ledger_outcome *outcome)
{
    const struct ledger_movement *asked = &act->act.movements[outcome->failed];
    char left_text[32], asked_text[32];
    struct text left = text_over(left_text, sizeof left_text),
                wanted = text_over(asked_text, sizeof asked_text);
    quantity_format(&left, outcome->left);
    quantity_format(&wanted, -asked->quantity);
    for (size_t i = 0; i < sale->cart.count; i++) {
        if (sale->cart.products[i]->key == asked->product.key) {
            (void)detail_fault(&call->detail, arena_printf(call->arena, "/lines/%zu/quantity", i),
                               "insufficient_stock", "%s are in stock, %s are asked for.", text_string(&left),
                               text_string(&wanted));
            return detail_set(&call->detail, STATUS_INSUFFICIENT_STOCK,
                              "Of %s (%s) %s are in stock, %s are asked for.", sale->cart.products[i]->name,
                              sale->cart.products[i]->sku, text_string(&left), text_string(&wanted));
        }
    }
    return STATUS_INSUFFICIENT_STOCK;
}

static enum status explain_step(struct call *call, const struct sale *sale,
                                const struct ledger_outcome *outcome)
{
    char hash[HASH_TEXT_SIZE];
    call->detail.members = arena_printf(call->arena, "\"last\":{\"sequence\":%lld,\"hash\":\"%s\"}",
                                        (long long)outcome->last.sequence,
                                        hash_format(&outcome->last.hash, hash));
    if (outcome->last.sequence == sale->previous.sequence) {
        return detail_set(&call->detail, STATUS_REGISTER_OUT_OF_STEP,
                          "The last record of the register %s has another hash.", sale->cart.register_.code);
    }
    return detail_set(&call->detail, STATUS_REGISTER_OUT_OF_STEP,
                      "The last record of the register %s is %lld, not %lld.", sale->cart.register_.code,
                      (long long)outcome->last.sequence, (long long)sale->previous.sequence);
}

enum status sale_refused(struct call *call, const struct sale *sale, const struct sale_act *act,
                         const struct ledger_outcome *outcome, enum status status, bool *again)
{
    *again = false;
    if (status == STATUS_INSUFFICIENT_STOCK) {
        return explain_shortage(call, sale, act, outcome);
    }
    if (status == STATUS_REGISTER_OUT_OF_STEP) {
        return explain_step(call, sale, outcome);
    }
    if (status == STATUS_DOCUMENT_STATE) {
        *again = act->postings[outcome->failed].kind == LEDGER_SHIFT; /* it was closed meanwhile */
    }
    if (status == STATUS_VERSION_MISMATCH) {
        *again = outcome->failed == act->parked_cart_write; /* somebody took it */
    }
    return status;
}
