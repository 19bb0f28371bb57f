#include "app/customers/customer_entries.h"

#include "app/customers/customer_document.h"
#include "app/customers/customers.h"
#include "app/customers/posting_json.h"
#include "app/records/fingerprint.h"
#include "app/records/transactions.h"
#include "base/clock.h"

#include <string.h>

#define CURSOR_LETTER 'e'

/* --- reading -------------------------------------------------------------------------------------- */

static void emit_amount(struct json_writer *json, const char *name, int64_t amount)
{
    if (amount != 0) {
        emit_member_int(json, name, amount);
    }
}

void customer_entry_emit(struct json_writer *json, const struct ledger_entry *entry)
{
    const int64_t *amounts = entry->amounts;
    posting_emit_begin(json, entry);
    emit_amount(json, "visits", amounts[LEDGER_CUSTOMER_VISITS]);
    emit_amount(json, "spent", amounts[LEDGER_CUSTOMER_SPENT]);
    emit_amount(json, "store_credit", amounts[LEDGER_CUSTOMER_STORE_CREDIT]);
    emit_amount(json, "account_balance", -amounts[LEDGER_CUSTOMER_ACCOUNT]);
    emit_amount(json, "points", amounts[LEDGER_CUSTOMER_POINTS]);
    posting_emit_end(json, entry);
}

static void emit_entry(struct json_writer *json, const struct id *customer_id,
                       const struct ledger_entry *entry)
{
    (void)customer_id;
    customer_entry_emit(json, entry);
}

enum status customers_entries(struct call *call, const struct id *id, const char *cursor, int64_t limit)
{
    static const struct posting_list list = {
        .kind = LEDGER_CUSTOMER,
        .not_found = STATUS_CUSTOMER_NOT_FOUND,
        .letter = CURSOR_LETTER,
        .emit = emit_entry,
    };
    return posting_list(call, &list, id, cursor, limit);
}

enum status customers_transactions(struct call *call, const struct id *id, const char *cursor, int64_t limit)
{
    struct ledger_document customer;
    const enum status status = customer_read_document(call, id, &customer);
    if (status != STATUS_OK) {
        return status;
    }
    const struct transactions_query query = {
        .has_customer = true, .customer_id = *id, .cursor = cursor, .limit = limit};
    return transactions_list(call, &query);
}

/* --- posting by hand ------------------------------------------------------------------------------ */

static const struct {
    const char *type;
    enum ledger_customer_balance balance;
} kinds[] = {
    {"store_credit", LEDGER_CUSTOMER_STORE_CREDIT},
    {"account_payment", LEDGER_CUSTOMER_ACCOUNT},
    {"points", LEDGER_CUSTOMER_POINTS},
};

/* Store credit and points do not go below 0. Nobody pays more than is owed: that is looked at before, so two
 * payments at the same moment may leave a little that is paid ahead. */
static enum status read_posting(struct call *call, const struct ledger_document *customer,
                                const json_t *request, struct ledger_posting *posting)
{
    const char *type = json_string_value(json_object_get(request, "type"));
    const int64_t amount = json_integer_value(json_object_get(request, "amount"));
    size_t kind = 0;
    while (strcmp(kinds[kind].type, type) != 0) {
        kind++; /* the contract admits no others */
    }
    *posting = (struct ledger_posting){
        .kind = LEDGER_CUSTOMER,
        .id = customer->id,
        .required_state = CUSTOMER_ACTIVE,
        .floors = LEDGER_NO_FLOORS,
        .reason = kinds[kind].type,
    };
    posting->amounts[kinds[kind].balance] = amount;
    posting->floors[kinds[kind].balance] = 0;
    if (amount == 0) {
        return detail_fault(&call->detail, "/amount", "zero", "Nothing would change.");
    }
    if (kinds[kind].balance != LEDGER_CUSTOMER_ACCOUNT) {
        return STATUS_OK;
    }
    if (amount < 0) {
        return detail_fault(&call->detail, "/amount", "minimum", "A payment is positive.");
    }
    const int64_t owed = -customer->balances[LEDGER_CUSTOMER_ACCOUNT];
    if (amount > owed) {
        (void)detail_fault(&call->detail, "/amount", "insufficient_balance", "No more than %lld is owed.",
                           (long long)owed);
        return detail_set(&call->detail, STATUS_INSUFFICIENT_BALANCE,
                          "No more than %lld is owed: %lld is too much.", (long long)owed, (long long)amount);
    }
    return STATUS_OK;
}

static enum status answer_entry(struct call *call, const struct ledger_document *customer,
                                const struct ledger_outcome *outcome)
{
    char id[ID_TEXT_SIZE];
    struct ledger_entry entry;
    const enum status status = posting_find(call, LEDGER_CUSTOMER, &customer->id, &outcome->id, &entry);
    if (status != STATUS_OK) {
        return status;
    }
    struct text body = arena_text(call->arena, 512);
    struct json_writer json = json_writer(&body);
    customer_entry_emit(&json, &entry);
    call_answer_text(call, &body);
    call->answer.http_status = 201;
    call->answer.location = arena_printf(call->arena, CUSTOMERS_PATH "%s/entries",
                                         id_format(&customer->id, id));
    call->answer.replayed = outcome->replayed;
    return STATUS_OK;
}

/* Refused today, but perhaps the retry of one that was not: the debt is paid by now. */
static enum status answer_retry(struct call *call, const struct ledger_document *customer,
                                const struct ledger_act *act, enum status refused)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_outcome outcome;
    const enum status status = ledger->ops->find(ledger, act, call->arena, &outcome);
    if (status != STATUS_OK || !outcome.replayed) {
        return status == STATUS_ID_TAKEN || status == STATUS_IDEMPOTENCY_KEY_REUSED ? status : refused;
    }
    detail_init(&call->detail, call->arena);
    return answer_entry(call, customer, &outcome);
}

static enum status explain_shortage(struct call *call, const struct ledger_outcome *outcome)
{
    (void)detail_fault(&call->detail, "/amount", "insufficient_balance", "%lld are there.",
                       (long long)outcome->left);
    return detail_set(&call->detail, STATUS_INSUFFICIENT_BALANCE, "%lld are there.",
                      (long long)outcome->left);
}

enum status customers_post(struct call *call, const struct id *id, const json_t *request)
{
    const struct ledger *ledger = call->app->ledger;
    const json_t *given = json_object_get(request, "id");
    struct ledger_document customer;
    struct ledger_posting posting;
    struct ledger_act act = {
        .name = "customer_post",
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
        .detail = posting_detail(call, json_string_value(json_object_get(request, "reason"))),
        .answer = &(const struct ledger_answer){.http_status = 201},
        .postings = &posting,
        .posting_count = 1,
    };
    if (given == NULL || !id_parse(json_string_value(given), &act.id)) {
        act.id = id_new();
    }
    enum status status = customer_read_document(call, id, &customer);
    if (status != STATUS_OK) {
        return status;
    }
    status = customer_check_active(call, &customer);
    if (status == STATUS_OK) {
        status = read_posting(call, &customer, request, &posting);
    }
    if (status != STATUS_OK) {
        return answer_retry(call, &customer, &act, status);
    }
    struct ledger_outcome outcome;
    status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    if (status == STATUS_INSUFFICIENT_BALANCE) {
        return explain_shortage(call, &outcome);
    }
    if (status == STATUS_DOCUMENT_STATE) { /* merged or erased in this moment */
        status = customer_read_document(call, id, &customer);
        return status == STATUS_OK ? customer_check_active(call, &customer) : status;
    }
    return status == STATUS_OK ? answer_entry(call, &customer, &outcome) : status;
}
