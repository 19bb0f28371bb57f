#include "app/refunds/reversal.h"

#include "app/json_member.h"
#include "app/records/fingerprint.h"
#include "sqlite/reader.h"

#include <string.h>

/* --- the request --- */

void reversal_read_request(const json_t *body, const struct id *original_id, struct reversal_request *request)
{
    *request = (struct reversal_request){
        .type = "refund",
        .original_id = *original_id,
        .lines = json_object_get(body, "lines"),
        .lines_pointer = "/lines",
        .reason = json_string_value(json_object_get(body, "reason")),
    };
    if (!member_id(body, "id", &request->id)) {
        request->id = id_new();
    }
    request->has_register = member_id(body, "register_id", &request->register_id);
    request->has_shift = member_id(body, "shift_id", &request->shift_id);
    request->has_previous = transaction_draft_previous(body, &request->previous);
}

struct hash reversal_fingerprint(const json_t *body, const char *what, const struct id *original_id)
{
    const struct hash of_body = fingerprint_of_request(body);
    struct hash_stream stream = hash_stream();
    hash_stream_add(&stream, what, strlen(what) + 1);
    hash_stream_add(&stream, original_id->bytes, sizeof original_id->bytes);
    hash_stream_add(&stream, of_body.bytes, sizeof of_body.bytes);
    return hash_stream_end(&stream);
}

/* --- what it is about --- */

static enum status check_original(struct call *call, const struct original *original)
{
    if (!original_is_sale(original)) {
        return detail_set(&call->detail, STATUS_REFUND_NOT_POSSIBLE,
                          "Only a sale can be refunded or voided; %s is a %s.",
                          original->transaction.receipt_number, original->transaction.type);
    }
    if (original->voided) {
        return detail_set(&call->detail, STATUS_TRANSACTION_VOIDED, "The sale %s was voided.",
                          original->transaction.receipt_number);
    }
    return STATUS_OK;
}

/* The register of the request, or the original's. */
static enum status read_register(struct call *call, struct reversal *reversal)
{
    const struct reversal_request *request = reversal->request;
    struct id id = request->register_id;
    if (!request->has_register && !member_id(reversal->original.record, "register_id", &id)) {
        return STATUS_INTERNAL_ERROR; /* every record has one */
    }
    struct db *db = reader_take(call->app->readers);
    const enum status status = selling_register_read(db, call->arena, &id, &reversal->register_);
    reader_give_back(call->app->readers, db);
    if (status == STATUS_REGISTER_NOT_FOUND) {
        return detail_fault(&call->detail, "/register_id", status_code(status), "There is no such register.");
    }
    if (status == STATUS_OK && reversal->register_.archived) {
        return detail_fault(&call->detail, "/register_id", "archived",
                            "The register or its store is archived: name another one.");
    }
    if (status == STATUS_OK && strcmp(reversal->register_.currency, reversal->original.currency) != 0) {
        return detail_set(&call->detail, STATUS_REFUND_NOT_POSSIBLE,
                          "The sale is in %s, the register %s has %s.", reversal->original.currency,
                          reversal->register_.code, reversal->register_.currency);
    }
    return status;
}

static enum status read_customer(struct call *call, struct reversal *reversal)
{
    if (!reversal->original.has_customer) {
        return STATUS_OK;
    }
    const enum status status = customer_of_record(call, &reversal->original.customer_id, &reversal->customer);
    reversal->has_customer = status == STATUS_OK;
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_OK : status;
}

enum status reversal_open(struct call *call, const struct reversal_request *request,
                          struct reversal *reversal)
{
    *reversal = (struct reversal){.request = request};
    enum status status = original_read(call, &request->original_id, &reversal->original);
    if (status == STATUS_OK) {
        status = check_original(call, &reversal->original);
    }
    if (status == STATUS_OK) {
        status = read_register(call, reversal);
    }
    if (status == STATUS_OK) {
        status = read_customer(call, reversal);
    }
    if (status == STATUS_OK) {
        status = refund_lines_read(call, request->lines, request->lines_pointer, &reversal->original,
                                   &reversal->lines);
    }
    if (status == STATUS_OK) {
        refund_lines_share(call, &reversal->original, reversal->register_.cash_rounding, &reversal->lines);
    }
    return status;
}

void reversal_close(struct reversal *reversal)
{
    original_close(&reversal->original);
}

/* --- the record --- */

enum status reversal_begin(struct call *call, int64_t now_ms, struct reversal *reversal)
{
    const struct reversal_request *request = reversal->request;
    const enum status status = transaction_draft_begin(call, &reversal->register_, &request->id,
                                                       request->type, now_ms, now_ms, &reversal->draft);
    return status == STATUS_OK
               ? shift_find(call, &reversal->register_, request->has_shift ? &request->shift_id : NULL, 0,
                            &reversal->shift)
               : status;
}

