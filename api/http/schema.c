#include "http/schema.h"

#include <string.h>

#define REFERENCES_MAX 16 /* followed from one place: more is a circle */

void schemas_init(struct schemas *schemas, json_t *document)
{
    *schemas = (struct schemas){.document = document};
    arena_init(&schemas->arena);
}

void schemas_free(struct schemas *schemas)
{
    for (struct schema_pattern *pattern = schemas->patterns; pattern != NULL; pattern = pattern->next) {
        regfree(&pattern->regex);
    }
    arena_free(&schemas->arena);
}

/* The node of "#/components/schemas/Product". */
static const json_t *node_at(const json_t *document, const char *reference)
{
    if (strncmp(reference, "#/", 2) != 0) {
        return NULL;
    }
    const json_t *node = document;
    const char *name = reference + 2;
    while (node != NULL && *name != '\0') {
        const size_t length = strcspn(name, "/");
        node = json_object_getn(node, name, length);
        name += length;
        name += *name == '/';
    }
    return node;
}

const json_t *schemas_resolve(struct schemas *schemas, const json_t *node, struct detail *detail)
{
    for (int i = 0; i < REFERENCES_MAX; i++) {
        const char *reference = json_string_value(json_object_get(node, "$ref"));
        if (reference == NULL) {
            return node;
        }
        node = node_at(schemas->document, reference);
        if (node == NULL) {
            (void)detail_set(detail, STATUS_INTERNAL_ERROR, "$ref %s leads nowhere", reference);
            return NULL;
        }
    }
    (void)detail_set(detail, STATUS_INTERNAL_ERROR, "$ref goes in a circle");
    return NULL;
}

struct compiler {
    struct schemas *schemas;
    struct schema *schema;
    const char *pointer;
    struct detail *detail;
};

static bool refuse(struct compiler *compiler, const char *keyword, const char *why)
{
    (void)detail_set(compiler->detail, STATUS_INTERNAL_ERROR, "%s/%s: %s", compiler->pointer, keyword, why);
    return false;
}

static unsigned type_named(const char *name)
{
    static const struct {
        const char *name;
        unsigned type;
    } types[] = {
        {"null", SCHEMA_NULL},     {"boolean", SCHEMA_BOOLEAN}, {"integer", SCHEMA_INTEGER},
        {"number", SCHEMA_NUMBER}, {"string", SCHEMA_STRING},   {"array", SCHEMA_ARRAY},
        {"object", SCHEMA_OBJECT},
    };
    for (size_t i = 0; name != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) == 0) {
            return types[i].type;
        }
    }
    return 0;
}

static bool compile_type(struct compiler *compiler, const json_t *value)
{
    unsigned types = 0;
    if (json_is_string(value)) {
        types = type_named(json_string_value(value));
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const unsigned type = type_named(json_string_value(json_array_get(value, i)));
        types = type == 0 ? 0 : types | type;
    }
    compiler->schema->types = types;
    return types != 0 || refuse(compiler, "type", "is no type");
}

static struct schema_property *property_named(struct schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->property_count; i++) {
        if (strcmp(schema->properties[i].name, name) == 0) {
            return &schema->properties[i];
        }
    }
    return NULL;
}

/* `properties` and `required` share one list. */
static bool compile_properties(struct compiler *compiler, const json_t *properties, const json_t *required)
{
    struct schema *schema = compiler->schema;
    struct arena *arena = &compiler->schemas->arena;
    const size_t most = json_object_size(properties) + json_array_size(required);
    schema->properties = arena_zeroed(arena, most, sizeof *schema->properties);
    const char *name;
    json_t *node;
    json_object_foreach((json_t *)properties, name, node)
    {
        const char *pointer = arena_printf(arena, "%s/properties/%s", compiler->pointer, name);
        const struct schema *inner = schemas_compile(compiler->schemas, node, pointer, compiler->detail);
        if (inner == NULL) {
            return false;
        }
        schema->properties[schema->property_count++] = (struct schema_property){.name = name,
                                                                                .schema = inner};
    }
    for (size_t i = 0; i < json_array_size(required); i++) {
        name = json_string_value(json_array_get(required, i));
        if (name == NULL) {
            return refuse(compiler, "required", "is not a list of names");
        }
        struct schema_property *property = property_named(schema, name);
        if (property == NULL) {
            property = &schema->properties[schema->property_count++];
            property->name = name;
        }
        property->required = true;
    }
    return true;
}

static bool compile_items(struct compiler *compiler, const json_t *value)
{
    const char *pointer = arena_printf(&compiler->schemas->arena, "%s/items", compiler->pointer);
    compiler->schema->items = schemas_compile(compiler->schemas, value, pointer, compiler->detail);
    return compiler->schema->items != NULL;
}

/* NULL: it is no regular expression. */
static const struct schema_pattern *pattern_of(struct schemas *schemas, const char *text)
{
    for (const struct schema_pattern *known = schemas->patterns; known != NULL; known = known->next) {
        if (strcmp(known->text, text) == 0) {
            return known;
        }
    }
    struct schema_pattern *pattern = arena_zeroed(&schemas->arena, 1, sizeof *pattern);
    pattern->text = text;
    if (regcomp(&pattern->regex, text, REG_EXTENDED | REG_NOSUB) != 0) {
        return NULL;
    }
    pattern->next = schemas->patterns;
    schemas->patterns = pattern;
    return pattern;
}

