#include "core/receipt/columns.h"

#include <stdbool.h>
#include <stdint.h>

struct range {
    uint32_t first, last;
};

/* Marks that stand on the character before them, and characters that are not seen; of the scripts that
 * product names are written in. Ascending. */
static const struct range without_column[] = {
    {0x00ad, 0x00ad}, {0x0300, 0x036f},   {0x0483, 0x0489},   {0x0591, 0x05bd},   {0x05bf, 0x05bf},
    {0x05c1, 0x05c2}, {0x05c4, 0x05c5},   {0x05c7, 0x05c7},   {0x0610, 0x061a},   {0x064b, 0x065f},
    {0x0670, 0x0670}, {0x06d6, 0x06dc},   {0x06df, 0x06e4},   {0x06e7, 0x06e8},   {0x06ea, 0x06ed},
    {0x0900, 0x0902}, {0x093a, 0x093a},   {0x093c, 0x093c},   {0x0941, 0x0948},   {0x094d, 0x094d},
    {0x0951, 0x0957}, {0x0962, 0x0963},   {0x0981, 0x0981},   {0x09bc, 0x09bc},   {0x09c1, 0x09c4},
    {0x09cd, 0x09cd}, {0x0a3c, 0x0a51},   {0x0abc, 0x0abc},   {0x0acd, 0x0acd},   {0x0b82, 0x0b82},
    {0x0bc0, 0x0bc0}, {0x0bcd, 0x0bcd},   {0x0e31, 0x0e31},   {0x0e34, 0x0e3a},   {0x0e47, 0x0e4e},
    {0x0eb1, 0x0eb1}, {0x0eb4, 0x0ebc},   {0x0ec8, 0x0ecd},   {0x1160, 0x11ff},   {0x135d, 0x135f},
    {0x17b4, 0x17b5}, {0x17b7, 0x17bd},   {0x17c6, 0x17c6},   {0x17c9, 0x17d3},   {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x200b, 0x200f},   {0x202a, 0x202e},   {0x2060, 0x2064},   {0x2066, 0x206f},
    {0x20d0, 0x20f0}, {0x302a, 0x302d},   {0x3099, 0x309a},   {0xfe00, 0xfe0f},   {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff}, {0xe0001, 0xe007f}, {0xe0100, 0xe01ef},
};

/* East Asian Width W and F, in blocks. Ascending. */
static const struct range with_two_columns[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
    {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},
    {0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
    {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
    {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},
    {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},
    {0x2e80, 0x303e},   {0x3041, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97c},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6b},   {0xff01, 0xff60},   {0xffe0, 0xffe6},
    {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2fb}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e},
    {0x1f191, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393},
    {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e},
    {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f54e}, {0x1f550, 0x1f567},
    {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4}, {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5},
    {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6d2}, {0x1f6d5, 0x1f6d7}, {0x1f6dc, 0x1f6df}, {0x1f6eb, 0x1f6ec},
    {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7f0}, {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945}, {0x1f947, 0x1f9ff},
    {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static bool is_among(const struct range *ranges, size_t count, uint32_t character)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (character > ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && character >= ranges[low].first;
}

static size_t columns_of_character(uint32_t character)
{
    if (character < 0x80) {
        return 1;
    }
    if (is_among(without_column, sizeof without_column / sizeof without_column[0], character)) {
        return 0;
    }
    return is_among(with_two_columns, sizeof with_two_columns / sizeof with_two_columns[0], character) ? 2
                                                                                                       : 1;
}

/* Decodes a character and returns its bytes; a byte that begins none is one by itself. */
static size_t decode(const unsigned char *at, size_t length, uint32_t *character)
{
    static const unsigned char masks[] = {0, 0, 0x1f, 0x0f, 0x07};
    const size_t bytes = at[0] < 0xc2 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 1;
    *character = at[0] < 0x80 ? at[0] : COLUMNS_BROKEN;
    if (bytes == 1 || bytes > length) {
        return 1;
    }
    uint32_t decoded = at[0] & masks[bytes];
    for (size_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 1;
        }
        decoded = decoded << 6 | (at[i] & 0x3f);
    }
    *character = decoded;
    return bytes;
}

struct columns_character columns_first(const char *text, size_t length)
{
    struct columns_character character;
    character.bytes = decode((const unsigned char *)text, length, &character.code);
    character.columns = columns_of_character(character.code);
    return character;
}

size_t columns_count(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t at = 0; at < length;) {
        const struct columns_character character = columns_first(text + at, length - at);
        at += character.bytes;
        columns += character.columns;
    }
    return columns;
}

struct columns_line columns_wrap(const char *text, size_t length, size_t width)
{
    struct columns_line line = {.next = length};
    struct columns_line words = {0}; /* up to the last blank: where to break */
    size_t columns = 0;              /* up to `at` */
    size_t at = 0;
    while (at < length) {
        const struct columns_character character = columns_first(text + at, length - at);
        if (character.code == '\n') {
            line.next = at + character.bytes;
            return line;
        }
        if (character.code == ' ') {
            words = line;
            words.next = at + character.bytes;
        } else if (columns + character.columns > width && at > 0) {
            if (words.length > 0) {
                return words;
            }
            line.next = at;
            return line;
        }
        at += character.bytes;
        columns += character.columns;
        if (character.code != ' ') {
            line.length = at;
            line.columns = columns;
        }
    }
    return line;
}
