#include "app/refunds/refund.h"

#include "app/identity/approval.h"
#include "app/identity/auth.h"
#include "app/page.h"
#include "app/records/transaction_answer.h"
#include "app/refunds/reversal.h"
#include "base/clock.h"

#define CURSOR_LETTER 'r'

/* A refund or a void that is asked for. */
struct request {
    struct reversal_request reversal;
    struct hash fingerprint;
    const json_t *body;
    /* Says what is paid back, and where. */
    enum status (*settle)(struct call *call, const struct request *request, struct reversal *reversal);
    /* Refuses what the shift and the day of the record do not allow. */
    enum status (*check_time)(struct call *call, const struct reversal *reversal);
};

/* --- the act --- */

static struct ledger_act act_of(const struct call *call, const struct request *request)
{
    return (struct ledger_act){
        .name = request->reversal.type,
        .id = request->reversal.id,
        .fingerprint = request->fingerprint,
        .key = call->idempotency,
        .record_count = 1,
    };
}

static enum status lay_out(struct call *call, const struct request *request, struct reversal *reversal,
                           struct effects *effects, int64_t now_ms)
{
    enum status status = reversal_open(call, &request->reversal, reversal);
    if (status == STATUS_OK) {
        status = request->settle(call, request, reversal);
    }
    if (status == STATUS_OK) {
        status = reversal_begin(call, now_ms, reversal);
    }
    if (status == STATUS_OK) {
        status = request->check_time(call, reversal);
    }
    return status == STATUS_OK ? reversal_lay_out(call, reversal, effects) : status;
}

static enum status try_once(struct call *call, const void *context, bool *again)
{
    const struct request *request = context;
    const struct ledger *ledger = call->app->ledger;
    struct reversal reversal;
    struct effects *effects = arena_zeroed(call->arena, 1, sizeof *effects);
    struct ledger_act act = act_of(call, request);
    struct ledger_outcome outcome = {0};
    act.at_ms = clock_now_ms();
    *again = false;
    enum status status = lay_out(call, request, &reversal, effects, act.at_ms);
    if (status != STATUS_OK) {
        status = transaction_find_earlier(call, &act, status, &outcome);
    } else {
        const struct ledger_event event = transaction_draft_event(&reversal.draft, 0);
        act.records = &reversal.draft.ledger;
        act.events = &event;
        act.event_count = 1;
        effects_end(effects, &act);
        status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
        if (status != STATUS_OK) {
            status = reversal_refused(call, effects, &outcome, status, again);
        }
    }
    if (status == STATUS_OK) {
        transaction_answer_created(call, &outcome.transactions[0], outcome.replayed);
    }
    reversal_close(&reversal);
    return status;
}

/* --- a refund --- */

/* What the customer was told is what is paid back. */
static enum status check_expected(struct call *call, const json_t *expected, const struct reversal *reversal)
{
    const long long total = reversal->lines.totals.total;
    if (expected == NULL || json_integer_value(expected) == total) {
        return STATUS_OK;
    }
    call->detail.members = arena_printf(call->arena, "\"expected_total\":%lld,\"total\":%lld",
                                        (long long)json_integer_value(expected), total);
    return detail_set(&call->detail, STATUS_TOTAL_MISMATCH, "%lld are paid back, the request expects %lld.",
                      total, (long long)json_integer_value(expected));
}

static enum status settle_refund(struct call *call, const struct request *request, struct reversal *reversal)
{
    const enum status status = check_expected(call, json_object_get(request->body, "expected_total"),
                                              reversal);
    return status == STATUS_OK
               ? payout_choose(call, &reversal->original, reversal->has_customer ? &reversal->customer : NULL,
                               reversal->register_.cash_rounding, reversal->lines.totals.total,
                               json_object_get(request->body, "tenders"), "/tenders", &reversal->payout)
               : status;
}

static enum status check_nothing(struct call *call, const struct reversal *reversal)
{
    (void)call, (void)reversal;
    return STATUS_OK;
}

enum status refund_create(struct call *call, const struct id *transaction_id, const json_t *body)
{
    struct request request = {
        .fingerprint = reversal_fingerprint(body, "refund", transaction_id),
        .body = body,
        .settle = settle_refund,
        .check_time = check_nothing,
    };
    reversal_read_request(body, transaction_id, &request.reversal);
    const enum status status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_REFUND),
                                            &request.reversal.allowed_by);
    return status == STATUS_OK ? reversal_commit(call, try_once, &request) : status;
}

/* --- a void --- */

static enum status refuse_void(struct call *call, const char *why)
{
    return detail_set(&call->detail, STATUS_VOID_NOT_POSSIBLE, "%s", why);
}

