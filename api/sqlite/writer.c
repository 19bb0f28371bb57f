#include "sqlite/writer.h"

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

enum manner {
    GROUPED,
    ALONE,
    BARE,
};

/* An act that waits; lives on the stack of the thread that waits for it. */
struct waiting_act {
    writer_act act;
    void *context;
    enum manner manner;
    enum status status;
    sem_t finished;
    struct waiting_act *next;
};

struct writer {
    struct db *db; /* the writer's thread alone */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t arrived;
    struct waiting_act *first, **last;
    unsigned queued;
    bool stopping;
    uint64_t scrubs_asked, scrubs_done;
    int64_t scrub_after_us; /* not before: a reader was in the way */
    pthread_cond_t scrubbed;
    struct writer_figures figures;
};

static const char BEGIN[] = "BEGIN IMMEDIATE";
static const char COMMIT[] = "COMMIT";
static const char SAVEPOINT[] = "SAVEPOINT act";
static const char RELEASE[] = "RELEASE act";
static const char ROLLBACK_TO[] = "ROLLBACK TO act";

static enum status run_statement(struct db *db, const char *sql)
{
    return db_step(db, db_statement(db, sql), NULL);
}

/* SQLite ends the whole transaction by itself after some failures (disk full, I/O error). */
static bool transaction_is_open(struct db *db)
{
    return !sqlite3_get_autocommit(db_handle(db));
}

/* Runs an act so that it is undone alone. */
static enum status run_in_savepoint(struct db *db, const struct waiting_act *waiting)
{
    enum status status = run_statement(db, SAVEPOINT);
    if (status != STATUS_OK) {
        return status;
    }
    FAULT_ACT("other");
    status = waiting->act(db, waiting->context);
    if (!transaction_is_open(db)) {
        return status != STATUS_OK ? status : STATUS_STORAGE_UNAVAILABLE;
    }
    if (status == STATUS_OK) {
        return run_statement(db, RELEASE);
    }
    if (run_statement(db, ROLLBACK_TO) != STATUS_OK || run_statement(db, RELEASE) != STATUS_OK) {
        db_roll_back(db); /* the group fails as a whole */
    }
    return status;
}

/* Runs an act that nothing undoes: `torn` when it has failed and left something. What a statement that failed
 * had done SQLite has undone. */
static enum status run_in_the_open(struct db *db, const struct waiting_act *waiting, bool *torn)
{
    const sqlite3_int64 rows = sqlite3_total_changes64(db_handle(db));
    FAULT_ACT("other");
    const enum status status = waiting->act(db, waiting->context);
    *torn = status != STATUS_OK && sqlite3_total_changes64(db_handle(db)) != rows;
    return status;
}

/* Runs a group in a transaction, which stays open for the commit. Without savepoints it may end `torn`. */
static enum status run_acts(struct db *db, struct waiting_act *group, bool savepoints, bool *torn)
{
    enum status status = run_statement(db, BEGIN);
    *torn = false;
    for (struct waiting_act *waiting = group; status == STATUS_OK && !*torn && waiting != NULL;
         waiting = waiting->next) {
        waiting->status = savepoints ? run_in_savepoint(db, waiting) : run_in_the_open(db, waiting, torn);
        if (!transaction_is_open(db)) {
            status = STATUS_STORAGE_UNAVAILABLE;
        }
    }
    return status;
}

/* Runs an act in a transaction that may spill to the WAL and has no savepoint: undoing it means ROLLBACK. */
static enum status run_alone(struct db *db, struct waiting_act *waiting)
{
    enum status status = db_set_large(db, true);
    if (status == STATUS_OK) {
        status = run_statement(db, BEGIN);
    }
    if (status == STATUS_OK) {
        waiting->status = waiting->act(db, waiting->context);
        if (!transaction_is_open(db)) {
            status = STATUS_STORAGE_UNAVAILABLE;
        } else if (waiting->status == STATUS_OK) {
            status = run_statement(db, COMMIT);
        }
    }
    db_roll_back(db); /* does nothing after a commit */
    const enum status kept = db_set_large(db, false);
    return status == STATUS_OK ? kept : status;
}

