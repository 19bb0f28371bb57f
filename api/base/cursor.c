#include "base/cursor.h"

#include <stdlib.h>
#include <string.h>

#define INT_SIZE sizeof(uint64_t)

const struct cursor cursor_start = {0};

bool cursor_is_start(const struct cursor *cursor)
{
    return cursor->length == 0;
}

void cursor_add(struct cursor *cursor, const void *bytes, size_t length)
{
    if (length > CURSOR_MAX - cursor->length) {
        abort();
    }
    memcpy(cursor->bytes + cursor->length, bytes, length);
    cursor->length += length;
}

void cursor_add_int(struct cursor *cursor, int64_t number)
{
    unsigned char bytes[INT_SIZE];
    for (size_t i = 0; i < INT_SIZE; i++) {
        bytes[i] = (unsigned char)((uint64_t)number >> (8 * (INT_SIZE - 1 - i)));
    }
    cursor_add(cursor, bytes, INT_SIZE);
}

struct cursor cursor_of(int64_t number)
{
    struct cursor cursor = {0};
    cursor_add_int(&cursor, number);
    return cursor;
}

const unsigned char *cursor_take(const struct cursor *cursor, size_t at, size_t length)
{
    return at > cursor->length || length > cursor->length - at ? NULL : cursor->bytes + at;
}

int64_t cursor_int(const struct cursor *cursor, size_t at)
{
    const unsigned char *bytes = cursor_take(cursor, at, INT_SIZE);
    uint64_t number = 0;
    for (size_t i = 0; bytes != NULL && i < INT_SIZE; i++) {
        number = number << 8 | bytes[i];
    }
    return (int64_t)number;
}
