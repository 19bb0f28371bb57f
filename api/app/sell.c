#include "app/sell.h"

#include "app/cart.h"
#include "app/local_time.h"
#include "app/transaction_answer.h"
#include "core/quantity.h"
#include "ledger/ledger.h"

#include <stdlib.h>
#include <string.h>

#define TENDERS_MAX 10

/* A request, read; and what becomes of it. */
struct sale {
    struct id id;
    struct hash fingerprint;
    struct idempotency_key key;
    int64_t expected_total;
    struct journal_tender tenders[TENDERS_MAX];
    size_t tender_count;
    int64_t tendered;
    bool has_previous;
    struct ledger_position previous;
    struct cart cart;
};

/* --- the request --- */

static void add_int(struct hash_stream *stream, int64_t number)
{
    uint8_t bytes[8];
    for (int at = 0; at < 8; at++) {
        bytes[at] = (uint8_t)((uint64_t)number >> (56 - 8 * at));
    }
    hash_stream_add(stream, bytes, sizeof bytes);
}

/* A string, or none: preceded by its length, so that neighbours do not run together. */
static void add_string(struct hash_stream *stream, const json_t *string)
{
    add_int(stream, string == NULL ? -1 : (int64_t)json_string_length(string));
    hash_stream_add(stream, json_string_value(string), json_string_length(string));
}

static void add_line(struct hash_stream *stream, const json_t *line)
{
    const json_t *quantity = json_object_get(line, "quantity");
    int64_t number = 0;
    if (!quantity_parse(json_string_value(quantity), json_string_length(quantity), &number)) {
        number = 0; /* it is refused later */
    }
    add_string(stream, json_object_get(line, "product_id"));
    add_int(stream, number); /* "2" and "2.0" are the same */
    const json_t *discounts = json_object_get(line, "discounts");
    add_int(stream, (int64_t)json_array_size(discounts));
    size_t index;
    json_t *discount;
    json_array_foreach(discounts, index, discount)
    {
        add_string(stream, json_object_get(discount, "type"));
        add_string(stream, json_object_get(discount, "value"));
        add_string(stream, json_object_get(discount, "reason"));
    }
}

/* Of what is sold and paid; not of `previous`, which says where the till was and is no part of the sale. */
static struct hash fingerprint_of(const json_t *request, const struct sale *sale)
{
    struct hash_stream stream = hash_stream();
    const json_t *lines = json_object_get(request, "lines");
    add_string(&stream, json_object_get(request, "type"));
    add_string(&stream, json_object_get(request, "register_id"));
    add_int(&stream, sale->expected_total);
    add_int(&stream, (int64_t)sale->tender_count);
    size_t index;
    json_t *element;
    json_array_foreach(json_object_get(request, "tenders"), index, element)
    {
        add_string(&stream, json_object_get(element, "type"));
        add_int(&stream, json_integer_value(json_object_get(element, "amount")));
    }
    add_int(&stream, (int64_t)json_array_size(lines));
    json_array_foreach(lines, index, element)
    {
        add_line(&stream, element);
    }
    return hash_stream_end(&stream);
}

static void read_tenders(const json_t *request, struct sale *sale)
{
    size_t index;
    json_t *tender;
    json_array_foreach(json_object_get(request, "tenders"), index, tender)
    {
        if (index == TENDERS_MAX) {
            __builtin_trap(); /* the contract admits no more */
        }
        const int64_t amount = json_integer_value(json_object_get(tender, "amount"));
        sale->tenders[index] = (struct journal_tender){
            .type = tender_type_named(json_string_value(json_object_get(tender, "type"))), .amount = amount};
        sale->tendered += amount; /* at most ten times 10^11 */
        sale->tender_count = index + 1;
    }
}

static void read_request(struct call *call, const json_t *request, struct sale *sale)
{
    *sale = (struct sale){
        .expected_total = json_integer_value(json_object_get(request, "expected_total")),
        .key = call->idempotency,
    };
    const json_t *id = json_object_get(request, "id");
    if (id == NULL || !id_parse(json_string_value(id), &sale->id)) {
        sale->id = id_new();
    }
    const json_t *previous = json_object_get(request, "previous");
    if (previous != NULL) {
        sale->has_previous = true;
        sale->previous.sequence = json_integer_value(json_object_get(previous, "sequence"));
        (void)hash_parse(json_string_value(json_object_get(previous, "hash")), &sale->previous.hash);
    }
    read_tenders(request, sale);
    sale->fingerprint = fingerprint_of(request, sale);
}

