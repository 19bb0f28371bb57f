#include "app/cursor.h"

#include <stdio.h>
#include <string.h>

#define DIGITS 16 /* hexadecimal, of 64 bits */

static const char HEXADECIMAL[] = "0123456789abcdef";

const char *cursor_write(struct arena *arena, char letter, struct cursor cursor)
{
    return arena_printf(arena, "%c%016llx%016llx", letter, (unsigned long long)cursor.first,
                        (unsigned long long)cursor.second);
}

static bool read_number(const char *text, int64_t *number)
{
    uint64_t value = 0;
    for (int i = 0; i < DIGITS; i++) {
        const char *digit = strchr(HEXADECIMAL, text[i]);
        if (text[i] == '\0' || digit == NULL) {
            return false;
        }
        value = value << 4 | (uint64_t)(digit - HEXADECIMAL);
    }
    *number = (int64_t)value;
    return true;
}

enum status cursor_read(const char *text, char letter, struct detail *detail, struct cursor *cursor)
{
    *cursor = (struct cursor){0};
    if (text == NULL ||
        (strlen(text) == 1 + 2 * DIGITS && text[0] == letter && read_number(text + 1, &cursor->first) &&
         read_number(text + 1 + DIGITS, &cursor->second))) {
        return STATUS_OK;
    }
    return detail_fault(detail, "#/query/cursor", "cursor", "This is no cursor of this list.");
}
