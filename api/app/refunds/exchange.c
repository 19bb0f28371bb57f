#include "app/refunds/exchange.h"

#include "app/identity/approval.h"
#include "app/identity/auth.h"
#include "app/records/transaction_answer.h"
#include "app/records/transaction_count.h"
#include "app/refunds/reversal.h"
#include "app/sales/sale.h"
#include "base/clock.h"

#include <string.h>

/* What is asked for. */
struct request {
    const json_t *body;
    json_t *sale_body; /* owned: the sale's, with the register */
    struct hash fingerprint;
    struct reversal_request reversal;
    struct sale sale; /* read and priced; settled anew each try */
};

/* One try. */
struct attempt {
    struct reversal reversal;
    struct sale_act sale_act;
    struct effects effects;
    struct ledger_record records[LEDGER_RECORDS_MAX];
    struct ledger_event events[LEDGER_RECORDS_MAX];
};

/* --- the request --- */

/* Faults of the sale's members, which are below /sale in this request; tenders are the exchange's. */
static void point_into_sale(struct call *call)
{
    for (struct fault *fault = call->detail.first; fault != NULL; fault = fault->next) {
        const bool is_ours = strncmp(fault->pointer, "/tenders", 8) == 0 || fault->pointer[0] == '#' ||
                             strcmp(fault->pointer, "/register_id") == 0 ||
                             strcmp(fault->pointer, "/shift_id") == 0;
        if (!is_ours) {
            fault->pointer = arena_printf(call->arena, "/sale%s", fault->pointer);
        }
    }
}

static void set(json_t *object, const char *name, json_t *value)
{
    if (value != NULL && json_object_set(object, name, value) != 0) {
        __builtin_trap(); /* out of memory: as base/arena.h */
    }
}

static enum status read_request(const json_t *body, struct request *request)
{
    const json_t *refund = json_object_get(body, "refund");
    struct id original_id = {0};
    if (!id_parse(json_string_value(json_object_get(refund, "transaction_id")), &original_id)) {
        return STATUS_TRANSACTION_NOT_FOUND;
    }
    request->body = body;
    request->fingerprint = reversal_fingerprint(body, "exchange", &original_id);
    reversal_read_request(body, &original_id, &request->reversal);
    request->reversal.lines = json_object_get(refund, "lines");
    request->reversal.lines_pointer = "/refund/lines";
    request->reversal.reason = json_string_value(json_object_get(refund, "reason"));

    request->sale_body = json_copy(json_object_get(body, "sale"));
    if (request->sale_body == NULL) {
        __builtin_trap();
    }
    set(request->sale_body, "register_id", json_object_get(body, "register_id"));
    set(request->sale_body, "shift_id", json_object_get(body, "shift_id"));
    return STATUS_OK;
}

static enum status read_sale(struct call *call, struct request *request)
{
    const json_t *tenders = json_object_get(request->body, "tenders");
    enum status status = sale_read(call, request->sale_body, &request->sale);
    if (status == STATUS_OK && id_equal(&request->sale.id, &request->reversal.id)) {
        status = detail_fault(&call->detail, "/id", "id_taken", "The refund has this id.");
    }
    if (status == STATUS_OK) {
        status = sale_price(call, &request->sale);
    }
    if (status == STATUS_OK) { /* after the price: they may be what is paid out */
        status = tenders_read(call, json_is_array(tenders) ? tenders : NULL, "/tenders",
                              &request->sale.tenders);
    }
    if (status != STATUS_OK) {
        point_into_sale(call);
    }
    request->sale.exchange_id = transaction_draft_id(call, &request->reversal.id);
    return status;
}

/* --- what passes, and what is paid --- */

static void add_exchange_tender(struct sale *sale, int64_t amount)
{
    const size_t index = sale->tenders.count++;
    sale->tenders.settled[index] = (struct tender){.type = TENDER_EXCHANGE, .amount = amount};
    sale->tenders.journal[index] = (struct journal_tender){.type = TENDER_EXCHANGE, .amount = amount};
    sale->tenders.gift_cards[index] = NULL;
}

