/*
 * Documents, read, listed and searched.
 */
#include "ledger/sqlite/internal.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/* What expired is not there. ?1 now. */
#define SELECT_ROW "SELECT " LEDGER_SQLITE_DOCUMENT ", body FROM documents "
#define ALIVE      " (expires_at = 0 OR expires_at > ?1) "

static const char SELECT_BY_ID[] = SELECT_ROW "WHERE kind = ?2 AND id = ?3 AND" ALIVE;
static const char SELECT_BY_KEY[] = SELECT_ROW
    "WHERE key = (SELECT document_key FROM document_keys WHERE kind = ?2 AND value = ?3) AND" ALIVE;

/* One text for each way through the indexes, in each of which the order of the keys is the order of creation.
 * ?2 kind, ?3 store, ?4 register, ?5 state, ?6 where the page before ended, ?7 how many. */
#define PASSES                                                                                               \
    " AND key < ?6 AND (?3 IS NULL OR store_key = ?3) AND (?4 IS NULL OR register_key = ?4)"                 \
    " AND (?5 IS NULL OR state = ?5) AND" ALIVE "ORDER BY key DESC LIMIT ?7"
static const char LIST_REGISTER[] = SELECT_ROW
    "INDEXED BY documents_by_register WHERE kind = ?2 AND register_key = ?4 AND register_key <> 0" PASSES;
static const char LIST_STORE[] = SELECT_ROW
    "INDEXED BY documents_by_store WHERE kind = ?2 AND store_key = ?3 AND store_key <> 0" PASSES;
static const char LIST_STATE[] = SELECT_ROW
    "INDEXED BY documents_by_state WHERE kind = ?2 AND state = ?5" PASSES;
static const char LIST_KIND[] = SELECT_ROW "INDEXED BY documents_by_kind WHERE kind = ?2" PASSES;

/* The first prefix finds candidates, the others are asked of each. What is after every text that begins with
 * a prefix: the prefix and U+10FFFF. ?2 kind, ?3 and ?4 the first prefix and its end, then as many more as
 * there are: one that is not asked for is NULL. */
#define HAS(from, to)                                                                                        \
    " AND (" from " IS NULL OR EXISTS (SELECT 1 FROM document_terms AS other"                                \
    "    INDEXED BY document_terms_of_document"                                                              \
    "    WHERE other.document_key = documents.key AND other.term >= " from " AND other.term < " to "))"
static const char SEARCH[] = SELECT_ROW
    "WHERE key IN (SELECT document_key FROM document_terms WHERE kind = ?2 AND term >= ?3 AND term < ?4)" HAS(
        "?7", "?8") HAS("?9", "?10") HAS("?11", "?12") HAS("?13", "?14")
        HAS("?15", "?16") " AND key < ?5 AND" ALIVE "ORDER BY key DESC LIMIT ?6";

#define BODY_COLUMN LEDGER_SQLITE_DOCUMENT_COLUMNS
#define AFTER_ALL   "\xf4\x8f\xbf\xbf" /* U+10FFFF, the last that text can hold */

void ledger_sqlite_document_row(sqlite3_stmt *row, struct arena *arena, struct sqlite_document *document)
{
    *document = (struct sqlite_document){
        .key = sqlite3_column_int64(row, 0),
        .last_entry = sqlite3_column_int64(row, 1),
        .document =
            {
                .kind = (enum ledger_kind)sqlite3_column_int(row, 2),
                .version = sqlite3_column_int64(row, 4),
                .state = ledger_sqlite_copy_text(row, 5, arena),
                .store_key = sqlite3_column_int64(row, 6),
                .register_key = sqlite3_column_int64(row, 7),
                .created_at_ms = sqlite3_column_int64(row, 8),
                .updated_at_ms = sqlite3_column_int64(row, 9),
                .recorded_at_ms = sqlite3_column_int64(row, 10),
                .expires_at_ms = sqlite3_column_int64(row, 11),
            },
    };
    db_column_id(row, 3, &document->document.id);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        document->document.balances[i] = sqlite3_column_int64(row, 12 + i);
    }
}

static void read_whole(sqlite3_stmt *row, struct arena *arena, struct ledger_document *document, int64_t *key)
{
    struct sqlite_document read;
    ledger_sqlite_document_row(row, arena, &read);
    *document = read.document;
    *key = read.key;
    document->body = ledger_sqlite_copy_text(row, BODY_COLUMN, arena);
    document->body_length = (size_t)sqlite3_column_bytes(row, BODY_COLUMN);
}

/* Steps a statement that gives one document or none. */
static enum status read_one(struct db *db, sqlite3_stmt *select, struct arena *arena,
                            struct ledger_document *document)
{
    bool found;
    const enum status status = db_step(db, select, &found);
    if (status == STATUS_OK && found) {
        int64_t key;
        read_whole(select, arena, document, &key);
        db_done(select);
    }
    return status == STATUS_OK && !found ? STATUS_DOCUMENT_NOT_FOUND : status;
}

