/* The way of an act: catalog/replica.h has it as a picture. */
#include "catalog/replica_internal.h"

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "catalog/change.h"
#include "catalog/changeset.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_AGAIN_MS 200

struct attempt {
    struct replica *replica;
    writer_act act;
    void *context;
    bool large;
    int64_t until_us;
    /* result */
    struct spool spool;
    struct position before;
    struct shared_log_entry entry; /* what was, or was to be, appended */
    int64_t took_us;
    bool lost, appended, unknown;
};

/* --- in the writer's thread ---------------------------------------------------------------------- */

static enum status rehearse(struct db *db, struct attempt *attempt)
{
    enum status status = db_execute(db, "BEGIN IMMEDIATE");
    if (status == STATUS_OK) {
        status = changeset_record(db, attempt->act, attempt->context, &attempt->spool);
    }
    db_roll_back(db);
    return status;
}

static enum status put_parts(struct attempt *attempt)
{
    const struct shared_log *log = attempt->replica->options.log;
    struct shared_log_entry *entry = &attempt->entry;
    if (entry->parts > SHARED_LOG_PARTS_MAX) {
        return STATUS_BODY_TOO_LARGE;
    }
    char *bytes = malloc(SHARED_LOG_BODY_MAX);
    if (bytes == NULL) {
        return STATUS_OVERLOADED;
    }
    enum status status = log->ops->part_begin(log, &entry->op, entry->number, entry->parts);
    for (unsigned part = 0; status == STATUS_OK && part < entry->parts; part++) {
        const size_t at = (size_t)part * SHARED_LOG_BODY_MAX;
        const size_t left = entry->length - at;
        const size_t length = left < SHARED_LOG_BODY_MAX ? left : SHARED_LOG_BODY_MAX;
        status = spool_read(&attempt->spool, at, bytes, length);
        if (status == STATUS_OK) {
            status = log->ops->part_put(log, &entry->op, part, bytes, length);
        }
    }
    free(bytes);
    FAULT_POINT("parts");
    return status;
}

/* What is to be appended, but for the newest change, which is known when it is applied. */
static enum status prepare_entry(struct attempt *attempt)
{
    struct shared_log_entry *entry = &attempt->entry;
    *entry = (struct shared_log_entry){
        .number = attempt->before.number + 1,
        .kind = SHARED_LOG_CHANGE,
        .op = id_new(),
        .previous = attempt->before.op,
        .at_ms = clock_now_ms(),
        .schema = attempt->replica->schema,
        .length = attempt->spool.length,
    };
    enum status status = spool_hash(&attempt->spool, &entry->hash);
    if (status != STATUS_OK) {
        return status;
    }
    if (entry->length <= SHARED_LOG_BODY_MAX) {
        entry->body = attempt->spool.memory; /* a spool is in memory as long as it is so small */
        return STATUS_OK;
    }
    entry->parts = (unsigned)((entry->length + SHARED_LOG_BODY_MAX - 1) / SHARED_LOG_BODY_MAX);
    return put_parts(attempt);
}
_Static_assert(SHARED_LOG_BODY_MAX <= SPOOL_MEMORY_MAX, "a body is in memory");

static enum status append(struct attempt *attempt)
{
    const struct shared_log *log = attempt->replica->options.log;
    FAULT_POINT("before_append");
    const enum status status = log->ops->append(log, &attempt->entry);
    attempt->lost = status == STATUS_VERSION_MISMATCH;
    attempt->appended = status == STATUS_OK;
    attempt->unknown = status == STATUS_STORAGE_UNAVAILABLE;
    FAULT_POINT("appended");
    return status;
}

/* Applies, appends and commits. */
static enum status conclude(struct db *db, struct attempt *attempt)
{
    char words[REPLICA_WORDS_MAX];
    struct text why = text_over(words, sizeof words - 1);
    enum status status = db_execute(db, "BEGIN IMMEDIATE");
    if (status != STATUS_OK) {
        return status;
    }
    status = changeset_apply(db, &attempt->spool, &why);
    if (status == STATUS_INTERNAL_ERROR) {
        struct log_line line = log_begin(LOG_ERROR, "catalog_change_not_repeatable");
        log_text(&line, "why", text_string(&why));
        log_end(&line);
    }
    if (status == STATUS_OK) {
        status = change_newest(db, &attempt->entry.seq);
    }
    if (status == STATUS_OK) {
        status = position_advance(db, &attempt->before, attempt->entry.number, &attempt->entry.op);
    }
    if (status == STATUS_OK) {
        status = append(attempt);
    }
    if (status == STATUS_OK) {
        status = db_execute(db, "COMMIT");
    }
    FAULT_POINT("after_commit");
    db_roll_back(db);
    return status;
}

