#include "app/sales/sale.h"
#include "app/sales/sale_captured.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define CLOCK_AHEAD_MS  (10 * 60 * 1000LL)            /* how far a till's clock may be ahead unnoticed … */
#define CLOCK_BEHIND_MS (366 * 24 * 60 * 60 * 1000LL) /* … and how long a till may be without a server */
#define COIN            100 /* of a store that had another coin when it sold than it has now */

/* What was paid, was paid: the till rounded to the coins that its store had then. */
static enum status settle_as_paid(struct call *call, struct sale *sale)
{
    const int64_t paid = sale->expected_total;
    const int64_t rounding = paid - sale->totals.total;
    const int64_t coin = sale->cart.register_.cash_rounding > COIN ? sale->cart.register_.cash_rounding
                                                                   : COIN;
    bool has_cash = false;
    for (size_t i = 0; i < sale->tenders.count; i++) {
        has_cash = has_cash || sale->tenders.settled[i].type == TENDER_CASH;
    }
    if (rounding != 0 && (!has_cash || rounding > coin / 2 || rounding < -coin / 2)) {
        return detail_fault(&call->detail, "/expected_total", "inconsistent",
                            "The quote's total is %lld, and no coins make it %lld.",
                            (long long)sale->totals.total, (long long)paid);
    }
    const enum status status = tenders_settle(call, &sale->tenders, "/tenders", paid, 0, &sale->settlement);
    sale->settlement.rounding = rounding;
    return status;
}

/* As the store rounds now, if that is what was shown; else as the till says. */
static enum status settle(struct call *call, struct sale *sale)
{
    struct tender_fault fault;
    const int64_t due = sale->totals.total;
    const enum status status = tender_settle(sale->tenders.settled, sale->tenders.count, due,
                                             sale->cart.register_.cash_rounding, &sale->settlement, &fault);
    if (status == STATUS_OK &&
        (sale->expected_total == due || sale->expected_total == sale->settlement.total)) {
        return STATUS_OK;
    }
    return settle_as_paid(call, sale);
}

/* What the server would take for it: of lines that it does not know, what the till took. */
static void compare_prices(struct sale *sale)
{
    const struct cart *cart = &sale->cart;
    if (!cart->is_priced) {
        sale->flags |= SALE_FLAG(NOT_PRICED);
        return;
    }
    int64_t total = cart->totals.total;
    for (size_t i = 0; i < cart->count; i++) {
        total += sale->sold[i].product == NULL ? sale->sold[i].total : 0;
    }
    sale->offline.price_variance = total - sale->totals.total;
    sale->flags |= sale->offline.price_variance != 0 ? SALE_FLAG(PRICE_VARIANCE) : 0;
}

/* A till that has no server asks nobody; who should have been asked is for the manager to say. */
static enum status check_permission(struct call *call, struct sale *sale)
{
    const enum status status = cart_permit(call, &sale->cart);
    if (status != STATUS_FORBIDDEN) {
        return status;
    }
    detail_init(&call->detail, call->arena);
    sale->flags |= SALE_FLAG(NOT_PERMITTED);
    return STATUS_OK;
}

static void note_products(struct sale *sale)
{
    const struct cart *cart = &sale->cart;
    for (size_t i = 0; i < cart->count; i++) {
        sale->sold[i].product = cart->products[i];
        if (cart->products[i] == NULL) {
            sale->flags |= SALE_FLAG(UNKNOWN_PRODUCT);
        } else if (cart->products[i]->archived) {
            sale->flags |= SALE_FLAG(ARCHIVED_PRODUCT);
        }
    }
    if (cart->register_.archived) {
        sale->flags |= SALE_FLAG(ARCHIVED_REGISTER);
    }
}

static enum status read_quote(struct call *call, struct sale *sale)
{
    const size_t count = json_array_size(json_object_get(sale->request, "lines"));
    struct sale_captured_line *lines = arena_zeroed(call->arena, count, sizeof *lines);
    const enum status status = sale_captured_read(call, sale->request, sale->offline.quote, lines,
                                                  &sale->totals);
    sale->sold = arena_zeroed(call->arena, count, sizeof *sale->sold);
    for (size_t i = 0; i < count; i++) {
        sale->sold[i].quantity = lines[i].quantity;
        sale->sold[i].total = lines[i].total;
    }
    if (json_object_get(sale->request, "id") == NULL) {
        return detail_fault(&call->detail, "/id", "required",
                            "What happened offline may be sent again: its id says that it is the same.");
    }
    return status;
}

