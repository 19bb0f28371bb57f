/* Arena: memory that is freed at once. */
#include "base/arena.h"

#include "unit.h"

#include <stdalign.h>

static void arena_gives_aligned_memory_that_does_not_overlap(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    unsigned char *blocks[2000];
    size_t sizes[2000];
    struct unit_random random = unit_random();
    for (unsigned i = 0; i < 2000; i++) {
        sizes[i] = unit_random_below(&random, i % 100 == 0 ? 50000 : 200);
        blocks[i] = arena_alloc(&arena, sizes[i]);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        memset(blocks[i], (int)(i % 251), sizes[i]);
    }
    for (unsigned i = 0; i < 2000; i++) {
        for (size_t at = 0; at < sizes[i]; at++) {
            assert_int_equal(blocks[i][at], i % 251);
        }
    }
    arena_free(&arena);
}

static void arena_zeroes_on_request(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    memset(arena_alloc(&arena, 1000), 0xff, 1000);
    arena_reset(&arena);
    const unsigned char *zeroed = arena_zeroed(&arena, 10, 100);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(zeroed[i], 0);
    }
    arena_free(&arena);
}

static void arena_can_be_used_again_after_reset_and_free(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    arena_reset(&arena);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 100; i++) {
            memset(arena_alloc(&arena, 1000), round, 1000);
        }
        arena_reset(&arena);
    }
    memset(arena_alloc(&arena, 100000), 1, 100000); /* a block of its own is not kept */
    arena_reset(&arena);
    assert_string_equal(arena_copy(&arena, "tea"), "tea");
    arena_free(&arena);
    arena_free(&arena);
    assert_string_equal(arena_copy(&arena, "tea"), "tea");
    arena_free(&arena);
}

static void arena_copies_end_in_nul(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(arena_copy_n(&arena, "coffee", 3), "cof");
    assert_string_equal(arena_copy_n(&arena, "", 0), "");
    assert_string_equal(arena_printf(&arena, "%s-%06d", "K1", 42), "K1-000042");
    char *long_one = arena_printf(&arena, "%20000d", 7);
    assert_int_equal(strlen(long_one), 20000);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_aligned_memory_that_does_not_overlap),
        cmocka_unit_test(arena_zeroes_on_request),
        cmocka_unit_test(arena_can_be_used_again_after_reset_and_free),
        cmocka_unit_test(arena_copies_end_in_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
