/* Fingerprints: the same for the same request, and as they were always kept. */
#include "app/records/fingerprint.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct hash fingerprint_of(const char *text)
{
    json_t *request = json_loads(text, 0, NULL);
    assert_non_null(request);
    const struct hash hash = fingerprint_of_request(request);
    json_decref(request);
    return hash;
}

static bool is_same(const char *a, const char *b)
{
    const struct hash left = fingerprint_of(a), right = fingerprint_of(b);
    return memcmp(&left, &right, sizeof left) == 0;
}

/* Databases have fingerprints of jansson's sorted dump. */
static void fingerprint_is_the_hash_of_the_sorted_request(void **state)
{
    (void)state;
    static const char REQUEST[] =
        "{\"type\":\"sale\",\"lines\":[{\"quantity\":\"1.5\",\"product_id\":\"p\",\"discounts\":[]},{}],"
        "\"a\":null,\"B\":true,\"c\":false,\"expected_total\":-450,\"rate\":1.25,\"large\":1e300,"
        "\"note\":\"\\\"caf\\u00e9\\\" \\\\ /\\n\\t\\b\\f\\r \\ud83c\\udf75\",\"\":{\"z\":{\"y\":[[[1]]]}}}";
    json_t *request = json_loads(REQUEST, 0, NULL);
    assert_non_null(request);
    char *dump = json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
    const struct hash expected = hash_of(dump, strlen(dump)), got = fingerprint_of_request(request);
    assert_memory_equal(&got, &expected, sizeof got);
    free(dump);
    json_decref(request);
}

static void fingerprint_does_not_mind_spaces_and_order(void **state)
{
    (void)state;
    assert_true(is_same("{\"a\":1,\"b\":{\"c\":2,\"d\":3}}", "{ \"b\": {\"d\": 3, \"c\": 2}, \"a\": 1 }"));
    assert_false(is_same("{\"a\":[1,2]}", "{\"a\":[2,1]}"));
}

static void fingerprint_leaves_out_the_id_and_where_the_till_was(void **state)
{
    (void)state;
    assert_true(is_same("{\"a\":1,\"id\":\"x\",\"previous\":{\"sequence\":1}}", "{\"a\":1}"));
    assert_false(is_same("{\"a\":{\"id\":1}}", "{\"a\":{}}"));
}

static void fingerprint_takes_what_is_nested_deeply(void **state)
{
    (void)state;
    char text[256] = "{\"a\":";
    memset(text + 5, '[', 100);
    memset(text + 105, ']', 100);
    text[205] = '}';
    assert_true(is_same(text, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingerprint_is_the_hash_of_the_sorted_request),
        cmocka_unit_test(fingerprint_does_not_mind_spaces_and_order),
        cmocka_unit_test(fingerprint_leaves_out_the_id_and_where_the_till_was),
        cmocka_unit_test(fingerprint_takes_what_is_nested_deeply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
