#include "catalog/replica_internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "catalog/change.h"
#include "catalog/changeset.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_AT_START   20
#define BETWEEN_TRIES_MS 250

void replica_wait(struct replica *replica, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&replica->changed, &replica->mutex, &until);
}

/* --- what is wrong ------------------------------------------------------------------------------- */

enum status replica_break(struct replica *replica, const char *format, ...)
{
    char words[REPLICA_WORDS_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&replica->mutex);
    const bool first = !replica->broken;
    if (first) {
        replica->broken = true;
        memcpy(replica->words, words, sizeof words);
    }
    pthread_cond_broadcast(&replica->changed);
    pthread_mutex_unlock(&replica->mutex);
    if (first) {
        struct log_line line = log_begin(LOG_ERROR, "catalog_broken");
        log_text(&line, "why", words);
        log_int(&line, "position", replica->position.number);
        log_end(&line);
        replica_mark(replica->options.directory, words);
        if (replica->options.broken != NULL) {
            replica->options.broken(replica->options.context);
        }
    }
    return STATUS_NOT_READY;
}

bool replica_is_broken(struct replica *replica, char words[static REPLICA_WORDS_MAX])
{
    pthread_mutex_lock(&replica->mutex);
    const bool broken = replica->broken;
    if (broken) {
        memcpy(words, replica->words, REPLICA_WORDS_MAX);
    }
    pthread_mutex_unlock(&replica->mutex);
    return broken;
}

bool replica_has_fault(struct replica *replica, char words[static REPLICA_WORDS_MAX])
{
    if (replica_is_broken(replica, words)) {
        return true;
    }
    pthread_mutex_lock(&replica->mutex);
    const bool outdated = replica->outdated;
    memcpy(words, replica->words, REPLICA_WORDS_MAX);
    pthread_mutex_unlock(&replica->mutex);
    if (outdated) {
        return true;
    }
    const int64_t ago_ms = replica_figures(replica).looked_ms_ago;
    if (ago_ms > REPLICA_STALE_MS) {
        snprintf(words, REPLICA_WORDS_MAX, "The shared log of the catalogue was not reached for %lld s.",
                 (long long)(ago_ms / 1000));
        return true;
    }
    return false;
}

struct replica_figures replica_figures(struct replica *replica)
{
    pthread_mutex_lock(&replica->mutex);
    struct replica_figures figures = replica->figures;
    figures.position = replica->position.number;
    figures.looked_ms_ago = (clock_monotonic_us() - replica->looked_us) / 1000;
    pthread_mutex_unlock(&replica->mutex);
    return figures;
}

/* --- catching up --------------------------------------------------------------------------------- */

void replica_note(struct replica *replica, const struct position *position, int64_t seq)
{
    pthread_mutex_lock(&replica->mutex);
    if (position->number > replica->position.number) {
        replica->position = *position;
    }
    pthread_cond_broadcast(&replica->changed);
    pthread_mutex_unlock(&replica->mutex);
    catalog_seq_advance(replica->options.catalog, seq);
}

/* Entries that are applied in one transaction: small ones, or one large one. */
struct batch {
    struct replica *replica;
    const struct shared_log_entry *entries;
    size_t count;
    const struct spool *spool; /* of a large one */
    struct position position;  /* after it */
    int64_t seq;
    char words[REPLICA_WORDS_MAX]; /* why not */
};

