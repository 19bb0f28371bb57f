/*
 * Erasing a person: one act that empties the customer's document and those merged into it. What stays is the
 * id, which its transactions carry, and the amounts of its postings, which are the shop's books.
 *
 * `forget` makes the ledger clean up behind the act: earlier versions in free pages and in its log, search
 * words, and what was said at postings by hand.
 */
#include "app/customers/customers.h"

#include "app/customers/customer_document.h"
#include "app/records/fingerprint.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS 32

static const enum ledger_customer_balance money[] = {LEDGER_CUSTOMER_STORE_CREDIT, LEDGER_CUSTOMER_ACCOUNT,
                                                     LEDGER_CUSTOMER_POINTS};

#define MONEY (sizeof money / sizeof money[0])

/* Nothing of the person; of a duplicate who it is part of. */
static json_t *empty_body(const struct ledger_document *document, int64_t now_ms)
{
    static const char *const kept[] = {"merged_into", "merged_ids"};
    char now[CLOCK_TEXT_SIZE];
    json_t *before = customer_body_load(document);
    json_t *body = json_pack("{s:s}", "erased_at", clock_format(now_ms, now));
    for (size_t i = 0; body != NULL && i < sizeof kept / sizeof kept[0]; i++) {
        json_t *value = json_object_get(before, kept[i]);
        if (value != NULL && json_object_set(body, kept[i], value) != 0) {
            abort();
        }
    }
    json_decref(before);
    return body == NULL ? (abort(), NULL) : body;
}

static struct ledger_write emptied(struct call *call, const struct ledger_document *document, int64_t now_ms)
{
    struct customer_terms none;
    json_t *body = empty_body(document, now_ms);
    struct ledger_write write = customer_write(call->arena, document, body, &none);
    json_decref(body);
    write.terms = NULL;
    write.term_count = 0;
    write.forget = true;
    return write;
}

static enum status refuse_balances(struct call *call, const struct ledger_document *customer)
{
    return detail_set(&call->detail, STATUS_CUSTOMER_HAS_BALANCE,
                      "Not settled: %lld of store credit, %lld on account, %lld points.",
                      (long long)customer->balances[LEDGER_CUSTOMER_STORE_CREDIT],
                      -(long long)customer->balances[LEDGER_CUSTOMER_ACCOUNT],
                      (long long)customer->balances[LEDGER_CUSTOMER_POINTS]);
}

/* The writes of the customer and of all who were merged into it. */
static enum status write_all(struct call *call, const struct ledger_document *customer, int64_t now_ms,
                             struct ledger_write *writes, size_t *count)
{
    struct customer_ids ids;
    customer_all_ids(customer, &ids);
    writes[0] = emptied(call, customer, now_ms);
    writes[0].document.state = CUSTOMER_ERASED;
    for (*count = 1; *count < ids.count; ++*count) {
        struct ledger_document duplicate;
        const enum status status = customer_read_document(call, &ids.ids[*count], &duplicate);
        if (status != STATUS_OK) {
            return status;
        }
        writes[*count] = emptied(call, &duplicate, now_ms);
    }
    return STATUS_OK;
}

static enum status commit(struct call *call, const struct ledger_document *customer, const json_t *request)
{
    const struct ledger *ledger = call->app->ledger;
    const int64_t now_ms = clock_now_ms();
    struct ledger_write *writes = arena_alloc(call->arena, LEDGER_CUSTOMERS_MAX * sizeof *writes);
    struct ledger_posting posting = {
        .kind = LEDGER_CUSTOMER, .id = customer->id, .floors = LEDGER_NO_FLOORS, .reason = "erasure"};
    bool has_money = false;
    for (size_t i = 0; i < MONEY; i++) {
        posting.amounts[money[i]] = -customer->balances[money[i]];
        has_money |= posting.amounts[money[i]] != 0;
    }
    if (has_money && !json_is_true(json_object_get(request, "forfeit_balances"))) {
        return refuse_balances(call, customer);
    }
    const struct ledger_answer kept = {.http_status = 200};
    struct ledger_act act = {
        .name = "customer_erase",
        .id = id_new(),
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = now_ms,
        .answer = &kept,
        .postings = &posting,
        .posting_count = has_money ? 1 : 0,
        .writes = writes,
    };
    struct ledger_outcome outcome;
    enum status status = write_all(call, customer, now_ms, writes, &act.write_count);
    writes[0].expected_balances = customer->balances; /* what is forfeited is what was looked at */
    if (status == STATUS_OK) {
        status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    }
    return status;
}

static enum status attempt(struct call *call, const struct id *id, const json_t *request)
{
    struct ledger_document customer;
    enum status status = customer_read_document(call, id, &customer);
    if (status != STATUS_OK) {
        return status;
    }
    if (customer_is(&customer, CUSTOMER_ERASED)) {
        call->answer.replayed = true;
        return STATUS_OK;
    }
    status = customer_check_active(call, &customer);
    return status == STATUS_OK ? commit(call, &customer, request) : status;
}

enum status customers_erase(struct call *call, const struct id *id, const json_t *request)
{
    enum status status;
    int attempts = 0;
    do {
        status = attempt(call, id, request);
    } while (status == STATUS_VERSION_MISMATCH && ++attempts < ATTEMPTS);
    if (status != STATUS_OK) {
        return status;
    }
    const bool replayed = call->answer.replayed;
    status = customers_read(call, id);
    call->answer.replayed = replayed;
    return status;
}
