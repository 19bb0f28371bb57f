#include "core/tender.h"

#include "core/money.h"

static const char *const type_names[TENDER_TYPE_COUNT] = {
#define X(type, name) [TENDER_##type] = (name),
    TENDER_TYPES(X)
#undef X
};

const char *tender_type_name(enum tender_type type)
{
    return type_names[type];
}

static bool is_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

enum tender_type tender_type_named(const char *name)
{
    enum tender_type type = 0;
    while (type < TENDER_TYPE_COUNT && !is_same(type_names[type], name)) {
        type++;
    }
    return type;
}

int64_t tender_round_cash(int64_t amount, int64_t increment)
{
    if (increment <= 1) {
        return amount;
    }
    const int64_t beyond = amount % increment;
    /* Not beyond × 2 ≥ increment: that may overflow. */
    return amount - beyond + (beyond >= increment - beyond ? increment : 0);
}

static bool takes_tip(enum tender_type type)
{
    return type == TENDER_CASH || type == TENDER_CARD || type == TENDER_OTHER;
}

static bool is_amount(int64_t amount)
{
    return amount >= 0 && amount <= MONEY_MAX;
}

static enum status refuse(struct tender_fault *fault, size_t tender, const char *member, const char *code)
{
    *fault = (struct tender_fault){.tender = tender, .member = member, .code = code};
    return STATUS_VALIDATION_FAILED;
}

/* Adds up amounts and tips. Each is at most MONEY_MAX, and there are few: no sum overflows. */
static enum status add_up(const struct tender *tenders, size_t count, struct tender_settlement *settlement,
                          struct tender_fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_amount(tenders[i].amount)) {
            return refuse(fault, i, "amount", "amount_out_of_range");
        }
        if (!is_amount(tenders[i].tip)) {
            return refuse(fault, i, "tip", "amount_out_of_range");
        }
        if (tenders[i].tip > 0 && !takes_tip(tenders[i].type)) {
            return refuse(fault, i, "tip", "tip_not_possible");
        }
        settlement->tendered += tenders[i].amount;
        settlement->tip_total += tenders[i].tip;
        if (!is_amount(settlement->tendered)) {
            return refuse(fault, i, "amount", "amount_out_of_range");
        }
        if (!is_amount(settlement->tip_total)) {
            return refuse(fault, i, "tip", "amount_out_of_range");
        }
    }
    return STATUS_OK;
}

enum status tender_settle(const struct tender *tenders, size_t count, int64_t due, int64_t increment,
                          struct tender_settlement *settlement, struct tender_fault *fault)
{
    *settlement = (struct tender_settlement){0};
    if (count > TENDER_COUNT_MAX) {
        return refuse(fault, TENDER_COUNT_MAX, "amount", "amount_out_of_range");
    }
    const enum status status = add_up(tenders, count, settlement, fault);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t rest = due, cash = 0;
    bool has_cash = false;
    for (size_t i = 0; i < count; i++) {
        if (tenders[i].type == TENDER_CASH) {
            has_cash = true;
            cash += tenders[i].amount;
        } else if (tenders[i].amount > rest) {
            *fault = (struct tender_fault){.tender = i, .amount = tenders[i].amount - rest};
            return STATUS_TENDER_EXCESS;
        } else {
            rest -= tenders[i].amount;
        }
    }
    settlement->cash_due = has_cash ? tender_round_cash(rest, increment) : rest;
    settlement->rounding = settlement->cash_due - rest;
    settlement->total = due + settlement->rounding;
    settlement->change = cash - settlement->cash_due;
    if (settlement->change < 0) {
        *fault = (struct tender_fault){.tender = count, .amount = -settlement->change};
        return STATUS_TENDER_INSUFFICIENT;
    }
    return STATUS_OK;
}