/* Every tender goes back as it came, with its tip; cash as one sum. */
static void list_tenders(const struct original *original, struct payout *payout)
{
    struct journal_tender cash = {.type = TENDER_CASH, .amount = original->paid.cash};
    size_t index;
    json_t *tender;
    payout->count = 0;
    json_array_foreach(original->tenders, index, tender)
    {
        const struct journal_tender back = {
            .type = tender_type_named(json_string_value(json_object_get(tender, "type"))),
            .amount = json_integer_value(json_object_get(tender, "amount")),
            .tip = json_integer_value(json_object_get(tender, "tip")),
            .name = json_string_value(json_object_get(tender, "name")),
            .reference = json_string_value(json_object_get(tender, "reference")),
            .brand = json_string_value(json_object_get(tender, "brand")),
            .last_four = json_string_value(json_object_get(tender, "last_four")),
            .gift_card_id = json_string_value(json_object_get(tender, "gift_card_id")),
            .original_tender = (int64_t)index + 1,
        };
        if (back.type == TENDER_CASH) {
            cash.tip += back.tip;
        } else if (back.amount > 0 || back.tip > 0) {
            payout->tenders[payout->count++] = back;
        }
    }
    if (cash.amount > 0 || cash.tip > 0) {
        payout->tenders[payout->count++] = cash;
    }
}

static enum status settle_void(struct call *call, const struct request *request, struct reversal *reversal)
{
    const struct original *original = &reversal->original;
    (void)request;
    if (original->reversals > 0) {
        return refuse_void(call, "Some of the sale was refunded. Refund the rest instead.");
    }
    if (json_object_get(original->record, "exchange_id") != NULL) {
        return refuse_void(call, "The sale is half of an exchange. Refund it instead.");
    }
    list_tenders(original, &reversal->payout);
    return STATUS_OK;
}

/* The shift of the sale is still open; without one, none was opened since (its drawer never had the cash),
 * and it is still the business day. */
static enum status check_void_time(struct call *call, const struct reversal *reversal)
{
    const struct ledger_transaction *sale = &reversal->original.transaction;
    if (sale->has_shift) {
        return reversal->shift.found && id_equal(&reversal->shift.id, &sale->shift_id)
                   ? STATUS_OK
                   : refuse_void(call, "The shift of the sale is closed. Refund it instead.");
    }
    if (reversal->shift.found) {
        return refuse_void(call, "The sale was made before this shift. Refund it instead.");
    }
    return reversal->draft.ledger.business_day == sale->business_day
               ? STATUS_OK
               : refuse_void(call, "The business day of the sale is over. Refund it instead.");
}

enum status void_create(struct call *call, const struct id *transaction_id, const json_t *body)
{
    struct request request = {
        .fingerprint = reversal_fingerprint(body, "void", transaction_id),
        .body = body,
        .settle = settle_void,
        .check_time = check_void_time,
    };
    reversal_read_request(body, transaction_id, &request.reversal);
    request.reversal.type = "void";
    enum status status = call_allowed(call, AUTH_SCOPE(TRANSACTIONS_VOID), &request.reversal.allowed_by);
    if (status == STATUS_OK) {
        status = reversal_commit(call, try_once, &request);
    }
    if (status == STATUS_REFUND_EXCEEDS_SALE) { /* everything was refunded before */
        detail_init(&call->detail, call->arena);
        return refuse_void(call, "The sale was refunded before.");
    }
    return status;
}

/* --- the list --- */

static void answer_page(struct call *call, const struct ledger_page *page, const struct original *original)
{
    size_t size = 1024;
    for (size_t i = 0; i < page->count; i++) {
        size += page->transactions[i].record_length + 1;
    }
    struct page_answer answer;
    page_answer_begin(&answer, call, size);
    for (size_t i = 0; i < page->count; i++) {
        emit_raw(&answer.json, page->transactions[i].record, page->transactions[i].record_length);
    }
    page_answer_next(&answer, CURSOR_LETTER, page->has_more, &page->next);
    emit_name(&answer.json, "refundable");
    original_emit_refundable(&answer.json, original);
    page_answer_end(&answer);
}

enum status refunds_list(struct call *call, const struct id *transaction_id, const char *cursor_text,
                         int64_t limit)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_filter filter = {.has_original = true, .original_id = *transaction_id};
    struct cursor cursor;
    struct original original = {0};
    struct ledger_page page;
    enum status status = cursor_read(cursor_text, CURSOR_LETTER, &call->detail, &cursor);
    if (status == STATUS_OK) {
        status = original_read(call, transaction_id, &original);
    }
    if (status == STATUS_OK) {
        status = ledger->ops->transaction_list(ledger, &filter, &cursor, (size_t)limit, call->arena, &page);
    }
    if (status == STATUS_OK) {
        answer_page(call, &page, &original);
    }
    original_close(&original);
    return status;
}
