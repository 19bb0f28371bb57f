/*
 * The history of a document's balances: a walk from its newest entry back.
 */
#include "ledger/sqlite/internal.h"

#define AMOUNTS  "amount_0, amount_1, amount_2, amount_3, amount_4, amount_5, amount_6, amount_7"
#define BALANCES "balance_0, balance_1, balance_2, balance_3, balance_4, balance_5, balance_6, balance_7"

static const char INSERT_ENTRY[] =
    "INSERT INTO document_entries (document_key, previous, at, reason, act_id, " AMOUNTS ", " BALANCES ")"
    "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
    "?21)";
static const char SELECT_ENTRY[] =
    "SELECT previous, act_id, acts.id IS NULL, reason, document_entries.at, detail, " AMOUNTS ", " BALANCES
    "  FROM document_entries LEFT JOIN acts ON acts.id = act_id WHERE document_entries.key = ?1"
    "  AND document_key = ?2";
static const char SELECT_LAST[] = "SELECT key, last_entry FROM documents WHERE kind = ?1 AND id = ?2";
static const char SELECT_POSTED[] = "SELECT " BALANCES " FROM document_entries"
                                    "  WHERE key >= ?1 AND key < ?1 + ?2 ORDER BY key";

#define AMOUNTS_COLUMN  6 /* of SELECT_ENTRY */
#define BALANCES_COLUMN (AMOUNTS_COLUMN + LEDGER_BALANCES)

enum status ledger_sqlite_entry_keep(struct db *db, const struct sqlite_act *act,
                                     const struct sqlite_document *document,
                                     const struct ledger_posting *posting, const int64_t *balances,
                                     int64_t *key)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_ENTRY);
    db_bind_int(insert, 1, document->key);
    db_bind_int(insert, 2, document->last_entry);
    db_bind_int(insert, 3, act->act->at_ms);
    db_bind_string(insert, 4, posting->reason);
    db_bind_id(insert, 5, &act->act->id);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        db_bind_int(insert, 6 + i, posting->amounts[i]);
        db_bind_int(insert, 6 + LEDGER_BALANCES + i, balances[i]);
    }
    const enum status status = db_step(db, insert, NULL);
    *key = sqlite3_last_insert_rowid(db_handle(db));
    return status;
}

enum status ledger_sqlite_entries_find(struct db *db, int64_t first, int64_t count, struct arena *arena,
                                       struct ledger_outcome *outcome)
{
    outcome->posted = arena_zeroed(arena, (size_t)count, sizeof *outcome->posted);
    outcome->posted_count = 0;
    sqlite3_stmt *select = db_statement(db, SELECT_POSTED);
    db_bind_int(select, 1, first);
    db_bind_int(select, 2, count);
    enum status status;
    bool row;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        struct ledger_posted *posted = &outcome->posted[outcome->posted_count++];
        for (int i = 0; i < LEDGER_BALANCES; i++) {
            posted->balances[i] = sqlite3_column_int64(select, i);
        }
    }
    return status;
}

static void read_entry(sqlite3_stmt *row, struct arena *arena, struct ledger_entry *entry)
{
    *entry = (struct ledger_entry){
        .by_record = sqlite3_column_int(row, 2) != 0,
        .reason = ledger_sqlite_copy_text(row, 3, arena),
        .at_ms = sqlite3_column_int64(row, 4),
        .detail = ledger_sqlite_copy_text(row, 5, arena),
    };
    db_column_id(row, 1, &entry->act_id);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        entry->amounts[i] = sqlite3_column_int64(row, AMOUNTS_COLUMN + i);
        entry->balances[i] = sqlite3_column_int64(row, BALANCES_COLUMN + i);
    }
}

static enum status find_document(struct db *db, enum ledger_kind kind, const struct id *id, int64_t *key,
                                 int64_t *last_entry)
{
    sqlite3_stmt *select = db_statement(db, SELECT_LAST);
    db_bind_int(select, 1, kind);
    db_bind_id(select, 2, id);
    bool found;
    const enum status status = db_step(db, select, &found);
    if (status == STATUS_OK && found) {
        *key = sqlite3_column_int64(select, 0);
        *last_entry = sqlite3_column_int64(select, 1);
        db_done(select);
    }
    return status == STATUS_OK && !found ? STATUS_DOCUMENT_NOT_FOUND : status;
}

/* Reads the page that begins with the entry `key`; one that is not the document's ends it. */
static enum status walk(struct db *db, int64_t document_key, int64_t key, size_t limit, struct arena *arena,
                        struct ledger_entry_page *page)
{
    while (key != 0 && page->count < limit) {
        sqlite3_stmt *select = db_statement(db, SELECT_ENTRY);
        db_bind_int(select, 1, key);
        db_bind_int(select, 2, document_key);
        bool found;
        const enum status status = db_step(db, select, &found);
        if (status != STATUS_OK || !found) {
            return status;
        }
        read_entry(select, arena, &page->entries[page->count++]);
        key = sqlite3_column_int64(select, 0);
        db_done(select);
    }
    page->has_more = key != 0;
    page->next = cursor_of(key);
    return STATUS_OK;
}

enum status ledger_sqlite_entry_list(const struct ledger *ledger, enum ledger_kind kind, const struct id *id,
                                     const struct cursor *after, size_t limit, struct arena *arena,
                                     struct ledger_entry_page *page)
{
    *page = (struct ledger_entry_page){.entries = arena_zeroed(arena, limit, sizeof *page->entries)};
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    int64_t document_key = 0, last_entry = 0;
    enum status status = find_document(db, kind, id, &document_key, &last_entry);
    if (status == STATUS_OK) {
        status = walk(db, document_key, cursor_is_start(after) ? last_entry : cursor_int(after, 0), limit,
                      arena, page);
    }
    reader_give_back(readers, db);
    return status;
}
