/* The validator: what the contract's subset of JSON Schema takes, refuses, and refuses to compile. */
#include "http/schema.h"

#include "unit.h"

struct fixture {
    struct arena arena;
    struct detail detail;
    struct schemas schemas;
    json_t *document;
};

/* `schema` is the JSON of a schema; it may refer to "#/defs/…" of itself. NULL when it is refused. */
static const struct schema *compile(struct fixture *fixture, const char *schema)
{
    json_error_t error;
    arena_init(&fixture->arena);
    detail_init(&fixture->detail, &fixture->arena);
    fixture->document = json_loads(schema, JSON_DECODE_ANY, &error);
    assert_non_null(fixture->document);
    schemas_init(&fixture->schemas, fixture->document);
    return schemas_compile(&fixture->schemas, fixture->document, "#", &fixture->detail);
}

static void end(struct fixture *fixture)
{
    schemas_free(&fixture->schemas);
    json_decref(fixture->document);
    arena_free(&fixture->arena);
}

/* "/a type; /b required" */
static const char *faults(const char *schema, const char *value)
{
    static char words[4096];
    struct fixture fixture;
    const struct schema *compiled = compile(&fixture, schema);
    assert_non_null(compiled);
    json_t *parsed = json_loads(value, JSON_DECODE_ANY, NULL);
    assert_non_null(parsed);
    schema_check(compiled, parsed, "", &fixture.detail);
    size_t length = 0;
    words[0] = '\0';
    for (const struct fault *fault = fixture.detail.first; fault != NULL; fault = fault->next) {
        length += (size_t)snprintf(words + length, sizeof words - length, "%s%s %s", length > 0 ? "; " : "",
                                   fault->pointer, fault->code);
    }
    json_decref(parsed);
    end(&fixture);
    return words;
}

static const char *text_faults(const char *schema, const char *text)
{
    static char words[256];
    struct fixture fixture;
    const struct schema *compiled = compile(&fixture, schema);
    assert_non_null(compiled);
    schema_check_text(compiled, text, "#/query/x", &fixture.detail);
    snprintf(words, sizeof words, "%s", fixture.detail.first == NULL ? "" : fixture.detail.first->code);
    end(&fixture);
    return words;
}

static void types_are_told_apart(void **state)
{
    (void)state;
    assert_string_equal(faults("{\"type\":\"integer\"}", "1"), "");
    assert_string_equal(faults("{\"type\":\"integer\"}", "1.0"), " type");
    assert_string_equal(faults("{\"type\":\"number\"}", "1.5"), "");
    assert_string_equal(faults("{\"type\":\"number\"}", "1"), "");
    assert_string_equal(faults("{\"type\":\"string\"}", "1"), " type");
    assert_string_equal(faults("{\"type\":[\"string\",\"null\"]}", "null"), "");
    assert_string_equal(faults("{\"type\":[\"string\",\"null\"]}", "true"), " type");
    assert_string_equal(faults("{}", "[1,{}]"), "");
}

static void all_faults_are_named_at_once(void **state)
{
    (void)state;
    static const char schema[] =
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\",\"lines\"],"
        "\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":1},\"price\":{\"type\":\"integer\","
        "\"minimum\":0},"
        "\"lines\":{\"type\":\"array\",\"maxItems\":2,\"items\":{\"type\":\"object\",\"required\":[\"id\"],"
        "\"properties\":{\"id\":{\"type\":\"string\",\"format\":\"uuid\"}}}}}}";
    assert_string_equal(
        faults(schema, "{\"name\":\"\",\"price\":-1,\"lines\":[{},{\"id\":\"x\"}],\"more/~\":1}"),
        "/name min_length; /price minimum; /lines/0/id required; /lines/1/id format; "
        "/more~1~0 unknown_member");
    assert_string_equal(faults(schema, "{}"), "/name required; /lines required");
    assert_string_equal(faults(schema, "{\"name\":\"a\",\"lines\":[{},{},{}]}"), "/lines max_items");
}

