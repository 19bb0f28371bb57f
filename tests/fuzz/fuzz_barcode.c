/*
 * Barcodes: a key is a code of the same kind with the same key, whatever was around it, and invalid codes
 * say why.
 */
#include "core/barcode.h"

#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct barcode barcode, again;
    const char *text = (const char *)bytes;
    const enum barcode_kind kind = barcode_read(text, size, &barcode);
    FUZZ_CHECK(kind == barcode.kind);
    FUZZ_CHECK(barcode.text >= text && barcode.text + barcode.length <= text + size);
    const size_t length = strnlen(barcode.key, sizeof barcode.key);
    FUZZ_CHECK(length < sizeof barcode.key);
    if (kind == BARCODE_INVALID) {
        FUZZ_CHECK(barcode.fault != NULL && length == 0);
        return 0;
    }
    FUZZ_CHECK(barcode.fault == NULL && length > 0);
    if (kind == BARCODE_GTIN) {
        FUZZ_CHECK(length == 14 && barcode_check_digit(barcode.key, 13) == barcode.key[13]);
        FUZZ_CHECK(barcode_read(barcode.key, length, &again) == BARCODE_GTIN);
        FUZZ_CHECK(strcmp(again.key, barcode.key) == 0);
        return 0;
    }
    FUZZ_CHECK(length == barcode.length && memcmp(barcode.key, barcode.text, length) == 0);
    /* A code that still begins as a symbology identifier was scanned with two of them. */
    if (barcode.key[0] != ']') {
        FUZZ_CHECK(barcode_read(barcode.key, length, &again) == BARCODE_IN_HOUSE);
        FUZZ_CHECK(strcmp(again.key, barcode.key) == 0);
    }
    return 0;
}
