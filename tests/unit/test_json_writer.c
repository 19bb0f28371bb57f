/* JSON as it is written: compact, and canonical (RFC 8785) when names come in order. */
#include "base/json_writer.h"

#include "base/arena.h"
#include "unit.h"

#include <jansson.h>

static char buffer[4096];
static struct text text;

static struct json_writer begin(void)
{
    text = text_over(buffer, sizeof buffer);
    return json_writer(&text);
}

static void json_puts_commas_between_elements_only(void **state)
{
    (void)state;
    struct json_writer json = begin();
    emit_begin_object(&json);
    emit_member_string(&json, "a", "x");
    emit_member_string(&json, "b", NULL);
    emit_member_int(&json, "c", -1);
    emit_member_bool(&json, "d", true);
    emit_member_bool(&json, "e", false);
    emit_member_null(&json, "f");
    emit_name(&json, "g");
    emit_begin_array(&json);
    emit_begin_array(&json);
    emit_end_array(&json);
    emit_int(&json, 2);
    emit_begin_object(&json);
    emit_end_object(&json);
    emit_raw(&json, "{\"raw\":1}", 9);
    emit_end_array(&json);
    emit_name(&json, "h");
    emit_null(&json);
    emit_end_object(&json);
    assert_string_equal(text_string(&text),
                        "{\"a\":\"x\",\"b\":null,\"c\":-1,\"d\":true,\"e\":false,\"f\":null,"
                        "\"g\":[[],2,{},{\"raw\":1}],\"h\":null}");
}

static void json_escapes_as_rfc_8785_says(void **state)
{
    (void)state;
    struct json_writer json = begin();
    emit_string_n(&json, "\0\x01\b\t\n\x0b\f\r\x1f \"/\\\x7f€山", 20);
    assert_string_equal(text_string(&text),
                        "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"/\\\\\x7f€山\"");
}

static void json_reads_back_every_string(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    for (int round = 0; round < 20000; round++) {
        char string[64];
        const size_t length = unit_random_below(&random, sizeof string);
        for (size_t i = 0; i < length; i++) {
            /* Often what needs an escape, at every offset. */
            string[i] = (char)(unit_random_below(&random, 4)
                                   ? unit_random_below(&random, 128)
                                   : (uint64_t) "\"\\\n\x1f"[unit_random_below(&random, 4)]);
        }
        struct json_writer json = begin();
        emit_begin_array(&json);
        emit_string_n(&json, string, length);
        emit_string(&json, "after");
        emit_end_array(&json);
        json_t *read = json_loadb(text.data, text.length, JSON_ALLOW_NUL, NULL);
        assert_non_null(read);
        json_t *first = json_array_get(read, 0);
        assert_int_equal(json_string_length(first), length);
        assert_memory_equal(json_string_value(first), string, length);
        json_decref(read);
    }
}

static void json_nests_to_its_limit(void **state)
{
    (void)state;
    struct json_writer json = begin();
    for (int i = 0; i < JSON_WRITER_DEPTH_MAX - 1; i++) {
        emit_begin_array(&json);
        emit_int(&json, i);
    }
    for (int i = 0; i < JSON_WRITER_DEPTH_MAX - 1; i++) {
        emit_end_array(&json);
    }
    json_t *read = json_loadb(text.data, text.length, 0, NULL);
    assert_non_null(read);
    assert_int_equal(json_array_size(read), 2);
    json_decref(read);
}

static void json_that_does_not_fit_overflows(void **state)
{
    (void)state;
    for (size_t capacity = 0; capacity < 40; capacity++) {
        char small[40];
        struct text out = text_over(small, capacity);
        struct json_writer json = json_writer(&out);
        emit_begin_object(&json);
        emit_member_string(&json, "name", "Tea \"Earl\"");
        emit_member_int(&json, "n", 1234);
        emit_end_object(&json);
        assert_true(out.length <= capacity);
        assert_int_equal(out.overflowed, capacity < sizeof "{\"name\":\"Tea \\\"Earl\\\"\",\"n\":1234}");
    }
}

static void json_takes_the_members_of_an_object(void **state)
{
    (void)state;
    struct text out = text_over(buffer, sizeof buffer);
    struct json_writer json = json_writer(&out);
    emit_begin_object(&json);
    emit_members(&json, "{\"a\":1,\"b\":[2]}", 15);
    emit_members(&json, "{}", 2);
    emit_member_int(&json, "c", 3);
    emit_end_object(&json);
    assert_string_equal(text_string(&out), "{\"a\":1,\"b\":[2],\"c\":3}");
}

static void json_grows_in_an_arena(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct text out = arena_text(&arena, 2);
    struct json_writer json = json_writer(&out);
    emit_begin_array(&json);
    for (int i = 0; i < 1000; i++) {
        emit_begin_object(&json);
        emit_member_string(&json, "text", "line\n");
        emit_member_int(&json, "number", i);
        emit_end_object(&json);
    }
    emit_end_array(&json);
    json_t *read = json_loadb(out.data, out.length, 0, NULL);
    assert_int_equal(json_array_size(read), 1000);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(read, 999), "number")), 999);
    json_decref(read);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_puts_commas_between_elements_only),
        cmocka_unit_test(json_escapes_as_rfc_8785_says),
        cmocka_unit_test(json_reads_back_every_string),
        cmocka_unit_test(json_nests_to_its_limit),
        cmocka_unit_test(json_that_does_not_fit_overflows),
        cmocka_unit_test(json_takes_the_members_of_an_object),
        cmocka_unit_test(json_grows_in_an_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