/* --- what may be refused before the ledger is asked --- */

static enum status refuse_total(struct call *call, const struct sale *sale)
{
    struct text members = arena_text(call->arena, 1024);
    text_add_string(&members, "\"expected_total\":");
    text_add_int(&members, sale->expected_total);
    text_add_string(&members, ",\"quote\":");
    cart_write_quote(&sale->cart, call->arena, &members);
    call->detail.members = text_string(&members);
    return detail_set(&call->detail, STATUS_TOTAL_MISMATCH,
                      "The server calculates %lld, the request expects %lld.",
                      (long long)sale->cart.totals.total, (long long)sale->expected_total);
}

static enum status refuse_tenders(struct call *call, const struct sale *sale)
{
    (void)detail_fault(&call->detail, "/tenders", "tender_insufficient", "%lld are missing.",
                       (long long)(sale->cart.totals.total - sale->tendered));
    return detail_set(&call->detail, STATUS_TENDER_INSUFFICIENT, "The total is %lld, the tenders are %lld.",
                      (long long)sale->cart.totals.total, (long long)sale->tendered);
}

static enum status check(struct call *call, const json_t *request, struct sale *sale)
{
    enum status status = cart_price(call, request, clock_now_ms(), &sale->cart);
    if (status == STATUS_OK) {
        status = cart_permit(call, &sale->cart);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (sale->cart.totals.total != sale->expected_total) {
        return refuse_total(call, sale);
    }
    return sale->tendered < sale->cart.totals.total ? refuse_tenders(call, sale) : STATUS_OK;
}

/* A request that is refused today may be the retry of one that was not: a price has changed since, a product
 * was archived, and the first answer was lost on its way. */
static enum status answer_retry(struct call *call, const struct sale *sale, enum status refused)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_act act = {
        .id = sale->id, .fingerprint = sale->fingerprint, .key = sale->key, .record_count = 1};
    struct ledger_outcome earlier;
    if (status_http(refused) >= 500) {
        return refused;
    }
    const enum status status = ledger->ops->find(ledger, &act, call->arena, &earlier);
    if ((status == STATUS_OK && !earlier.replayed) ||
        (status != STATUS_OK && status != STATUS_ID_TAKEN && status != STATUS_IDEMPOTENCY_KEY_REUSED)) {
        return refused;
    }
    detail_init(&call->detail, call->arena); /* the refusal's words are not this answer's */
    if (status != STATUS_OK) {
        return status;
    }
    transaction_answer_created(call, &earlier.transactions[0], true);
    return STATUS_OK;
}

/* --- the commit --- */

static int by_key(const void *a, const void *b)
{
    const int64_t left = ((const struct ledger_movement *)a)->product.key;
    const int64_t right = ((const struct ledger_movement *)b)->product.key;
    return (left > right) - (left < right);
}

/* One movement a product, in the order of the keys: the same product on several lines counts together, and
 * the store is walked in one direction. */
static size_t sum_movements(struct ledger_movement *movements, size_t count)
{
    qsort(movements, count, sizeof *movements, by_key);
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) {
        if (movements[i].product.key == movements[kept].product.key) {
            movements[kept].quantity += movements[i].quantity; /* at most PRICING_LINES_MAX × QUANTITY_MAX */
            movements[kept].total_minor += movements[i].total_minor;
        } else {
            movements[++kept] = movements[i];
        }
    }
    return kept + 1;
}

static void add_movements(const struct cart *cart, struct arena *arena, struct ledger_act *act)
{
    struct ledger_movement *movements = arena_alloc(arena, cart->count * sizeof *movements);
    for (size_t i = 0; i < cart->count; i++) {
        movements[i] = (struct ledger_movement){
            .store = {.key = cart->register_.store_key, .id = cart->register_.store_id},
            .product = {.key = cart->products[i]->key, .id = cart->products[i]->id},
            .reason = "sale",
            .quantity = -cart->priced[i].quantity,
            .deny_oversell = cart->products[i]->deny_oversell,
            .low_at = LEDGER_NO_LEVEL,
            .total_minor = cart->priced[i].total,
        };
    }
    act->movements = movements;
    act->movement_count = sum_movements(movements, cart->count);
}

static const char *const cashier_kinds[] = {
    [PRINCIPAL_NONE] = "system",
    [PRINCIPAL_EMPLOYEE] = "employee",
    [PRINCIPAL_API_KEY] = "api_key",
    [PRINCIPAL_SYSTEM] = "system",
};

