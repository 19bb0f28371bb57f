/*
 * An act, step by step; and finding it again.
 *
 * In the writer's thread (base/fault_point.h names the steps):
 *
 *     searched    the key's record is there, or the id of an act without records: replay
 *     checked     load the documents; judge versions, states, floors. Read the stock; too little: refuse
 *     records     append the records to their journals; the first one's id is taken: replay, or refuse
 *     movements   move the stock
 *     postings    move the balances, keep their entries
 *     writes      write the documents; the id or a key of a new one is taken: refuse
 *     events      put the events in the outbox
 *     kept        keep the act when it has no records, and the key
 *
 * A replay is found before every refusal but those of the key. What a shop refuses is refused by reading, or by
 * the first statement that writes: what fails later makes the writer run the whole group again (sqlite/writer.h,
 * invariant 2). That remains for the second record of an exchange and for a new document whose key is taken.
 *
 * Statements an act runs, each prepared once:
 *
 *     with a key                  3   look for it, drop old ones, keep it
 *     a record                    2   the register's last; insert (1 index page each for the id, the
 *                                     register, the day, the receipt number; shift, customer and original
 *                                     where there is one)
 *     a movement                  3   the level; insert the movement, at the end of its table; set the level
 *     a posting                   2   load the document; set the balances
 *       with a reason            +1   insert the entry, at the end of its table
 *     a write                     2   load, change; a new one is inserted at once
 *       a key, a term of it      +1   each; +1 when there were others before
 *       the reason of a new one  +2   insert the entry, name it in the document
 *       forgetting               +1   walk the entries; when the act is durable, the log is emptied
 *     an event                    1   insert, at the end of its table; the relay deletes it
 *     an act without records      2   look for its id; insert
 *
 * A sale of five lines in a shift with a key and an event: 3 + 2 + 15 + 2 + 1 = 23.
 */
#include "base/fault_point.h"
#include "ledger/act_check.h"
#include "ledger/sqlite/internal.h"
#include "sqlite/idempotency.h"

#include <string.h>

static const char SELECT_ACT[] = "SELECT fingerprint, first_movement, movements, first_entry, entries"
                                 "  FROM acts WHERE id = ?1";
static const char INSERT_ACT[] =
    "INSERT INTO acts (id, name, at, fingerprint, first_movement, movements, first_entry, entries, detail)"
    "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

static bool has_id(const struct ledger_act *act)
{
    static const struct id none;
    return !id_equal(&act->id, &none);
}

/* --- replays --- */

/* Tells what an act without records did. `fingerprint` may be NULL. */
static enum status find_act(struct db *db, const struct id *id, const struct hash *fingerprint,
                            struct arena *arena, struct ledger_outcome *outcome)
{
    sqlite3_stmt *select = db_statement(db, SELECT_ACT);
    db_bind_id(select, 1, id);
    bool found;
    enum status status = db_step(db, select, &found);
    if (status != STATUS_OK || !found) {
        return status;
    }
    const bool same = fingerprint == NULL ||
                      (sqlite3_column_bytes(select, 0) == HASH_SIZE &&
                       memcmp(sqlite3_column_blob(select, 0), fingerprint->bytes, HASH_SIZE) == 0);
    const int64_t first_movement = sqlite3_column_int64(select, 1);
    const int64_t movements = sqlite3_column_int64(select, 2);
    const int64_t first_entry = sqlite3_column_int64(select, 3);
    const int64_t entries = sqlite3_column_int64(select, 4);
    db_done(select);
    if (!same) {
        return STATUS_ID_TAKEN;
    }
    outcome->replayed = true;
    outcome->id = *id;
    status = ledger_sqlite_movements_find(db, first_movement, movements, arena, outcome);
    if (status == STATUS_OK) {
        status = ledger_sqlite_entries_find(db, first_entry, entries, arena, outcome);
    }
    return status;
}

static enum status find_by_id(struct db *db, bool recorded, const struct id *id,
                              const struct hash *fingerprint, struct arena *arena,
                              struct ledger_outcome *outcome)
{
    if (!recorded) {
        return find_act(db, id, fingerprint, arena, outcome);
    }
    const enum status status = ledger_sqlite_records_find(db, id, fingerprint, arena, outcome);
    return status == STATUS_TRANSACTION_NOT_FOUND ? STATUS_OK : status;
}

static enum status find_by_key(struct db *db, const struct ledger_act *act, struct arena *arena,
                               struct ledger_outcome *outcome)
{
    struct kept_answer kept;
    bool found;
    const enum status status = idempotency_find(db, &act->key, arena, &kept, &found);
    if (status != STATUS_OK || !found) {
        return status;
    }
    outcome->replayed = true;
    outcome->answer = (struct ledger_answer){
        .http_status = kept.location == NULL && kept.body == NULL ? 0 : kept.http_status,
        .location = kept.location,
        .etag = kept.etag,
        .body = kept.body,
        .body_length = kept.body_length,
    };
    return kept.has_act ? find_by_id(db, act->record_count > 0, &kept.act_id, NULL, arena, outcome)
                        : STATUS_OK;
}