/* All of the refund pays for the sale; the customer adds the rest. */
static enum status settle_dearer_sale(struct call *call, struct sale *sale, struct reversal *reversal)
{
    const int64_t credit = reversal->lines.totals.total;
    const int64_t due = sale->cart.totals.total;
    const enum status status = sale_check_customer(call, sale);
    if (status != STATUS_OK) {
        point_into_sale(call);
        return status;
    }
    if (credit > 0) {
        reversal->payout.tenders[0] = (struct journal_tender){.type = TENDER_EXCHANGE, .amount = credit};
        reversal->payout.count = 1;
        add_exchange_tender(sale, credit);
    }
    return tenders_settle(call, &sale->tenders, "/tenders", due, sale->cart.register_.cash_rounding,
                          &sale->settlement);
}

/* The nearest sum of coins that is not beyond `most`. */
static int64_t payable(int64_t amount, int64_t most, int64_t increment)
{
    const int64_t rounded = tender_round_cash(amount, increment);
    return rounded <= most ? rounded : most - (increment > 1 ? most % increment : 0);
}

/* What is paid out of `rest`: the part of it that is cash is payable in coins. */
static int64_t paid_out(const json_t *tenders, const struct reversal *reversal, int64_t rest)
{
    const struct original *original = &reversal->original;
    const struct refund_payout left = refund_left(&original->paid, &original->back);
    const int64_t most_in_all = reversal->lines.totals.total;
    int64_t in_cash = 0;
    if (json_is_array(tenders)) {
        size_t index;
        json_t *tender;
        int64_t others = 0;
        json_array_foreach(tenders, index, tender)
        {
            const bool is_cash = strcmp(json_string_value(json_object_get(tender, "type")), "cash") == 0;
            others += is_cash ? 0 : json_integer_value(json_object_get(tender, "amount"));
            in_cash = is_cash ? 1 : in_cash;
        }
        in_cash = in_cash > 0 && rest > others ? rest - others : 0;
    } else if (!json_is_string(tenders) || strcmp(json_string_value(tenders), "original") == 0) {
        in_cash = refund_spread(&original->paid, &left, rest).cash;
    }
    const int64_t others = rest - in_cash;
    return others + payable(in_cash, most_in_all - others, reversal->register_.cash_rounding);
}

/* The sale is paid by the refund, and what that leaves is paid out. */
static enum status settle_dearer_refund(struct call *call, const struct request *request, struct sale *sale,
                                        struct reversal *reversal)
{
    const json_t *tenders = json_object_get(request->body, "tenders");
    const int64_t credit = reversal->lines.totals.total;
    const int64_t out = paid_out(tenders, reversal, credit - sale->cart.totals.total);
    const enum status status =
        payout_choose(call, &reversal->original, reversal->has_customer ? &reversal->customer : NULL,
                      reversal->register_.cash_rounding, out, tenders, "/tenders", &reversal->payout);
    const int64_t moved = credit - out;
    sale->tenders.count = 0; /* they are what is paid out */
    if (moved > 0) {
        reversal->payout.tenders[reversal->payout.count++] = (struct journal_tender){.type = TENDER_EXCHANGE,
                                                                                     .amount = moved};
        add_exchange_tender(sale, moved);
    }
    sale->settlement = (struct tender_settlement){
        .total = moved, .rounding = moved - sale->cart.totals.total, .tendered = moved};
    return status;
}

