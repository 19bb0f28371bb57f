/* Small parsers of the edge: targets, JSON bodies, entity tags, codings, credentials. */
#include "app/identity/token.h"
#include "base/clock.h"
#include "http/encode.h"
#include "http/json_body.h"
#include "http/negotiate.h"
#include "http/target.h"

#include "unit.h"

static enum status parse(const char *text, struct arena *arena, struct target *target)
{
    struct detail detail;
    detail_init(&detail, arena);
    return target_parse(text, arena, target, &detail);
}

static void targets_are_decoded_once(void **state)
{
    (void)state;
    struct arena arena;
    struct target target;
    arena_init(&arena);
    assert_int_equal(parse("/a%20b/%C3%BC?q=x%2By+z&empty=&bare&q=%26", &arena, &target), STATUS_OK);
    assert_int_equal(target.segment_count, 2);
    assert_string_equal(target.segments[0], "a b");
    assert_string_equal(target.segments[1], "\xc3\xbc");
    assert_int_equal(target.query_count, 4);
    assert_string_equal(target.query[0].value, "x+y z");
    assert_string_equal(target.query[1].value, "");
    assert_string_equal(target.query[2].name, "bare");
    assert_string_equal(target.query[3].value, "&");
    assert_int_equal(parse("http://till.example/a?b=1", &arena, &target), STATUS_OK);
    assert_string_equal(target.path, "/a");
    assert_int_equal(parse("/a%2541", &arena, &target), STATUS_OK);
    assert_string_equal(target.segments[0], "a%41");
    arena_free(&arena);
}

static void ambiguous_targets_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "a",    "*",        "/%",        "/%2",        "/%zz",          "/%00",    "/a%2fb",
        "/%2F", "/%0a", "/%ff",     "/%c0%af",   "/%ed%a0%80", "/?a=%00",       "/?%ff=1", "/ü",
        "/a b", "/#x",  "ftp://a/", "http:///a", "/?a=%",      "/%f4%90%80%80", "/\x7f",
    };
    struct arena arena;
    struct target target;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse(bad[i], &arena, &target) != STATUS_MALFORMED_REQUEST) {
            fail_msg("%s is taken", bad[i]);
        }
    }
    char long_target[TARGET_LENGTH_MAX + 2];
    memset(long_target, 'a', sizeof long_target - 1);
    long_target[0] = '/';
    long_target[sizeof long_target - 1] = '\0';
    assert_int_equal(parse(long_target, &arena, &target), STATUS_URI_TOO_LONG);
    arena_free(&arena);
}

static void utf8_is_that_of_rfc_3629(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe2\x82",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(utf8_valid(good[i], strlen(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
    }
}

/* The words of a refusal; "" when the body is taken. */
static const char *json_words(const char *bytes, size_t length)
{
    static char words[512];
    struct arena arena;
    struct detail detail;
    json_t *value;
    arena_init(&arena);
    detail_init(&detail, &arena);
    const enum status status = json_body_parse(bytes, length, &value, &detail);
    snprintf(words, sizeof words, "%s", status == STATUS_OK ? "" : detail.text);
    json_decref(value);
    arena_free(&arena);
    return words;
}

static void json_is_read_strictly_and_refused_with_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *body, *words;
    } cases[] = {
        {"{\"a\":[1,-2,3.5e2,\"\\u00fc\",true,null]}", ""},
        {"\"alone\"", ""},
        {"9223372036854775807", ""},
        {"9223372036854775808", "out of range"},
        {"1e400", "out of range"},
        {"{\"a\":1,\n \"a\":2}", "a name stands twice in one object near '\"a\"', at line 2, column 4"},
        {"{} {}", "something follows"},
        {"", "ends too early"},
        {"{\"a\":", "ends too early"},
        {"{'a':1}", "syntax"},
        {"[1,]", "syntax"},
        {"[01]", "syntax"},
        {"NaN", "syntax"},
        {"\"\\ud800\"", "syntax"},
        {"\"\\u0000\"", "NUL"},
        {"\"\xff\"", "UTF-8"},
        {"\xef\xbb\xbf{}", "byte order mark"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *words = json_words(cases[i].body, strlen(cases[i].body));
        if ((*cases[i].words == '\0') != (*words == '\0') || strstr(words, cases[i].words) == NULL) {
            fail_msg("%s: %s", cases[i].body, words);
        }
    }
    assert_string_not_equal(json_words("{}\0", 3), "");
}

static void json_nests_to_its_limit(void **state)
{
    (void)state;
    char body[2 * (JSON_DEPTH_MAX + 1) + 1];
    for (int depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(body, '[', (size_t)depth);
        memset(body + depth, ']', (size_t)depth);
        assert_int_equal(*json_words(body, 2 * (size_t)depth) == '\0', depth <= JSON_DEPTH_MAX);
    }
    static const char brackets[] = "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"";
    assert_string_equal(json_words(brackets, sizeof brackets - 1), ""); /* in a string they nest nothing */
}