static bool compile_pattern(struct compiler *compiler, const json_t *value)
{
    const char *text = json_string_value(value);
    /* What a POSIX expression reads in another way than ECMA-262, or not at all. */
    if (text == NULL || strchr(text, '\\') != NULL || strstr(text, "(?") != NULL) {
        return refuse(compiler, "pattern", "uses \\ or (?, which the server's expressions do not have");
    }
    compiler->schema->pattern = pattern_of(compiler->schemas, text);
    return compiler->schema->pattern != NULL || refuse(compiler, "pattern", "is no regular expression");
}

static bool compile_format(struct compiler *compiler, const json_t *value)
{
    const char *name = json_string_value(value);
    compiler->schema->format = name == NULL ? FORMAT_UNKNOWN : format_named(name);
    return compiler->schema->format != FORMAT_UNKNOWN ||
           refuse(compiler, "format", "is not known to the server");
}

static bool compile_size(struct compiler *compiler, const char *keyword, const json_t *value, size_t *size)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return refuse(compiler, keyword, "is no size");
    }
    *size = (size_t)json_integer_value(value);
    return true;
}

static bool compile_bound(struct compiler *compiler, const char *keyword, const json_t *value, bool *has,
                          int64_t *bound)
{
    if (!json_is_integer(value)) {
        return refuse(compiler, keyword, "is no integer");
    }
    *has = true;
    *bound = json_integer_value(value);
    return true;
}

static bool compile_flag(struct compiler *compiler, const char *keyword, const json_t *value, bool *flag,
                         bool truth)
{
    if (!json_is_boolean(value)) {
        return refuse(compiler, keyword, "is neither true nor false");
    }
    *flag = json_is_true(value) == truth;
    return true;
}

static bool is_annotation(const char *keyword)
{
    static const char *const annotations[] = {"title",    "description", "examples",   "example", "default",
                                              "readOnly", "writeOnly",   "deprecated", "$schema", "$comment"};
    for (size_t i = 0; i < sizeof annotations / sizeof *annotations; i++) {
        if (strcmp(annotations[i], keyword) == 0) {
            return true;
        }
    }
    return false;
}

static bool compile_keyword(struct compiler *compiler, const char *keyword, const json_t *value)
{
    struct schema *schema = compiler->schema;
    const struct {
        const char *keyword;
        size_t *size;
    } sizes[] = {
        {"minItems", &schema->min_items},           {"maxItems", &schema->max_items},
        {"minLength", &schema->min_length},         {"maxLength", &schema->max_length},
        {"minProperties", &schema->min_properties}, {"maxProperties", &schema->max_properties},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (strcmp(keyword, sizes[i].keyword) == 0) {
            return compile_size(compiler, keyword, value, sizes[i].size);
        }
    }
    if (strcmp(keyword, "type") == 0) {
        return compile_type(compiler, value);
    }
    if (strcmp(keyword, "enum") == 0) {
        schema->enumeration = value;
        return json_array_size(value) > 0 || refuse(compiler, keyword, "is no list of values");
    }
    if (strcmp(keyword, "const") == 0) {
        schema->constant = value;
        return true;
    }
    if (strcmp(keyword, "items") == 0) {
        return compile_items(compiler, value);
    }
    if (strcmp(keyword, "pattern") == 0) {
        return compile_pattern(compiler, value);
    }
    if (strcmp(keyword, "format") == 0) {
        return compile_format(compiler, value);
    }
    if (strcmp(keyword, "minimum") == 0) {
        return compile_bound(compiler, keyword, value, &schema->has_minimum, &schema->minimum);
    }
    if (strcmp(keyword, "maximum") == 0) {
        return compile_bound(compiler, keyword, value, &schema->has_maximum, &schema->maximum);
    }
    if (strcmp(keyword, "uniqueItems") == 0) {
        return compile_flag(compiler, keyword, value, &schema->unique_items, true);
    }
    if (strcmp(keyword, "x-mypos-multiline") == 0) {
        return compile_flag(compiler, keyword, value, &schema->multiline, true);
    }
    if (strcmp(keyword, "additionalProperties") == 0) {
        return compile_flag(compiler, keyword, value, &schema->closed, false);
    }
    if (strcmp(keyword, "properties") == 0 || strcmp(keyword, "required") == 0) {
        return true; /* together, by schemas_compile */
    }
    return is_annotation(keyword) || refuse(compiler, keyword, "is a keyword that the server does not know");
}

const struct schema *schemas_compile(struct schemas *schemas, const json_t *node, const char *pointer,
                                     struct detail *detail)
{
    node = schemas_resolve(schemas, node, detail);
    if (node == NULL) {
        return NULL;
    }
    for (const struct schema *known = schemas->first; known != NULL; known = known->next) {
        if (known->node == node) {
            return known;
        }
    }
    struct schema *schema = arena_zeroed(&schemas->arena, 1, sizeof *schema);
    *schema = (struct schema){
        .types = SCHEMA_ANY,
        .max_items = SIZE_MAX,
        .max_length = SIZE_MAX,
        .max_properties = SIZE_MAX,
        .otherwise = json_object_get(node, "default"),
        .node = node,
        .next = schemas->first,
    };
    schemas->first = schema; /* before what is inside it, which may refer to it */
    struct compiler compiler = {.schemas = schemas, .schema = schema, .pointer = pointer, .detail = detail};
    if (!json_is_object(node)) {
        return refuse(&compiler, "", "is no schema") ? schema : NULL;
    }
    const char *keyword;
    json_t *value;
    json_object_foreach((json_t *)node, keyword, value)
    {
        if (!compile_keyword(&compiler, keyword, value)) {
            return NULL;
        }
    }
    const bool compiled = compile_properties(&compiler, json_object_get(node, "properties"),
                                             json_object_get(node, "required"));
    return compiled ? schema : NULL;
}