static enum status run_bare(struct db *db, struct waiting_act *waiting)
{
    waiting->status = waiting->act(db, waiting->context);
    db_roll_back(db);
    return STATUS_OK;
}

/* Runs a group in one transaction and returns whether it is durable; and whether it was run `again`. */
static enum status run_group(struct db *db, struct waiting_act *group, bool *again)
{
    *again = false;
    if (group->manner != GROUPED) {
        return group->manner == ALONE ? run_alone(db, group) : run_bare(db, group);
    }
    bool torn;
    enum status status = run_acts(db, group, false, &torn);
    *again = status == STATUS_OK && torn;
    if (*again) {
        db_roll_back(db);
        status = run_acts(db, group, true, &torn);
    }
    FAULT_POINT("before_commit");
    if (status == STATUS_OK) {
        status = run_statement(db, COMMIT);
    }
    FAULT_POINT("after_commit");
    if (status != STATUS_OK) {
        db_roll_back(db);
    }
    return status;
}

static size_t batch_bucket(unsigned size)
{
    size_t bucket = 0;
    while ((1u << bucket) < size) {
        bucket++;
    }
    return bucket;
}

/* Takes what waits, at most WRITER_BATCH_MAX acts; one that runs alone is a group. The mutex is held. */
static struct waiting_act *take_group(struct writer *writer, unsigned *size)
{
    struct waiting_act *group = writer->first;
    struct waiting_act *last = group;
    const unsigned most = group->manner == GROUPED ? WRITER_BATCH_MAX : 1;
    for (*size = 1; *size < most && last->next != NULL && last->next->manner == GROUPED; (*size)++) {
        last = last->next;
    }
    writer->first = last->next;
    if (writer->first == NULL) {
        writer->last = &writer->first;
    }
    last->next = NULL;
    writer->queued -= *size;
    return group;
}

static void finish_group(struct waiting_act *group, enum status committed)
{
    while (group != NULL) {
        struct waiting_act *next = group->next; /* the waiter's stack is gone after sem_post */
        if (committed != STATUS_OK) {
            group->status = STATUS_STORAGE_UNAVAILABLE;
        }
        sem_post(&group->finished);
        group = next;
    }
}

static void count_group(struct writer *writer, unsigned size, bool again, enum status committed)
{
    struct writer_figures *figures = &writer->figures;
    figures->repeated += again;
    if (figures->healthy != (committed == STATUS_OK)) {
        struct log_line line = log_begin(committed == STATUS_OK ? LOG_INFO : LOG_ERROR,
                                         committed == STATUS_OK ? "storage_takes_writes_again"
                                                                : "storage_refuses_writes");
        log_end(&line);
    }
    figures->healthy = committed == STATUS_OK;
    if (committed == STATUS_OK) {
        figures->commits++;
        figures->acts += size;
        figures->batch_sizes[batch_bucket(size)]++;
    } else {
        figures->failed_commits++;
    }
}

/* Empties the WAL when that is due. The mutex is held, but not meanwhile. */
static void scrub(struct writer *writer)
{
    const uint64_t asked = writer->scrubs_asked;
    if (writer->scrubs_done == asked || clock_monotonic_us() < writer->scrub_after_us) {
        return;
    }
    pthread_mutex_unlock(&writer->mutex);
    bool done;
    const enum status status = db_empty_log(writer->db, &done);
    pthread_mutex_lock(&writer->mutex);
    if (status == STATUS_OK && done) {
        writer->scrubs_done = asked;
        pthread_cond_broadcast(&writer->scrubbed);
    } else {
        writer->scrub_after_us = clock_monotonic_us() + WRITER_SCRUB_RETRY_MS * 1000;
    }
}

static struct timespec after_ms(int64_t ms)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += ms % 1000 * 1000000;
    time.tv_sec += ms / 1000 + time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* Waits for acts, and empties the WAL when that is due. The mutex is held. */
static void wait_for_acts(struct writer *writer)
{
    scrub(writer);
    while (writer->first == NULL && !writer->stopping) {
        if (writer->scrubs_done == writer->scrubs_asked) {
            pthread_cond_wait(&writer->arrived, &writer->mutex);
        } else {
            const struct timespec later = after_ms(WRITER_SCRUB_RETRY_MS);
            pthread_cond_timedwait(&writer->arrived, &writer->mutex, &later);
        }
        scrub(writer);
    }
}

