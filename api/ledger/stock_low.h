/* The data of the event stock.low: {"level","low_stock_at","product_id","store_id"}. */
#ifndef MYPOS_LEDGER_STOCK_LOW_H
#define MYPOS_LEDGER_STOCK_LOW_H

#include "base/text.h"
#include "ledger/act.h"

#define STOCK_LOW_TYPE "stock.low"
#define STOCK_LOW_SIZE 256

void stock_low_write(struct text *text, const struct ledger_movement *movement, int64_t level);

#endif