static enum status write_record(struct call *call, struct reversal *reversal)
{
    const struct reversal_request *request = reversal->request;
    struct journal_record *record = &reversal->draft.journal;
    record->lines_json = reversal->lines.json;
    record->lines_json_length = reversal->lines.json_length;
    record->tenders = reversal->payout.tenders;
    record->tender_count = reversal->payout.count;
    for (size_t i = 0; i < reversal->payout.count; i++) {
        record->tip_total += reversal->payout.tenders[i].tip;
    }
    record->totals = reversal->lines.totals;
    record->original_id = transaction_draft_id(call, &reversal->original.transaction.id);
    record->exchange_id = reversal->exchange_id;
    record->reason = request->reason;
    record->allowed_by = transaction_draft_actor(call, request->allowed_by);
    record->shift_id = reversal->shift.found ? transaction_draft_id(call, &reversal->shift.id) : NULL;
    if (reversal->has_customer) {
        record->customer_id = transaction_draft_id(call, &reversal->customer.id);
    }
    const bool has_points = reversal->has_customer && !reversal->customer.is_erased;
    if (has_points && (reversal->lines.taken_back > 0 || reversal->lines.given_back > 0)) {
        reversal->loyalty = (struct journal_loyalty){.burned = reversal->lines.given_back,
                                                     .earned = reversal->lines.taken_back};
        record->loyalty = &reversal->loyalty;
    }
    reversal->draft.ledger.previous = request->has_previous ? &request->previous : NULL;
    reversal->draft.ledger.reversal = reversal->original.reversals + 1;
    return transaction_draft_end(call, &reversal->draft);
}

/* --- what it does --- */

static enum status add_movements(struct call *call, const struct reversal *reversal, struct effects *effects)
{
    struct db *db = reader_take(call->app->readers);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < reversal->original.line_count && status == STATUS_OK; i++) {
        if (reversal->lines.quantities[i] == 0 || !reversal->lines.restock[i]) {
            continue;
        }
        struct selling_product product;
        status = selling_product_read(db, call->arena, &reversal->original.lines[i].product_id, &product);
        if (status == STATUS_OK && product.kind == SELLING_GOODS) {
            effects_move(effects, &(struct ledger_movement){
                                      .store = reversal->draft.ledger.store,
                                      .product = {.key = product.key, .id = product.id},
                                      .reason = reversal->request->type,
                                      .quantity = reversal->lines.quantities[i],
                                      .low_at = LEDGER_NO_LEVEL,
                                      .total_minor = -reversal->lines.shares[i].total,
                                  });
        }
        if (status == STATUS_PRODUCT_NOT_FOUND) {
            status = STATUS_OK; /* a till sold it that the catalogue never had: there is no stock of it */
        }
    }
    reader_give_back(call->app->readers, db);
    return status;
}

static enum status post_to_shift(struct call *call, const struct reversal *reversal, struct effects *effects)
{
    if (!reversal->shift.found) {
        return STATUS_OK;
    }
    struct shift_effect effect = {
        .type = strcmp(reversal->request->type, "void") == 0 ? SHIFT_VOID : SHIFT_REFUND,
        .total = reversal->lines.totals.total,
    };
    shift_effect_tenders(&effect, reversal->payout.tenders, reversal->payout.count);
    const struct ledger_posting posting = shift_posting(&reversal->shift, &effect);
    return effects_post(call, effects, &posting, NULL);
}

static int64_t at_most(int64_t amount, int64_t most)
{
    return amount < most ? amount : most;
}

/* Store credit that paid for the sale, as far as it was taken; and what is paid out as store credit. */
static enum status credit_of(struct call *call, const struct reversal *reversal, int64_t *credit)
{
    int64_t paid = 0, taken;
    *credit = 0;
    for (size_t i = 0; i < reversal->payout.count; i++) {
        const struct journal_tender *tender = &reversal->payout.tenders[i];
        if (tender->type == TENDER_STORE_CREDIT) {
            *(tender->original_tender > 0 ? &paid : credit) += tender->amount;
        }
    }
    const enum status status = original_taken(call, &reversal->original, LEDGER_CUSTOMER,
                                              &reversal->customer.id, LEDGER_CUSTOMER_STORE_CREDIT, &taken);
    *credit += at_most(paid, taken);
    return status;
}

