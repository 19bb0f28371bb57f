/*
 * Decimals: what is read as a number is written and read back as the same number, and its shortest text is
 * not longer than the input without its useless zeros.
 *
 * The first byte chooses the number of decimals.
 */
#include "core/decimal.h"
#include "core/money.h"
#include "core/quantity.h"
#include "core/rate.h"

#include "fuzz.h"

static void check_written(void (*format)(struct text *, int64_t, unsigned), int64_t number, unsigned decimals)
{
    char buffer[64];
    struct text text = text_over(buffer, sizeof buffer);
    format(&text, number, decimals);
    int64_t again;
    FUZZ_CHECK(!text.overflowed && text.length <= DECIMAL_LENGTH_MAX);
    FUZZ_CHECK(decimal_parse(text.data, text.length, decimals, INT64_MAX, &again) && again == number);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const unsigned decimals = bytes[0] % (DECIMAL_DECIMALS_MAX + 2); /* one too many as well */
    const char *text = (const char *)bytes + 1;
    int64_t number = 0, rate, quantity, minor;
    if (decimal_parse(text, size - 1, decimals, INT64_MAX, &number)) {
        FUZZ_CHECK(decimals <= DECIMAL_DECIMALS_MAX && size - 1 <= DECIMAL_LENGTH_MAX);
        check_written(decimal_format, number, decimals);
        check_written(decimal_format_fixed, number, decimals);
        const int64_t magnitude = number < 0 ? -number : number;
        FUZZ_CHECK(decimal_parse(text, size - 1, decimals, magnitude, &number));
        FUZZ_CHECK(magnitude == 0 || !decimal_parse(text, size - 1, decimals, magnitude - 1, &number));
    }
    if (rate_parse(text, size - 1, &rate)) {
        FUZZ_CHECK(rate >= 0 && rate <= RATE_ONE);
    }
    if (quantity_parse(text, size - 1, &quantity)) {
        FUZZ_CHECK(quantity >= -QUANTITY_MAX && quantity <= QUANTITY_MAX);
    }
    if (money_parse(text, size - 1, 2, &minor)) {
        FUZZ_CHECK(minor >= -MONEY_MAX && minor <= MONEY_MAX);
    }
    return 0;
}
