#include "app/receipts/receipt_logo.h"

#include <stdio.h>

void receipt_logo_read(const char *data_directory, struct arena *arena, struct receipt_bitmap *logo)
{
    *logo = (struct receipt_bitmap){0};
    FILE *file = fopen(arena_printf(arena, "%s/%s", data_directory, RECEIPT_LOGO_FILE), "re");
    if (file == NULL) {
        return;
    }
    uint8_t *bytes = arena_alloc(arena, RECEIPT_LOGO_MAX);
    const size_t length = fread(bytes, 1, RECEIPT_LOGO_MAX, file);
    if (ferror(file) == 0) {
        (void)receipt_bitmap_read(bytes, length, logo);
    }
    fclose(file);
}
