/*
 * Packs the OpenAPI document for the server, when it is built: pack-contract DOCUMENT PACKED
 *
 * Four fifths of the document are for those who read it: descriptions, examples, what answers look like. The
 * server gives it away as it is (GET /openapi.json) but routes and validates by what is left here: the paths,
 * of their answers the media types of those that succeed, and the components that these refer to. It starts
 * the faster, and does not keep in memory what it never looks at. The packed document has the same meaning to
 * contract_compile (http/contract.h) as the whole one.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define KIND_SIZE 32 /* "schemas" */
#define NAME_SIZE 128

/* What the members of an object are. */
enum members {
    KEYWORDS,
    NAMES,   /* of properties: any is one of ours */
    ANSWERS, /* by status, or by name */
    ANSWER,
};

static bool is_one_of(const char *name, const char *const *list)
{
    while (*list != NULL && strcmp(*list, name) != 0) {
        list++;
    }
    return *list != NULL;
}

static bool is_for_readers(const char *name)
{
    static const char *const readers[] = {"description", "summary", "title",        "example",
                                          "examples",    "tags",    "externalDocs", NULL};
    return is_one_of(name, readers);
}

/* JSON that is a value, not a schema. */
static bool is_value(const char *name)
{
    static const char *const values[] = {"const", "default", "enum", NULL};
    return is_one_of(name, values);
}

static bool is_failure(const char *name)
{
    return strcmp(name, "default") == 0 || (*name >= '0' && *name <= '9' && *name != '2');
}

static json_t *pack(const json_t *node, enum members members);

static json_t *media_types(const json_t *content)
{
    json_t *types = json_object();
    const char *name;
    json_t *media;
    json_object_foreach((json_t *)content, name, media)
    {
        json_object_set_new(types, name, json_object());
    }
    return types;
}

/* NULL: it is left out. */
static json_t *pack_member(enum members members, const char *name, json_t *value)
{
    switch (members) {
    case NAMES:
        return pack(value, KEYWORDS);
    case ANSWERS:
        return is_failure(name) ? NULL : pack(value, ANSWER);
    case ANSWER:
        if (strcmp(name, "content") == 0) {
            return media_types(value);
        }
        return strcmp(name, "$ref") == 0 ? json_incref(value) : NULL;
    case KEYWORDS:
        break;
    }
    if (is_for_readers(name)) {
        return NULL;
    }
    if (is_value(name)) {
        return json_incref(value);
    }
    return pack(value, strcmp(name, "properties") == 0  ? NAMES
                       : strcmp(name, "responses") == 0 ? ANSWERS
                                                        : KEYWORDS);
}

static json_t *pack(const json_t *node, enum members members)
{
    if (json_is_array(node)) {
        json_t *packed = json_array();
        for (size_t i = 0; i < json_array_size(node); i++) {
            json_array_append_new(packed, pack(json_array_get(node, i), KEYWORDS));
        }
        return packed;
    }
    if (!json_is_object(node)) {
        return json_incref((json_t *)node);
    }
    json_t *packed = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)node, name, value)
    {
        json_t *member = pack_member(members, name, value);
        if (member != NULL) {
            json_object_set_new(packed, name, member);
        }
    }
    return packed;
}

static json_t *member_of(json_t *object, const char *name)
{
    json_t *member = json_object_get(object, name);
    if (member == NULL) {
        member = json_object();
        json_object_set_new(object, name, member);
    }
    return member;
}

static void keep_referenced(json_t *kept, const json_t *components, const json_t *node);

/* Keeps what "#/components/schemas/Product" refers to. What leads nowhere is refused at the server's start. */
static void keep(json_t *kept, const json_t *components, const char *reference)
{
    char kind[KIND_SIZE], name[NAME_SIZE];
    if (sscanf(reference, "#/components/%31[^/]/%127s", kind, name) != 2) {
        return;
    }
    json_t *component = json_object_get(json_object_get(components, kind), name);
    json_t *others = member_of(kept, kind);
    if (component != NULL && json_object_get(others, name) == NULL) {
        json_object_set(others, name, component);
        keep_referenced(kept, components, component);
    }
}

static void keep_referenced(json_t *kept, const json_t *components, const json_t *node)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)node, name, value)
    {
        if (strcmp(name, "$ref") == 0 && json_is_string(value)) {
            keep(kept, components, json_string_value(value));
        } else {
            keep_referenced(kept, components, value);
        }
    }
    for (size_t i = 0; i < json_array_size(node); i++) {
        keep_referenced(kept, components, json_array_get(node, i));
    }
}

int main(int count, char **arguments)
{
    json_error_t error;
    if (count != 3) {
        fprintf(stderr, "usage: pack-contract DOCUMENT PACKED\n");
        return 2;
    }
    json_t *document = json_load_file(arguments[1], JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) {
        fprintf(stderr, "%s:%d: %s\n", arguments[1], error.line, error.text);
        return 1;
    }
    json_t *whole = pack(document, KEYWORDS);
    json_t *kept = json_object(), *packed = json_object();
    json_t *paths = json_object_get(whole, "paths");
    keep_referenced(kept, json_object_get(whole, "components"), paths);
    json_object_set(packed, "paths", paths);
    json_object_set_new(packed, "components", kept);
    const int failed = json_dump_file(packed, arguments[2], JSON_COMPACT);
    json_decref(packed);
    json_decref(whole);
    json_decref(document);
    if (failed) {
        fprintf(stderr, "%s cannot be written\n", arguments[2]);
    }
    return failed ? 1 : 0;
}
