#include "app/carts/parked_cart.h"
#include "app/sales/sale.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* --- what leaves the stock --- */

static int by_key(const void *a, const void *b)
{
    const int64_t left = ((const struct ledger_movement *)a)->product.key;
    const int64_t right = ((const struct ledger_movement *)b)->product.key;
    return (left > right) - (left < right);
}

/* One movement a product, in the order of the keys: the same product on several lines counts together. Sums
 * stay far below 64 bits: PRICING_LINES_MAX × QUANTITY_MAX. */
static size_t sum_movements(struct ledger_movement *movements, size_t count)
{
    qsort(movements, count, sizeof *movements, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && movements[i].product.key == movements[kept - 1].product.key) {
            movements[kept - 1].quantity += movements[i].quantity;
            movements[kept - 1].total_minor += movements[i].total_minor;
        } else {
            movements[kept++] = movements[i];
        }
    }
    return kept;
}

static void add_movements(struct call *call, const struct sale *sale, struct sale_act *out)
{
    struct ledger_movement *movements = arena_alloc(call->arena, sale->cart.count * sizeof *movements);
    size_t count = 0;
    for (size_t i = 0; i < sale->cart.count; i++) {
        const struct selling_product *product = sale->sold[i].product;
        if (product == NULL || product->kind != SELLING_GOODS) {
            continue;
        }
        movements[count++] = (struct ledger_movement){
            .store = out->draft.ledger.store,
            .product = {.key = product->key, .id = product->id},
            .reason = "sale",
            .quantity = -sale->sold[i].quantity,
            .deny_oversell = product->deny_oversell && (sale->flags & SALE_FLAG(INSUFFICIENT_STOCK)) == 0,
            .low_at = product->low_stock_at,
            .total_minor = sale->sold[i].total,
        };
    }
    out->act.movements = movements;
    out->act.movement_count = sum_movements(movements, count);
}

_Static_assert(SELLING_NO_LEVEL == LEDGER_NO_LEVEL, "a product's level is the movement's");

/* --- effects on documents: few enough, for tenders and gift cards are limited --- */

_Static_assert(2 + TENDER_COUNT_MAX + SALE_GIFT_CARDS_MAX <= LEDGER_POSTINGS_MAX, "shift, customer, cards");
_Static_assert(1 + SALE_GIFT_CARDS_MAX <= LEDGER_WRITES_MAX, "a parked cart and new gift cards");

struct ledger_posting *sale_add_posting(struct sale_act *out, struct sale_party party)
{
    out->posted[out->act.posting_count] = party;
    return &out->postings[out->act.posting_count++];
}

struct ledger_write *sale_add_write(struct sale_act *out, struct sale_party party)
{
    out->written[out->act.write_count] = party;
    return &out->writes[out->act.write_count++];
}

/* --- the shift --- */

static void post_to_shift(const struct sale *sale, struct sale_act *out)
{
    if (!out->shift.found) {
        return;
    }
    const struct sale_party party = {.kind = SALE_PARTY_SHIFT};
    struct shift_effect effect = {
        .type = SHIFT_SALE, .total = sale->settlement.total, .change = sale->settlement.change};
    shift_effect_tenders(&effect, sale->tenders.journal, sale->tenders.count);
    *sale_add_posting(out, party) = shift_posting(&out->shift, &effect);
}

enum status sale_tolerates(struct call *call, const struct sale *sale, struct sale_act *out, unsigned flag,
                           enum status status)
{
    if (!sale->is_offline || status == STATUS_OK || status_http(status) >= 500) {
        return status;
    }
    detail_init(&call->detail, call->arena);
    out->flags |= flag;
    return STATUS_OK;
}

/* --- the parked cart --- */

static enum status complete_parked_cart(struct call *call, const struct sale *sale, struct sale_act *out)
{
    if (!sale->has_parked_cart) {
        return STATUS_OK;
    }
    const struct sale_party party = {.kind = SALE_PARTY_PARKED_CART};
    struct ledger_write write;
    const enum status status = parked_cart_complete(call, &sale->cart.register_, &sale->parked_cart_id,
                                                    &sale->id, &write);
    if (status == STATUS_OK) {
        *sale_add_write(out, party) = write;
    }
    return sale_tolerates(call, sale, out, SALE_FLAG(PARKED_CART_TAKEN), status);
}

/* --- the record --- */

static const char *const flag_names[SALE_FLAG_COUNT] = {
#define X(flag, name) [SALE_FLAG_NUMBER_##flag] = name,
    SALE_FLAGS(X)
#undef X
};

static void write_lines(const struct sale *sale, struct sale_act *out)
{
    for (size_t i = 0; i < sale->cart.count; i++) {
        sale->cart.lines[i].gift_card_id = out->gift_card_ids[i];
    }
    out->draft.journal.lines = sale->cart.lines;
    out->draft.journal.line_count = sale->cart.count;
}

