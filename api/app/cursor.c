#include "app/cursor.h"

#include <string.h>

static const char HEXADECIMAL[] = "0123456789abcdef";

const char *cursor_write(struct arena *arena, char letter, const struct cursor *cursor)
{
    char *text = arena_alloc(arena, 2 + 2 * cursor->length), *end = text;
    *end++ = letter;
    for (size_t i = 0; i < cursor->length; i++) {
        *end++ = HEXADECIMAL[cursor->bytes[i] >> 4];
        *end++ = HEXADECIMAL[cursor->bytes[i] & 15];
    }
    *end = '\0';
    return text;
}

/* Two digits; -1 when they are none. */
static int read_byte(const char *text)
{
    const char *high = strchr(HEXADECIMAL, text[0]);
    const char *low = text[0] == '\0' ? NULL : strchr(HEXADECIMAL, text[1]);
    return high == NULL || low == NULL || text[1] == '\0'
               ? -1
               : (int)(high - HEXADECIMAL) * 16 + (int)(low - HEXADECIMAL);
}

/* The digits after the letter; a cursor that a client was given is never empty. */
static bool read_bytes(const char *text, struct cursor *cursor)
{
    for (; *text != '\0' && cursor->length < CURSOR_MAX; text += 2) {
        const int byte = read_byte(text);
        if (byte < 0) {
            return false;
        }
        cursor->bytes[cursor->length++] = (unsigned char)byte;
    }
    return *text == '\0' && cursor->length > 0;
}

enum status cursor_read(const char *text, char letter, struct detail *detail, struct cursor *cursor)
{
    *cursor = (struct cursor){0};
    if (text == NULL || (text[0] == letter && read_bytes(text + 1, cursor))) {
        return STATUS_OK;
    }
    return detail_fault(detail, "#/query/cursor", "cursor", "This is no cursor of this list.");
}
