/*
 * Bitmaps: whatever a file holds, what is read of it lies within it, and a printer gets as many bytes as it
 * was told to expect.
 */
#include "core/receipt/escpos.h"
#include "core/receipt/receipt.h"

#include "../unit/paper.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char buffer[1 << 22];
    static struct paper paper;
    struct receipt_bitmap bitmap;
    if (!receipt_bitmap_read(bytes, size, &bitmap)) {
        return 0;
    }
    const size_t row = ((size_t)bitmap.width + 7) / 8;
    FUZZ_CHECK(bitmap.width > 0 && bitmap.height > 0);
    FUZZ_CHECK(bitmap.bits >= bytes && bitmap.bits + row * bitmap.height <= bytes + size);
    struct text text = text_over(buffer, sizeof buffer);
    struct escpos printer = escpos_begin(&text);
    escpos_bitmap(&printer, &bitmap, RECEIPT_COLUMNS);
    escpos_cut(&printer);
    FUZZ_CHECK(!text.overflowed);
    paper_print(&paper, text.data, text.length);
    FUZZ_CHECK(paper.fault == NULL && paper.length == 0);
    FUZZ_CHECK(paper.images == (bitmap.width <= RECEIPT_COLUMNS * ESCPOS_COLUMN_DOTS));
    return 0;
}