enum status sale_check_offline(struct call *call, struct sale *sale)
{
    enum status status = read_quote(call, sale);
    if (status == STATUS_OK) {
        status = cart_price_captured(call, sale->request, sale->offline.captured_at_ms, &sale->cart);
    }
    if (status == STATUS_OK) {
        note_products(sale);
        compare_prices(sale);
        status = check_permission(call, sale);
    }
    const int64_t age_ms = clock_now_ms() - sale->offline.captured_at_ms;
    if (age_ms < -CLOCK_AHEAD_MS || age_ms > CLOCK_BEHIND_MS) {
        sale->flags |= SALE_FLAG(CLOCK_VARIANCE);
    }
    return status == STATUS_OK ? settle(call, sale) : status;
}

bool sale_offline_is_exempt(const struct sale *sale)
{
    size_t index;
    json_t *line;
    json_array_foreach(json_object_get(sale->offline.quote, "lines"), index, line)
    {
        if (json_object_get(line, "tax_exemption") == NULL) {
            return false;
        }
    }
    return true;
}

/* --- the receipt's number --- */

/* Whether the till's number is the one after `last`. */
static bool is_next(const struct sale *sale, const struct ledger_position *last)
{
    char number[JOURNAL_RECEIPT_NUMBER_SIZE];
    journal_receipt_number(sale->cart.register_.code, last->sequence + 1, number);
    return strcmp(number, sale->offline.receipt_number) == 0;
}

const struct ledger_position *sale_offline_previous(const struct sale *sale, unsigned *flags)
{
    if (sale->offline.receipt_number == NULL) {
        return NULL;
    }
    if (is_next(sale, &sale->previous)) {
        return &sale->previous;
    }
    if (sale->offline.position_is_known) {
        *flags |= SALE_FLAG(NUMBER_VARIANCE);
        return NULL;
    }
    /* Nobody knows the register's last record yet. No register is here: the refusal says where it is, before
     * anything is written. */
    static const struct ledger_position nowhere = {.sequence = INT64_MAX};
    return &nowhere;
}

/* --- what is laid out anew --- */

bool sale_offline_goes_on(struct sale *sale, const struct ledger_outcome *outcome, enum status status)
{
    if (status == STATUS_REGISTER_OUT_OF_STEP) {
        sale->previous = outcome->last;
        sale->offline.position_is_known = true;
        return true;
    }
    if (status == STATUS_INSUFFICIENT_STOCK) {
        sale->flags |= SALE_FLAG(INSUFFICIENT_STOCK);
        return true;
    }
    if (status == STATUS_INSUFFICIENT_BALANCE) {
        sale->flags |= SALE_FLAG(INSUFFICIENT_BALANCE);
        return true;
    }
    return status == STATUS_DOCUMENT_STATE || status == STATUS_VERSION_MISMATCH ||
           status == STATUS_CODE_TAKEN;
}

/* --- the record's lines --- */

void sale_offline_write_lines(struct call *call, const struct sale *sale, const char *const *gift_card_ids,
                              struct journal_record *record)
{
    json_t *lines = json_deep_copy(json_object_get(sale->offline.quote, "lines"));
    size_t index;
    json_t *line;
    json_array_foreach(lines, index, line)
    {
        if (gift_card_ids[index] != NULL &&
            json_object_set_new(line, "gift_card_id", json_string(gift_card_ids[index])) != 0) {
            __builtin_trap(); /* out of memory: as base/arena.h */
        }
    }
    /* Sorted and compact, and of ASCII names and texts without control characters: this is RFC 8785. */
    char *text = json_dumps(lines, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL) {
        __builtin_trap();
    }
    record->lines_json = arena_copy(call->arena, text);
    record->lines_json_length = strlen(text);
    free(text);
    json_decref(lines);
}
