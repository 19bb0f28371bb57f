/*
 * Checking a value against a schema. One pass; every fault is reported, so pointers are built only for
 * values at fault: the way down to a value is a list on the stack.
 */
#include "http/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTER_SIZE     1024
#define WORDS_SIZE       2048  /* of a sentence */
#define CHOICES_SIZE     1536  /* of those of an enum; they fit into a sentence */
#define UNIQUE_ITEMS_MAX 10000 /* compared one with another: more are refused */
#define NAME_SHOWN_MAX   100

struct place {
    const struct place *outer; /* NULL: the root, whose `text` begins every pointer */
    const char *text;          /* a member; NULL for an element */
    size_t index;
};

static void write_place(const struct place *place, struct text *out)
{
    if (place->outer == NULL) {
        text_add_string(out, place->text);
        return;
    }
    write_place(place->outer, out);
    text_add_char(out, '/');
    if (place->text == NULL) {
        text_add_int(out, (int64_t)place->index);
        return;
    }
    for (const char *at = place->text; *at != '\0'; at++) { /* RFC 6901 */
        if (*at == '~' || *at == '/') {
            text_add_string(out, *at == '~' ? "~0" : "~1");
        } else {
            text_add_char(out, *at);
        }
    }
}

/* Adds a fault; `words` is a sentence. */
static void __attribute__((format(printf, 4, 5)))
fault(struct detail *detail, const struct place *place, const char *code, const char *format, ...)
{
    char pointer[POINTER_SIZE];
    char words[WORDS_SIZE];
    struct text text = text_over(pointer, sizeof pointer);
    write_place(place, &text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    (void)detail_fault(detail, text_string(&text), code, "%s", words);
}

static unsigned type_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return SCHEMA_OBJECT;
    case JSON_ARRAY:
        return SCHEMA_ARRAY;
    case JSON_STRING:
        return SCHEMA_STRING;
    case JSON_INTEGER:
        return SCHEMA_INTEGER | SCHEMA_NUMBER;
    case JSON_REAL:
        return SCHEMA_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return SCHEMA_BOOLEAN;
    case JSON_NULL:
        return SCHEMA_NULL;
    }
    return 0;
}

static const char *types_words(unsigned types, char buffer[static 96])
{
    static const struct {
        unsigned type;
        const char *words;
    } names[] = {
        {SCHEMA_INTEGER, "an integer"}, {SCHEMA_NUMBER, "a number"},
        {SCHEMA_STRING, "a string"},    {SCHEMA_BOOLEAN, "true or false"},
        {SCHEMA_ARRAY, "an array"},     {SCHEMA_OBJECT, "an object"},
        {SCHEMA_NULL, "null"},
    };
    struct text text = text_over(buffer, 96);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((types & names[i].type) != 0) {
            text_add_string(&text, text.length > 0 ? " or " : "");
            text_add_string(&text, names[i].words);
        }
    }
    return text_string(&text);
}

static size_t code_points(const char *string, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += ((unsigned char)string[i] & 0xc0) != 0x80;
    }
    return count;
}

/* C0 and C1 controls and DEL; a line feed where the schema takes several lines. */
static bool has_control(const char *string, size_t length, bool multiline)
{
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)string[i];
        if ((byte < 0x20 && !(multiline && byte == '\n')) || byte == 0x7f ||
            (byte == 0xc2 && (unsigned char)string[i + 1] < 0xa0)) {
            return true;
        }
    }
    return false;
}

static void check_string(const struct schema *schema, const char *string, size_t length,
                         const struct place *place, struct detail *detail)
{
    if (has_control(string, length, schema->multiline)) {
        fault(detail, place, "control_character", "Control characters are not allowed here.");
        return;
    }
    if (length < schema->min_length || length > schema->max_length || schema->min_length > 1) {
        const size_t points = code_points(string, length);
        if (points < schema->min_length) {
            fault(detail, place, "min_length", "At least %zu character%s must be here.", schema->min_length,
                  schema->min_length == 1 ? "" : "s");
            return;
        }
        if (points > schema->max_length) {
            fault(detail, place, "max_length", "At most %zu characters are allowed here.",
                  schema->max_length);
            return;
        }
    }
    if (!format_check(schema->format, string)) {
        fault(detail, place, "format", "This must be %s.", format_words(schema->format));
    } else if (schema->pattern != NULL && regexec(&schema->pattern->regex, string, 0, NULL, 0) != 0) {
        fault(detail, place, "pattern", "This must match the pattern %s.", schema->pattern->text);
    }
}

static void check_integer(const struct schema *schema, json_int_t number, const struct place *place,
                          struct detail *detail)
{
    if (schema->has_minimum && number < schema->minimum) {
        fault(detail, place, "minimum", "This must be at least %" PRId64 ".", schema->minimum);
    }
    if (schema->has_maximum && number > schema->maximum) {
        fault(detail, place, "maximum", "This must be at most %" PRId64 ".", schema->maximum);
    }
}

static void check_value(const struct schema *schema, const json_t *value, const struct place *place,
                        struct detail *detail);

static bool has_equal_items(const json_t *array)
{
    const size_t count = json_array_size(array);
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (json_equal(json_array_get(array, i), json_array_get(array, j))) {
                return true;
            }
        }
    }
    return false;
}

