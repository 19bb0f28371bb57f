/* Time zone files (app/time/tzif.h): any bytes are refused, or give offsets that a zone can have. */
#include "app/time/tzif.h"

#include "fuzz.h"

#define OFFSET_MAX_S (26 * 3600)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    /* From the year 0 to 9999, and around the end of what files list. */
    static const int64_t times_s[] = {-62167219200, -2208988800, -1,         0,
                                      1795359667,   2147483647,  4102444800, 253402300799};
    struct tzif zone;
    if (!tzif_parse(bytes, size, &zone)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof times_s / sizeof times_s[0]; i++) {
        const int32_t offset_s = tzif_offset_at(&zone, times_s[i]);
        FUZZ_CHECK(offset_s >= -OFFSET_MAX_S && offset_s <= OFFSET_MAX_S);
    }
    tzif_free(&zone);
    return 0;
}
