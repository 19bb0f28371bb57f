/* Shifts as answers; what the use cases of shifts share beside their documents. */
#ifndef MYPOS_APP_SHIFT_ANSWER_H
#define MYPOS_APP_SHIFT_ANSWER_H

#include "app/shifts/shift_document.h"
#include "app/shifts/shift_report.h"

struct selling_register;

/* The register of a shift, with its store; lives in the call's arena. */
MUST_CHECK enum status shift_register_read(struct call *call, const struct ledger_document *shift,
                                           struct selling_register *register_);

/* The second act of a close: gives a closed shift that has no Z report its Z report. `shift` is then as it is
 * stored. Of any other shift nothing happens. */
MUST_CHECK enum status shift_settle(struct call *call, struct ledger_document *shift);

/* Whether who asks must not see how much cash should be in this drawer. */
bool shift_is_blind(const struct call *call, const struct ledger_document *shift);

/* Writes a Shift; `report` is that of an open one, or NULL. */
void shift_emit(struct json_writer *json, const struct ledger_document *shift,
                const struct shift_report *report, bool blind);

/* Answers with a shift, settled, and the report of an open one. */
MUST_CHECK enum status shift_answer(struct call *call, struct ledger_document *shift);

#endif
