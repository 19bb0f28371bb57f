#include "app/refunds/refund_unreferenced.h"

#include "app/identity/approval.h"
#include "app/identity/auth.h"
#include "app/records/transaction_answer.h"
#include "app/refunds/reversal.h"
#include "app/sales/sale.h"
#include "base/clock.h"

#include <string.h>

/* What is asked for: a cart and tenders, as of a sale. */
struct request {
    struct sale cart;
    const char *reason;
    const struct principal *allowed_by;
};

/* --- the request --- */

/* What only a sale has, and what only this has. */
static void check_members(struct call *call, const json_t *body)
{
    static const char *const of_sales[] = {"coupons", "loyalty_points", "parked_cart_id", "offline"};
    for (size_t i = 0; i < sizeof of_sales / sizeof *of_sales; i++) {
        if (json_object_get(body, of_sales[i]) != NULL) {
            (void)detail_fault(&call->detail, arena_printf(call->arena, "/%s", of_sales[i]),
                               "not_of_this_type", "A refund has none.");
        }
    }
    if (json_object_get(body, "reason") == NULL) {
        (void)detail_fault(&call->detail, "/reason", "required", "A refund without a receipt has a reason.");
    }
}

/* A card's value is on the card: there is nothing to take back without the sale. */
static void check_products(struct call *call, const struct cart *cart)
{
    for (size_t i = 0; i < cart->count; i++) {
        if (cart->products[i]->kind == SELLING_GIFT_CARD) {
            (void)detail_fault(&call->detail, arena_printf(call->arena, "/lines/%zu/product_id", i),
                               "receipt_required", "A gift card is refunded by its sale.");
        }
    }
}

static enum status check_total(struct call *call, const struct sale *cart)
{
    const bool expected = cart->expected_total == cart->cart.totals.total ||
                          cart->expected_total == cart->settlement.total;
    return expected ? STATUS_OK : sale_refuse_total(call, cart);
}

/* Money that goes out has no change. */
static enum status check_tenders(struct call *call, const struct sale *cart)
{
    if (cart->settlement.tip_total > 0) {
        return detail_fault(&call->detail, "/tenders", "tip_not_possible", "A refund has no tip.");
    }
    if (cart->settlement.change == 0) {
        return STATUS_OK;
    }
    (void)detail_fault(&call->detail, "/tenders", "tender_excess", "%lld are paid back, not %lld.",
                       (long long)cart->settlement.total, (long long)cart->settlement.tendered);
    return detail_set(&call->detail, STATUS_TENDER_EXCESS, "The refund is %lld, the tenders are %lld.",
                      (long long)cart->settlement.total, (long long)cart->settlement.tendered);
}

static enum status price(struct call *call, const json_t *body, struct sale *cart)
{
    check_members(call, body);
    enum status status = cart_price(call, body, clock_now_ms(), &cart->cart);
    if (status == STATUS_OK) {
        check_products(call, &cart->cart);
        status = call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : sale_check_customer(call, cart);
    }
    if (status == STATUS_OK) {
        status = tenders_settle(call, &cart->tenders, "/tenders", cart->cart.totals.total,
                                cart->cart.register_.cash_rounding, &cart->settlement);
    }
    if (status == STATUS_OK || status == STATUS_TENDER_EXCESS || status == STATUS_TENDER_INSUFFICIENT) {
        const enum status total = check_total(call, cart);
        status = total == STATUS_OK ? status : total;
    }
    return status == STATUS_OK ? check_tenders(call, cart) : status;
}

/* --- what it does --- */

static void add_movements(const struct request *request, const struct transaction_draft *draft,
                          struct effects *effects)
{
    const struct cart *cart = &request->cart.cart;
    for (size_t i = 0; i < cart->count; i++) {
        if (cart->products[i]->kind == SELLING_GOODS) {
            effects_move(effects, &(struct ledger_movement){
                                      .store = draft->ledger.store,
                                      .product = {.key = cart->products[i]->key, .id = cart->products[i]->id},
                                      .reason = "refund",
                                      .quantity = cart->priced[i].quantity,
                                      .low_at = LEDGER_NO_LEVEL,
                                      .total_minor = -cart->priced[i].total,
                                  });
        }
    }
}

static enum status post_to_shift(struct call *call, const struct request *request,
                                 const struct shift_place *shift, struct effects *effects)
{
    const struct tenders *tenders = &request->cart.tenders;
    if (!shift->found) {
        return STATUS_OK;
    }
    struct shift_effect effect = {.type = SHIFT_REFUND, .total = request->cart.settlement.total};
    shift_effect_tenders(&effect, tenders->journal, tenders->count);
    const struct ledger_posting posting = shift_posting(shift, &effect);
    return effects_post(call, effects, &posting, NULL);
}

static enum status post_to_customer(struct call *call, const struct request *request,
                                    struct transaction_draft *draft, struct effects *effects)
{
    const struct sale *cart = &request->cart;
    struct customer customer;
    struct ledger_posting posting;
    if (!cart->has_customer) {
        return STATUS_OK;
    }
    const enum status status = customer_find(call, &cart->customer_id, "/customer_id",
                                             draft->ledger.business_day, &customer);
    if (status != STATUS_OK) {
        return status;
    }
    const struct customer_refund refund = {
        .spent = cart->settlement.total,
        .store_credit = tenders_sum(&cart->tenders, TENDER_STORE_CREDIT),
        .account = tenders_sum(&cart->tenders, TENDER_CUSTOMER_ACCOUNT),
    };
    customer_post_refund(&customer, &refund, &posting);
    draft->journal.customer_id = transaction_draft_id(call, &customer.id);
    return effects_post(call, effects, &posting, NULL);
}

