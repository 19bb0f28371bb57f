/* Replicas (catalog/replica.h): races for a number, answers that are lost, entries that do not fit. */
#include "base/log.h"
#include "catalog/digest.h"
#include "catalog/replica.h"
#include "memory_log.h"
#include "sqlite/migration.h"

#include "unit.h"

#include <unistd.h>

#define THREADS   4
#define ACTS      25
#define WAITS_MAX 6000 /* of 10 ms */

struct instance {
    char directory[64], path[96];
    struct writer *writer;
    struct catalog *catalog;
    struct replica *replica;
    _Atomic unsigned broken;
};

struct pair {
    struct memory_log *log;
    struct instance a, b;
};

static void tell(void *context)
{
    struct instance *instance = context;
    instance->broken++;
}

static enum status start(struct instance *instance, struct memory_log *log)
{
    struct db *db;
    struct arena arena;
    struct detail detail;
    unsigned applied;
    arena_init(&arena);
    detail_init(&detail, &arena);
    assert_int_equal(db_open(instance->path, DB_READ_WRITE, &db), STATUS_OK);
    assert_int_equal(migration_run(db, &detail, &applied), STATUS_OK);
    assert_int_equal(catalog_open(db, &instance->catalog), STATUS_OK);
    assert_int_equal(writer_start(db, &instance->writer), STATUS_OK);
    const struct replica_options options = {
        .log = &log->log,
        .catalog = instance->catalog,
        .writer = instance->writer,
        .directory = instance->directory,
        .database = instance->path,
        .broken = tell,
        .context = instance,
    };
    const enum status status = replica_open(&options, &detail, &instance->replica);
    catalog_attach(instance->catalog, instance->writer, instance->replica);
    arena_free(&arena);
    return status;
}

static void stop(struct instance *instance)
{
    replica_close(instance->replica);
    instance->replica = NULL;
    writer_stop(instance->writer);
    catalog_close(instance->catalog);
}

static void make_directory(struct instance *instance)
{
    snprintf(instance->directory, sizeof instance->directory, "/tmp/mypos-replica-XXXXXX");
    assert_non_null(mkdtemp(instance->directory));
    snprintf(instance->path, sizeof instance->path, "%s/mypos.db", instance->directory);
}

static int open_pair(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    log_set_level(LOG_ERROR);
    pair->log = memory_log_new();
    make_directory(&pair->a);
    make_directory(&pair->b);
    assert_int_equal(start(&pair->a, pair->log), STATUS_OK);
    assert_int_equal(start(&pair->b, pair->log), STATUS_OK);
    *state = pair;
    return 0;
}

static int close_pair(void **state)
{
    struct pair *pair = *state;
    char command[256];
    pair->log->before_append = NULL;
    stop(&pair->a);
    stop(&pair->b);
    memory_log_free(pair->log);
    snprintf(command, sizeof command, "rm -rf '%s' '%s'", pair->a.directory, pair->b.directory);
    const int code = system(command);
    free(pair);
    return code;
}

/* --- acts: secrets are rows of a name and a value ------------------------------------------------ */

