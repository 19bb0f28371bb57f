/* Quotes: what a cart costs, and why. Nothing is kept but the answer to an Idempotency-Key. */
#ifndef MYPOS_APP_QUOTE_H
#define MYPOS_APP_QUOTE_H

#include "app/app.h"

/* Answers a QuoteCreate with a Quote. */
MUST_CHECK enum status quote_create(struct call *call, const json_t *request);

#endif