enum status ledger_sqlite_document_read(const struct ledger *ledger, enum ledger_kind kind,
                                        const struct id *id, struct arena *arena,
                                        struct ledger_document *document)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    sqlite3_stmt *select = db_statement(db, SELECT_BY_ID);
    db_bind_int(select, 1, clock_now_ms());
    db_bind_int(select, 2, kind);
    db_bind_id(select, 3, id);
    const enum status status = read_one(db, select, arena, document);
    reader_give_back(readers, db);
    return status;
}

enum status ledger_sqlite_document_find(const struct ledger *ledger, enum ledger_kind kind, const char *key,
                                        struct arena *arena, struct ledger_document *document)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    sqlite3_stmt *select = db_statement(db, SELECT_BY_KEY);
    db_bind_int(select, 1, clock_now_ms());
    db_bind_int(select, 2, kind);
    db_bind_string(select, 3, key);
    const enum status status = read_one(db, select, arena, document);
    reader_give_back(readers, db);
    return status;
}

static enum status read_page(struct db *db, sqlite3_stmt *select, size_t limit, struct arena *arena,
                             struct ledger_document_page *page)
{
    *page = (struct ledger_document_page){.documents = arena_zeroed(arena, limit, sizeof *page->documents)};
    for (;;) {
        bool row;
        const enum status status = db_step(db, select, &row);
        if (status != STATUS_OK || !row) {
            return status;
        }
        if (page->count == limit) {
            page->has_more = true;
            db_done(select);
            return STATUS_OK;
        }
        int64_t key;
        read_whole(select, arena, &page->documents[page->count++], &key);
        page->next = cursor_of(key);
    }
}

/* The key that the next page's are below. */
static int64_t before(const struct cursor *after)
{
    return cursor_is_start(after) ? INT64_MAX : cursor_int(after, 0);
}

static const char *list_statement(const struct ledger_document_filter *filter)
{
    if (filter->has_register) {
        return LIST_REGISTER;
    }
    if (filter->has_store) {
        return LIST_STORE;
    }
    return filter->state != NULL ? LIST_STATE : LIST_KIND;
}

enum status ledger_sqlite_document_list(const struct ledger *ledger,
                                        const struct ledger_document_filter *filter,
                                        const struct cursor *after, size_t limit, struct arena *arena,
                                        struct ledger_document_page *page)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    sqlite3_stmt *select = db_statement(db, list_statement(filter));
    db_bind_int(select, 1, clock_now_ms());
    db_bind_int(select, 2, filter->kind);
    if (filter->has_store) {
        db_bind_int(select, 3, filter->store_key);
    }
    if (filter->has_register) {
        db_bind_int(select, 4, filter->register_key);
    }
    if (filter->state != NULL) {
        db_bind_string(select, 5, filter->state);
    }
    db_bind_int(select, 6, before(after));
    db_bind_int(select, 7, (int64_t)limit + 1);
    const enum status status = read_page(db, select, limit, arena, page);
    reader_give_back(readers, db);
    return status;
}

/* Candidates come from the longest prefix: it is the rarest, most likely. */
static size_t longest(const char *const *prefixes, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        if (strlen(prefixes[i]) > strlen(prefixes[best])) {
            best = i;
        }
    }
    return best;
}

static void bind_prefix(sqlite3_stmt *select, int from, const char *prefix, struct arena *arena)
{
    const int length = (int)strnlen(prefix, LEDGER_TERM_MAX);
    db_bind_text(select, from, prefix, (size_t)length);
    db_bind_string(select, from + 1, arena_printf(arena, "%.*s" AFTER_ALL, length, prefix));
}

enum status ledger_sqlite_document_search(const struct ledger *ledger, enum ledger_kind kind,
                                          const char *const *prefixes, size_t prefix_count,
                                          const struct cursor *after, size_t limit, struct arena *arena,
                                          struct ledger_document_page *page)
{
    if (prefix_count == 0 || prefix_count > LEDGER_PREFIXES_MAX) {
        return STATUS_INTERNAL_ERROR;
    }
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    sqlite3_stmt *select = db_statement(db, SEARCH);
    const size_t first = longest(prefixes, prefix_count);
    db_bind_int(select, 1, clock_now_ms());
    db_bind_int(select, 2, kind);
    bind_prefix(select, 3, prefixes[first], arena);
    db_bind_int(select, 5, before(after));
    db_bind_int(select, 6, (int64_t)limit + 1);
    int at = 7;
    for (size_t i = 0; i < prefix_count; i++) {
        if (i != first) {
            bind_prefix(select, at, prefixes[i], arena);
            at += 2;
        }
    }
    const enum status status = read_page(db, select, limit, arena, page);
    reader_give_back(readers, db);
    return status;
}