static void check_array(const struct schema *schema, const json_t *array, const struct place *place,
                        struct detail *detail)
{
    const size_t count = json_array_size(array);
    if (count < schema->min_items) {
        fault(detail, place, "min_items", "At least %zu %s must be here.", schema->min_items,
              schema->min_items == 1 ? "entry" : "entries");
    }
    if (count > schema->max_items) {
        fault(detail, place, "max_items", "At most %zu entries are allowed here.", schema->max_items);
        return; /* what is inside is not worth the time */
    }
    for (size_t i = 0; schema->items != NULL && i < count; i++) {
        const struct place inner = {.outer = place, .index = i};
        check_value(schema->items, json_array_get(array, i), &inner, detail);
    }
    if (schema->unique_items && (count > UNIQUE_ITEMS_MAX || has_equal_items(array))) {
        fault(detail, place, "unique_items", "All entries must differ.");
    }
}

static void check_object(const struct schema *schema, const json_t *object, const struct place *place,
                         struct detail *detail)
{
    size_t known = 0;
    for (size_t i = 0; i < schema->property_count; i++) {
        const struct schema_property *property = &schema->properties[i];
        const struct place inner = {.outer = place, .text = property->name};
        const json_t *value = json_object_get(object, property->name);
        if (value == NULL) {
            if (property->required) {
                fault(detail, &inner, "required", "This member is missing.");
            }
            continue;
        }
        known++;
        if (property->schema != NULL) {
            check_value(property->schema, value, &inner, detail);
        }
    }
    const size_t count = json_object_size(object);
    if (count < schema->min_properties) {
        fault(detail, place, "min_properties", "At least %zu member%s must be here.", schema->min_properties,
              schema->min_properties == 1 ? "" : "s");
    }
    if (count > schema->max_properties) {
        fault(detail, place, "max_properties", "At most %zu members are allowed here.",
              schema->max_properties);
    }
    if (!schema->closed || known == count) {
        return;
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        bool described = false;
        for (size_t i = 0; i < schema->property_count && !described; i++) {
            described = strcmp(schema->properties[i].name, name) == 0;
        }
        if (!described) {
            char shown[NAME_SHOWN_MAX + 1];
            size_t length = strnlen(name, NAME_SHOWN_MAX);
            while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80) {
                length--; /* not in the middle of a character */
            }
            memcpy(shown, name, length);
            shown[length] = '\0';
            const struct place inner = {.outer = place, .text = shown};
            fault(detail, &inner, "unknown_member", "There is no such member.");
        }
    }
}

static void check_choice(const struct schema *schema, const json_t *value, const struct place *place,
                         struct detail *detail)
{
    if (schema->constant != NULL && !json_equal(schema->constant, value)) {
        fault(detail, place, "const", "Only one value is allowed here: %s.",
              json_is_string(schema->constant) ? json_string_value(schema->constant) : "see the reference");
    }
    if (schema->enumeration == NULL) {
        return;
    }
    char words[CHOICES_SIZE];
    struct text text = text_over(words, sizeof words);
    for (size_t i = 0; i < json_array_size(schema->enumeration); i++) {
        const json_t *choice = json_array_get(schema->enumeration, i);
        if (json_equal(choice, value)) {
            return;
        }
        if (json_is_string(choice)) {
            text_add_string(&text, text.length > 0 ? ", " : "");
            text_add_string(&text, json_string_value(choice));
        } else if (json_is_integer(choice)) {
            text_add_string(&text, text.length > 0 ? ", " : "");
            text_add_int(&text, json_integer_value(choice));
        }
    }
    fault(detail, place, "enum", "This must be one of: %s.", text_string(&text));
}

static void check_value(const struct schema *schema, const json_t *value, const struct place *place,
                        struct detail *detail)
{
    const unsigned type = type_of(value);
    if ((schema->types & type) == 0) {
        char words[96];
        fault(detail, place, "type", "This must be %s.", types_words(schema->types, words));
        return;
    }
    if (schema->enumeration != NULL || schema->constant != NULL) {
        check_choice(schema, value, place, detail);
    }
    if (type == SCHEMA_STRING) {
        check_string(schema, json_string_value(value), json_string_length(value), place, detail);
    } else if ((type & SCHEMA_INTEGER) != 0) {
        check_integer(schema, json_integer_value(value), place, detail);
    } else if (type == SCHEMA_ARRAY) {
        check_array(schema, value, place, detail);
    } else if (type == SCHEMA_OBJECT) {
        check_object(schema, value, place, detail);
    }
}

void schema_check(const struct schema *schema, const json_t *value, const char *pointer,
                  struct detail *detail)
{
    const struct place root = {.text = pointer};
    check_value(schema, value, &root, detail);
}

/* The same of a parameter's value, which it takes. */
static void check_text_choice(const struct schema *schema, json_t *value, const struct place *place,
                              struct detail *detail)
{
    if (schema->enumeration != NULL || schema->constant != NULL) {
        check_choice(schema, value, place, detail);
    }
    json_decref(value);
}

void schema_check_text(const struct schema *schema, const char *text, const char *pointer,
                       struct detail *detail)
{
    const struct place root = {.text = pointer};
    if ((schema->types & SCHEMA_STRING) != 0) {
        check_text_choice(schema, json_string_nocheck(text), &root, detail);
        check_string(schema, text, strlen(text), &root, detail);
    } else if ((schema->types & SCHEMA_INTEGER) != 0) {
        const char *digits = text + (*text == '-');
        errno = 0;
        const long long number = strtoll(text, NULL, 10);
        if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0' || errno == ERANGE) {
            fault(detail, &root, "type", "This must be an integer.");
        } else {
            check_text_choice(schema, json_integer(number), &root, detail);
            check_integer(schema, number, &root, detail);
        }
    } else if ((schema->types & SCHEMA_BOOLEAN) != 0) {
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            fault(detail, &root, "type", "This must be true or false.");
        }
    } else {
        fault(detail, &root, "type", "This cannot be written as a parameter.");
    }
}
