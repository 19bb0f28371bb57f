#include "app/sales/sell.h"

#include "app/records/transaction_answer.h"
#include "app/sales/sale.h"

/* A request that is refused today may be the retry of one that was not: a price has changed since, a product
 * was archived, and the first answer was lost on its way. */
static enum status answer_retry(struct call *call, const struct sale *sale, enum status refused)
{
    const struct ledger_act act = {
        .name = "sale",
        .id = sale->id,
        .fingerprint = sale->fingerprint,
        .key = call->idempotency,
    };
    struct ledger_outcome earlier;
    const enum status status = transaction_find_earlier(call, &act, refused, &earlier);
    if (status == STATUS_OK) {
        transaction_answer_created(call, &earlier.transactions[0], true);
    }
    return status;
}

/* Lays the sale out and commits it, again as long as somebody is faster. */
static enum status commit(struct call *call, struct sale *sale)
{
    const struct ledger *ledger = call->app->ledger;
    struct sale_act *act = arena_alloc(call->arena, sizeof *act);
    enum status status = STATUS_OVERLOADED;
    bool again = true;
    for (unsigned tries = 1; again && tries <= SALE_TRIES; tries++) {
        act->tries = tries;
        status = sale_lay_out(call, sale, act);
        if (status != STATUS_OK) {
            return answer_retry(call, sale, status);
        }
        struct ledger_outcome outcome = {0};
        status = ledger->ops->commit(ledger, &act->act, call->arena, &outcome);
        if (status == STATUS_OK) {
            transaction_answer_created(call, &outcome.transactions[0], outcome.replayed);
            return STATUS_OK;
        }
        status = sale_refused(call, sale, act, &outcome, status, &again);
        if (again) {
            detail_init(&call->detail, call->arena);
        }
    }
    return again ? STATUS_OVERLOADED : status;
}

enum status sell(struct call *call, const json_t *request)
{
    struct sale *sale = arena_alloc(call->arena, sizeof *sale);
    enum status status = sale_read(call, request, sale);
    if (json_object_get(request, "reason") != NULL) {
        status = detail_fault(&call->detail, "/reason", "not_of_this_type", "A sale has none.");
    }
    if (status == STATUS_OK) {
        status = sale_check(call, sale);
    }
    return status == STATUS_OK ? commit(call, sale) : answer_retry(call, sale, status);
}
