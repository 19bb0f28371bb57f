/*
 * Verification: does the ledger keep its promises?
 *
 * Everything in it is walked once, as of one moment, also while tills sell, and each invariant is checked by
 * arithmetic of its own: nothing here asks the code that wrote the data. A record is taken for what it says;
 * balances, levels and reports are computed again from records, entries and movements.
 *
 * `checked` counts what was looked at (records, levels, cards …), `broken` how many of these are not as they
 * must be; the first VERIFY_FAULTS_MAX are told in words.
 */
#ifndef MYPOS_APP_VERIFY_H
#define MYPOS_APP_VERIFY_H

#include "ledger/ledger.h"

#include <stdint.h>

/* X(NAME, "what holds") */
#define VERIFY_INVARIANTS(X)                                                                                 \
    X(CHAIN, "journals are unbroken chains of hashes, numbered without gaps")                                \
    X(SUMS, "records add up: lines, discounts, taxes, rounding, total")                                      \
    X(PAYMENT, "what was tendered less change is the total")                                                 \
    X(FILED, "records are filed under what they say")                                                        \
    X(REVERSALS, "refunds and voids are numbered, and never exceed their sale")                              \
    X(EXCHANGES, "the halves of exchanges move the same value")                                              \
    X(MOVEMENTS, "every movement of stock continues the one before")                                         \
    X(LEVELS, "stock levels are the sums of their movements")                                                \
    X(GOODS, "stock moved by records is what they sold and took back")                                       \
    X(BALANCES, "balances are the sums of their entries")                                                    \
    X(FLOORS, "gift cards and store credit are not below zero")                                              \
    X(SHIFTS, "shifts hold what their records and drawer movements say")                                     \
    X(CUSTOMERS, "customers' visits and spending are what records say")

enum verify_invariant {
#define X(name, text) VERIFY_##name,
    VERIFY_INVARIANTS(X)
#undef X
    VERIFY_INVARIANT_COUNT
};

#define VERIFY_FAULTS_MAX 20
#define VERIFY_FAULT_SIZE 240

struct verify_report {
    struct verify_count {
        uint64_t checked, broken;
    } counts[VERIFY_INVARIANT_COUNT];
    struct verify_fault {
        enum verify_invariant invariant;
        char text[VERIFY_FAULT_SIZE];
    } faults[VERIFY_FAULTS_MAX];
    uint64_t broken; /* of all */
};

/* STATUS_OK with a report, whatever it says; else the ledger could not be read. */
MUST_CHECK enum status verify_ledger(const struct ledger *ledger, struct verify_report *report);

const char *verify_invariant_text(enum verify_invariant invariant);

/* For who checks: counts one that was looked at; and that it is broken, in words. */
void verify_checked(struct verify_report *report, enum verify_invariant invariant);
void verify_broken(struct verify_report *report, enum verify_invariant invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