static enum status apply_entry(struct db *db, struct batch *batch, const struct shared_log_entry *entry)
{
    struct position *at = &batch->position;
    if (entry->number <= at->number) {
        return STATUS_OK; /* it came by another way */
    }
    if (entry->number != at->number + 1 || !id_equal(&entry->previous, &at->op)) {
        snprintf(batch->words, sizeof batch->words, "Entry %lld does not follow entry %lld.",
                 (long long)entry->number, (long long)at->number);
        return STATUS_INTERNAL_ERROR;
    }
    enum status status = STATUS_OK;
    int64_t seq = entry->seq;
    if (entry->kind == SHARED_LOG_CHANGE) {
        struct text why = text_over(batch->words, sizeof batch->words - 1);
        const struct spool body = spool_over(entry->body, entry->length);
        status = changeset_apply(db, batch->spool != NULL ? batch->spool : &body, &why);
        text_string(&why);
        if (status == STATUS_OK) {
            status = change_newest(db, &seq);
        }
    }
    if (status == STATUS_OK && seq != entry->seq) {
        snprintf(batch->words, sizeof batch->words, "After entry %lld the newest change is %lld, not %lld.",
                 (long long)entry->number, (long long)seq, (long long)entry->seq);
        return STATUS_INTERNAL_ERROR;
    }
    if (status == STATUS_OK) {
        status = position_advance(db, at, entry->number, &entry->op);
    }
    if (status == STATUS_OK) {
        *at = (struct position){
            .number = entry->number, .op = entry->op, .log = at->number == 0 ? entry->op : at->log};
        batch->seq = seq;
    }
    return status;
}

static enum status apply_batch(struct db *db, void *context)
{
    struct batch *batch = context;
    enum status status = position_read(db, &batch->position);
    for (size_t i = 0; status == STATUS_OK && i < batch->count; i++) {
        status = apply_entry(db, batch, &batch->entries[i]);
    }
    return status;
}

static enum status run_batch(struct batch *batch)
{
    struct replica *replica = batch->replica;
    const enum status status = batch->spool != NULL
                                   ? writer_run_alone(replica->options.writer, apply_batch, batch)
                                   : writer_run(replica->options.writer, apply_batch, batch);
    if (status == STATUS_INTERNAL_ERROR) {
        return replica_break(replica, "%s",
                             *batch->words == '\0' ? "An entry cannot be applied." : batch->words);
    }
    if (status == STATUS_OK) {
        replica_note(replica, &batch->position, batch->seq);
        pthread_mutex_lock(&replica->mutex);
        replica->figures.applied += batch->count;
        for (size_t i = 0; i < batch->count; i++) {
            replica->figures.bytes += batch->entries[i].length;
        }
        pthread_mutex_unlock(&replica->mutex);
    }
    return status;
}

