/*
 * Schema: a declared subset of JSON Schema 2020-12, compiled once at start and checked at each request.
 *
 * Understood: type (a name or a list), enum, const, properties, required, additionalProperties (true or
 * false), items, minItems, maxItems, uniqueItems, minLength, maxLength (in code points), pattern (a POSIX
 * extended regular expression that means the same in ECMA-262), format (http/format.h; asserted), minimum,
 * maximum, minProperties, maxProperties, $ref within the document. Annotations are ignored. Any other
 * keyword refuses to compile, for a constraint that is not checked is worse than none.
 *
 * Two rules of our own: strings have no control characters, but for a line feed where the schema says
 * "x-mypos-multiline": true; and a number that must be an integer is written as one.
 *
 * A compiled schema is never changed: any thread may use it.
 */
#ifndef MYPOS_HTTP_SCHEMA_H
#define MYPOS_HTTP_SCHEMA_H

#include "base/detail.h"
#include "http/format.h"

#include <jansson.h>
#include <regex.h>

enum schema_type {
    SCHEMA_NULL = 1,
    SCHEMA_BOOLEAN = 2,
    SCHEMA_INTEGER = 4,
    SCHEMA_NUMBER = 8,
    SCHEMA_STRING = 16,
    SCHEMA_ARRAY = 32,
    SCHEMA_OBJECT = 64,
    SCHEMA_ANY = 127,
};

/* Compiled once, however many schemas have it: an expression that counts is large. */
struct schema_pattern {
    const char *text;
    regex_t regex;
    struct schema_pattern *next;
};

struct schema {
    unsigned types;                                   /* a set of enum schema_type */
    const json_t *enumeration, *constant, *otherwise; /* borrowed from the document; `otherwise`: default */
    struct schema_property {
        const char *name;
        const struct schema *schema; /* NULL: required, but not described */
        bool required;
    } * properties;
    size_t property_count;
    bool closed; /* additionalProperties: false */
    const struct schema *items;
    size_t min_items, max_items, min_length, max_length, min_properties, max_properties;
    bool unique_items, multiline;
    bool has_minimum, has_maximum;
    int64_t minimum, maximum;
    enum format format;
    const struct schema_pattern *pattern; /* NULL: any text */
    /* the compiler's list */
    const json_t *node;
    struct schema *next;
};

/* All schemas of a document. */
struct schemas {
    json_t *document; /* borrowed: it must outlive the schemas */
    struct schema *first;
    struct schema_pattern *patterns;
    struct arena arena;
};

void schemas_init(struct schemas *schemas, json_t *document);
void schemas_free(struct schemas *schemas);

/* Follows "$ref" until it is none; NULL with the detail when it leads nowhere. */
const json_t *schemas_resolve(struct schemas *schemas, const json_t *node, struct detail *detail);

/* Compiles the schema at `node`, whose JSON Pointer names it in the detail when it is refused. NULL then. */
const struct schema *schemas_compile(struct schemas *schemas, const json_t *node, const char *pointer,
                                     struct detail *detail);

/* Checks a value and adds all faults, each with its pointer below `pointer`. */
void schema_check(const struct schema *schema, const json_t *value, const char *pointer,
                  struct detail *detail);

/* The same for the text of a parameter: "42", "true" or a string, as the schema's type says. */
void schema_check_text(const struct schema *schema, const char *text, const char *pointer,
                       struct detail *detail);

#endif
