/* Detail and status: the words that go with a failure. */
#include "base/detail.h"

#include "unit.h"

static void detail_keeps_every_fault_in_order(void **state)
{
    (void)state;
    struct arena arena;
    struct detail detail;
    arena_init(&arena);
    detail_init(&detail, &arena);
    char pointer[32] = "/lines/0/quantity";
    assert_int_equal(detail_fault(&detail, pointer, "type", "%s is no quantity", "\"x\""),
                     STATUS_VALIDATION_FAILED);
    pointer[0] = '!'; /* it was copied */
    assert_int_equal(detail_fault(&detail, "/name", "required", "A name is needed"),
                     STATUS_VALIDATION_FAILED);
    assert_int_equal(detail.faults, 2);
    assert_string_equal(detail.first->pointer, "/lines/0/quantity");
    assert_string_equal(detail.first->code, "type");
    assert_string_equal(detail.first->detail, "\"x\" is no quantity");
    assert_string_equal(detail.first->next->pointer, "/name");
    assert_null(detail.first->next->next);
    arena_free(&arena);
}

static void detail_counts_faults_beyond_its_limit(void **state)
{
    (void)state;
    struct arena arena;
    struct detail detail;
    arena_init(&arena);
    detail_init(&detail, &arena);
    for (int i = 0; i < DETAIL_FAULTS_MAX + 50; i++) {
        assert_int_equal(detail_fault(&detail, "/x", "x", "%d", i), STATUS_VALIDATION_FAILED);
    }
    int kept = 0;
    for (const struct fault *fault = detail.first; fault != NULL; fault = fault->next) {
        kept++;
    }
    assert_int_equal(kept, DETAIL_FAULTS_MAX);
    assert_int_equal(detail.faults, DETAIL_FAULTS_MAX + 50);
    arena_free(&arena);
}

static void detail_has_room_for_a_long_list(void **state)
{
    (void)state;
    struct arena arena;
    struct detail detail;
    char list[1600];
    memset(list, 'x', sizeof list - 1);
    list[sizeof list - 1] = '\0';
    arena_init(&arena);
    detail_init(&detail, &arena);
    (void)detail_fault(&detail, "/x", "enum", "%s.", list);
    assert_int_equal(strlen(detail.first->detail), sizeof list);
    arena_free(&arena);
}

static void detail_of_nobody_takes_nothing(void **state)
{
    (void)state;
    assert_int_equal(detail_set(NULL, STATUS_SKU_TAKEN, "%s", "x"), STATUS_SKU_TAKEN);
    assert_int_equal(detail_fault(NULL, "/x", "x", "x"), STATUS_VALIDATION_FAILED);
}

static void detail_sentence_goes_with_its_status(void **state)
{
    (void)state;
    struct arena arena;
    struct detail detail;
    arena_init(&arena);
    detail_init(&detail, &arena);
    assert_int_equal(detail_set(&detail, STATUS_SKU_TAKEN, "A1 is %s's", "Tea"), STATUS_SKU_TAKEN);
    assert_string_equal(detail.text, "A1 is Tea's");
    arena_free(&arena);
}

static void status_codes_are_distinct_and_complete(void **state)
{
    (void)state;
    for (int a = 0; a < STATUS_COUNT; a++) {
        const int http = status_http((enum status)a);
        assert_true(http == 200 || http == 304 || (http >= 400 && http < 600));
        assert_true(strlen(status_title((enum status)a)) > 1);
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(status_code((enum status)a), status_code((enum status)b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(detail_keeps_every_fault_in_order),
        cmocka_unit_test(detail_counts_faults_beyond_its_limit),
        cmocka_unit_test(detail_has_room_for_a_long_list),
        cmocka_unit_test(detail_of_nobody_takes_nothing),
        cmocka_unit_test(detail_sentence_goes_with_its_status),
        cmocka_unit_test(status_codes_are_distinct_and_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