/* The parts of a changeset, one behind the other, as they were put. */
static enum status fetch_parts(struct replica *replica, const struct shared_log_entry *entry,
                               struct spool *spool)
{
    const struct shared_log *log = replica->options.log;
    struct arena arena;
    struct hash hash;
    enum status status = STATUS_OK;
    arena_init(&arena);
    for (unsigned part = 0; status == STATUS_OK && part < entry->parts; part++) {
        const void *bytes;
        size_t length;
        status = log->ops->part_read(log, &entry->op, part, &arena, &bytes, &length);
        if (status == STATUS_OK) {
            status = spool_add(spool, bytes, length);
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
    if (status == STATUS_OK) {
        status = spool_hash(spool, &hash);
    }
    if (status == STATUS_OK && memcmp(&hash, &entry->hash, sizeof hash) != 0) {
        return replica_break(replica, "The parts of entry %lld are not those that were put.",
                             (long long)entry->number);
    }
    return status;
}

static enum status apply_large(struct replica *replica, const struct shared_log_entry *entry)
{
    struct spool spool;
    spool_open(&spool, replica->options.directory);
    enum status status = fetch_parts(replica, entry, &spool);
    if (status == STATUS_OK) {
        struct batch batch = {.replica = replica, .entries = entry, .count = 1, .spool = &spool};
        status = run_batch(&batch);
    }
    spool_close(&spool);
    return status;
}

/* A hold of others stops this instance's acts; whatever comes after it ends it. How long is by the clock of
 * who put it, from when is by this one's: they may differ. */
static void note_holds(struct replica *replica, const struct shared_log_entry *last)
{
    const bool is_hold = last->kind == SHARED_LOG_HOLD && last->until_ms > last->at_ms;
    const int64_t asked_ms = last->until_ms - last->at_ms;
    pthread_mutex_lock(&replica->mutex);
    replica->hold_until_ms =
        is_hold ? clock_now_ms() + (asked_ms < REPLICA_HOLD_MAX_MS ? asked_ms : REPLICA_HOLD_MAX_MS) : 0;
    replica->hold_is_mine = is_hold && id_equal(&replica->instance, &last->holder);
    pthread_cond_broadcast(&replica->changed);
    pthread_mutex_unlock(&replica->mutex);
}

static bool is_small(const struct shared_log_entry *entry)
{
    return entry->kind == SHARED_LOG_HOLD || (entry->parts == 0 && entry->body != NULL);
}

/* Once it is so, it stays so: a process does not change its version. */
static enum status stay_behind(struct replica *replica, const struct shared_log_entry *entry)
{
    pthread_mutex_lock(&replica->mutex);
    const bool first = !replica->outdated;
    replica->outdated = true;
    snprintf(replica->words, sizeof replica->words,
             "Entry %lld of the shared log was written by a newer version of MyPOS (schema %lld; here %lld). "
             "Upgrade this instance.",
             (long long)entry->number, (long long)entry->schema, (long long)replica->schema);
    pthread_mutex_unlock(&replica->mutex);
    if (first) {
        struct log_line line = log_begin(LOG_ERROR, "catalog_outdated");
        log_int(&line, "entry", entry->number);
        log_int(&line, "schema", entry->schema);
        log_end(&line);
    }
    return STATUS_NOT_READY;
}

static enum status check_body(struct replica *replica, const struct shared_log_entry *entry)
{
    if (entry->schema > replica->schema) {
        return stay_behind(replica, entry);
    }
    if (entry->kind == SHARED_LOG_HOLD || entry->parts > 0) {
        return STATUS_OK;
    }
    if (entry->body == NULL) {
        return replica_break(replica, "Entry %lld was missed: snapshots have taken its place.",
                             (long long)entry->number);
    }
    const struct hash hash = hash_of(entry->body, entry->length);
    return memcmp(&hash, &entry->hash, sizeof hash) == 0
               ? STATUS_OK
               : replica_break(replica, "Entry %lld is damaged.", (long long)entry->number);
}

static enum status apply_page(struct replica *replica, const struct shared_log_entry *entries, size_t count)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = check_body(replica, &entries[i]);
    }
    for (size_t i = 0; status == STATUS_OK && i < count;) {
        size_t run = 0;
        while (i + run < count && is_small(&entries[i + run])) {
            run++;
        }
        if (run > 0) {
            struct batch batch = {.replica = replica, .entries = entries + i, .count = run};
            status = run_batch(&batch);
        } else {
            status = apply_large(replica, &entries[i]);
        }
        i += run > 0 ? run : 1;
    }
    if (status == STATUS_OK && count > 0) {
        note_holds(replica, &entries[count - 1]);
    }
    return status;
}

static int64_t position_now(struct replica *replica)
{
    pthread_mutex_lock(&replica->mutex);
    const int64_t number = replica->position.number;
    pthread_mutex_unlock(&replica->mutex);
    return number;
}

static enum status read_to_end(struct replica *replica)
{
    const struct shared_log *log = replica->options.log;
    struct arena arena;
    arena_init(&arena);
    struct shared_log_entry *entries = calloc(SHARED_LOG_PAGE_MAX, sizeof *entries);
    enum status status = entries == NULL ? STATUS_OVERLOADED : STATUS_OK;
    size_t count = 1;
    while (status == STATUS_OK && count > 0) {
        const int64_t begun_us = clock_monotonic_us();
        arena_reset(&arena);
        status = log->ops->read(log, position_now(replica), &arena, entries, &count);
        if (status == STATUS_OK) {
            status = apply_page(replica, entries, count);
        }
        if (status == STATUS_OK && count == 0) {
            pthread_mutex_lock(&replica->mutex);
            replica->looked_us = begun_us;
            pthread_mutex_unlock(&replica->mutex);
        }
    }
    free(entries);
    arena_free(&arena);
    return status;
}

