/* The one writer (sqlite/writer.h): acts share commits, fail alone, and survive a full disk. */
#include "sqlite/reader.h"
#include "sqlite/writer.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
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

/* More than a small cache, at random places, so that pages are written more than once; then it fails. */
static enum status fail_large(struct db *db, void *context)
{
    (void)context;
    enum status status = db_execute(db, "PRAGMA cache_size = -200");
    if (status == STATUS_OK) {
        status = db_execute(db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000)"
                                " INSERT INTO notes SELECT random(), zeroblob(30) FROM n");
    }
    return status == STATUS_OK ? STATUS_TOTAL_MISMATCH : status;
}

/* What a restart would find if the process were killed now. */
static int64_t notes_after_a_kill(const struct fixture *fixture)
{
    char command[512];
    struct fixture killed = *fixture;
    snprintf(killed.path, sizeof killed.path, "%s/killed.db", fixture->directory);
    snprintf(command, sizeof command, "cp '%s' '%s' && cp '%s-wal' '%s-wal'", fixture->path, killed.path,
             fixture->path, killed.path);
    assert_int_equal(system(command), 0);
    struct db *db;
    int64_t count;
    assert_int_equal(db_open(killed.path, DB_READ_WRITE, &db), STATUS_OK);
    assert_int_equal(count_notes(db, &count), STATUS_OK);
    db_close(db);
    assert_int_equal(unlink(killed.path), 0);
    return count;
}

/* Holds the writer, so that what arrives meanwhile becomes one group. */
static enum status sleep_a_while(struct db *db, void *context)
{
    (void)db;
    (void)context;
    usleep(200000);
    return STATUS_OK;
}

struct queued {
    struct writer *writer;
    writer_act act;
    void *context;
    enum status status;
};

static void *run_queued(void *context)
{
    struct queued *queued = context;
    queued->status = writer_run(queued->writer, queued->act, queued->context);
    return NULL;
}

static void a_large_act_that_fails_costs_no_later_commit(void **state)
{
    struct fixture *fixture = *state;
    struct note note = {.number = 1, .result = STATUS_OK};
    struct queued queued[] = {
        {.writer = fixture->writer, .act = sleep_a_while},
        {.writer = fixture->writer, .act = fail_large},
        {.writer = fixture->writer, .act = insert_note, .context = &note},
    };
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_queued, &queued[i]), 0);
        usleep(20000);
    }
    for (size_t i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(queued[1].status, STATUS_TOTAL_MISMATCH);
    assert_int_equal(queued[2].status, STATUS_OK);
    assert_int_equal(writer_run_alone(fixture->writer, fail_large, NULL), STATUS_TOTAL_MISMATCH);
    note.number = 2;
    assert_int_equal(writer_run(fixture->writer, insert_note, &note), STATUS_OK);
    note.number = 3;
    assert_int_equal(writer_run_alone(fixture->writer, insert_note, &note), STATUS_OK);
    assert_int_equal(notes_after_a_kill(fixture), 3);
    assert_int_equal(committed_notes(fixture), 3);
}

/* --- groups that are run again --- */

#define TOGETHER 5

struct hold {
    sem_t taken, let_go;
};

/* Holds the writer, so that what is queued meanwhile becomes one group. */
static enum status hold_the_writer(struct db *db, void *context)
{
    struct hold *hold = context;
    (void)db;
    sem_post(&hold->taken);
    sem_wait(&hold->let_go);
    return STATUS_OK;
}

/* Runs TOGETHER acts in one group, in their order. */
static void run_together(struct fixture *fixture, struct queued *queued)
{
    struct hold hold;
    struct queued holder = {.writer = fixture->writer, .act = hold_the_writer, .context = &hold};
    pthread_t threads[TOGETHER + 1];
    sem_init(&hold.taken, 0, 0);
    sem_init(&hold.let_go, 0, 0);
    pthread_create(&threads[TOGETHER], NULL, run_queued, &holder);
    sem_wait(&hold.taken);
    for (unsigned i = 0; i < TOGETHER; i++) {
        queued[i].writer = fixture->writer;
        pthread_create(&threads[i], NULL, run_queued, &queued[i]);
        while (writer_figures(fixture->writer).queued != i + 1) {
            usleep(1000);
        }
    }
    sem_post(&hold.let_go);
    for (unsigned i = 0; i <= TOGETHER; i++) {
        pthread_join(threads[i], NULL);
    }
    sem_destroy(&hold.taken);
    sem_destroy(&hold.let_go);
}

