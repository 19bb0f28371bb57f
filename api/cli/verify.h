/* What the check of the ledger's invariants found, on standard output. */
#ifndef MYPOS_CLI_VERIFY_H
#define MYPOS_CLI_VERIFY_H

#include "app/records/verify.h"

void verify_print(const struct verify_report *report);

#endif
