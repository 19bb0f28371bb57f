#include "core/quantity.h"

#include "core/decimal.h"

bool quantity_parse(const char *text, size_t length, int64_t *quantity)
{
    return decimal_parse(text, length, QUANTITY_DECIMALS, QUANTITY_MAX, quantity);
}

void quantity_format(struct text *text, int64_t quantity)
{
    decimal_format(text, quantity, QUANTITY_DECIMALS);
}