static void an_act_that_fails_midway_is_undone_and_the_others_are_run_again(void **state)
{
    struct fixture *fixture = *state;
    struct note notes[TOGETHER] = {{.number = 1},
                                   {.number = 2, .result = STATUS_SKU_TAKEN}, /* when it is written */
                                   {.number = 1},                             /* taken by the first */
                                   {.number = 2},                             /* no longer taken */
                                   {.number = 3}};
    struct queued queued[TOGETHER];
    for (size_t i = 0; i < TOGETHER; i++) {
        queued[i] = (struct queued){.act = insert_note, .context = &notes[i]};
    }
    run_together(fixture, queued);
    assert_int_equal(queued[0].status, STATUS_OK);
    assert_int_equal(queued[1].status, STATUS_SKU_TAKEN);
    assert_int_equal(queued[2].status, STATUS_ID_TAKEN);
    assert_int_equal(queued[3].status, STATUS_OK);
    assert_int_equal(queued[4].status, STATUS_OK);
    assert_int_equal(committed_notes(fixture), 3);
    assert_int_equal(notes_after_a_kill(fixture), 3);
    const struct writer_figures figures = writer_figures(fixture->writer);
    assert_int_equal(figures.repeated, 1);
    assert_int_equal(figures.commits, 2);
    assert_int_equal(figures.failed_commits, 0);
}

static void an_act_that_fails_before_it_writes_costs_no_other_anything(void **state)
{
    struct fixture *fixture = *state;
    struct note notes[TOGETHER] = {{.number = 1}, {.number = 1}, {.number = 2}, {.number = 2}, {.number = 3}};
    struct queued queued[TOGETHER];
    for (size_t i = 0; i < TOGETHER; i++) {
        queued[i] = (struct queued){.act = insert_note, .context = &notes[i]};
    }
    run_together(fixture, queued);
    for (size_t i = 0; i < TOGETHER; i++) {
        assert_int_equal(queued[i].status, i == 1 || i == 3 ? STATUS_ID_TAKEN : STATUS_OK);
    }
    assert_int_equal(committed_notes(fixture), 3);
    assert_int_equal(writer_figures(fixture->writer).repeated, 0);
}