static const char INSERT[] = "INSERT INTO secrets (name, value) VALUES (?1, zeroblob(32))";
static const char COUNT[] = "SELECT count(*) FROM secrets WHERE name LIKE ?1";
static const char INSERT_MANY[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
    " INSERT INTO secrets (name, value) SELECT 'many ' || i, randomblob(128) FROM n";

static _Atomic unsigned runs;

static enum status insert(struct db *db, void *context)
{
    sqlite3_stmt *statement = db_statement(db, INSERT);
    db_bind_string(statement, 1, context);
    runs++;
    return db_step(db, statement, NULL);
}

static enum status insert_many(struct db *db, void *context)
{
    (void)context;
    runs++;
    return db_step(db, db_statement(db, INSERT_MANY), NULL);
}

struct counted {
    const char *like;
    int64_t count;
};

static enum status count(struct db *db, void *context)
{
    struct counted *counted = context;
    sqlite3_stmt *statement = db_statement(db, COUNT);
    bool row;
    db_bind_string(statement, 1, counted->like);
    const enum status status = db_step(db, statement, &row);
    counted->count = sqlite3_column_int64(statement, 0);
    db_done(statement);
    return status;
}

static int64_t count_in(struct instance *instance, const char *like)
{
    struct counted counted = {.like = like};
    assert_int_equal(writer_run(instance->writer, count, &counted), STATUS_OK);
    return counted.count;
}

static enum status write_to(struct instance *instance, const char *name)
{
    return catalog_write(instance->catalog, insert, (char *)name, false);
}

static enum status digest_act(struct db *db, void *context)
{
    (void)db;
    const struct instance *instance = ((void **)context)[0];
    struct db *reader;
    assert_int_equal(db_open(instance->path, DB_READ_ONLY, &reader), STATUS_OK);
    assert_int_equal(catalog_digest(reader, ((void **)context)[1]), STATUS_OK);
    db_close(reader);
    return STATUS_OK;
}

static void wait_until(struct instance *instance, int64_t number)
{
    for (int i = 0; i < WAITS_MAX && replica_figures(instance->replica).position < number; i++) {
        replica_prompt(instance->replica);
        usleep(10000);
    }
}

static void assert_equal(struct pair *pair)
{
    char text_a[8192], text_b[8192];
    struct text a = text_over(text_a, sizeof text_a), b = text_over(text_b, sizeof text_b);
    wait_until(&pair->a, (int64_t)pair->log->count);
    wait_until(&pair->b, (int64_t)pair->log->count);
    assert_int_equal(writer_run_bare(pair->a.writer, digest_act, (void *[]){&pair->a, &a}), STATUS_OK);
    assert_int_equal(writer_run_bare(pair->b.writer, digest_act, (void *[]){&pair->b, &b}), STATUS_OK);
    assert_string_equal(text_string(&a), text_string(&b));
}

/* --- races --------------------------------------------------------------------------------------- */

static void a_write_is_read_everywhere(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(write_to(&pair->a, "one"), STATUS_OK);
    wait_until(&pair->b, 1);
    assert_int_equal(count_in(&pair->b, "one"), 1);
    assert_int_equal(write_to(&pair->b, "one"), STATUS_ID_TAKEN);
    assert_equal(pair);
}

static void what_is_refused_or_nothing_is_not_appended(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(write_to(&pair->a, "one"), STATUS_OK);
    assert_int_equal(write_to(&pair->a, "one"), STATUS_ID_TAKEN);
    struct counted counted = {.like = "one"};
    assert_int_equal(catalog_write(pair->a.catalog, count, &counted, false), STATUS_OK);
    assert_int_equal(counted.count, 1);
    assert_int_equal(pair->log->count, 1);
}

/* The other one is faster, just before the append: once. */
static void be_faster(void *context)
{
    struct pair *pair = context;
    pair->log->before_append = NULL;
    assert_int_equal(write_to(&pair->b, "faster"), STATUS_OK);
}

static void who_loses_the_race_is_rehearsed_again(void **state)
{
    struct pair *pair = *state;
    runs = 0;
    pair->log->context = pair;
    pair->log->before_append = be_faster;
    assert_int_equal(write_to(&pair->a, "slower"), STATUS_OK);
    assert_int_equal(runs, 3);
    assert_int_equal(replica_figures(pair->a.replica).lost_races, 1);
    /* What is taken now is refused. */
    assert_int_equal(write_to(&pair->a, "faster"), STATUS_ID_TAKEN);
    assert_equal(pair);
}

struct worker {
    struct instance *instance;
    unsigned number, done;
};

static void *work(void *context)
{
    struct worker *worker = context;
    for (unsigned i = 0; i < ACTS; i++) {
        char name[32];
        snprintf(name, sizeof name, "contested %u", i); /* all want the same */
        const enum status status = write_to(worker->instance, name);
        worker->done += status == STATUS_OK;
        if (status != STATUS_OK && status != STATUS_ID_TAKEN) {
            abort();
        }
        snprintf(name, sizeof name, "own %u %u", worker->number, i);
        if (write_to(worker->instance, name) != STATUS_OK) {
            abort();
        }
    }
    return NULL;
}

static void of_many_that_want_the_same_one_gets_it(void **state)
{
    struct pair *pair = *state;
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    unsigned done = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.instance = i % 2 == 0 ? &pair->a : &pair->b, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        done += workers[i].done;
    }
    assert_int_equal(done, ACTS);
    assert_equal(pair);
    assert_int_equal(count_in(&pair->a, "own %"), THREADS * ACTS);
}

