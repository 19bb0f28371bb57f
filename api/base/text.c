#include "base/text.h"

#include <string.h>

struct text text_over(char *buffer, size_t capacity)
{
    return (struct text){.data = buffer, .capacity = capacity};
}

/* Makes room for `length` bytes and a closing NUL. */
static bool make_room(struct text *text, size_t length)
{
    size_t least;
    if (text->overflowed || text->grow == NULL || __builtin_add_overflow(text->length, length + 1, &least)) {
        text->overflowed = true;
        return false;
    }
    text->data = text->grow(text, least);
    return true;
}

/* A text that overflowed takes nothing more: what follows a gap would mislead. */
static bool has_room(struct text *text, size_t length)
{
    if (!text->overflowed && text->capacity - text->length > length) {
        return true;
    }
    return make_room(text, length);
}

char *text_extend(struct text *text, size_t length)
{
    if (!has_room(text, length)) {
        return NULL;
    }
    char *at = text->data + text->length;
    text->length += length;
    return at;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (length > 0 && has_room(text, length)) {
        memcpy(text->data + text->length, bytes, length);
        text->length += length;
    }
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_add_char(struct text *text, char character)
{
    if (has_room(text, 1)) {
        text->data[text->length++] = character;
    }
}

void text_add_repeated(struct text *text, char character, size_t count)
{
    if (has_room(text, count)) {
        memset(text->data + text->length, character, count);
        text->length += count;
    }
}

void text_add_int(struct text *text, int64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    text_add(text, digits + at, sizeof digits - at);
}

const char *text_string(struct text *text)
{
    if (text->capacity == text->length && text->grow != NULL) {
        text->data = text->grow(text, text->length + 1);
    }
    if (text->capacity == 0) {
        return "";
    }
    text->data[text->length < text->capacity ? text->length : text->capacity - 1] = '\0';
    return text->data;
}