static enum status post_to_customer(struct call *call, const struct reversal *reversal,
                                    struct effects *effects)
{
    if (!reversal->has_customer) {
        return STATUS_OK;
    }
    struct customer_refund refund = {
        .is_void = strcmp(reversal->request->type, "void") == 0,
        .spent = reversal->lines.totals.total,
        .taken_back = reversal->lines.taken_back,
        .given_back = reversal->lines.given_back,
    };
    for (size_t i = 0; i < reversal->payout.count; i++) {
        const struct journal_tender *tender = &reversal->payout.tenders[i];
        refund.account += tender->type == TENDER_CUSTOMER_ACCOUNT ? tender->amount : 0;
    }
    const enum status status = credit_of(call, reversal, &refund.store_credit);
    if (status != STATUS_OK) {
        return status;
    }
    struct ledger_posting posting;
    customer_post_refund(&reversal->customer, &refund, &posting);
    return effects_post(call, effects, &posting, NULL);
}

static enum status post_to_card(struct call *call, const struct reversal *reversal, const char *card_id,
                                enum gift_card_use use, int64_t amount, struct effects *effects)
{
    struct gift_card card;
    struct ledger_posting posting;
    int64_t taken = 0;
    enum status status = gift_card_find(call, card_id, use, reversal->original.currency, "", &card);
    if (status == STATUS_OK && use == GIFT_CARD_REFUND) {
        status = original_taken(call, &reversal->original, LEDGER_GIFT_CARD, &card.id,
                                LEDGER_GIFT_CARD_BALANCE, &taken);
        taken -= effects_posted(effects, LEDGER_GIFT_CARD, &card.id, LEDGER_GIFT_CARD_BALANCE);
        amount = at_most(amount, taken);
    }
    if (status != STATUS_OK || amount <= 0) {
        return status;
    }
    gift_card_post(&card, use, amount, &posting);
    return effects_post(call, effects, &posting, &card);
}

/* Cards that paid get it back; cards that were sold give it back, if it is still on them. */
static enum status post_to_cards(struct call *call, const struct reversal *reversal, struct effects *effects)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < reversal->payout.count && status == STATUS_OK; i++) {
        const struct journal_tender *tender = &reversal->payout.tenders[i];
        /* Without its id nothing was taken off it: it was refused when the till told of it. */
        if (tender->type == TENDER_GIFT_CARD && tender->gift_card_id != NULL) {
            status = post_to_card(call, reversal, tender->gift_card_id, GIFT_CARD_REFUND, tender->amount,
                                  effects);
        }
    }
    for (size_t i = 0; i < reversal->original.line_count && status == STATUS_OK; i++) {
        const char *card_id = reversal->original.lines[i].gift_card_id;
        if (card_id != NULL && reversal->lines.quantities[i] > 0) {
            status = post_to_card(call, reversal, card_id, GIFT_CARD_UNLOAD, reversal->lines.shares[i].total,
                                  effects);
        }
    }
    return status;
}

enum status reversal_lay_out(struct call *call, struct reversal *reversal, struct effects *effects)
{
    enum status status = write_record(call, reversal);
    if (status == STATUS_OK) {
        status = add_movements(call, reversal, effects);
    }
    if (status == STATUS_OK) {
        status = post_to_shift(call, reversal, effects);
    }
    if (status == STATUS_OK) {
        status = post_to_customer(call, reversal, effects);
    }
    return status == STATUS_OK ? post_to_cards(call, reversal, effects) : status;
}

/* --- refusals --- */

enum status reversal_refused(struct call *call, const struct effects *effects,
                             const struct ledger_outcome *outcome, enum status status, bool *again)
{
    *again = status == STATUS_REVERSAL_TAKEN || status == STATUS_DOCUMENT_STATE;
    if (status == STATUS_REGISTER_OUT_OF_STEP) {
        char hash[HASH_TEXT_SIZE];
        call->detail.members = arena_printf(call->arena, "\"last\":{\"sequence\":%lld,\"hash\":\"%s\"}",
                                            (long long)outcome->last.sequence,
                                            hash_format(&outcome->last.hash, hash));
        return detail_set(&call->detail, status, "The last record of the register is %lld.",
                          (long long)outcome->last.sequence);
    }
    if (status == STATUS_INSUFFICIENT_BALANCE) {
        const struct ledger_posting *posting = &effects->postings[outcome->failed];
        if (posting->kind == LEDGER_GIFT_CARD) {
            return gift_card_explain(call, &effects->cards[outcome->failed], posting, outcome, status, "");
        }
    }
    return status;
}

enum status reversal_commit(struct call *call, reversal_try try_once, const void *request)
{
    enum status status = STATUS_OVERLOADED;
    bool again = true;
    for (unsigned tries = 0; again && tries < REVERSAL_TRIES; tries++) {
        detail_init(&call->detail, call->arena);
        status = try_once(call, request, &again);
    }
    return again ? detail_set(&call->detail, STATUS_OVERLOADED, "Too many refund the same sale at once.")
                 : status;
}