/* What the customer was told: to pay, or, below 0, to get; before or after it was rounded to coins. */
static enum status check_expected(struct call *call, const struct request *request, const struct sale *sale,
                                  const struct reversal *reversal)
{
    const int64_t expected = json_integer_value(json_object_get(request->body, "expected_total"));
    const int64_t exact = sale->cart.totals.total - reversal->lines.totals.total;
    if (expected == exact || expected == sale->settlement.total - reversal->lines.totals.total) {
        return STATUS_OK;
    }
    struct text members = arena_text(call->arena, 1024);
    text_add_string(&members, "\"expected_total\":");
    text_add_int(&members, expected);
    text_add_string(&members, ",\"total\":");
    text_add_int(&members, exact);
    text_add_string(&members, ",\"quote\":");
    cart_write_quote(&sale->cart, &members);
    call->detail.members = text_string(&members);
    return detail_set(&call->detail, STATUS_TOTAL_MISMATCH,
                      "The sale is %lld and the refund %lld: that is %lld, the request expects %lld.",
                      (long long)sale->cart.totals.total, (long long)reversal->lines.totals.total,
                      (long long)exact, (long long)expected);
}

static enum status settle(struct call *call, const struct request *request, struct sale *sale,
                          struct reversal *reversal)
{
    const bool sale_is_dearer = sale->cart.totals.total >= reversal->lines.totals.total;
    const enum status status = sale_is_dearer ? settle_dearer_sale(call, sale, reversal)
                                              : settle_dearer_refund(call, request, sale, reversal);
    const bool settled = status == STATUS_OK || status == STATUS_TENDER_INSUFFICIENT ||
                         status == STATUS_TENDER_EXCESS;
    if (!settled) {
        return status;
    }
    const enum status expected = check_expected(call, request, sale, reversal);
    return expected == STATUS_OK ? status : expected;
}

/* --- the act --- */

static enum status add_sale_effects(struct call *call, const struct sale_act *act, struct effects *effects)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < act->act.movement_count; i++) {
        effects_move(effects, &act->act.movements[i]);
    }
    for (size_t i = 0; i < act->act.posting_count && status == STATUS_OK; i++) {
        status = effects_post(call, effects, &act->postings[i], act->posted[i].gift_card);
    }
    return status;
}

static enum status lay_out(struct call *call, const struct request *request, struct sale *sale,
                           struct attempt *attempt, int64_t now_ms)
{
    struct reversal *reversal = &attempt->reversal;
    enum status status = reversal_open(call, &request->reversal, reversal);
    if (status == STATUS_TRANSACTION_NOT_FOUND) {
        return detail_fault(&call->detail, "/refund/transaction_id", status_code(status),
                            "There is no such transaction.");
    }
    if (status == STATUS_OK) {
        reversal->exchange_id = transaction_draft_id(call, &sale->id);
        status = settle(call, request, sale, reversal);
    }
    if (status == STATUS_OK) {
        status = reversal_begin(call, now_ms, reversal);
    }
    if (status == STATUS_OK) {
        status = sale_lay_out(call, sale, &attempt->sale_act);
        if (status != STATUS_OK) {
            point_into_sale(call);
        }
    }
    if (status == STATUS_OK) {
        status = add_sale_effects(call, &attempt->sale_act, &attempt->effects);
    }
    return status == STATUS_OK ? reversal_lay_out(call, reversal, &attempt->effects) : status;
}

static struct ledger_act act_of(const struct call *call, const struct request *request)
{
    return (struct ledger_act){
        .name = "exchange",
        .id = request->reversal.id,
        .fingerprint = request->fingerprint,
        .key = call->idempotency,
        .record_count = LEDGER_RECORDS_MAX,
    };
}

static void fill_act(struct attempt *attempt, struct ledger_act *act)
{
    attempt->records[0] = attempt->reversal.draft.ledger;
    attempt->records[1] = attempt->sale_act.draft.ledger;
    attempt->events[0] = transaction_draft_event(&attempt->reversal.draft, 0);
    attempt->events[1] = transaction_draft_event(&attempt->sale_act.draft, 1);
    act->records = attempt->records;
    act->events = attempt->events;
    act->event_count = LEDGER_RECORDS_MAX;
    act->writes = attempt->sale_act.writes;
    act->write_count = attempt->sale_act.act.write_count;
    effects_end(&attempt->effects, act);
}

