/* The pool of readers (sqlite/reader.h): a connection for one thread at a time, and everybody's turn comes.
 */
#include "sqlite/reader.h"

#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define THREADS          16
#define TURNS_PER_THREAD 2000

struct fixture {
    char directory[64], path[96];
    struct readers *readers;
    _Atomic unsigned turns, at_once, most_at_once;
};

static void open_pool(struct fixture *fixture, unsigned count)
{
    struct db *db;
    memset(fixture, 0, sizeof *fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/mypos-reader-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->path, sizeof fixture->path, "%s/mypos.db", fixture->directory);
    assert_int_equal(db_open(fixture->path, DB_READ_WRITE, &db), STATUS_OK);
    assert_int_equal(db_execute(db, "CREATE TABLE notes (number INTEGER) STRICT"), STATUS_OK);
    assert_int_equal(readers_open(fixture->path, count, &fixture->readers), STATUS_OK);
    db_close(db);
}

static void remove_pool(struct fixture *fixture)
{
    char command[128];
    readers_close(fixture->readers);
    snprintf(command, sizeof command, "rm -r %s", fixture->directory);
    assert_int_equal(system(command), 0);
}

static void *take_turns(void *context)
{
    struct fixture *fixture = context;
    static const char SELECT[] = "SELECT 1";
    for (int turn = 0; turn < TURNS_PER_THREAD; turn++) {
        struct db *db = reader_take(fixture->readers);
        const unsigned now = atomic_fetch_add(&fixture->at_once, 1) + 1;
        unsigned most = atomic_load(&fixture->most_at_once);
        while (now > most && !atomic_compare_exchange_weak(&fixture->most_at_once, &most, now)) {
        }
        /* Two threads on one connection would fail here, or be seen by ThreadSanitizer. */
        bool row = false;
        sqlite3_stmt *select = db_statement(db, SELECT);
        if (db_step(db, select, &row) == STATUS_OK && row && sqlite3_column_int(select, 0) == 1) {
            atomic_fetch_add(&fixture->turns, 1);
        }
        db_done(select);
        atomic_fetch_sub(&fixture->at_once, 1);
        reader_give_back(fixture->readers, db);
    }
    return NULL;
}

static void every_thread_gets_its_turns_alone(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 3; count += 2) {
        struct fixture fixture;
        pthread_t threads[THREADS];
        open_pool(&fixture, count);
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, take_turns, &fixture), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
        assert_int_equal(atomic_load(&fixture.turns), THREADS * TURNS_PER_THREAD);
        assert_true(atomic_load(&fixture.most_at_once) <= count);
        remove_pool(&fixture);
    }
}

static void a_pool_of_none_or_too_many_is_refused(void **state)
{
    (void)state;
    struct readers *readers;
    assert_int_not_equal(readers_open("/tmp/none", 0, &readers), STATUS_OK);
    assert_int_not_equal(readers_open("/tmp/none", READERS_MAX + 1, &readers), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thread_gets_its_turns_alone),
        cmocka_unit_test(a_pool_of_none_or_too_many_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
