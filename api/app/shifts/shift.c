#include "app/shifts/shift.h"

#include "app/shifts/shift_document.h"
#include "app/shifts/shift_memory.h"
#include "catalog/selling.h"

#include <string.h>

/* --- what a record does to a shift --- */

void shift_effect_tender(struct shift_effect *effect, const char *type, int64_t amount, int64_t tip)
{
    effect->tips += tip;
    if (strcmp(type, "cash") == 0) {
        effect->cash += amount;
        effect->cash_tips += tip;
    }
}

void shift_effect_tenders(struct shift_effect *effect, const struct journal_tender *tenders, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        shift_effect_tender(effect, tender_type_name(tenders[i].type), tenders[i].amount, tenders[i].tip);
    }
}

int64_t shift_effect_cash(const struct shift_effect *effect)
{
    const int64_t cash = effect->cash - effect->change + effect->cash_tips;
    return effect->type == SHIFT_SALE ? cash : -cash;
}

struct ledger_posting shift_posting(const struct shift_place *place, const struct shift_effect *effect)
{
    struct ledger_posting posting = {
        .kind = LEDGER_SHIFT,
        .id = place->id,
        .required_state = place->late ? SHIFT_CLOSED : SHIFT_OPEN,
        .floors = LEDGER_NO_FLOORS,
    };
    const bool is_sale = effect->type == SHIFT_SALE;
    int64_t *amounts = posting.amounts;
    amounts[place->late ? LEDGER_SHIFT_LATE_TRANSACTIONS : LEDGER_SHIFT_TRANSACTIONS] = 1;
    amounts[place->late ? LEDGER_SHIFT_LATE_CASH : LEDGER_SHIFT_CASH] = shift_effect_cash(effect);
    if (is_sale) {
        amounts[place->late ? LEDGER_SHIFT_LATE_SALES : LEDGER_SHIFT_SALES] = effect->total;
    } else {
        amounts[place->late ? LEDGER_SHIFT_LATE_REFUNDS : LEDGER_SHIFT_REFUNDS] = effect->total;
    }
    return posting;
}

/* --- which shift it is --- */

static void put(struct shift_place *place, const struct ledger_document *shift)
{
    *place = (struct shift_place){.found = true, .late = !shift_document_is_open(shift), .id = shift->id};
}

/* The shift that the request names, when it is one of this register. */
static enum status find_asked(struct call *call, const struct selling_register *register_,
                              const struct id *asked, struct ledger_document *shift, bool *found)
{
    const struct ledger *ledger = call->app->ledger;
    const enum status status = ledger->ops->document_read(ledger, LEDGER_SHIFT, asked, call->arena, shift);
    *found = status == STATUS_OK && shift->register_key == register_->key;
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_OK : status;
}

static enum status find_now(struct call *call, const struct selling_register *register_,
                            const struct id *asked, struct shift_place *place)
{
    struct ledger_document shift;
    bool found;
    const enum status status = asked == NULL ? shift_document_open(call, register_->key, &shift, &found)
                                             : find_asked(call, register_, asked, &shift, &found);
    if (status != STATUS_OK) {
        return status;
    }
    const bool is_open = found && shift_document_is_open(&shift);
    if (!is_open) {
        shift_memory_drop(call->app->shifts, register_->key);
    }
    if (found && !is_open) {
        return detail_set(&call->detail, STATUS_SHIFT_CLOSED, "The shift is closed.");
    }
    if (found) {
        put(place, &shift);
        shift_memory_keep(call->app->shifts, register_->key, &shift.id);
    } else if (asked != NULL) {
        return detail_fault(&call->detail, "/shift_id", "shift_not_found",
                            "The register %s has no such shift.", register_->code);
    } else if (register_->shift_required) {
        return detail_set(&call->detail, STATUS_SHIFT_REQUIRED,
                          "The store %s sells in shifts only: open one on the register %s.",
                          register_->store_name, register_->code);
    }
    return STATUS_OK;
}

/* The shift that was open at a time: the newest that was opened before, unless it was closed before, too. */
static enum status find_at(struct call *call, const struct selling_register *register_, int64_t at_ms,
                           struct ledger_document *shift, bool *found)
{
    struct shift_walk walk = shift_walk(call, register_->key);
    enum status status;
    do {
        status = shift_walk_next(&walk, shift, found);
    } while (status == STATUS_OK && *found && shift->created_at_ms > at_ms);
    if (status == STATUS_OK && *found && !shift_document_is_open(shift)) {
        *found = shift_document_closed_at(shift) >= at_ms;
    }
    return status;
}

bool shift_recall(struct call *call, const struct selling_register *register_, const struct id *asked,
                  struct shift_place *place)
{
    *place = (struct shift_place){0};
    place->found = shift_memory_find(call->app->shifts, register_->key, &place->id) &&
                   (asked == NULL || id_equal(asked, &place->id));
    return place->found;
}

enum status shift_find(struct call *call, const struct selling_register *register_, const struct id *asked,
                       int64_t captured_at_ms, struct shift_place *place)
{
    *place = (struct shift_place){0};
    if (captured_at_ms == 0) {
        return find_now(call, register_, asked, place);
    }
    struct ledger_document shift;
    bool found = false, unknown = false;
    enum status status = asked == NULL ? STATUS_OK : find_asked(call, register_, asked, &shift, &found);
    if (status == STATUS_OK && !found) {
        unknown = asked != NULL;
        status = find_at(call, register_, captured_at_ms, &shift, &found);
    }
    if (status == STATUS_OK && found) {
        put(place, &shift);
    }
    place->unknown = unknown;
    return status;
}