static enum status run_attempt(struct db *db, void *context)
{
    struct attempt *attempt = context;
    const int64_t begun_us = clock_monotonic_us();
    if (begun_us > attempt->until_us) {
        return STATUS_OVERLOADED; /* those before it had to wait for the log */
    }
    FAULT_ACT("catalog");
    enum status status = attempt->large ? db_set_large(db, true) : STATUS_OK;
    if (status == STATUS_OK) {
        status = position_read(db, &attempt->before);
    }
    if (status == STATUS_OK) {
        status = rehearse(db, attempt);
    }
    if (status == STATUS_OK && attempt->spool.length > 0) {
        status = prepare_entry(attempt);
        if (status == STATUS_OK) {
            status = conclude(db, attempt);
        }
    }
    if (attempt->large && db_set_large(db, false) != STATUS_OK && status == STATUS_OK && !attempt->appended) {
        status = STATUS_STORAGE_UNAVAILABLE;
    }
    attempt->took_us = clock_monotonic_us() - begun_us;
    return status;
}

/* --- in the caller's ----------------------------------------------------------------------------- */

/* After a call that nobody answered: what has the number? Nothing yet may mean that it is still on its way,
 * so it is appended again, which does it at most once. */
static enum status find_out(struct attempt *attempt)
{
    struct replica *replica = attempt->replica;
    const struct shared_log *log = replica->options.log;
    enum status status;
    do {
        status = log->ops->append(log, &attempt->entry);
        if (status == STATUS_OK || status == STATUS_VERSION_MISMATCH) {
            break;
        }
        pthread_mutex_lock(&replica->mutex);
        replica_wait(replica, LOOK_AGAIN_MS);
        pthread_mutex_unlock(&replica->mutex);
    } while (clock_monotonic_us() < attempt->until_us);
    attempt->lost = status == STATUS_VERSION_MISMATCH;
    attempt->appended = status == STATUS_OK;
    return status == STATUS_OVERLOADED ? STATUS_STORAGE_UNAVAILABLE : status;
}

/* It is in the log and not in the database, because the answer came late or the commit failed. */
static enum status take_in(struct attempt *attempt)
{
    struct replica *replica = attempt->replica;
    const enum status status = replica_catch_up(replica);
    pthread_mutex_lock(&replica->mutex);
    const bool is_in = replica->position.number >= attempt->entry.number;
    pthread_mutex_unlock(&replica->mutex);
    return is_in ? STATUS_OK : status == STATUS_OK ? STATUS_STORAGE_UNAVAILABLE : status;
}

static void end_parts(struct attempt *attempt)
{
    const struct shared_log *log = attempt->replica->options.log;
    if (attempt->entry.parts > 0 && (attempt->appended || attempt->lost) &&
        log->ops->part_end(log, &attempt->entry.op, attempt->entry.parts, attempt->appended) != STATUS_OK) {
        struct log_line line = log_begin(LOG_WARNING, "catalog_parts_left_behind"); /* they are swept later */
        log_end(&line);
    }
}

static enum status try_once(struct attempt *attempt)
{
    struct replica *replica = attempt->replica;
    spool_open(&attempt->spool, replica->options.directory);
    attempt->lost = attempt->appended = attempt->unknown = false;
    attempt->entry.parts = 0;
    enum status status = writer_run_bare(replica->options.writer, run_attempt, attempt);
    bool committed = status == STATUS_OK;
    if (attempt->unknown) {
        status = find_out(attempt);
        committed = false;
    }
    end_parts(attempt);
    if (attempt->appended && !committed) {
        status = take_in(attempt);
    } else if (attempt->appended) {
        const struct position position = {
            .number = attempt->entry.number,
            .op = attempt->entry.op,
            .log = attempt->before.number == 0 ? attempt->entry.op : attempt->before.log,
        };
        replica_note(replica, &position, attempt->entry.seq);
        pthread_mutex_lock(&replica->mutex);
        replica->hold_until_ms = 0; /* it came after the hold, if there was one */
        pthread_mutex_unlock(&replica->mutex);
    }
    spool_close(&attempt->spool);
    return status;
}

/* A hold: appended as any entry, and taken in as any entry. 0: ends it. Losing the race is no matter: the
 * next try will tell. */
static enum status put_hold(struct replica *replica, int64_t until_ms)
{
    const struct shared_log *log = replica->options.log;
    pthread_mutex_lock(&replica->mutex);
    struct shared_log_entry entry = {
        .number = replica->position.number + 1,
        .kind = SHARED_LOG_HOLD,
        .op = id_new(),
        .previous = replica->position.op,
        .at_ms = clock_now_ms(),
        .until_ms = until_ms,
        .holder = replica->instance,
        .seq = catalog_seq(replica->options.catalog),
    };
    pthread_mutex_unlock(&replica->mutex);
    enum status status = log->ops->append(log, &entry);
    if (status == STATUS_OK) {
        status = replica_catch_up(replica);
    }
    return status == STATUS_VERSION_MISMATCH ? STATUS_OK : status;
}

static void end_hold(struct replica *replica)
{
    pthread_mutex_lock(&replica->mutex);
    const bool stands = replica->hold_is_mine && replica->hold_until_ms > clock_now_ms();
    pthread_mutex_unlock(&replica->mutex);
    if (stands && put_hold(replica, 0) != STATUS_OK) {
        struct log_line line = log_begin(LOG_WARNING, "catalog_hold_runs_out"); /* by itself */
        log_end(&line);
    }
}

