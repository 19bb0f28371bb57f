/*
 * Tenders: how a total is paid, exactly.
 *
 * What is not cash is taken first, in the order given, and never beyond what is due: nobody gets change for a
 * card. What is left is due in cash, and only that part is rounded to coins that exist, to the nearest
 * multiple of the currency's smallest coin, half up:
 *
 *     rest     = due − Σ amounts that are not cash     never below 0
 *     cash_due = rest, rounded                         when there is a cash tender; else rest
 *     rounding = cash_due − rest
 *     change   = Σ cash − cash_due                     never below 0
 *     total    = due + rounding = Σ amounts − change
 *
 * 1.38, 0.55 of it by card and the rest in cash where 0.10 is the smallest coin: 0.83 are due in cash, 0.80
 * are paid; the rounding is −0.03, the total 1.35. A cash tender of 0 says that the rest is paid in cash, and
 * may be right: 0.02 in cash are nothing there.
 *
 * A tip goes beside its tender's amount; it is part of neither the amount nor the total. What a shop counts
 * itself (gift cards, credit, accounts) takes no tip.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_TENDER_H
#define MYPOS_CORE_TENDER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TENDER_COUNT_MAX 10

/* X(TYPE, "name") */
#define TENDER_TYPES(X)                                                                                      \
    X(CASH, "cash")                                                                                          \
    X(CARD, "card")                                                                                          \
    X(GIFT_CARD, "gift_card")                                                                                \
    X(STORE_CREDIT, "store_credit")                                                                          \
    X(CUSTOMER_ACCOUNT, "customer_account")                                                                  \
    X(OTHER, "other")                                                                                        \
    X(EXCHANGE, "exchange") /* what one half of an exchange passes to the other */

enum tender_type {
#define X(type, name) TENDER_##type,
    TENDER_TYPES(X)
#undef X
    TENDER_TYPE_COUNT
};

/* The name as requests and records have it, and back: TENDER_TYPE_COUNT for another text. */
const char *tender_type_name(enum tender_type type);
enum tender_type tender_type_named(const char *name);

struct tender {
    enum tender_type type;
    int64_t amount, tip; /* minor units, none negative */
};

struct tender_settlement {
    int64_t total;    /* due + rounding */
    int64_t rounding; /* of the cash part; negative when it was rounded down */
    int64_t cash_due; /* what is paid in cash, rounded */
    int64_t tendered; /* Σ amounts */
    int64_t change;
    int64_t tip_total;
};

/* Why a total cannot be settled like that.
 *
 *     STATUS_TENDER_EXCESS        `tender`, which is not cash, takes `amount` more than is due
 *     STATUS_TENDER_INSUFFICIENT  `amount` is missing; `tender` is the number of tenders
 *     STATUS_VALIDATION_FAILED    `tender` is negative, beyond MONEY_MAX or makes a sum that is; or it has a
 *                                 tip that its type does not take: `code` says which */
struct tender_fault {
    size_t tender; /* 0-based */
    int64_t amount;
    const char *code;   /* "amount_out_of_range", "tip_not_possible" */
    const char *member; /* "amount" or "tip" */
};

/* Settles `due` (0 … MONEY_MAX) with `count` tenders (at most TENDER_COUNT_MAX). `increment` is the smallest
 * coin in minor units; 0 or 1: nothing is rounded. STATUS_OK, or a status of tender_fault and the first
 * fault. */
MUST_CHECK enum status tender_settle(const struct tender *tenders, size_t count, int64_t due,
                                     int64_t increment, struct tender_settlement *settlement,
                                     struct tender_fault *fault);

/* An amount (0 … MONEY_MAX) in coins: the nearest multiple of the increment, half up. */
int64_t tender_round_cash(int64_t amount, int64_t increment);

#endif