/* --- answers that are lost ------------------------------------------------------------------------ */

static void a_lost_answer_is_found_out(void **state)
{
    struct pair *pair = *state;
    const enum memory_fault faults[] = {MEMORY_LOSES_ANSWER, MEMORY_LOSES_REQUEST};
    const char *const names[] = {"answer", "request"};
    for (size_t i = 0; i < 2; i++) {
        pair->log->fault = (int)faults[i];
        pair->log->faults = 2;
        assert_int_equal(write_to(&pair->a, names[i]), STATUS_OK);
        assert_int_equal(count_in(&pair->a, names[i]), 1);
    }
    assert_int_equal(pair->log->count, 2);
    assert_equal(pair);
}

static void what_is_surely_not_in_the_log_is_nowhere(void **state)
{
    struct pair *pair = *state;
    pair->log->fault = MEMORY_REFUSES;
    pair->log->faults = 1;
    assert_int_equal(write_to(&pair->a, "refused"), STATUS_OVERLOADED);
    assert_int_equal(count_in(&pair->a, "refused"), 0);
    assert_int_equal(write_to(&pair->a, "refused"), STATUS_OK);
    assert_equal(pair);
}

static void an_entry_of_the_dead_is_applied_when_it_lives_again(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(write_to(&pair->a, "one"), STATUS_OK);
    wait_until(&pair->b, 1);
    stop(&pair->b);
    assert_int_equal(write_to(&pair->a, "two"), STATUS_OK);
    assert_int_equal(start(&pair->b, pair->log), STATUS_OK);
    assert_int_equal(count_in(&pair->b, "two"), 1);
    assert_equal(pair);
}

/* --- large acts ------------------------------------------------------------------------------------ */

static void a_large_act_comes_in_parts_and_whole(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(catalog_write(pair->a.catalog, insert_many, NULL, true), STATUS_OK);
    assert_true(pair->log->entries[0].parts > 1);
    assert_int_equal(memory_log_parts(pair->log), pair->log->entries[0].parts);
    assert_equal(pair);
    assert_int_equal(count_in(&pair->b, "many %"), 6000);
}

static void a_large_act_that_lost_holds_the_others(void **state)
{
    struct pair *pair = *state;
    runs = 0;
    pair->log->context = pair;
    pair->log->before_append = be_faster;
    assert_int_equal(catalog_write(pair->a.catalog, insert_many, NULL, true), STATUS_OK);
    assert_int_equal(runs, 3);
    assert_int_equal(pair->log->count, 3);
    assert_int_equal(pair->log->entries[1].kind, SHARED_LOG_HOLD);
    assert_int_equal(memory_log_parts(pair->log),
                     pair->log->entries[2].parts); /* those of the lost try are gone */
    assert_int_equal(write_to(&pair->b, "after"), STATUS_OK);
    assert_equal(pair);
}

/* --- what does not fit ----------------------------------------------------------------------------- */

static void wait_for_break(struct instance *instance, const char *why)
{
    char words[REPLICA_WORDS_MAX] = "";
    for (int i = 0; i < WAITS_MAX && !replica_is_broken(instance->replica, words); i++) {
        replica_prompt(instance->replica);
        usleep(10000);
    }
    assert_non_null(strstr(words, why));
    assert_int_equal(instance->broken, 1);
    assert_true(replica_is_marked(instance->directory));
    assert_int_equal(write_to(instance, "never"), STATUS_NOT_READY);
}

static void an_entry_that_does_not_fit_breaks(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(write_to(&pair->a, "one"), STATUS_OK);
    wait_until(&pair->b, 1);
    assert_int_equal(writer_run(pair->b.writer, insert, (char[]){"two"}), STATUS_OK); /* past the log */
    assert_int_equal(write_to(&pair->a, "two"), STATUS_OK);
    wait_for_break(&pair->b, "A row that is to be new is there: secrets");
}

