/*
 * Verification of one record by its own arithmetic, and of refunds against their sale (app/records/verify.h).
 */
#ifndef MYPOS_APP_VERIFY_RECORD_H
#define MYPOS_APP_VERIFY_RECORD_H

#include "app/records/verify.h"

#include <jansson.h>

int64_t verify_quantity(const json_t *line);

/* Σ of a member over an array's objects. */
int64_t verify_sum(const json_t *array, const char *name);

/* VERIFY_SUMS and VERIFY_PAYMENT: the record against itself. `name` is what faults call it. */
void verify_record_sums(struct verify_report *report, const json_t *record, const char *name);
void verify_record_payment(struct verify_report *report, const json_t *record, const char *name);

/* VERIFY_FILED: what the ledger found it by against what it says. */
void verify_record_filing(struct verify_report *report, const struct ledger_transaction *transaction,
                          const json_t *record);

/* VERIFY_REVERSALS: a sale and all its refunds and its void, in the order of their numbers. By line, nothing
 * goes back twice; everything that came back has returned exactly what was paid. */
void verify_reversals(struct verify_report *report, const json_t *sale, const json_t *const *reversals,
                      size_t count);

#endif
