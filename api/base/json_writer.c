#include "base/json_writer.h"

#include <string.h>

struct json_writer json_writer(struct text *text)
{
    return (struct json_writer){.text = text};
}

static void before_value(struct json_writer *json)
{
    if (json->after_name) {
        json->after_name = false;
        return;
    }
    if (json->has_elements & 1u) {
        text_add_char(json->text, ',');
    }
    json->has_elements |= 1u;
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

void emit_name(struct json_writer *json, const char *name)
{
    before_value(json);
    text_add_char(json->text, '"');
    text_add_string(json->text, name);
    text_add(json->text, "\":", 2);
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

void emit_string_n(struct json_writer *json, const char *bytes, size_t length)
{
    before_value(json);
    text_add_char(json->text, '"');
    size_t from = 0;
    for (size_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)bytes[at];
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        char unicode[6] = {'\\', 'u', '0', '0', '0', '0'};
        size_t escape_length;
        const char *escaped = escape(byte, unicode, &escape_length);
        text_add(json->text, bytes + from, at - from);
        text_add(json->text, escaped, escape_length);
        from = at + 1;
    }
    text_add(json->text, bytes + from, length - from);
    text_add_char(json->text, '"');
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
