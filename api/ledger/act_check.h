/*
 * What every backend asks of an act before it looks at the storage: the limits of ledger/act.h, and that no
 * item is touched twice. An act that breaks them is a mistake of the program, not of its user.
 */
#ifndef MYPOS_LEDGER_ACT_CHECK_H
#define MYPOS_LEDGER_ACT_CHECK_H

#include "base/status.h"
#include "ledger/act.h"

/* STATUS_INTERNAL_ERROR, and the log says what is wrong. */
MUST_CHECK enum status ledger_act_check(const struct ledger_act *act);

#endif
