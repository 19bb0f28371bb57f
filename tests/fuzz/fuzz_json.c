/*
 * JSON bodies and the validator: what is taken is no deeper than the limit, reads the same when it is
 * written and read again, and every fault has a pointer and a sentence in UTF-8.
 */
#include "http/json_body.h"
#include "http/schema.h"
#include "http/target.h"

#include "fuzz.h"

#include <string.h>

static const char SCHEMA[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\",\"lines\"],\"minProperties\":"
    "1,"
    "\"properties\":{\"name\":{\"type\":[\"string\",\"null\"],\"minLength\":1,\"maxLength\":20},"
    "\"note\":{\"type\":\"string\",\"x-mypos-multiline\":true,\"pattern\":\"^[ -~]*$\"},"
    "\"kind\":{\"enum\":[\"each\",\"weighed\",1]},\"day\":{\"type\":\"string\",\"format\":\"date\"},"
    "\"at\":{\"type\":\"string\",\"format\":\"date-time\"},\"colour\":{\"type\":\"string\",\"format\":"
    "\"colour\"},"
    "\"price\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":100},\"any\":{},"
    "\"lines\":{\"type\":\"array\",\"maxItems\":4,\"uniqueItems\":true,\"items\":{\"type\":\"object\","
    "\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
    "\"quantity\":{\"type\":\"string\",\"format\":\"decimal\"},\"inner\":{\"$ref\":\"#/properties/"
    "lines\"}}}}}}";

static const struct schema *schema_once(void)
{
    static struct schemas schemas;
    static struct arena arena;
    static const struct schema *compiled;
    if (compiled == NULL) {
        struct detail detail;
        detail_init(&detail, &arena);
        schemas_init(&schemas, json_loads(SCHEMA, 0, NULL));
        compiled = schemas_compile(&schemas, schemas.document, "#", &detail);
    }
    return compiled;
}

static unsigned depth_of(const json_t *value)
{
    unsigned deepest = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const unsigned depth = depth_of(json_array_get(value, i));
        deepest = depth > deepest ? depth : deepest;
    }
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        const unsigned depth = depth_of(member);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + (json_is_array(value) || json_is_object(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena arena;
    struct detail detail;
    json_t *value;
    arena_init(&arena);
    detail_init(&detail, &arena);
    if (json_body_parse((const char *)bytes, size, &value, &detail) != STATUS_OK) {
        FUZZ_CHECK(detail.text != NULL && utf8_valid(detail.text, strlen(detail.text)));
        arena_free(&arena);
        return 0;
    }
    FUZZ_CHECK(depth_of(value) <= JSON_DEPTH_MAX);
    char *written = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_t *again;
    FUZZ_CHECK(written != NULL && json_body_parse(written, strlen(written), &again, &detail) == STATUS_OK &&
               json_equal(value, again));
    schema_check(schema_once(), value, "", &detail);
    for (const struct fault *fault = detail.first; fault != NULL; fault = fault->next) {
        FUZZ_CHECK(*fault->code != '\0' && utf8_valid(fault->pointer, strlen(fault->pointer)));
        FUZZ_CHECK(utf8_valid(fault->detail, strlen(fault->detail)));
    }
    free(written);
    json_decref(again);
    json_decref(value);
    arena_free(&arena);
    return 0;
}