static void lengths_count_code_points(void **state)
{
    (void)state;
    static const char schema[] = "{\"type\":\"string\",\"minLength\":2,\"maxLength\":3}";
    assert_string_equal(faults(schema, "\"\xc3\xbc\""), " min_length");
    assert_string_equal(faults(schema, "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\""), "");
    assert_string_equal(faults(schema, "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80x\""), " max_length");
}

static void control_characters_are_refused_but_a_welcome_line_feed(void **state)
{
    (void)state;
    assert_string_equal(faults("{\"type\":\"string\"}", "\"a\\nb\""), " control_character");
    assert_string_equal(faults("{\"type\":\"string\",\"x-mypos-multiline\":true}", "\"a\\nb\""), "");
    assert_string_equal(faults("{\"type\":\"string\",\"x-mypos-multiline\":true}", "\"a\\tb\""),
                        " control_character");
    assert_string_equal(faults("{\"type\":\"string\"}", "\"a\\u007f\""), " control_character");
    assert_string_equal(faults("{\"type\":\"string\"}", "\"a\\u0085\""), " control_character");
    assert_string_equal(faults("{\"type\":\"string\"}", "\"a\\u00a0\""), "");
}

static void patterns_enums_and_constants(void **state)
{
    (void)state;
    assert_string_equal(faults("{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}$\"}", "\"AB\""), "");
    assert_string_equal(faults("{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}$\"}", "\"ABC\""), " pattern");
    assert_string_equal(faults("{\"enum\":[\"a\",1]}", "1"), "");
    assert_string_equal(faults("{\"enum\":[\"a\",1]}", "2"), " enum");
    assert_string_equal(faults("{\"const\":\"sale\"}", "\"refund\""), " const");
}

static void arrays_and_objects_have_their_sizes(void **state)
{
    (void)state;
    assert_string_equal(faults("{\"type\":\"array\",\"minItems\":1}", "[]"), " min_items");
    assert_string_equal(faults("{\"type\":\"array\",\"uniqueItems\":true}", "[1,2,1]"), " unique_items");
    assert_string_equal(faults("{\"type\":\"array\",\"uniqueItems\":true}", "[{\"a\":1},{\"a\":2}]"), "");
    assert_string_equal(faults("{\"type\":\"object\",\"minProperties\":1}", "{}"), " min_properties");
    assert_string_equal(faults("{\"type\":\"object\",\"maxProperties\":1}", "{\"a\":1,\"b\":2}"),
                        " max_properties");
}