/* Whom it hits together with the large one is SQLite's choice; nobody is told what is not so. */
static void a_disk_that_fills_up_midway_loses_nothing_that_was_acknowledged(void **state)
{
    struct fixture *fixture = *state;
    int few_pages = 10, many_pages = 1000000;
    struct note notes[TOGETHER] = {
        {.number = 1}, {.number = 2, .filler = 1 << 20}, {.number = 3}, {.number = 4}, {.number = 5}};
    struct queued queued[TOGETHER];
    int64_t acknowledged = 0;
    for (size_t i = 0; i < TOGETHER; i++) {
        queued[i] = (struct queued){.act = insert_note, .context = &notes[i]};
    }
    assert_int_equal(writer_run(fixture->writer, limit_pages, &few_pages), STATUS_OK);
    run_together(fixture, queued);
    assert_int_equal(queued[1].status, STATUS_STORAGE_UNAVAILABLE);
    for (size_t i = 0; i < TOGETHER; i++) {
        assert_true(queued[i].status == STATUS_OK || queued[i].status == STATUS_STORAGE_UNAVAILABLE);
        acknowledged += queued[i].status == STATUS_OK;
    }
    assert_int_equal(committed_notes(fixture), acknowledged);
    assert_int_equal(notes_after_a_kill(fixture), acknowledged);
    assert_int_equal(writer_run(fixture->writer, limit_pages, &many_pages), STATUS_OK);
    run_together(fixture, queued);
    assert_int_equal(committed_notes(fixture), TOGETHER);
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

/* --- an empty log --- */

static int64_t log_size(const struct fixture *fixture)
{
    char path[128];
    struct stat file;
    snprintf(path, sizeof path, "%s-wal", fixture->path);
    return stat(path, &file) == 0 ? file.st_size : 0;
}

static void *scrub_many(void *context)
{
    const struct fixture *fixture = context;
    for (int i = 0; i < ACTS_PER_THREAD; i++) {
        writer_scrub(fixture->writer);
    }
    return NULL;
}

static void the_log_is_empty_after_a_scrub(void **state)
{
    struct fixture *fixture = *state;
    struct note note = {.number = 1, .filler = 100000};
    assert_int_equal(writer_run(fixture->writer, insert_note, &note), STATUS_OK);
    writer_scrub(fixture->writer);
    assert_int_equal(log_size(fixture), 0);
    assert_int_equal(committed_notes(fixture), 1);
}

static void acts_and_scrubs_do_not_wait_for_each_other_for_ever(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[THREADS], scrubs[2];
    struct load loads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        loads[i] = (struct load){.writer = fixture->writer, .from = i * ACTS_PER_THREAD};
        assert_int_equal(pthread_create(&threads[i], NULL, insert_many, &loads[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&scrubs[i], NULL, scrub_many, fixture), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(loads[i].wrong, 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(scrubs[i], NULL);
    }
    writer_scrub(fixture->writer);
    assert_int_equal(log_size(fixture), 0);
}

/* Whoever reads keeps the log; it is emptied when they have ended, without being asked again. */
static void a_scrub_is_made_up_for_when_readers_end(void **state)
{
    struct fixture *fixture = *state;
    struct readers *readers;
    int64_t count;
    struct note note = {.number = 1, .filler = 100};
    assert_int_equal(writer_run(fixture->writer, insert_note, &note), STATUS_OK);
    assert_int_equal(readers_open(fixture->path, 1, &readers), STATUS_OK);
    struct db *db = reader_take(readers);
    assert_int_equal(db_begin_read(db), STATUS_OK);
    assert_int_equal(count_notes(db, &count), STATUS_OK);
    note.number = 2;
    assert_int_equal(writer_run(fixture->writer, insert_note, &note), STATUS_OK);
    pthread_t scrub;
    assert_int_equal(pthread_create(&scrub, NULL, scrub_many, fixture), 0);
    note.number = 3; /* meanwhile everybody else goes on */
    assert_int_equal(writer_run(fixture->writer, insert_note, &note), STATUS_OK);
    assert_true(log_size(fixture) > 0);
    db_end_read(db);
    reader_give_back(readers, db);
    pthread_join(scrub, NULL);
    assert_int_equal(log_size(fixture), 0);
    readers_close(readers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_acknowledged_act_is_committed, start, stop),
        cmocka_unit_test_setup_teardown(an_act_fails_alone_and_leaves_nothing, start, stop),
        cmocka_unit_test_setup_teardown(acts_of_many_threads_share_commits, start, stop),
        cmocka_unit_test_setup_teardown(a_full_disk_refuses_the_write_and_the_writer_recovers, start, stop),
        cmocka_unit_test_setup_teardown(a_large_act_that_fails_costs_no_later_commit, start, stop),
        cmocka_unit_test_setup_teardown(an_act_that_fails_midway_is_undone_and_the_others_are_run_again,
                                        start, stop),
        cmocka_unit_test_setup_teardown(an_act_that_fails_before_it_writes_costs_no_other_anything, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_disk_that_fills_up_midway_loses_nothing_that_was_acknowledged,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_reader_cannot_write, start, stop),
        cmocka_unit_test_setup_teardown(the_log_is_empty_after_a_scrub, start, stop),
        cmocka_unit_test_setup_teardown(acts_and_scrubs_do_not_wait_for_each_other_for_ever, start, stop),
        cmocka_unit_test_setup_teardown(a_scrub_is_made_up_for_when_readers_end, start, stop),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
