/* Ids: UUIDs of version 7, and randomness that tests can set. */
#include "base/id.h"

#include "base/clock.h"
#include "unit.h"

#include <ctype.h>

static int64_t fixed_now_ms(void)
{
    return 0x0193c0de1234;
}

static void fill_with_ones(void *bytes, size_t length)
{
    memset(bytes, 0xff, length);
}

static void id_has_time_version_and_variant(void **state)
{
    (void)state;
    clock_replace(fixed_now_ms);
    random_replace(fill_with_ones);
    const struct id id = id_new();
    clock_replace(NULL);
    random_replace(NULL);
    char text[ID_TEXT_SIZE];
    assert_string_equal(id_format(&id, text), "0193c0de-1234-7fff-bfff-ffffffffffff");
}

static void id_is_new_every_time_and_later_ids_sort_later(void **state)
{
    (void)state;
    struct id before = id_new();
    for (int i = 0; i < 10000; i++) {
        const struct id id = id_new();
        assert_false(id_equal(&before, &id));
        assert_true(memcmp(before.bytes, id.bytes, 6) <= 0);
        before = id;
    }
}

static void id_reads_back_what_it_wrote_in_either_case(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        const struct id id = id_new();
        struct id read;
        char text[ID_TEXT_SIZE];
        id_format(&id, text);
        assert_true(id_parse(text, &read));
        assert_true(id_equal(&id, &read));
        for (char *at = text; *at != '\0'; at++) {
            *at = (char)toupper((unsigned char)*at);
        }
        assert_true(id_parse(text, &read));
        assert_true(id_equal(&id, &read));
    }
}

static void id_refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "0193c0de",
        "0193c0de-1234-7fff-bfff-fffffffffff",
        "0193c0de-1234-7fff-bfff-ffffffffffff0",
        "0193c0de-1234-7fff-bfff-fffffffffffg",
        "0193c0de12347fffbfffffffffffffff",
        "0193c0de-1234-7fff-bfff_ffffffffffff",
        "{193c0de-1234-7fff-bfff-fffffffffff}",
        " 193c0de-1234-7fff-bfff-ffffffffffff",
    };
    struct id id;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(id_parse(wrong[i], &id));
    }
}

static void random_bytes_differ(void **state)
{
    (void)state;
    unsigned char a[32], b[32];
    random_fill(a, sizeof a);
    random_fill(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_has_time_version_and_variant),
        cmocka_unit_test(id_is_new_every_time_and_later_ids_sort_later),
        cmocka_unit_test(id_reads_back_what_it_wrote_in_either_case),
        cmocka_unit_test(id_refuses_what_is_none),
        cmocka_unit_test(random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