static void *work(void *context)
{
    struct writer *writer = context;
    pthread_mutex_lock(&writer->mutex);
    for (;;) {
        wait_for_acts(writer);
        if (writer->first == NULL) {
            break;
        }
        unsigned size;
        struct waiting_act *group = take_group(writer, &size);
        pthread_mutex_unlock(&writer->mutex);

        bool again;
        const enum status committed = run_group(writer->db, group, &again);

        pthread_mutex_lock(&writer->mutex);
        count_group(writer, size, again, committed);
        pthread_mutex_unlock(&writer->mutex);
        finish_group(group, committed);
        pthread_mutex_lock(&writer->mutex);
    }
    pthread_mutex_unlock(&writer->mutex);
    return NULL;
}

enum status writer_start(struct db *db, struct writer **out)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    writer->db = db;
    writer->last = &writer->first;
    writer->figures.healthy = true;
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->arrived, &monotonic);
    pthread_cond_init(&writer->scrubbed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    writer->scrubs_asked = 1;
    if (pthread_create(&writer->thread, NULL, work, writer) != 0) {
        pthread_cond_destroy(&writer->scrubbed);
        pthread_cond_destroy(&writer->arrived);
        pthread_mutex_destroy(&writer->mutex);
        free(writer);
        return STATUS_INTERNAL_ERROR;
    }
    *out = writer;
    return STATUS_OK;
}

void writer_stop(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->stopping = true;
    pthread_cond_signal(&writer->arrived);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    db_close(writer->db);
    pthread_cond_destroy(&writer->scrubbed);
    pthread_cond_destroy(&writer->arrived);
    pthread_mutex_destroy(&writer->mutex);
    free(writer);
}

static enum status enqueue(struct writer *writer, struct waiting_act *waiting)
{
    pthread_mutex_lock(&writer->mutex);
    if (writer->queued >= WRITER_QUEUE_MAX || writer->stopping) {
        const enum status refused = writer->stopping ? STATUS_NOT_READY : STATUS_OVERLOADED;
        pthread_mutex_unlock(&writer->mutex);
        return refused;
    }
    sem_init(&waiting->finished, 0, 0);
    *writer->last = waiting;
    writer->last = &waiting->next;
    if (writer->queued++ == 0) {
        pthread_cond_signal(&writer->arrived);
    }
    pthread_mutex_unlock(&writer->mutex);
    while (sem_wait(&waiting->finished) != 0) {
        /* interrupted by a signal: the act goes on, so does the wait */
    }
    sem_destroy(&waiting->finished);
    return waiting->status;
}

enum status writer_run(struct writer *writer, writer_act act, void *context)
{
    struct waiting_act waiting = {.act = act, .context = context};
    return enqueue(writer, &waiting);
}

enum status writer_run_alone(struct writer *writer, writer_act act, void *context)
{
    struct waiting_act waiting = {.act = act, .context = context, .manner = ALONE};
    return enqueue(writer, &waiting);
}

enum status writer_run_bare(struct writer *writer, writer_act act, void *context)
{
    struct waiting_act waiting = {.act = act, .context = context, .manner = BARE};
    return enqueue(writer, &waiting);
}

void writer_scrub(struct writer *writer)
{
    const struct timespec deadline = after_ms(WRITER_SCRUB_WAIT_MS);
    pthread_mutex_lock(&writer->mutex);
    const uint64_t mine = ++writer->scrubs_asked;
    pthread_cond_signal(&writer->arrived);
    int waited = 0;
    while (writer->scrubs_done < mine && waited == 0) {
        waited = pthread_cond_timedwait(&writer->scrubbed, &writer->mutex, &deadline);
    }
    pthread_mutex_unlock(&writer->mutex);
}

struct writer_figures writer_figures(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    struct writer_figures figures = writer->figures;
    figures.queued = writer->queued;
    pthread_mutex_unlock(&writer->mutex);
    return figures;
}
