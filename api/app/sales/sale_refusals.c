#include "app/sales/sale.h"
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
                               "insufficient_stock", "%s in stock, %s asked for.", text_string(&left),
                               text_string(&wanted));
            return detail_set(&call->detail, STATUS_INSUFFICIENT_STOCK, "%s (%s): %s in stock, %s asked for.",
                              sale->cart.products[i]->name, sale->cart.products[i]->sku, text_string(&left),
                              text_string(&wanted));
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

/* The member that asked a customer for too much. */
static const char *pointer_of_balance(struct call *call, const struct sale *sale, size_t balance)
{
    const enum tender_type type = balance == LEDGER_CUSTOMER_ACCOUNT ? TENDER_CUSTOMER_ACCOUNT
                                                                     : TENDER_STORE_CREDIT;
    for (size_t i = 0; balance != LEDGER_CUSTOMER_POINTS && i < sale->tenders.count; i++) {
        if (sale->tenders.settled[i].type == type) {
            return arena_printf(call->arena, "/tenders/%zu/amount", i);
        }
    }
    return "/loyalty_points";
}

static enum status explain_posting(struct call *call, const struct sale *sale, const struct sale_act *act,
                                   const struct ledger_outcome *outcome, enum status status, bool *again)
{
    const struct ledger_posting *posting = &act->postings[outcome->failed];
    const struct sale_party *party = &act->posted[outcome->failed];
    switch (party->kind) {
    case SALE_PARTY_GIFT_CARD:
        return gift_card_explain(call, party->gift_card, posting, outcome, status, party->pointer);
    case SALE_PARTY_CUSTOMER:
        *again = status == STATUS_DOCUMENT_STATE; /* merged into another */
        return customer_explain(call, &act->customer, posting, outcome, status,
                                pointer_of_balance(call, sale, outcome->balance));
    case SALE_PARTY_SHIFT:
    case SALE_PARTY_PARKED_CART:
        *again = status == STATUS_DOCUMENT_STATE; /* closed */
        return status;
    }
    __builtin_unreachable();
}

enum status sale_refused(struct call *call, struct sale *sale, const struct sale_act *act,
                         const struct ledger_outcome *outcome, enum status status, bool *again)
{
    *again = sale->is_offline && sale_offline_goes_on(sale, outcome, status);
    if (*again) {
        return status;
    }
    if (status == STATUS_INSUFFICIENT_STOCK) {
        return explain_shortage(call, sale, act, outcome);
    }
    if (status == STATUS_REGISTER_OUT_OF_STEP) {
        return explain_step(call, sale, outcome);
    }
    if (status == STATUS_INSUFFICIENT_BALANCE || status == STATUS_DOCUMENT_STATE) {
        return explain_posting(call, sale, act, outcome, status, again);
    }
    if (status == STATUS_VERSION_MISMATCH || status == STATUS_CODE_TAKEN) {
        *again = true; /* somebody took the parked cart, or issued the gift card, which is loaded then */
    }
    return status;
}