static void entity_tags_are_compared_weakly(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_true(encode_etag_matches("\"3\"", "\"3\""));
    assert_true(encode_etag_matches("W/\"3\"", "\"3\""));
    assert_true(encode_etag_matches("\"1\", \"2\",\"3\"", "\"3\""));
    assert_true(encode_etag_matches("*", "\"3\""));
    assert_false(encode_etag_matches("\"33\"", "\"3\""));
    assert_false(encode_etag_matches("\"a,\"3\"", "\"4\""));
    assert_false(encode_etag_matches("", "\"3\""));
    assert_string_equal(encode_plain_etags(&arena, "\"3-gzip\", W/\"4-gzip\", \"5\""),
                        "\"3\", W/\"4\", \"5\"");
    assert_null(encode_plain_etags(&arena, NULL));
    arena_free(&arena);
}

static void gzip_is_sent_to_who_takes_it(void **state)
{
    (void)state;
    assert_true(negotiate_accepts_gzip("gzip"));
    assert_true(negotiate_accepts_gzip("br, GZIP;q=0.5"));
    assert_true(negotiate_accepts_gzip("*"));
    assert_false(negotiate_accepts_gzip(NULL));
    assert_false(negotiate_accepts_gzip(""));
    assert_false(negotiate_accepts_gzip("identity"));
    assert_false(negotiate_accepts_gzip("gzip;q=0"));
    assert_false(negotiate_accepts_gzip("gzip; q=0.000, *"));
    assert_false(negotiate_accepts_gzip("gzipped"));
}

static void accept_takes_types_and_ranges(void **state)
{
    (void)state;
    static const char *const types[] = {"application/json", NULL};
    assert_true(negotiate_accepts(NULL, types));
    assert_true(negotiate_accepts("", types));
    assert_true(negotiate_accepts("*/*;q=0.1", types));
    assert_true(negotiate_accepts("text/html, application/*", types));
    assert_true(negotiate_accepts("APPLICATION/JSON;charset=utf-8;q=1", types));
    assert_false(negotiate_accepts("text/html", types));
    assert_false(negotiate_accepts("text/*, application/json;q=0", types));
    assert_false(negotiate_accepts("application/jsonp", types));
    assert_true(negotiate_is_listed("application/json ; charset=utf-8", types));
    assert_false(negotiate_is_listed("application/json5", types));
}

static void a_token_is_read_only_under_its_key(void **state)
{
    (void)state;
    uint8_t key[HASH_SIZE], other[HASH_SIZE];
    random_fill(key, sizeof key);
    random_fill(other, sizeof other);
    const struct token token = {.employee_id = id_new(),
                                .session_id = id_new(),
                                .issued_at_ms = 1000,
                                .expires_at_ms = clock_now_ms()};
    char text[TOKEN_TEXT_SIZE];
    struct token read;
    token_write(&token, key, text);
    assert_true(token_read(text, key, &read));
    assert_true(id_equal(&read.employee_id, &token.employee_id) &&
                id_equal(&read.session_id, &token.session_id));
    assert_int_equal(read.expires_at_ms, token.expires_at_ms);
    assert_false(token_read(text, other, &read));
    for (size_t i = 0; text[i] != '\0'; i++) {
        char changed[TOKEN_TEXT_SIZE];
        memcpy(changed, text, sizeof changed);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_false(token_read(changed, key, &read));
    }
    assert_false(token_read("", key, &read));
}

static void an_api_key_has_a_checksum(void **state)
{
    (void)state;
    char text[API_KEY_TEXT_SIZE], second[API_KEY_TEXT_SIZE];
    api_key_make(text);
    api_key_make(second);
    assert_true(api_key_is_well_formed(text));
    assert_string_not_equal(text, second);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char changed[API_KEY_TEXT_SIZE];
        memcpy(changed, text, sizeof changed);
        changed[i] = changed[i] == 'x' ? 'y' : 'x';
        assert_false(api_key_is_well_formed(changed));
    }
    text[API_KEY_TEXT_SIZE - 2] = '\0';
    assert_false(api_key_is_well_formed(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_decoded_once),
        cmocka_unit_test(ambiguous_targets_are_refused),
        cmocka_unit_test(utf8_is_that_of_rfc_3629),
        cmocka_unit_test(json_is_read_strictly_and_refused_with_a_place),
        cmocka_unit_test(json_nests_to_its_limit),
        cmocka_unit_test(entity_tags_are_compared_weakly),
        cmocka_unit_test(gzip_is_sent_to_who_takes_it),
        cmocka_unit_test(accept_takes_types_and_ranges),
        cmocka_unit_test(a_token_is_read_only_under_its_key),
        cmocka_unit_test(an_api_key_has_a_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
