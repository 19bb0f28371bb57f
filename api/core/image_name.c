#include "core/image_name.h"

#include <string.h>

#define END_LARGE "-960.webp"
#define END_SMALL "-320.webp"

enum {
    DIGITS_AT = IMAGE_NAME_DAY + 1,
    END_AT = DIGITS_AT + IMAGE_NAME_DIGITS,
};

_Static_assert(END_AT + sizeof END_LARGE == IMAGE_NAME_SIZE, "the parts of a name");
_Static_assert(sizeof END_SMALL == sizeof END_LARGE, "names of both sizes are as long");

void image_name_make(const char *day, const char *digits, char name[static IMAGE_NAME_SIZE])
{
    memcpy(name, day, IMAGE_NAME_DAY);
    name[IMAGE_NAME_DAY] = '-';
    memcpy(name + DIGITS_AT, digits, IMAGE_NAME_DIGITS);
    memcpy(name + END_AT, END_LARGE, sizeof END_LARGE);
}

bool image_name_is_made(const char *name, size_t length)
{
    if (length != IMAGE_NAME_SIZE - 1 || name[IMAGE_NAME_DAY] != '-' ||
        memcmp(name + END_AT, END_LARGE, sizeof END_LARGE - 1) != 0) {
        return false;
    }
    for (size_t i = 0; i < END_AT; i++) {
        const bool is_digit = name[i] >= '0' && name[i] <= '9';
        const bool is_letter = name[i] >= 'a' && name[i] <= 'f';
        if (i != IMAGE_NAME_DAY && !is_digit && !(is_letter && i > IMAGE_NAME_DAY)) {
            return false;
        }
    }
    return true;
}

void image_name_small(const char *name, char small[static IMAGE_NAME_SIZE])
{
    memcpy(small, name, END_AT);
    memcpy(small + END_AT, END_SMALL, sizeof END_SMALL);
}