/* As it happened, and what a manager should look at. */
static void write_offline(struct call *call, const struct sale *sale, struct sale_act *out)
{
    struct journal_record *record = &out->draft.journal;
    char *captured_at = arena_alloc(call->arena, CLOCK_TEXT_SIZE);
    sale_offline_write_lines(call, sale, out->gift_card_ids, record);
    out->offline = (struct journal_offline){
        .captured_at = clock_format(sale->offline.captured_at_ms, captured_at),
        .receipt_number = sale->offline.receipt_number,
        .price_variance = sale->offline.price_variance,
    };
    record->offline = &out->offline;
    out->draft.ledger.previous = sale_offline_previous(sale, &out->flags);
    out->flags |= sale->flags | (out->shift.late ? SALE_FLAG(CLOSED_SHIFT) : 0) |
                  (out->shift.unknown ? SALE_FLAG(UNKNOWN_SHIFT) : 0);
    for (unsigned flag = 0; flag < SALE_FLAG_COUNT; flag++) {
        if ((out->flags >> flag & 1) != 0) {
            out->flag_names[record->flag_count++] = flag_names[flag];
        }
    }
    record->flags = out->flag_names;
}

static enum status write_record(struct call *call, const struct sale *sale, struct sale_act *out)
{
    struct journal_record *record = &out->draft.journal;
    record->tenders = out->tenders;
    record->tender_count = sale->tenders.count;
    record->totals = sale->totals;
    record->totals.rounding = sale->settlement.rounding;
    record->totals.total = sale->settlement.total;
    record->allowed_by = sale->cart.exemption_allowed_by;
    record->coupons = sale->cart.coupons;
    record->coupon_count = sale->cart.coupon_count;
    if (sale->cart.exemption_reason != NULL && (!sale->is_offline || sale_offline_is_exempt(sale))) {
        out->exemption = (struct journal_exemption){.reason = sale->cart.exemption_reason,
                                                    .certificate = sale->cart.exemption_certificate};
        record->tax_exemption = &out->exemption;
    }
    record->change = sale->settlement.change;
    record->tip_total = sale->settlement.tip_total;
    record->exchange_id = sale->exchange_id;
    record->note = json_string_value(json_object_get(sale->request, "note"));
    if (out->has_customer) {
        record->customer_id = transaction_draft_id(call, &out->customer.id);
        record->loyalty = out->loyalty.earned > 0 || out->loyalty.burned > 0 ? &out->loyalty : NULL;
    }
    record->shift_id = out->shift.found ? transaction_draft_id(call, &out->shift.id) : NULL;
    record->parked_cart_id = sale->has_parked_cart ? transaction_draft_id(call, &sale->parked_cart_id) : NULL;
    out->draft.ledger.previous = sale->has_previous ? &sale->previous : NULL;
    if (sale->is_offline) {
        write_offline(call, sale, out);
    } else {
        write_lines(sale, out);
    }
    return transaction_draft_end(call, &out->draft);
}

/* A sale that happens now is laid out with the shift that was seen last: a commit that is refused for it is
 * tried again with the one that is open. */
static enum status find_shift(struct call *call, const struct sale *sale, int64_t happened_at_ms,
                              struct sale_act *out)
{
    const struct selling_register *register_ = &sale->cart.register_;
    const struct id *asked = sale->has_shift ? &sale->shift_id : NULL;
    if (!sale->is_offline && out->tries == 1 && shift_recall(call, register_, asked, &out->shift)) {
        return STATUS_OK;
    }
    return shift_find(call, register_, asked, sale->is_offline ? happened_at_ms : 0, &out->shift);
}

enum status sale_lay_out(struct call *call, const struct sale *sale, struct sale_act *out)
{
    const int64_t now_ms = clock_now_ms();
    const struct selling_register *register_ = &sale->cart.register_;
    out->act = (struct ledger_act){
        .name = "sale",
        .id = sale->id,
        .fingerprint = sale->fingerprint,
        .key = call->idempotency,
        .at_ms = now_ms,
        .records = &out->draft.ledger,
        .record_count = 1,
        .postings = out->postings,
        .writes = out->writes,
        .events = out->events,
        .event_count = 1,
    };
    out->flags = 0;
    out->has_customer = false;
    memset(out->gift_card_ids, 0, sale->cart.count * sizeof *out->gift_card_ids);
    const int64_t happened_at_ms = sale->is_offline ? sale->offline.captured_at_ms : now_ms;
    enum status status = transaction_draft_begin(call, register_, &sale->id, "sale", now_ms, happened_at_ms,
                                                 &out->draft);
    if (status == STATUS_OK) {
        status = find_shift(call, sale, happened_at_ms, out);
    }
    if (status == STATUS_OK) {
        status = complete_parked_cart(call, sale, out);
    }
    if (status == STATUS_OK) {
        status = sale_add_parties(call, sale, out);
    }
    if (status != STATUS_OK) {
        return status;
    }
    add_movements(call, sale, out);
    post_to_shift(sale, out);
    out->events[0] = transaction_draft_event(&out->draft, 0);
    return write_record(call, sale, out);
}
