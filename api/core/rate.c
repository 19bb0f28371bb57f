#include "core/rate.h"

#include "core/decimal.h"

bool rate_parse(const char *text, size_t length, int64_t *rate)
{
    int64_t read;
    if (!decimal_parse(text, length, RATE_DECIMALS, RATE_ONE, &read) || read < 0) {
        return false;
    }
    *rate = read;
    return true;
}

void rate_format(struct text *text, int64_t rate)
{
    decimal_format(text, rate, RATE_DECIMALS);
}
