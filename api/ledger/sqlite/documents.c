/*
 * The effects on documents: postings and writes. What they ask for is judged on what was there before the
 * act, so all documents are loaded and judged first; then the balances are moved, then the rest is written.
 */
#include "ledger/sqlite/internal.h"

#include "base/log.h"

#include <string.h>

#define BALANCE_LIST "balance_0, balance_1, balance_2, balance_3, balance_4, balance_5, balance_6, balance_7"

static const char SELECT_DOCUMENT[] = "SELECT " LEDGER_SQLITE_DOCUMENT
                                      " FROM documents WHERE kind = ?1 AND id = ?2";
static const char UPDATE_BALANCES[] =
    "UPDATE documents SET balance_0 = ?2, balance_1 = ?3, balance_2 = ?4, balance_3 = ?5, balance_4 = ?6,"
    "  balance_5 = ?7, balance_6 = ?8, balance_7 = ?9, last_entry = ?10, recorded_at = ?11 WHERE key = ?1";
static const char INSERT_DOCUMENT[] =
    "INSERT INTO documents (kind, id, version, state, store_key, register_key, created_at, updated_at,"
    "                       recorded_at, expires_at, last_entry, " BALANCE_LIST ", body)"
    "  VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?6, 0, ?7, 0, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
static const char UPDATE_DOCUMENT[] =
    "UPDATE documents SET version = version + 1, state = ?2, store_key = ?3, register_key = ?4,"
    "  updated_at = ?5, expires_at = ?6, body = ?7 WHERE key = ?1";
static const char SET_LAST_ENTRY[] = "UPDATE documents SET last_entry = ?2 WHERE key = ?1";
static const char FORGET_DETAILS[] =
    "WITH RECURSIVE walk (key) AS (SELECT ?1 UNION ALL"
    "    SELECT previous FROM document_entries JOIN walk USING (key) WHERE previous > 0)"
    "  UPDATE acts SET detail = NULL WHERE detail IS NOT NULL"
    "    AND id IN (SELECT act_id FROM document_entries JOIN walk USING (key))";
static const char DELETE_DOCUMENT[] = "DELETE FROM documents WHERE key = ?1";
static const char DELETE_EXPIRED[] =
    "DELETE FROM documents WHERE key IN (SELECT key FROM documents INDEXED BY documents_by_expiry"
    "  WHERE expires_at <> 0 AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";
static const char DELETE_EXPIRED_KEY[] =
    "DELETE FROM document_keys WHERE kind = ?1 AND value = ?2"
    "  AND (SELECT expires_at FROM documents WHERE key = document_key) BETWEEN 1 AND ?3";
static const char INSERT_KEY[] = "INSERT INTO document_keys (kind, value, document_key) VALUES (?1, ?2, ?3)";
static const char DELETE_KEYS[] = "DELETE FROM document_keys WHERE document_key = ?1";
static const char INSERT_TERM[] =
    "INSERT OR IGNORE INTO document_terms (kind, term, document_key) VALUES (?1, ?2, ?3)";
static const char DELETE_TERMS[] = "DELETE FROM document_terms WHERE document_key = ?1";

#define EXPIRED_AT_ONCE 4 /* dropped at each new document: the table shrinks faster than it grows */

/* --- judging --- */

static enum status load(struct db *db, struct sqlite_act *act, enum ledger_kind kind, const struct id *id,
                        struct sqlite_document *document)
{
    sqlite3_stmt *select = db_statement(db, SELECT_DOCUMENT);
    db_bind_int(select, 1, kind);
    db_bind_id(select, 2, id);
    bool found;
    const enum status status = db_step(db, select, &found);
    if (status != STATUS_OK || !found) {
        return status == STATUS_OK ? STATUS_DOCUMENT_NOT_FOUND : status;
    }
    ledger_sqlite_document_row(select, act->arena, document);
    db_done(select);
    const int64_t expires_at_ms = document->document.expires_at_ms;
    return expires_at_ms != 0 && expires_at_ms <= act->act->at_ms ? STATUS_DOCUMENT_NOT_FOUND : STATUS_OK;
}

/* Adds the amounts; what is below its floor is refused. */
static enum status add_amounts(struct sqlite_act *act, const struct ledger_posting *posting,
                               const int64_t *balances, int64_t *sums)
{
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        if (__builtin_add_overflow(balances[i], posting->amounts[i], &sums[i])) {
            return STATUS_INTERNAL_ERROR;
        }
        if (posting->amounts[i] < 0 && sums[i] < posting->floors[i]) {
            act->outcome->balance = i;
            act->outcome->left = balances[i];
            return STATUS_INSUFFICIENT_BALANCE;
        }
    }
    return STATUS_OK;
}