static void formats_are_asserted(void **state)
{
    (void)state;
    static const struct {
        const char *format, *good[4], *bad[6];
    } cases[] = {
        {"uuid",
         {"01a1f805-ec9a-7ef8-a039-9adb3f49c18b"},
         {"01A1F805-ec9a-7ef8-a039-9adb3f49c18b", "01a1f805ec9a7ef8a0399adb3f49c18b", "", "x"}},
        {"date", {"2026-11-22", "2024-02-29"}, {"2026-02-29", "2026-1-1", "2026-13-01", "2026-11-22T"}},
        {"date-time",
         {"2026-11-22T14:05:09.123Z", "2026-11-22T14:05:09+01:00", "2016-12-31T23:59:60Z"},
         {"2026-11-22 14:05:09Z", "2026-11-22T24:00:00Z", "2026-11-22T14:05:09", "2026-11-22T14:05:09.Z"}},
        {"decimal", {"0", "-1.25", "12.000000001"}, {"", ".5", "1.", "1e3", "+1", "1234567890123456789"}},
        {"currency", {"EUR", "JPY"}, {"eur", "XX", "EURO", "ZZZ"}},
        {"colour", {"#1E6F5C", "#abcdef"}, {"1E6F5C", "#1E6F5", "#1E6F5G"}},
        {"iana-time-zone", {"Europe/Berlin", "UTC"}, {"Europe/Nowhere", "../../etc/passwd", "", "europe"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const enum format format = format_named(cases[i].format);
        assert_int_not_equal(format, FORMAT_UNKNOWN);
        for (size_t at = 0; at < 4 && cases[i].good[at] != NULL; at++) {
            if (!format_check(format, cases[i].good[at])) {
                fail_msg("%s refuses %s", cases[i].format, cases[i].good[at]);
            }
        }
        for (size_t at = 0; at < 6 && cases[i].bad[at] != NULL; at++) {
            if (format_check(format, cases[i].bad[at])) {
                fail_msg("%s takes %s", cases[i].format, cases[i].bad[at]);
            }
        }
    }
}

static void references_are_followed_also_in_circles(void **state)
{
    (void)state;
    static const char tree[] =
        "{\"$ref\":\"#/defs/node\",\"defs\":{\"node\":{\"type\":\"object\",\"properties\":"
        "{\"left\":{\"$ref\":\"#/defs/node\"},\"value\":{\"type\":\"integer\"}}}}}";
    assert_string_equal(faults(tree, "{\"left\":{\"left\":{\"value\":\"x\"}}}"), "/left/left/value type");
}

static void what_is_not_understood_refuses_to_compile(void **state)
{
    (void)state;
    static const char *const schemas[] = {
        "{\"oneOf\":[]}",
        "{\"type\":\"text\"}",
        "{\"properties\":{\"a\":{\"if\":{}}}}",
        "{\"format\":\"hostname\"}",
        "{\"pattern\":\"\\\\d+\"}",
        "{\"pattern\":\"[\"}",
        "{\"minLength\":-1}",
        "{\"minimum\":0.5}",
        "{\"additionalProperties\":{\"type\":\"string\"}}",
        "{\"items\":{\"$ref\":\"#/nowhere\"}}",
        "{\"$ref\":\"#/defs/a\",\"defs\":{\"a\":{\"$ref\":\"#/defs/a\"}}}",
    };
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        struct fixture fixture;
        if (compile(&fixture, schemas[i]) != NULL) {
            fail_msg("%s compiles", schemas[i]);
        }
        assert_non_null(fixture.detail.text);
        end(&fixture);
    }
    struct fixture fixture;
    assert_null(compile(&fixture, "{\"properties\":{\"a\":{\"items\":{\"contains\":{}}}}}"));
    assert_non_null(strstr(fixture.detail.text, "#/properties/a/items/contains"));
    end(&fixture);
}

static void parameters_are_texts_of_their_type(void **state)
{
    (void)state;
    static const char limit[] = "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}";
    assert_string_equal(text_faults(limit, "200"), "");
    assert_string_equal(text_faults(limit, "201"), "maximum");
    assert_string_equal(text_faults(limit, "-1"), "minimum");
    assert_string_equal(text_faults(limit, "1.0"), "type");
    assert_string_equal(text_faults(limit, " 1"), "type");
    assert_string_equal(text_faults(limit, ""), "type");
    assert_string_equal(text_faults(limit, "99999999999999999999"), "type");
    assert_string_equal(text_faults("{\"type\":\"boolean\"}", "true"), "");
    assert_string_equal(text_faults("{\"type\":\"boolean\"}", "yes"), "type");
    assert_string_equal(text_faults("{\"type\":\"string\",\"enum\":[\"skip\",\"abort\"]}", "abort"), "");
    assert_string_equal(text_faults("{\"type\":\"string\",\"enum\":[\"skip\",\"abort\"]}", "stop"), "enum");
    assert_string_equal(text_faults("{\"type\":\"integer\",\"enum\":[32,42]}", "42"), "");
    assert_string_equal(text_faults("{\"type\":\"integer\",\"enum\":[32,42]}", "40"), "enum");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_told_apart),
        cmocka_unit_test(all_faults_are_named_at_once),
        cmocka_unit_test(lengths_count_code_points),
        cmocka_unit_test(control_characters_are_refused_but_a_welcome_line_feed),
        cmocka_unit_test(patterns_enums_and_constants),
        cmocka_unit_test(arrays_and_objects_have_their_sizes),
        cmocka_unit_test(formats_are_asserted),
        cmocka_unit_test(references_are_followed_also_in_circles),
        cmocka_unit_test(what_is_not_understood_refuses_to_compile),
        cmocka_unit_test(parameters_are_texts_of_their_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
