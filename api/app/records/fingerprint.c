#include "app/records/fingerprint.h"

#include "base/arena.h"
#include "base/json_writer.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 2048 /* of most requests */

struct canonical {
    struct text text;
    struct arena arena;
};

struct member {
    const char *name;
    const json_t *value;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static bool is_part(const char *name)
{
    return strcmp(name, "id") != 0 && strcmp(name, "previous") != 0;
}

static void write_value(struct canonical *canonical, const json_t *value);

/* With a writer of its own: what is nested here is the client's. */
static void write_string(struct canonical *canonical, const char *bytes, size_t length)
{
    struct json_writer json = json_writer(&canonical->text);
    emit_string_n(&json, bytes, length);
}

static void write_object(struct canonical *canonical, const json_t *object, bool parts)
{
    struct member *members = arena_alloc(&canonical->arena, json_object_size(object) * sizeof *members);
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (!parts || is_part(name)) {
            members[count++] = (struct member){.name = name, .value = value};
        }
    }
    qsort(members, count, sizeof *members, by_name);
    text_add_char(&canonical->text, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            text_add_char(&canonical->text, ',');
        }
        write_string(canonical, members[i].name, strlen(members[i].name));
        text_add_char(&canonical->text, ':');
        write_value(canonical, members[i].value);
    }
    text_add_char(&canonical->text, '}');
}

static void write_array(struct canonical *canonical, const json_t *array)
{
    text_add_char(&canonical->text, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0) {
            text_add_char(&canonical->text, ',');
        }
        write_value(canonical, json_array_get(array, i));
    }
    text_add_char(&canonical->text, ']');
}

static void write_value(struct canonical *canonical, const json_t *value)
{
    char real[64];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(canonical, value, false);
        return;
    case JSON_ARRAY:
        write_array(canonical, value);
        return;
    case JSON_STRING:
        write_string(canonical, json_string_value(value), json_string_length(value));
        return;
    case JSON_INTEGER:
        text_add_int(&canonical->text, json_integer_value(value));
        return;
    case JSON_REAL:
        text_add(&canonical->text, real, json_dumpb(value, real, sizeof real, JSON_ENCODE_ANY));
        return;
    case JSON_TRUE:
        text_add_string(&canonical->text, "true");
        return;
    case JSON_FALSE:
        text_add_string(&canonical->text, "false");
        return;
    case JSON_NULL:
        text_add_string(&canonical->text, "null");
        return;
    }
}

/* Written here and not by jansson, whose sorted dump of a sale costs as much as pricing it. */
struct hash fingerprint_of_request(const json_t *request)
{
    struct canonical canonical;
    arena_init(&canonical.arena);
    canonical.text = arena_text(&canonical.arena, TEXT_SIZE);
    write_object(&canonical, request, true);
    const struct hash hash = hash_of(canonical.text.data, canonical.text.length);
    arena_free(&canonical.arena);
    return hash;
}