static enum status judge_posting(struct db *db, struct sqlite_act *act, size_t at)
{
    const struct ledger_posting *posting = &act->act->postings[at];
    struct sqlite_document *document = &act->posted[at];
    act->outcome->failed = at;
    const enum status status = load(db, act, posting->kind, &posting->id, document);
    if (status != STATUS_OK) {
        return status;
    }
    act->outcome->document = document->document;
    if (posting->required_state != NULL && strcmp(posting->required_state, document->document.state) != 0) {
        return STATUS_DOCUMENT_STATE;
    }
    return add_amounts(act, posting, document->document.balances, act->outcome->posted[at].balances);
}

static enum status judge_write(struct db *db, struct sqlite_act *act, size_t at)
{
    const struct ledger_write *write = &act->act->writes[at];
    struct sqlite_document *document = &act->written[at];
    act->outcome->failed = at;
    if (write->expected_version == 0) {
        return STATUS_OK; /* the insert finds out */
    }
    const enum status status = load(db, act, write->document.kind, &write->document.id, document);
    if (status != STATUS_OK) {
        return status;
    }
    act->outcome->document = document->document;
    const bool same = document->document.version == write->expected_version &&
                      (write->expected_balances == NULL ||
                       memcmp(write->expected_balances, document->document.balances,
                              sizeof document->document.balances) == 0);
    return same ? STATUS_OK : STATUS_VERSION_MISMATCH;
}

enum status ledger_sqlite_documents_check(struct db *db, struct sqlite_act *act)
{
    act->outcome->posted = arena_zeroed(act->arena, act->act->posting_count, sizeof *act->outcome->posted);
    act->outcome->posted_count = act->act->posting_count;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < act->act->posting_count; i++) {
        status = judge_posting(db, act, i);
    }
    for (size_t i = 0; status == STATUS_OK && i < act->act->write_count; i++) {
        status = judge_write(db, act, i);
    }
    return status;
}

/* --- postings --- */

static enum status set_balances(struct db *db, const struct sqlite_act *act,
                                const struct sqlite_document *document, const int64_t *balances,
                                int64_t last_entry)
{
    sqlite3_stmt *update = db_statement(db, UPDATE_BALANCES);
    db_bind_int(update, 1, document->key);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        db_bind_int(update, 2 + i, balances[i]);
    }
    db_bind_int(update, 10, last_entry);
    db_bind_int(update, 11, act->act->record_count > 0 ? act->act->at_ms : document->document.recorded_at_ms);
    return db_step(db, update, NULL);
}

static enum status apply_posting(struct db *db, struct sqlite_act *act, size_t at)
{
    const struct ledger_posting *posting = &act->act->postings[at];
    const struct sqlite_document *document = &act->posted[at];
    const int64_t *balances = act->outcome->posted[at].balances;
    int64_t last_entry = document->last_entry;
    enum status status = STATUS_OK;
    if (posting->reason != NULL) {
        status = ledger_sqlite_entry_keep(db, act, document, posting, balances, &last_entry);
        act->first_entry = act->entry_count++ == 0 ? last_entry : act->first_entry;
    }
    return status == STATUS_OK ? set_balances(db, act, document, balances, last_entry) : status;
}

enum status ledger_sqlite_postings_apply(struct db *db, struct sqlite_act *act)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < act->act->posting_count; i++) {
        status = apply_posting(db, act, i);
    }
    return status;
}

/* --- writes --- */

static enum status drop_expired(struct db *db, int64_t now_ms)
{
    sqlite3_stmt *expire = db_statement(db, DELETE_EXPIRED);
    db_bind_int(expire, 1, now_ms);
    db_bind_int(expire, 2, EXPIRED_AT_ONCE);
    return db_step(db, expire, NULL);
}

static enum status insert_document(struct db *db, const struct sqlite_act *act,
                                   const struct ledger_document *document, int64_t *key)
{
    enum status status = drop_expired(db, act->act->at_ms);
    if (status != STATUS_OK) {
        return status;
    }
    sqlite3_stmt *insert = db_statement(db, INSERT_DOCUMENT);
    db_bind_int(insert, 1, document->kind);
    db_bind_id(insert, 2, &document->id);
    db_bind_string(insert, 3, document->state);
    db_bind_int(insert, 4, document->store_key);
    db_bind_int(insert, 5, document->register_key);
    db_bind_int(insert, 6, act->act->at_ms);
    db_bind_int(insert, 7, document->expires_at_ms);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        db_bind_int(insert, 8 + i, document->balances[i]);
    }
    db_bind_text(insert, 16, document->body, document->body_length);
    status = db_step(db, insert, NULL);
    *key = sqlite3_last_insert_rowid(db_handle(db));
    return status;
}

static enum status update_document(struct db *db, const struct sqlite_act *act,
                                   const struct ledger_document *document, int64_t key)
{
    sqlite3_stmt *update = db_statement(db, UPDATE_DOCUMENT);
    db_bind_int(update, 1, key);
    db_bind_string(update, 2, document->state);
    db_bind_int(update, 3, document->store_key);
    db_bind_int(update, 4, document->register_key);
    db_bind_int(update, 5, act->act->at_ms);
    db_bind_int(update, 6, document->expires_at_ms);
    db_bind_text(update, 7, document->body, document->body_length);
    return db_step(db, update, NULL);
}

