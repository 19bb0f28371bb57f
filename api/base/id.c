#include "base/id.h"

#include "base/clock.h"

#include <sodium.h>
#include <string.h>

#define ID_RANDOM_SIZE 10 /* what follows the 48 bits of time */

static void (*replaced_fill)(void *bytes, size_t length);

void random_replace(void (*fill)(void *bytes, size_t length))
{
    replaced_fill = fill;
}

void random_fill(void *bytes, size_t length)
{
    if (replaced_fill != NULL) {
        replaced_fill(bytes, length);
    } else {
        randombytes_buf(bytes, length);
    }
}

/* The random part of an id, taken from a supply of the thread's: a system call for 32 ids, not for each. */
static void fill_from_supply(uint8_t bytes[static ID_RANDOM_SIZE])
{
    static _Thread_local uint8_t supply[32 * ID_RANDOM_SIZE];
    static _Thread_local size_t left;
    if (replaced_fill != NULL) {
        left = 0; /* a test sees every request for randomness */
        random_fill(bytes, ID_RANDOM_SIZE);
        return;
    }
    if (left == 0) {
        random_fill(supply, sizeof supply);
        left = sizeof supply;
    }
    left -= ID_RANDOM_SIZE;
    memcpy(bytes, supply + left, ID_RANDOM_SIZE);
}

struct id id_new(void)
{
    struct id id;
    fill_from_supply(id.bytes + sizeof id.bytes - ID_RANDOM_SIZE);
    const uint64_t now_ms = (uint64_t)clock_now_ms();
    for (int i = 0; i < 6; i++) {
        id.bytes[i] = (uint8_t)(now_ms >> (40 - 8 * i));
    }
    id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0f)); /* version 7 */
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f)); /* variant 10 */
    return id;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

bool id_parse(const char *text, struct id *id)
{
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-') {
            return false;
        }
        const int high = hex_value(text[0]);
        const int low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0) {
            return false;
        }
        id->bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return *text == '\0';
}

const char *id_format(const struct id *id, char text[static ID_TEXT_SIZE])
{
    char *at = text;
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *at++ = '-';
        }
        *at++ = "0123456789abcdef"[id->bytes[i] >> 4];
        *at++ = "0123456789abcdef"[id->bytes[i] & 15];
    }
    *at = '\0';
    return text;
}

bool id_equal(const struct id *a, const struct id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