enum status replica_catch_up(struct replica *replica)
{
    char words[REPLICA_WORDS_MAX];
    if (replica_is_broken(replica, words)) {
        return STATUS_NOT_READY;
    }
    pthread_mutex_lock(&replica->catching);
    const enum status status = read_to_end(replica);
    pthread_mutex_unlock(&replica->catching);
    return status;
}

/* How long the tail rests: `position` is what it saw the last time that there was news, at `news_us`. */
static int64_t tail_ms(const struct replica *replica, int64_t *position, int64_t *news_us)
{
    const int64_t now_us = clock_monotonic_us();
    if (replica->prompted || replica->position.number != *position) {
        *position = replica->position.number;
        *news_us = now_us;
    }
    return now_us - *news_us < REPLICA_LIVELY_MS * 1000LL ? REPLICA_TAIL_MS : REPLICA_CALM_MS;
}

static void *follow(void *context)
{
    struct replica *replica = context;
    int64_t position = -1, news_us = 0;
    pthread_mutex_lock(&replica->mutex);
    while (!replica->stopping && !replica->broken) {
        (void)tail_ms(replica, &position, &news_us);
        replica->prompted = false;
        pthread_mutex_unlock(&replica->mutex);
        const enum status status = replica_catch_up(replica);
        if (db_damage_was_met()) {
            (void)replica_break(replica, "The database is damaged.");
        }
        pthread_mutex_lock(&replica->mutex);
        const int64_t until_us = clock_monotonic_us() + tail_ms(replica, &position, &news_us) * 1000;
        while (!replica->stopping && !(replica->prompted && status == STATUS_OK) &&
               clock_monotonic_us() < until_us) {
            replica_wait(replica, (until_us - clock_monotonic_us()) / 1000 + 1);
        }
    }
    pthread_mutex_unlock(&replica->mutex);
    return NULL;
}

void replica_prompt(struct replica *replica)
{
    pthread_mutex_lock(&replica->mutex);
    replica->prompted = true;
    pthread_cond_broadcast(&replica->changed);
    pthread_mutex_unlock(&replica->mutex);
}

/* --- opening ------------------------------------------------------------------------------------- */

struct start {
    struct position position;
    int64_t seq, schema;
};

static enum status read_start(struct db *db, void *context)
{
    static const char SCHEMA[] = "PRAGMA user_version";
    struct start *start = context;
    enum status status = position_read(db, &start->position);
    if (status == STATUS_OK) {
        status = change_newest(db, &start->seq);
    }
    if (status != STATUS_OK) {
        return status;
    }
    sqlite3_stmt *schema = db_statement(db, SCHEMA);
    bool row;
    status = db_step(db, schema, &row);
    start->schema = status == STATUS_OK && row ? sqlite3_column_int64(schema, 0) : 0;
    db_done(schema);
    return status;
}

static enum status find_entry(struct replica *replica, int64_t number, struct id *op, bool *found)
{
    const struct shared_log *log = replica->options.log;
    struct arena arena;
    struct shared_log_entry entry = {0};
    arena_init(&arena);
    const enum status status = log->ops->find(log, number, &arena, &entry, found);
    *op = entry.op;
    arena_free(&arena);
    return status;
}

static enum status take_beginning(struct db *db, void *context)
{
    struct replica *replica = context;
    const struct position before = {0};
    const struct id op = replica->position.op;
    const enum status status = position_advance(db, &before, 1, &op);
    replica->position = (struct position){.number = 1, .op = op, .log = op};
    return status;
}