static enum status post_to_cards(struct call *call, const struct request *request,
                                 struct journal_tender *tenders, struct effects *effects)
{
    const struct sale *cart = &request->cart;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cart->tenders.count && status == STATUS_OK; i++) {
        if (tenders[i].type != TENDER_GIFT_CARD) {
            continue;
        }
        struct gift_card card;
        struct ledger_posting posting;
        status = gift_card_find(call, cart->tenders.gift_cards[i], GIFT_CARD_REFUND,
                                cart->cart.register_.currency,
                                arena_printf(call->arena, "/tenders/%zu/gift_card", i), &card);
        if (status == STATUS_OK) {
            tenders[i].gift_card_id = transaction_draft_id(call, &card.id);
        }
        if (status == STATUS_OK && tenders[i].amount > 0) {
            gift_card_post(&card, GIFT_CARD_REFUND, tenders[i].amount, &posting);
            status = effects_post(call, effects, &posting, &card);
        }
    }
    return status;
}

static enum status write_record(struct call *call, const struct request *request,
                                const struct shift_place *shift, const struct journal_tender *tenders,
                                struct transaction_draft *draft)
{
    const struct sale *cart = &request->cart;
    struct journal_record *record = &draft->journal;
    record->lines = cart->cart.lines;
    record->line_count = cart->cart.count;
    record->tenders = tenders;
    record->tender_count = cart->tenders.count;
    record->totals = cart->cart.totals;
    record->totals.rounding = cart->settlement.rounding;
    record->totals.total = cart->settlement.total;
    record->reason = request->reason;
    record->note = json_string_value(json_object_get(cart->request, "note"));
    record->allowed_by = transaction_draft_actor(call, request->allowed_by);
    record->shift_id = shift->found ? transaction_draft_id(call, &shift->id) : NULL;
    if (cart->cart.exemption_reason != NULL) {
        struct journal_exemption *exemption = arena_alloc(call->arena, sizeof *exemption);
        *exemption = (struct journal_exemption){.reason = cart->cart.exemption_reason,
                                                .certificate = cart->cart.exemption_certificate};
        record->tax_exemption = exemption;
    }
    draft->ledger.previous = cart->has_previous ? &cart->previous : NULL;
    return transaction_draft_end(call, draft);
}

/* --- the act --- */

static enum status lay_out(struct call *call, const struct request *request, int64_t now_ms,
                           struct transaction_draft *draft, struct effects *effects)
{
    const struct sale *cart = &request->cart;
    struct journal_tender *tenders = arena_alloc(call->arena, sizeof cart->tenders.journal);
    memcpy(tenders, cart->tenders.journal, sizeof cart->tenders.journal);
    struct shift_place shift;
    enum status status = transaction_draft_begin(call, &cart->cart.register_, &cart->id, "refund", now_ms,
                                                 now_ms, draft);
    if (status == STATUS_OK) {
        status = shift_find(call, &cart->cart.register_, cart->has_shift ? &cart->shift_id : NULL, 0, &shift);
    }
    if (status == STATUS_OK) {
        status = post_to_shift(call, request, &shift, effects);
    }
    if (status == STATUS_OK) {
        status = post_to_customer(call, request, draft, effects);
    }
    if (status == STATUS_OK) {
        status = post_to_cards(call, request, tenders, effects);
    }
    if (status == STATUS_OK) {
        add_movements(request, draft, effects);
        status = write_record(call, request, &shift, tenders, draft);
    }
    return status;
}

static enum status try_once(struct call *call, const struct request *request, enum status refused,
                            bool *again)
{
    const struct ledger *ledger = call->app->ledger;
    struct transaction_draft draft;
    struct effects *effects = arena_zeroed(call->arena, 1, sizeof *effects);
    struct ledger_outcome outcome = {0};
    struct ledger_act act = {
        .name = "refund",
        .id = request->cart.id,
        .fingerprint = request->cart.fingerprint,
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
        .records = &draft.ledger,
        .record_count = 1,
        .event_count = 1,
    };
    *again = false;
    enum status status = refused == STATUS_OK ? lay_out(call, request, act.at_ms, &draft, effects) : refused;
    if (status != STATUS_OK) {
        status = transaction_find_earlier(call, &act, status, &outcome);
    } else {
        const struct ledger_event event = transaction_draft_event(&draft, 0);
        act.events = &event;
        effects_end(effects, &act);
        status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
        if (status != STATUS_OK) {
            status = reversal_refused(call, effects, &outcome, status, again);
        }
    }
    if (status == STATUS_OK) {
        transaction_answer_created(call, &outcome.transactions[0], outcome.replayed);
    }
    return status;
}

enum status refund_unreferenced(struct call *call, const json_t *body)
{
    struct request *request = arena_zeroed(call->arena, 1, sizeof *request);
    request->reason = json_string_value(json_object_get(body, "reason"));
    enum status status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_REFUND_UNREFERENCED),
                                      &request->allowed_by);
    if (status == STATUS_OK) {
        status = sale_read(call, body, &request->cart);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const enum status priced = price(call, body, &request->cart);
    bool again = true;
    for (unsigned tries = 0; again && tries < SALE_TRIES; tries++) {
        if (priced == STATUS_OK) {
            detail_init(&call->detail, call->arena);
        }
        status = try_once(call, request, priced, &again);
    }
    return again ? STATUS_OVERLOADED : status;
}