/* Waits while others hold the log. */
static bool wait_for_holds(struct replica *replica, int64_t until_us)
{
    pthread_mutex_lock(&replica->mutex);
    bool held;
    while ((held = !replica->hold_is_mine && replica->hold_until_ms > clock_now_ms()) && !replica->stopping &&
           !replica->broken && clock_monotonic_us() < until_us) {
        replica_wait(replica, REPLICA_TAIL_MS);
    }
    pthread_mutex_unlock(&replica->mutex);
    return !held;
}

static void count(struct replica *replica, const struct attempt *attempt, enum status status)
{
    pthread_mutex_lock(&replica->mutex);
    replica->figures.appended += attempt->appended;
    replica->figures.bytes += attempt->appended ? attempt->entry.length : 0;
    replica->figures.lost_races += attempt->lost;
    replica->figures.failed += !attempt->lost && status_is_of_storage(status);
    pthread_mutex_unlock(&replica->mutex);
}

/* After a try: whether there is to be another. */
static bool shall_repeat(struct attempt *attempt, enum status *status)
{
    struct replica *replica = attempt->replica;
    if (attempt->appended || status_is_of_storage(*status) || *status == STATUS_NOT_READY) {
        return false;
    }
    /* Lost, refused, or nothing to do: as far as this instance knew. */
    const enum status caught_up = replica_catch_up(replica);
    if (caught_up != STATUS_OK) {
        *status = caught_up == STATUS_STORAGE_UNAVAILABLE ? STATUS_OVERLOADED : caught_up;
        return false;
    }
    pthread_mutex_lock(&replica->mutex);
    const bool news = replica->position.number > attempt->before.number;
    pthread_mutex_unlock(&replica->mutex);
    return attempt->lost || news;
}

enum status replica_write(struct replica *replica, writer_act act, void *context, bool large)
{
    char words[REPLICA_WORDS_MAX];
    struct attempt attempt = {.replica = replica, .act = act, .context = context, .large = large};
    attempt.until_us = clock_monotonic_us() + REPLICA_PATIENCE_MS * 1000;
    bool held = false;
    for (;;) {
        if (replica_is_broken(replica, words)) {
            return STATUS_NOT_READY;
        }
        if (!wait_for_holds(replica, attempt.until_us)) {
            return STATUS_OVERLOADED;
        }
        enum status status = try_once(&attempt);
        count(replica, &attempt, status);
        const bool repeat = shall_repeat(&attempt, &status);
        if (!repeat || (!large && clock_monotonic_us() > attempt.until_us)) {
            if (held) {
                end_hold(replica);
            }
            return repeat ? STATUS_OVERLOADED : status;
        }
        if (large) {
            /* As long as it took, twice, and its patience begins anew. */
            const int64_t hold_ms = attempt.took_us / 500 > REPLICA_HOLD_MS ? attempt.took_us / 500
                                                                            : REPLICA_HOLD_MS;
            held = put_hold(replica, clock_now_ms() + hold_ms) == STATUS_OK;
            attempt.until_us = clock_monotonic_us() + REPLICA_PATIENCE_MS * 1000;
        }
    }
}

/* --- the beginning of a log ---------------------------------------------------------------------- */

static enum status publish(struct db *db, void *context)
{
    struct attempt *attempt = context;
    enum status status = changeset_of_all(db, &attempt->spool);
    if (status == STATUS_OK) {
        status = change_newest(db, &attempt->entry.seq);
    }
    const int64_t seq = attempt->entry.seq;
    if (status == STATUS_OK) {
        status = prepare_entry(attempt);
    }
    attempt->entry.seq = seq;
    /* Kept before it is appended: who is killed in between knows the entry for its own. */
    if (status == STATUS_OK) {
        status = position_advance(db, &attempt->before, 0, &attempt->entry.op);
    }
    if (status == STATUS_OK) {
        status = db_execute(db, "BEGIN IMMEDIATE");
    }
    if (status == STATUS_OK) {
        status = position_advance(db, &attempt->before, 1, &attempt->entry.op);
    }
    if (status == STATUS_OK) {
        status = append(attempt);
    }
    if (status == STATUS_OK) {
        status = db_execute(db, "COMMIT");
    }
    return status;
}

enum status replica_publish(struct replica *replica)
{
    struct attempt attempt = {.replica = replica,
                              .until_us = clock_monotonic_us() + REPLICA_PATIENCE_MS * 1000};
    spool_open(&attempt.spool, replica->options.directory);
    const enum status status = writer_run_bare(replica->options.writer, publish, &attempt);
    end_parts(&attempt);
    spool_close(&attempt.spool);
    if (status == STATUS_OK) {
        const struct position position = {.number = 1, .op = attempt.entry.op, .log = attempt.entry.op};
        replica_note(replica, &position, attempt.entry.seq);
        struct log_line line = log_begin(LOG_INFO, "catalog_published");
        log_int(&line, "seq", attempt.entry.seq);
        log_int(&line, "bytes", (int64_t)attempt.entry.length);
        log_end(&line);
    }
    return status;
}
