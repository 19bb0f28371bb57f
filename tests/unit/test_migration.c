/* Migrations, idempotency records and the lock of the data directory. */
#include "base/clock.h"
#include "sqlite/data_lock.h"
#include "sqlite/idempotency.h"
#include "sqlite/migration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct detail detail;
    struct db *db;
};

static int start(void **state)
{
    static struct fixture fixture;
    arena_init(&fixture.arena);
    detail_init(&fixture.detail, &fixture.arena);
    unsigned applied;
    assert_int_equal(db_open(":memory:", DB_READ_WRITE, &fixture.db), STATUS_OK);
    assert_int_equal(migration_run(fixture.db, &fixture.detail, &applied), STATUS_OK);
    assert_true(applied > 0);
    *state = &fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    db_close(fixture->db);
    arena_free(&fixture->arena);
    return 0;
}

static void a_second_run_applies_nothing(void **state)
{
    struct fixture *fixture = *state;
    unsigned applied;
    assert_int_equal(migration_run(fixture->db, &fixture->detail, &applied), STATUS_OK);
    assert_int_equal(applied, 0);
}

static void an_edited_migration_is_refused_by_name(void **state)
{
    struct fixture *fixture = *state;
    unsigned applied;
    assert_int_equal(db_execute(fixture->db, "UPDATE schema_migrations SET hash = 'other'"), STATUS_OK);
    assert_int_equal(migration_run(fixture->db, &fixture->detail, &applied), STATUS_STORAGE_UNAVAILABLE);
    assert_non_null(strstr(fixture->detail.text, migrations[0].name));
}

static void a_database_of_a_newer_version_is_refused(void **state)
{
    struct fixture *fixture = *state;
    unsigned applied;
    assert_int_equal(db_execute(fixture->db, "INSERT INTO schema_migrations VALUES ('9999_future', 'x', 0)"),
                     STATUS_OK);
    assert_int_equal(migration_run(fixture->db, &fixture->detail, &applied), STATUS_STORAGE_UNAVAILABLE);
    assert_non_null(strstr(fixture->detail.text, "9999_future"));
}

static struct idempotency_key key_of(const char *key, const char *request)
{
    return (struct idempotency_key){
        .present = true,
        .key = hash_of(key, strlen(key)),
        .fingerprint = hash_of(request, strlen(request)),
    };
}

static void a_kept_answer_is_found_for_the_same_request_only(void **state)
{
    struct fixture *fixture = *state;
    const struct idempotency_key first = key_of("key", "request");
    const struct idempotency_key other = key_of("key", "another request");
    const struct kept_answer kept = {
        .http_status = 201, .location = "/there", .etag = "\"1\"", .body = "{}", .body_length = 2};
    struct kept_answer answer;
    bool found;
    assert_int_equal(idempotency_find(fixture->db, &first, &fixture->arena, &answer, &found), STATUS_OK);
    assert_false(found);
    assert_int_equal(idempotency_keep(fixture->db, &first, &kept), STATUS_OK);
    assert_int_equal(idempotency_find(fixture->db, &first, &fixture->arena, &answer, &found), STATUS_OK);
    assert_true(found);
    assert_int_equal(answer.http_status, 201);
    assert_string_equal(answer.location, "/there");
    assert_string_equal(answer.etag, "\"1\"");
    assert_string_equal(answer.body, "{}");
    assert_int_equal(answer.body_length, 2);
    assert_int_equal(idempotency_find(fixture->db, &other, &fixture->arena, &answer, &found),
                     STATUS_IDEMPOTENCY_KEY_REUSED);
}

static int64_t pretended_now_ms;

static int64_t pretended_clock(void)
{
    return pretended_now_ms;
}

static void a_kept_answer_is_dropped_after_its_time(void **state)
{
    struct fixture *fixture = *state;
    const struct idempotency_key old = key_of("old", "request"), new = key_of("new", "request");
    const struct kept_answer kept = {.http_status = 204};
    struct kept_answer answer;
    bool found;
    clock_replace(pretended_clock);
    pretended_now_ms = 1800000000000;
    assert_int_equal(idempotency_keep(fixture->db, &old, &kept), STATUS_OK);
    pretended_now_ms += IDEMPOTENCY_KEPT_MS - 1;
    assert_int_equal(idempotency_find(fixture->db, &old, &fixture->arena, &answer, &found), STATUS_OK);
    assert_true(found);
    pretended_now_ms += 2;
    assert_int_equal(idempotency_keep(fixture->db, &new, &kept), STATUS_OK);
    assert_int_equal(idempotency_find(fixture->db, &old, &fixture->arena, &answer, &found), STATUS_OK);
    assert_false(found);
    clock_replace(NULL);
}

static void the_lock_names_its_holder(void **state)
{
    struct fixture *fixture = *state;
    char directory[] = "/tmp/mypos-lock-XXXXXX", path[64];
    int lock, again;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(data_lock_take(directory, "serve", &fixture->detail, &lock), STATUS_OK);
    assert_int_equal(data_lock_take(directory, "import-products", &fixture->detail, &again),
                     STATUS_STORAGE_UNAVAILABLE);
    assert_non_null(strstr(fixture->detail.text, "mypos serve"));
    data_lock_release(lock);
    assert_int_equal(data_lock_take(directory, "import-products", &fixture->detail, &again), STATUS_OK);
    data_lock_release(again);
    snprintf(path, sizeof path, "%s/mypos.lock", directory);
    unlink(path);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_run_applies_nothing, start, stop),
        cmocka_unit_test_setup_teardown(an_edited_migration_is_refused_by_name, start, stop),
        cmocka_unit_test_setup_teardown(a_database_of_a_newer_version_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_kept_answer_is_found_for_the_same_request_only, start, stop),
        cmocka_unit_test_setup_teardown(a_kept_answer_is_dropped_after_its_time, start, stop),
        cmocka_unit_test_setup_teardown(the_lock_names_its_holder, start, stop),
    };
    return cmocka_run_group_tests_name("migration", tests, NULL, NULL);
}
