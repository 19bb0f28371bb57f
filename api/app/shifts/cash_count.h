/* Counted cash: by coins and notes, as a total, or as both. */
#ifndef MYPOS_APP_CASH_COUNT_H
#define MYPOS_APP_CASH_COUNT_H

#include "app/app.h"

/* The total of a CashInput; what does not add up is a fault at `pointer`. Borrows `input`. */
int64_t cash_count_read(struct call *call, const json_t *input, const char *pointer);

/* Writes it as a member. */
void cash_count_emit(struct json_writer *json, const char *name, const json_t *input, int64_t total);

#endif
