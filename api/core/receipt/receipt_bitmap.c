/*
 * Bitmaps of netpbm's binary PBM format: "P4", width and height in decimal, one blank, the bits. Source: the
 * manual page pbm(5).
 */
#include "core/receipt/receipt.h"

#define SIDE_MAX 4096 /* dots */

struct reader {
    const uint8_t *bytes;
    size_t length, at;
};

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Skips blanks, and comments from # to the end of the line; false when there was neither. */
static bool skip_blanks(struct reader *reader)
{
    const size_t from = reader->at;
    bool is_comment = false;
    for (; reader->at < reader->length; reader->at++) {
        const uint8_t byte = reader->bytes[reader->at];
        is_comment = is_comment ? byte != '\n' : byte == '#';
        if (!is_comment && !is_blank(byte)) {
            break;
        }
    }
    return reader->at > from;
}

/* A side's length; 0 when there is none. */
static unsigned read_side(struct reader *reader)
{
    unsigned number = 0;
    for (; reader->at < reader->length; reader->at++) {
        const uint8_t byte = reader->bytes[reader->at];
        if (byte < '0' || byte > '9') {
            break;
        }
        number = number * 10 + (byte - '0');
        if (number > SIDE_MAX) {
            return 0;
        }
    }
    return number;
}

bool receipt_bitmap_read(const uint8_t *bytes, size_t length, struct receipt_bitmap *bitmap)
{
    struct reader reader = {.bytes = bytes, .length = length, .at = 2};
    if (length < 2 || bytes[0] != 'P' || bytes[1] != '4' || !skip_blanks(&reader)) {
        return false;
    }
    const unsigned width = read_side(&reader);
    if (width == 0 || !skip_blanks(&reader)) {
        return false;
    }
    const unsigned height = read_side(&reader);
    if (height == 0 || reader.at == length || !is_blank(bytes[reader.at])) {
        return false;
    }
    reader.at++;
    if (length - reader.at < (size_t)(width + 7) / 8 * height) {
        return false;
    }
    *bitmap = (struct receipt_bitmap){.bits = bytes + reader.at, .width = width, .height = height};
    return true;
}
