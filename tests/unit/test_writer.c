/* The one writer (sqlite/writer.h): acts share commits, fail alone, and survive a full disk. */
#include "sqlite/reader.h"
#include "sqlite/writer.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS         16
#define ACTS_PER_THREAD 50

static const char INSERT[] = "INSERT INTO notes (number, filler) VALUES (?1, zeroblob(?2))";
static const char COUNT[] = "SELECT count(*) FROM notes";

struct fixture {
    char directory[64], path[96];
    struct writer *writer;
};

struct note {
    int64_t number, filler;
    enum status result;
};

static enum status insert_note(struct db *db, void *context)
{
    const struct note *note = context;
    sqlite3_stmt *insert = db_statement(db, INSERT);
    db_bind_int(insert, 1, note->number);
    db_bind_int(insert, 2, note->filler);
    enum status status = db_step(db, insert, NULL);
    return status == STATUS_OK ? note->result : status;
}

static enum status count_notes(struct db *db, int64_t *count)
{
    sqlite3_stmt *select = db_statement(db, COUNT);
    bool row;
    enum status status = db_step(db, select, &row);
    *count = sqlite3_column_int64(select, 0);
    db_done(select);
    return status;
}

static int64_t committed_notes(const struct fixture *fixture)
{
    struct readers *readers;
    int64_t count;
    assert_int_equal(readers_open(fixture->path, 1, &readers), STATUS_OK);
    struct db *db = reader_take(readers);
    assert_int_equal(count_notes(db, &count), STATUS_OK);
    reader_give_back(readers, db);
    readers_close(readers);
    return count;
}

static int start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/mypos-writer-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->path, sizeof fixture->path, "%s/test.db", fixture->directory);
    struct db *db;
    assert_int_equal(db_open(fixture->path, DB_READ_WRITE, &db), STATUS_OK);
    assert_int_equal(db_execute(db, "CREATE TABLE notes (number INTEGER UNIQUE, filler BLOB) STRICT"),
                     STATUS_OK);
    assert_int_equal(writer_start(db, &fixture->writer), STATUS_OK);
    *state = fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    writer_stop(fixture->writer);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", fixture->path, suffixes[i]);
        unlink(path);
    }
    rmdir(fixture->directory);
    free(fixture);
    return 0;
}

static void an_acknowledged_act_is_committed(void **state)
{
    const struct fixture *fixture = *state;
    struct note note = {.number = 1};
    assert_int_equal(writer_run(fixture->writer, insert_note, &note), STATUS_OK);
    assert_int_equal(committed_notes(fixture), 1);
}

static void an_act_fails_alone_and_leaves_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct note good = {.number = 1};
    struct note refused = {.number = 2, .result = STATUS_SKU_TAKEN};
    struct note duplicate = {.number = 1};
    assert_int_equal(writer_run(fixture->writer, insert_note, &good), STATUS_OK);
    assert_int_equal(writer_run(fixture->writer, insert_note, &refused), STATUS_SKU_TAKEN);
    assert_int_equal(writer_run(fixture->writer, insert_note, &duplicate), STATUS_ID_TAKEN);
    assert_int_equal(committed_notes(fixture), 1);
    assert_true(writer_figures(fixture->writer).healthy);
}

struct load {
    struct writer *writer;
    int64_t from;
    int wrong;
};

/* Every third act is refused by itself. */
static void *insert_many(void *context)
{
    struct load *load = context;
    for (int64_t i = 0; i < ACTS_PER_THREAD; i++) {
        struct note note = {.number = load->from + i, .result = i % 3 == 0 ? STATUS_SKU_TAKEN : STATUS_OK};
        load->wrong += writer_run(load->writer, insert_note, &note) != note.result;
    }
    return NULL;
}

static void acts_of_many_threads_share_commits(void **state)
{
    const struct fixture *fixture = *state;
    pthread_t threads[THREADS];
    struct load loads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        loads[i] = (struct load){.writer = fixture->writer, .from = i * ACTS_PER_THREAD};
        assert_int_equal(pthread_create(&threads[i], NULL, insert_many, &loads[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(loads[i].wrong, 0);
    }
    const struct writer_figures figures = writer_figures(fixture->writer);
    assert_int_equal(committed_notes(fixture), THREADS * (ACTS_PER_THREAD - (ACTS_PER_THREAD + 2) / 3));
    assert_int_equal(figures.acts, THREADS * ACTS_PER_THREAD);
    assert_true(figures.commits < figures.acts);
    assert_int_equal(figures.queued, 0);
}

static enum status limit_pages(struct db *db, void *context)
{
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA max_page_count = %d", *(const int *)context);
    return db_execute(db, pragma);
}

static void a_full_disk_refuses_the_write_and_the_writer_recovers(void **state)
{
    const struct fixture *fixture = *state;
    struct note small = {.number = 1};
    struct note large = {.number = 2, .filler = 1 << 20};
    int few_pages = 10, many_pages = 1000000;
    assert_int_equal(writer_run(fixture->writer, insert_note, &small), STATUS_OK);
    assert_int_equal(writer_run(fixture->writer, limit_pages, &few_pages), STATUS_OK);
    assert_int_equal(writer_run(fixture->writer, insert_note, &large), STATUS_STORAGE_UNAVAILABLE);
    assert_int_equal(committed_notes(fixture), 1);
    assert_int_equal(writer_run(fixture->writer, limit_pages, &many_pages), STATUS_OK);
    assert_int_equal(writer_run(fixture->writer, insert_note, &large), STATUS_OK);
    assert_int_equal(committed_notes(fixture), 2);
    assert_true(writer_figures(fixture->writer).healthy);
}

static void a_reader_cannot_write(void **state)
{
    const struct fixture *fixture = *state;
    struct readers *readers;
    assert_int_equal(readers_open(fixture->path, 1, &readers), STATUS_OK);
    struct db *db = reader_take(readers);
    assert_int_not_equal(db_execute(db, "DELETE FROM notes"), STATUS_OK);
    reader_give_back(readers, db);
    readers_close(readers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_acknowledged_act_is_committed, start, stop),
        cmocka_unit_test_setup_teardown(an_act_fails_alone_and_leaves_nothing, start, stop),
        cmocka_unit_test_setup_teardown(acts_of_many_threads_share_commits, start, stop),
        cmocka_unit_test_setup_teardown(a_full_disk_refuses_the_write_and_the_writer_recovers, start, stop),
        cmocka_unit_test_setup_teardown(a_reader_cannot_write, start, stop),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
