#include "base/json_writer.h"

#include <string.h>

struct json_writer json_writer(struct text *text)
{
    return (struct json_writer){.text = text};
}

/* Whether the next value needs a comma before it. */
static bool takes_comma(struct json_writer *json)
{
    if (json->after_name) {
        json->after_name = false;
        return false;
    }
    const bool needed = json->has_elements & 1u;
    json->has_elements |= 1u;
    return needed;
}

static void before_value(struct json_writer *json)
{
    if (takes_comma(json)) {
        text_add_char(json->text, ',');
    }
}

static void begin(struct json_writer *json, char bracket)
{
    before_value(json);
    text_add_char(json->text, bracket);
    json->has_elements <<= 1;
    json->depth++;
    if (json->depth >= JSON_WRITER_DEPTH_MAX) {
        __builtin_trap(); /* our own documents are flat: deeper is a defect of ours */
    }
}

static void end(struct json_writer *json, char bracket)
{
    text_add_char(json->text, bracket);
    json->has_elements >>= 1;
    json->depth--;
}

void emit_begin_object(struct json_writer *json)
{
    begin(json, '{');
}

void emit_end_object(struct json_writer *json)
{
    end(json, '}');
}

void emit_begin_array(struct json_writer *json)
{
    begin(json, '[');
}

void emit_end_array(struct json_writer *json)
{
    end(json, ']');
}

/* Room for `length` bytes of the next value, after its comma; NULL when they do not fit. */
static char *extend_value(struct json_writer *json, size_t length)
{
    const bool comma = takes_comma(json);
    char *at = text_extend(json->text, length + comma);
    if (at != NULL && comma) {
        *at++ = ',';
    }
    return at;
}

/* Names and values are half of what a server does: a name is one piece, a plain string is another. */
void emit_name(struct json_writer *json, const char *name)
{
    const size_t length = strlen(name);
    char *at = extend_value(json, length + 3);
    if (at != NULL) {
        *at = '"';
        memcpy(at + 1, name, length);
        memcpy(at + 1 + length, "\":", 2);
    }
    json->after_name = true;
}

/* The escape of a byte that JSON does not take as it is; its length in `length`. */
static const char *escape(unsigned char byte, char unicode[6], size_t *length)
{
    *length = 2;
    switch (byte) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\f':
        return "\\f";
    case '\r':
        return "\\r";
    default:
        unicode[4] = (char)('0' + (byte >> 4));
        unicode[5] = "0123456789abcdef"[byte & 15];
        *length = 6;
        return unicode;
    }
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

/* The bytes before the first that needs an escape. Eight at a time: of a byte below n, and of none other but
 * those from 0x80, the highest bit is set in (word − n·ones) & ~word; a byte equal to c is 0 in word ^
 * c·ones. */
static size_t count_plain(const char *bytes, size_t length)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    size_t at = 0;
    for (; length - at >= sizeof ones; at += sizeof ones) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        const uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
        if ((((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) &
            highs) {
            break;
        }
    }
    while (at < length && is_plain((unsigned char)bytes[at])) {
        at++;
    }
    return at;
}

static void emit_escaped(struct json_writer *json, const char *bytes, size_t length)
{
    before_value(json);
    text_add_char(json->text, '"');
    for (;;) {
        const size_t plain = count_plain(bytes, length);
        text_add(json->text, bytes, plain);
        if (plain == length) {
            break;
        }
        char unicode[6] = {'\\', 'u', '0', '0', '0', '0'};
        size_t escape_length;
        const char *escaped = escape((unsigned char)bytes[plain], unicode, &escape_length);
        text_add(json->text, escaped, escape_length);
        bytes += plain + 1;
        length -= plain + 1;
    }
    text_add_char(json->text, '"');
}

void emit_string_n(struct json_writer *json, const char *bytes, size_t length)
{
    if (length == 0 || count_plain(bytes, length) < length) {
        emit_escaped(json, bytes, length);
        return;
    }
    char *at = extend_value(json, length + 2);
    if (at != NULL) {
        *at = '"';
        memcpy(at + 1, bytes, length);
        at[1 + length] = '"';
    }
}

void emit_string(struct json_writer *json, const char *string)
{
    if (string == NULL) {
        emit_null(json);
        return;
    }
    emit_string_n(json, string, strlen(string));
}

void emit_int(struct json_writer *json, int64_t number)
{
    before_value(json);
    text_add_int(json->text, number);
}

void emit_bool(struct json_writer *json, bool truth)
{
    before_value(json);
    text_add_string(json->text, truth ? "true" : "false");
}

void emit_null(struct json_writer *json)
{
    before_value(json);
    text_add(json->text, "null", 4);
}

void emit_raw(struct json_writer *json, const char *value, size_t length)
{
    before_value(json);
    text_add(json->text, value, length);
}

void emit_members(struct json_writer *json, const char *object, size_t length)
{
    if (length > 2) { /* "{}" has none */
        emit_raw(json, object + 1, length - 2);
    }
}

void emit_member_string(struct json_writer *json, const char *name, const char *string)
{
    emit_name(json, name);
    emit_string(json, string);
}

void emit_member_int(struct json_writer *json, const char *name, int64_t number)
{
    emit_name(json, name);
    emit_int(json, number);
}

void emit_member_bool(struct json_writer *json, const char *name, bool truth)
{
    emit_name(json, name);
    emit_bool(json, truth);
}

void emit_member_null(struct json_writer *json, const char *name)
{
    emit_name(json, name);
    emit_null(json);
}