/* What is refused may be the sale's or the refund's part, or that of both. */
static enum status refused(struct call *call, struct sale *sale, struct attempt *attempt,
                           const struct ledger_act *act, const struct ledger_outcome *outcome,
                           enum status status, bool *again)
{
    if (status == STATUS_INSUFFICIENT_STOCK) {
        attempt->sale_act.act.movements = act->movements;
        status = sale_refused(call, sale, &attempt->sale_act, outcome, status, again);
        point_into_sale(call);
        return status;
    }
    if (status == STATUS_INSUFFICIENT_BALANCE && act->postings[outcome->failed].kind == LEDGER_CUSTOMER) {
        return customer_explain(call, &attempt->sale_act.customer, &act->postings[outcome->failed], outcome,
                                status, "/tenders");
    }
    if (status == STATUS_VERSION_MISMATCH || status == STATUS_CODE_TAKEN) {
        *again = true; /* somebody took the parked cart, or issued the gift card, which is loaded then */
        return status;
    }
    return reversal_refused(call, &attempt->effects, outcome, status, again);
}

/* --- the answer --- */

static void answer(struct call *call, const struct ledger_outcome *outcome)
{
    const struct ledger_transaction *refund = &outcome->transactions[0], *sale = &outcome->transactions[1];
    struct text body = arena_text(call->arena, refund->record_length + sale->record_length + 32);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_name(&json, "refund");
    emit_raw(&json, refund->record, refund->record_length);
    emit_name(&json, "sale");
    emit_raw(&json, sale->record, sale->record_length);
    emit_end_object(&json);
    transaction_answer_created(call, refund, outcome->replayed); /* its address is the answer's */
    if (!outcome->replayed) {
        transaction_count(sale);
    }
    call->answer.etag = NULL;
    call_answer_text(call, &body);
}

static enum status try_once(struct call *call, const void *context, bool *again)
{
    const struct request *request = context;
    const struct ledger *ledger = call->app->ledger;
    struct attempt *attempt = arena_zeroed(call->arena, 1, sizeof *attempt);
    struct sale sale = request->sale; /* its tenders are this try's */
    struct ledger_act act = act_of(call, request);
    struct ledger_outcome outcome = {0};
    act.at_ms = clock_now_ms();
    *again = false;
    enum status status = lay_out(call, request, &sale, attempt, act.at_ms);
    if (status != STATUS_OK) {
        status = transaction_find_earlier(call, &act, status, &outcome);
    } else {
        fill_act(attempt, &act);
        status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
        if (status != STATUS_OK) {
            status = refused(call, &sale, attempt, &act, &outcome, status, again);
        }
    }
    if (status == STATUS_OK) {
        answer(call, &outcome);
    }
    reversal_close(&attempt->reversal);
    return status;
}

/* A sale that cannot be priced today may have been exchanged before. */
static enum status answer_retry(struct call *call, const struct request *request, enum status refused)
{
    const struct ledger_act act = act_of(call, request);
    struct ledger_outcome earlier;
    const enum status status = transaction_find_earlier(call, &act, refused, &earlier);
    if (status == STATUS_OK) {
        answer(call, &earlier);
    }
    return status;
}

enum status exchange_create(struct call *call, const json_t *body)
{
    struct request *request = arena_zeroed(call->arena, 1, sizeof *request);
    enum status status = read_request(body, request);
    if (status == STATUS_OK) {
        status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_REFUND), &request->reversal.allowed_by);
    }
    if (status == STATUS_OK) {
        status = read_sale(call, request);
        status = status == STATUS_OK ? reversal_commit(call, try_once, request)
                                     : answer_retry(call, request, status);
    }
    json_decref(request->sale_body);
    return status;
}