static void a_missed_entry_breaks(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(write_to(&pair->a, "one"), STATUS_OK);
    wait_until(&pair->b, 1);
    pair->log->reads_fail = true;
    assert_int_equal(write_to(&pair->a, "two"), STATUS_OK);
    free((void *)pair->log->entries[1].body); /* a snapshot has taken its place */
    pair->log->entries[1].body = NULL;
    pair->log->reads_fail = false;
    wait_for_break(&pair->b, "was missed");
}

static enum status add_column(struct db *db, void *context)
{
    (void)context;
    return db_execute(
        db, "ALTER TABLE secrets ADD COLUMN note TEXT NOT NULL DEFAULT ''; PRAGMA user_version = 9000");
}

static void restart(struct instance *instance, struct memory_log *log, enum status expected)
{
    stop(instance);
    assert_int_equal(start(instance, log), expected);
}

/* A rolling upgrade: one is newer than the other for a while. */
static void an_older_one_applies_nothing_of_a_newer_schema(void **state)
{
    struct pair *pair = *state;
    char words[REPLICA_WORDS_MAX] = "";
    assert_int_equal(writer_run(pair->b.writer, add_column, NULL), STATUS_OK);
    restart(&pair->b, pair->log, STATUS_OK);
    assert_int_equal(write_to(&pair->a, "old"), STATUS_OK); /* the newer one takes it */
    wait_until(&pair->b, 1);
    assert_int_equal(write_to(&pair->b, "new"), STATUS_OK);
    for (int i = 0; i < WAITS_MAX && !replica_has_fault(pair->a.replica, words); i++) {
        replica_prompt(pair->a.replica);
        usleep(10000);
    }
    assert_non_null(strstr(words, "newer version"));
    assert_false(replica_is_broken(pair->a.replica, words)); /* it reads on, and is not made anew */
    assert_false(replica_is_marked(pair->a.directory));
    assert_int_equal(count_in(&pair->a, "new"), 0);
    assert_int_equal(write_to(&pair->a, "never"), STATUS_NOT_READY);
    assert_int_equal(count_in(&pair->b, "never"), 0);
    restart(&pair->a, pair->log, STATUS_NOT_READY);
    stop(&pair->a);
    struct db *db; /* upgraded */
    assert_int_equal(db_open(pair->a.path, DB_READ_WRITE, &db), STATUS_OK);
    assert_int_equal(add_column(db, NULL), STATUS_OK);
    db_close(db);
    assert_int_equal(start(&pair->a, pair->log), STATUS_OK);
    assert_int_equal(count_in(&pair->a, "new"), 1);
}

static void a_damaged_entry_breaks(void **state)
{
    struct pair *pair = *state;
    pair->log->reads_fail = true;
    assert_int_equal(write_to(&pair->a, "one"), STATUS_OK);
    ((char *)pair->log->entries[0].body)[20] ^= 1;
    pair->log->reads_fail = false;
    wait_for_break(&pair->b, "is damaged");
}

static void the_catalogue_of_another_log_is_refused(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(write_to(&pair->a, "one"), STATUS_OK);
    wait_until(&pair->b, 1);
    struct memory_log *other = memory_log_new();
    stop(&pair->b);
    assert_int_equal(start(&pair->b, other), STATUS_STORAGE_UNAVAILABLE);
    memory_log_free(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)
    const struct CMUnitTest tests[] = {
        TEST(a_write_is_read_everywhere),
        TEST(what_is_refused_or_nothing_is_not_appended),
        TEST(who_loses_the_race_is_rehearsed_again),
        TEST(of_many_that_want_the_same_one_gets_it),
        TEST(a_lost_answer_is_found_out),
        TEST(what_is_surely_not_in_the_log_is_nowhere),
        TEST(an_entry_of_the_dead_is_applied_when_it_lives_again),
        TEST(a_large_act_comes_in_parts_and_whole),
        TEST(a_large_act_that_lost_holds_the_others),
        TEST(an_entry_that_does_not_fit_breaks),
        TEST(a_missed_entry_breaks),
        TEST(an_older_one_applies_nothing_of_a_newer_schema),
        TEST(a_damaged_entry_breaks),
        TEST(the_catalogue_of_another_log_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