static const char *id_text(struct arena *arena, const struct id *id)
{
    return id_format(id, arena_alloc(arena, ID_TEXT_SIZE));
}

/* Lays the record out and hashes it as far as it is known: the ledger's act is the same for all registers,
 * and short. */
static void draft_record(struct call *call, const struct sale *sale, const struct local_time *local,
                         struct ledger_record *out)
{
    const struct cart *cart = &sale->cart;
    const struct principal *cashier = &call->principal;
    const bool has_id = cashier->kind == PRINCIPAL_EMPLOYEE || cashier->kind == PRINCIPAL_API_KEY;
    char created_at[CLOCK_TEXT_SIZE], business_day[LOCAL_TIME_TEXT_SIZE];
    const struct journal_record record = {
        .id = id_text(call->arena, &sale->id),
        .type = "sale",
        .store_id = id_text(call->arena, &cart->register_.store_id),
        .register_id = id_text(call->arena, &cart->register_.id),
        .currency = cart->register_.currency,
        .cashier = {.kind = cashier_kinds[cashier->kind],
                    .id = has_id ? id_text(call->arena, &cashier->id) : NULL,
                    .name = cashier->name},
        .created_at = clock_format(out->created_at_ms, created_at),
        .business_day = local_time_format_day(local->day, business_day),
        .lines = cart->lines,
        .line_count = cart->count,
        .tenders = sale->tenders,
        .tender_count = sale->tender_count,
        .totals = cart->totals,
        .change = sale->tendered - cart->totals.total,
    };
    struct text *text = arena_alloc(call->arena, sizeof *text);
    *text = arena_text(call->arena, 1024 + cart->count * 512);
    struct journal_draft *draft = arena_alloc(call->arena, sizeof *draft);
    if (!journal_draft(text, &record, draft)) {
        __builtin_trap(); /* a text in an arena never overflows */
    }
    out->draft = draft;
    out->draft_hash = hash_stream();
    hash_stream_add(&out->draft_hash, draft->text, draft->at_prev_hash);
}

static enum status explain_shortage(struct call *call, const struct sale *sale, const struct ledger_act *act,
                                    const struct ledger_outcome *outcome)
{
    const struct ledger_movement *asked = &act->movements[outcome->failed];
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

static enum status commit(struct call *call, const struct sale *sale)
{
    const struct ledger *ledger = call->app->ledger;
    const struct selling_register *register_ = &sale->cart.register_;
    const int64_t now_ms = clock_now_ms();
    struct local_time local;
    if (!local_time_of(register_->time_zone, now_ms, &local)) {
        return detail_set(&call->detail, STATUS_INTERNAL_ERROR, "The time zone %s is not on this machine.",
                          register_->time_zone);
    }
    struct ledger_record record = {
        .id = sale->id,
        .type = "sale",
        .store = {.key = register_->store_key, .id = register_->store_id},
        .register_ = {.key = register_->key, .id = register_->id},
        .register_code = register_->code,
        .business_day = local.day,
        .created_at_ms = now_ms,
        .currency = register_->currency,
        .total_minor = sale->cart.totals.total,
        .previous = sale->has_previous ? &sale->previous : NULL,
    };
    draft_record(call, sale, &local, &record);
    const struct ledger_event completed = {.id = id_new(), .type = "transaction.completed"};
    struct ledger_act act = {
        .name = "sale",
        .id = sale->id,
        .fingerprint = sale->fingerprint,
        .key = sale->key,
        .at_ms = now_ms,
        .records = &record,
        .record_count = 1,
        .events = &completed,
        .event_count = 1,
    };
    add_movements(&sale->cart, call->arena, &act);

    struct ledger_outcome outcome;
    const enum status status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    if (status == STATUS_INSUFFICIENT_STOCK) {
        return explain_shortage(call, sale, &act, &outcome);
    }
    if (status == STATUS_REGISTER_OUT_OF_STEP) {
        return explain_step(call, sale, &outcome);
    }
    if (status == STATUS_OK) {
        transaction_answer_created(call, &outcome.transactions[0], outcome.replayed);
    }
    return status;
}

enum status sell(struct call *call, const json_t *request)
{
    struct sale *sale = arena_alloc(call->arena, sizeof *sale);
    read_request(call, request, sale);
    const enum status status = check(call, request, sale);
    return status == STATUS_OK ? commit(call, sale) : answer_retry(call, sale, status);
}