static enum status run_for(struct db *db, const char *sql, int64_t document_key)
{
    sqlite3_stmt *statement = db_statement(db, sql);
    db_bind_int(statement, 1, document_key);
    return db_step(db, statement, NULL);
}

static enum status insert_key(struct db *db, enum ledger_kind kind, const char *value, int64_t document_key)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_KEY);
    db_bind_int(insert, 1, kind);
    db_bind_string(insert, 2, value);
    db_bind_int(insert, 3, document_key);
    return db_step(db, insert, NULL);
}

/* A document that expired has no right to its key. */
static enum status take_key(struct db *db, const struct sqlite_act *act, enum ledger_kind kind,
                            const char *value, int64_t document_key)
{
    enum status status = insert_key(db, kind, value, document_key);
    if (status != STATUS_ID_TAKEN) {
        return status;
    }
    sqlite3_stmt *drop = db_statement(db, DELETE_EXPIRED_KEY);
    db_bind_int(drop, 1, kind);
    db_bind_string(drop, 2, value);
    db_bind_int(drop, 3, act->act->at_ms);
    status = db_step(db, drop, NULL);
    if (status != STATUS_OK || sqlite3_changes64(db_handle(db)) == 0) {
        return status == STATUS_OK ? STATUS_CODE_TAKEN : status;
    }
    return insert_key(db, kind, value, document_key);
}

static enum status insert_term(struct db *db, enum ledger_kind kind, const char *term, int64_t document_key)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_TERM);
    db_bind_int(insert, 1, kind);
    db_bind_text(insert, 2, term, strnlen(term, LEDGER_TERM_MAX));
    db_bind_int(insert, 3, document_key);
    return db_step(db, insert, NULL);
}

static enum status index_document(struct db *db, const struct sqlite_act *act,
                                  const struct ledger_write *write, int64_t key)
{
    const enum ledger_kind kind = write->document.kind;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < write->key_count; i++) {
        status = take_key(db, act, kind, write->keys[i], key);
    }
    for (size_t i = 0; status == STATUS_OK && i < write->term_count; i++) {
        status = insert_term(db, kind, write->terms[i], key);
    }
    return status;
}

/* The entry of the balances that a new document comes with. */
static enum status keep_opening(struct db *db, struct sqlite_act *act, const struct ledger_write *write,
                                int64_t key)
{
    const struct sqlite_document opened = {.key = key};
    struct ledger_posting posting = {.reason = write->reason};
    int64_t entry;
    memcpy(posting.amounts, write->document.balances, sizeof posting.amounts);
    const enum status status = ledger_sqlite_entry_keep(db, act, &opened, &posting, posting.amounts, &entry);
    if (status != STATUS_OK) {
        return status;
    }
    act->first_entry = act->entry_count++ == 0 ? entry : act->first_entry;
    sqlite3_stmt *update = db_statement(db, SET_LAST_ENTRY);
    db_bind_int(update, 1, key);
    db_bind_int(update, 2, entry);
    return db_step(db, update, NULL);
}

/* What goes is overwritten on its page (sqlite/db.h); act.c has the log emptied when the act is durable. */
static enum status forget(struct db *db, const struct sqlite_document *document)
{
    return run_for(db, FORGET_DETAILS, document->last_entry);
}

static enum status apply_write(struct db *db, struct sqlite_act *act, size_t at)
{
    const struct ledger_write *write = &act->act->writes[at];
    int64_t key = act->written[at].key;
    enum status status = write->forget ? forget(db, &act->written[at]) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    if (write->remove) {
        return run_for(db, DELETE_DOCUMENT, key); /* its keys and terms go with it */
    }
    if (write->expected_version == 0) {
        status = insert_document(db, act, &write->document, &key);
        if (status == STATUS_OK && write->reason != NULL) {
            status = keep_opening(db, act, write, key);
        }
    } else {
        status = update_document(db, act, &write->document, key);
        if (status == STATUS_OK) {
            status = run_for(db, DELETE_KEYS, key);
        }
        if (status == STATUS_OK) {
            status = run_for(db, DELETE_TERMS, key);
        }
    }
    return status == STATUS_OK ? index_document(db, act, write, key) : status;
}

/* Two documents of one act may hand a key over: it goes before it comes, whatever their order. */
static enum status release_keys(struct db *db, const struct sqlite_act *act)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && act->act->write_count > 1 && i < act->act->write_count; i++) {
        if (act->act->writes[i].expected_version > 0) {
            status = run_for(db, DELETE_KEYS, act->written[i].key);
        }
    }
    return status;
}

enum status ledger_sqlite_writes_apply(struct db *db, struct sqlite_act *act)
{
    enum status status = release_keys(db, act);
    for (size_t i = 0; status == STATUS_OK && i < act->act->write_count; i++) {
        act->outcome->failed = i;
        status = apply_write(db, act, i);
    }
    return status;
}
