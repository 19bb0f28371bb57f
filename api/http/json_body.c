/*
 * jansson parses and finds nearly everything itself, with a good place and words. It recurses as deep as
 * 2,048 levels, so depth is counted first, in a scan that knows only strings and brackets; what the scan
 * does not understand the parser refuses.
 */
#include "http/json_body.h"

#include "http/target.h"

#include <string.h>

struct position {
    unsigned line, column;
};

static struct position position_of(const char *bytes, size_t at)
{
    struct position position = {.line = 1, .column = 1};
    for (size_t i = 0; i < at; i++) {
        if (bytes[i] == '\n') {
            position.line++;
            position.column = 1;
        } else {
            position.column += ((unsigned char)bytes[i] & 0xc0) != 0x80;
        }
    }
    return position;
}

/* Where nesting goes beyond the limit; `length` when it never does. */
static size_t too_deep_at(const char *bytes, size_t length)
{
    unsigned depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        const char byte = bytes[i];
        if (in_string) {
            i += byte == '\\';
            in_string = byte != '"';
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            if (++depth > JSON_DEPTH_MAX) {
                return i;
            }
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
    }
    return length;
}

static const char *words_of(enum json_error_code code)
{
    switch ((int)code) { /* the parser knows only these */
    case json_error_duplicate_key:
        return "a name stands twice in one object";
    case json_error_numeric_overflow:
        return "a number is out of range";
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "something follows the value";
    case json_error_null_byte_in_key:
    case json_error_null_character:
    case json_error_null_value:
        return "it has a NUL character";
    case json_error_invalid_utf8:
        return "it is not valid UTF-8";
    default:
        return "the syntax is wrong";
    }
}

/* "The body is not well-formed JSON: a name stands twice in one object near '"sku"', at line 1, column 20."
 */
static enum status refuse(const json_error_t *error, struct detail *detail)
{
    const char *near = strstr(error->text, " near ");
    if (near == NULL || !utf8_valid(near, strlen(near))) {
        near = ""; /* cut in the middle of a character */
    }
    return detail_set(detail, STATUS_MALFORMED_JSON,
                      "The body is not well-formed JSON: %s%s, at line %d, column %d.",
                      words_of(json_error_code(error)), near, error->line, error->column);
}

enum status json_body_parse(const char *bytes, size_t length, json_t **value, struct detail *detail)
{
    *value = NULL;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        return detail_set(detail, STATUS_MALFORMED_JSON, "The body begins with a byte order mark.");
    }
    const size_t deep = too_deep_at(bytes, length);
    if (deep < length) {
        const struct position position = position_of(bytes, deep);
        return detail_set(detail, STATUS_MALFORMED_JSON,
                          "The body is nested deeper than %d levels, at line %u, column %u.", JSON_DEPTH_MAX,
                          position.line, position.column);
    }
    json_error_t error;
    *value = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    return *value != NULL ? STATUS_OK : refuse(&error, detail);
}