enum status ledger_sqlite_find(const struct ledger *ledger, const struct ledger_act *act, struct arena *arena,
                               struct ledger_outcome *outcome)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    *outcome = (struct ledger_outcome){0};
    struct db *db = reader_take(readers);
    enum status status = find_by_key(db, act, arena, outcome);
    if (status == STATUS_OK && !outcome->replayed && has_id(act)) {
        status = find_by_id(db, act->record_count > 0, &act->id, &act->fingerprint, arena, outcome);
    }
    reader_give_back(readers, db);
    return status;
}

/* --- the act --- */

/* Of an act with records the insert of the first finds a replay by its id. */
static enum status search(struct db *db, const struct sqlite_act *act)
{
    const enum status status = find_by_key(db, act->act, act->arena, act->outcome);
    if (status != STATUS_OK || act->outcome->replayed || act->act->record_count > 0 || !has_id(act->act)) {
        return status;
    }
    return find_act(db, &act->act->id, &act->act->fingerprint, act->arena, act->outcome);
}

/* Refuses before anything is written what would be refused after it, so that nothing has to be undone. Only
 * then is it looked whether an act with records is a replay: most are neither. */
static enum status check(struct db *db, struct sqlite_act *act)
{
    enum status status = ledger_sqlite_documents_check(db, act);
    if (status == STATUS_OK) {
        status = ledger_sqlite_movements_check(db, act);
    }
    return status == STATUS_OK || act->act->record_count == 0
               ? status
               : ledger_sqlite_records_replay_or(db, act, status);
}

static enum status keep_act(struct db *db, const struct sqlite_act *act)
{
    const struct ledger_act *kept = act->act;
    sqlite3_stmt *insert = db_statement(db, INSERT_ACT);
    db_bind_id(insert, 1, &kept->id);
    db_bind_string(insert, 2, kept->name);
    db_bind_int(insert, 3, kept->at_ms);
    db_bind_blob(insert, 4, &kept->fingerprint, sizeof kept->fingerprint);
    db_bind_int(insert, 5, act->first_movement);
    db_bind_int(insert, 6, (int64_t)kept->movement_count);
    db_bind_int(insert, 7, act->first_entry);
    db_bind_int(insert, 8, act->entry_count);
    db_bind_string(insert, 9, kept->detail);
    return db_step(db, insert, NULL);
}

static enum status keep(struct db *db, struct sqlite_act *act)
{
    const struct ledger_act *kept = act->act;
    enum status status = STATUS_OK;
    if (kept->record_count == 0 && has_id(kept)) {
        status = keep_act(db, act);
    }
    if (status != STATUS_OK || !kept->key.present) {
        return status;
    }
    struct kept_answer answer = {.http_status = 201, .has_act = has_id(kept), .act_id = kept->id};
    if (kept->answer != NULL && kept->record_count == 0) {
        answer.http_status = kept->answer->http_status;
        answer.location = kept->answer->location;
        answer.etag = kept->answer->etag;
        answer.body = kept->answer->body;
        answer.body_length = kept->answer->body_length;
    }
    return idempotency_keep(db, &kept->key, &answer);
}

/* It may not be the first time (sqlite/writer.h, invariant 2). */
static void begin(struct sqlite_act *act)
{
    *act->outcome = (struct ledger_outcome){.id = act->act->id};
    act->first_movement = act->first_entry = act->entry_count = 0;
}

static enum status act_run(struct db *db, void *context)
{
    static const struct {
        const char *name;
        enum status (*run)(struct db *db, struct sqlite_act *act);
    } steps[] = {
        {"checked", check},
        {"records", ledger_sqlite_records_append},
        {"movements", ledger_sqlite_movements_post},
        {"postings", ledger_sqlite_postings_apply},
        {"writes", ledger_sqlite_writes_apply},
        {"events", ledger_sqlite_events_put},
        {"kept", keep},
    };
    struct sqlite_act *act = context;
    begin(act);
    FAULT_ACT(act->act->name);
    FAULT_POINT("begun");
    enum status status = search(db, act);
    FAULT_POINT("searched");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (status != STATUS_OK || act->outcome->replayed) {
            return status;
        }
        status = steps[i].run(db, act);
        FAULT_POINT(steps[i].name);
    }
    return status;
}

static bool forgets(const struct ledger_act *act)
{
    bool forget = false;
    for (size_t i = 0; i < act->write_count; i++) {
        forget |= act->writes[i].forget;
    }
    return forget;
}

enum status ledger_sqlite_commit(const struct ledger *ledger, const struct ledger_act *act,
                                 struct arena *arena, struct ledger_outcome *outcome)
{
    struct writer *writer = ledger_sqlite_of(ledger)->writer;
    *outcome = (struct ledger_outcome){.id = act->id};
    const enum status status = ledger_act_check(act);
    if (status != STATUS_OK || writer == NULL) {
        return status != STATUS_OK ? status : STATUS_STORAGE_UNAVAILABLE;
    }
    struct sqlite_act *running = arena_zeroed(arena, 1, sizeof *running);
    running->act = act;
    running->outcome = outcome;
    running->arena = arena;
    running->posted = arena_zeroed(arena, act->posting_count, sizeof *running->posted);
    running->written = arena_zeroed(arena, act->write_count, sizeof *running->written);
    running->stock = arena_zeroed(arena, act->movement_count, sizeof *running->stock);
    const enum status committed = writer_run(writer, act_run, running);
    if (committed == STATUS_OK && !outcome->replayed && forgets(act)) {
        writer_scrub(writer);
    }
    return committed;
}
