/*
 * JSON writer: one pass, no tree, no allocation of its own.
 *
 * Answers, change log bodies and journal records are written with it. Output is compact. When the caller
 * writes members in the order of their names, the output is canonical JSON (RFC 8785): integers only,
 * control characters as \b \t \n \f \r or \u00xx in lower case, nothing else escaped but " and \.
 * Strings must be valid UTF-8; the edge has refused others. The functions are named emit_, for jansson has
 * json_string and its like.
 *
 * Freestanding.
 */
#ifndef MYPOS_BASE_JSON_WRITER_H
#define MYPOS_BASE_JSON_WRITER_H

#include "base/text.h"

#define JSON_WRITER_DEPTH_MAX 32

struct json_writer {
    struct text *text;     /* borrowed */
    uint32_t has_elements; /* a bit a level: the next element needs a comma */
    unsigned depth;
    bool after_name;
};

struct json_writer json_writer(struct text *text);

void emit_begin_object(struct json_writer *json);
void emit_end_object(struct json_writer *json);
void emit_begin_array(struct json_writer *json);
void emit_end_array(struct json_writer *json);

/* The name of the next value. Names are ours: plain ASCII, written as they are. */
void emit_name(struct json_writer *json, const char *name);

/* Values. A NULL string is null. `emit_raw` takes one whole JSON value, `emit_members` an object, of which it
 * writes the members into the object that is open. */
void emit_string_n(struct json_writer *json, const char *bytes, size_t length);
void emit_string(struct json_writer *json, const char *string);
void emit_int(struct json_writer *json, int64_t number);
void emit_bool(struct json_writer *json, bool truth);
void emit_null(struct json_writer *json);
void emit_raw(struct json_writer *json, const char *value, size_t length);
void emit_members(struct json_writer *json, const char *object, size_t length);

/* A member: its name and its value. */
void emit_member_string(struct json_writer *json, const char *name, const char *string);
void emit_member_int(struct json_writer *json, const char *name, int64_t number);
void emit_member_bool(struct json_writer *json, const char *name, bool truth);
void emit_member_null(struct json_writer *json, const char *name);

#endif