/* Whether the catalogue and the log belong together. */
static enum status meet(struct replica *replica, const struct start *start, struct detail *detail)
{
    struct id op;
    bool found;
    const int64_t number = start->position.number;
    enum status status = find_entry(replica, number == 0 ? 1 : number, &op, &found);
    if (status != STATUS_OK) {
        return detail_set(detail, status, "The shared log of the catalogue cannot be read.");
    }
    if (number > 0 && (!found || !id_equal(&op, &start->position.op))) {
        return detail_set(
            detail, STATUS_STORAGE_UNAVAILABLE,
            "The catalogue in %s belongs to another shared log, or the log was set back. Move it "
            "away, and this instance takes the catalogue of the log.",
            replica->options.database);
    }
    if (number == 0 && found && start->seq > 0 && id_equal(&op, &start->position.op)) {
        return writer_run(replica->options.writer, take_beginning, replica); /* it was killed after it */
    }
    if (number == 0 && found && start->seq > 0) {
        return detail_set(
            detail, STATUS_STORAGE_UNAVAILABLE,
            "The data in %s have a catalogue of their own, and so has the shared log. Move them "
            "away, and this instance takes the catalogue of the log.",
            replica->options.directory);
    }
    if (number > 0 || found || start->seq == 0) {
        return STATUS_OK;
    }
    if (replica->options.begins != NULL) {
        status = replica->options.begins(replica->options.context, detail);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = replica_publish(replica);
    return status == STATUS_OK
               ? status
               : detail_set(detail, STATUS_STORAGE_UNAVAILABLE,
                            "The catalogue in %s could not become the beginning of the shared log.",
                            replica->options.database);
}

static enum status catch_up_first(struct replica *replica, struct detail *detail)
{
    enum status status = STATUS_OVERLOADED;
    for (int i = 0; i < TRIES_AT_START; i++) {
        status = replica_catch_up(replica);
        if (status == STATUS_OK || status == STATUS_NOT_READY) {
            break;
        }
        pthread_mutex_lock(&replica->mutex);
        replica_wait(replica, BETWEEN_TRIES_MS);
        pthread_mutex_unlock(&replica->mutex);
    }
    if (status == STATUS_NOT_READY) {
        return detail_set(detail, status, "%s", replica->words);
    }
    return status == STATUS_OK
               ? status
               : detail_set(detail, status, "The shared log of the catalogue cannot be read.");
}

static enum status start_threads(struct replica *replica)
{
    replica->tail_runs = pthread_create(&replica->tail, NULL, follow, replica) == 0;
    replica->keeper_runs = replica->tail_runs && replica->options.snapshots != NULL &&
                           pthread_create(&replica->keeper, NULL, replica_keep, replica) == 0;
    return replica->tail_runs && replica->keeper_runs == (replica->options.snapshots != NULL)
               ? STATUS_OK
               : STATUS_INTERNAL_ERROR;
}

enum status replica_open(const struct replica_options *options, struct detail *detail, struct replica **out)
{
    struct replica *replica = calloc(1, sizeof *replica);
    if (replica == NULL) {
        return STATUS_OVERLOADED;
    }
    replica->options = *options;
    replica->instance = id_new();
    pthread_mutex_init(&replica->catching, NULL);
    pthread_mutex_init(&replica->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&replica->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);

    struct start start;
    enum status status = writer_run(options->writer, read_start, &start);
    if (status == STATUS_OK) {
        replica->position = start.position;
        replica->schema = start.schema;
        status = meet(replica, &start, detail);
    }
    if (status == STATUS_OK) {
        status = catch_up_first(replica, detail);
    }
    if (status == STATUS_OK) {
        status = start_threads(replica);
    }
    if (status != STATUS_OK) {
        replica_close(replica);
        return status;
    }
    *out = replica;
    return STATUS_OK;
}

void replica_close(struct replica *replica)
{
    if (replica == NULL) {
        return;
    }
    pthread_mutex_lock(&replica->mutex);
    replica->stopping = true;
    pthread_cond_broadcast(&replica->changed);
    pthread_mutex_unlock(&replica->mutex);
    if (replica->tail_runs) {
        pthread_join(replica->tail, NULL);
    }
    if (replica->keeper_runs) {
        pthread_join(replica->keeper, NULL);
    }
    pthread_cond_destroy(&replica->changed);
    pthread_mutex_destroy(&replica->mutex);
    pthread_mutex_destroy(&replica->catching);
    free(replica);
}
