#include "app/records/canonical_json.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void emit_object(struct json_writer *json, const json_t *object)
{
    const char *names[CANONICAL_MEMBERS_MAX], *name;
    size_t count = 0;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (count == CANONICAL_MEMBERS_MAX) {
            __builtin_trap(); /* no schema has so many */
        }
        names[count++] = name;
    }
    qsort(names, count, sizeof *names, by_name);
    emit_begin_object(json);
    for (size_t i = 0; i < count; i++) {
        emit_name(json, names[i]);
        canonical_emit(json, json_object_get(object, names[i]));
    }
    emit_end_object(json);
}

void canonical_emit(struct json_writer *json, const json_t *value)
{
    size_t index;
    json_t *element;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        emit_object(json, value);
        break;
    case JSON_ARRAY:
        emit_begin_array(json);
        json_array_foreach(value, index, element)
        {
            canonical_emit(json, element);
        }
        emit_end_array(json);
        break;
    case JSON_STRING:
        emit_string_n(json, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        emit_int(json, json_integer_value(value));
        break;
    case JSON_REAL:
        __builtin_trap(); /* the contract has none */
    case JSON_TRUE:
    case JSON_FALSE:
        emit_bool(json, json_is_true(value));
        break;
    case JSON_NULL:
        emit_null(json);
        break;
    }
}
