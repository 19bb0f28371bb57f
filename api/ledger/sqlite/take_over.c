/*
 * Taking over what another ledger tells (ledger/copy.h), in one transaction: killed in between, nothing is
 * here.
 *
 * A movement's key says when it was posted, and those of an act without a record are one behind the other; so
 * are entries. They are told product by product, so they wait in a table of the connection's own, which SQLite
 * keeps in a file when it is large, and are written in their order at the end. Where the clocks of several
 * machines made that order, an act is put behind everything that a product or a document says was before it:
 * for that acts and records are in memory, a few dozen bytes each.
 */
#include "base/clock.h"
#include "ledger/copy.h"
#include "ledger/id_map.h"
#include "ledger/sqlite/internal.h"

#include <string.h>

static const char SELECT_ANY[] =
    "SELECT EXISTS (SELECT 1 FROM transactions) OR EXISTS (SELECT 1 FROM acts)"
    "    OR EXISTS (SELECT 1 FROM stock_movements) OR EXISTS (SELECT 1 FROM documents)"
    "    OR EXISTS (SELECT 1 FROM outbox)";
static const char SELECT_COPY[] = "SELECT 1 FROM ledger_copies WHERE source = ?1";
static const char INSERT_COPY[] = "INSERT INTO ledger_copies (source, at) VALUES (?1, ?2)";
static const char INSERT_RECORD[] =
    "INSERT INTO transactions (key, id, type, store_key, register_key, sequence, receipt_number, "
    "business_day,"
    "                          created_at, currency, total, shift_id, customer_id, original_id, reversal,"
    "                          flagged, part, fingerprint, hash, record)"
    "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";
static const char INSERT_ACT[] =
    "INSERT INTO acts (id, name, at, fingerprint, first_movement, movements, first_entry, entries, detail)"
    "  VALUES (?1, ?2, ?3, ?4, 0, ?5, 0, ?6, ?7)";
static const char SET_FIRST_MOVEMENT[] =
    "UPDATE acts SET first_movement = ?2 WHERE id = ?1 AND first_movement = 0";
static const char SET_FIRST_ENTRY[] = "UPDATE acts SET first_entry = ?2 WHERE id = ?1 AND first_entry = 0";
static const char INSERT_LEVEL[] =
    "INSERT INTO stock_levels (store_key, product_key, level, updated_at, last_movement)"
    "  VALUES (?1, ?2, ?3, ?4, 0)";
static const char INSERT_MOVEMENT[] =
    "INSERT INTO stock_movements (key, store_key, product_key, previous, at, reason, quantity, level, total, "
    "act_id)"
    "  SELECT ?1, ?2, ?3, last_movement, ?4, ?5, ?6, ?7, ?8, ?9 FROM stock_levels"
    "   WHERE store_key = ?2 AND product_key = ?3";
static const char SET_LAST_MOVEMENT[] = "UPDATE stock_levels SET last_movement = ?3"
                                        "  WHERE store_key = ?1 AND product_key = ?2";
static const char INSERT_DOCUMENT[] =
    "INSERT INTO documents (key, kind, id, version, state, store_key, register_key, created_at, updated_at,"
    "                       recorded_at, expires_at, last_entry, balance_0, balance_1, balance_2, balance_3,"
    "                       balance_4, balance_5, balance_6, balance_7, body)"
    "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";
static const char INSERT_KEY[] = "INSERT INTO document_keys (kind, value, document_key) VALUES (?1, ?2, ?3)";
static const char INSERT_TERM[] =
    "INSERT OR IGNORE INTO document_terms (kind, term, document_key) VALUES (?1, ?2, ?3)";
static const char INSERT_ENTRY[] =
    "INSERT INTO document_entries (key, document_key, previous, at, reason, act_id, amount_0, amount_1, "
    "amount_2,"
    "                              amount_3, amount_4, amount_5, amount_6, amount_7, balance_0, balance_1,"
    "                              balance_2, balance_3, balance_4, balance_5, balance_6, balance_7)"
    "  SELECT ?1, ?2, last_entry, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
    "?19, ?20,"
    "         ?21 FROM documents WHERE key = ?2";
static const char SET_LAST_ENTRY[] = "UPDATE documents SET last_entry = ?2 WHERE key = ?1";
static const char INSERT_ANSWER[] =
    "INSERT OR IGNORE INTO idempotency_records (key, fingerprint, http_status, location, etag, body, "
    "created_at,"
    "                                           act_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char INSERT_EVENT[] =
    "INSERT INTO outbox (id, type, at, due_at, attempts, transaction_key, data)"
    "  VALUES (?1, ?2, ?3, ?4, ?5, (SELECT key FROM transactions WHERE id = ?6), ?7)";

static const char CREATE_WAITING[] =
    "CREATE TEMP TABLE waiting (told INTEGER PRIMARY KEY, kind INTEGER, position INTEGER, told_position "
    "INTEGER,"
    "                           owner INTEGER, act_id BLOB, by_record INTEGER, at INTEGER, store_key INTEGER,"
    "                           product_key INTEGER, total INTEGER, reason TEXT, amounts BLOB, after BLOB)";
static const char DROP_WAITING[] = "DROP TABLE waiting";
static const char INSERT_WAITING[] = "INSERT INTO waiting (kind, position, told_position, owner, act_id, "
                                     "by_record, at, store_key, product_key,"
                                     "                     total, reason, amounts, after)"
                                     "  VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
static const char SELECT_AS_TOLD[] =
    "SELECT told, position, owner, act_id FROM waiting WHERE kind = ?1 ORDER BY told";
static const char SET_POSITION[] = "UPDATE waiting SET position = ?2 WHERE told = ?1";
static const char SELECT_IN_ORDER[] =
    "SELECT owner, act_id, by_record, at, store_key, product_key, total, reason, amounts, after FROM waiting"
    "  WHERE kind = ?1 ORDER BY position, act_id, told_position, owner";

#define TOLD_EVERY 1000

enum waiting_kind {
    WAITING_MOVEMENT,
    WAITING_ENTRY,
};

/* A movement or an entry that waits. */
struct waiting {
    int64_t position; /* in which order it was posted */
    int64_t owner;    /* the product's place, or the document's key */
    struct id act_id;
    bool by_record;
    int64_t at_ms, store_key, product_key, total_minor;
    const char *reason;
    int64_t amounts[LEDGER_BALANCES], after[LEDGER_BALANCES];
};

struct take_over {
    const struct ledger *from;
    const struct hash *source;
    const struct ledger_copy_watch *watch;
    struct db *db;
    int64_t record_key, document_key, product; /* the last ones */
    uint64_t pieces;
};

static void count_piece(struct take_over *take)
{
    if (++take->pieces % TOLD_EVERY == 0 && take->watch != NULL) {
        take->watch->told(take->watch->context, take->pieces);
    }
}

static void bind_optional(sqlite3_stmt *insert, int index, bool has, const struct id *id)
{
    if (has) {
        db_bind_id(insert, index, id);
    }
}

/* --- what is told --- */

static enum status wait(struct take_over *take, enum waiting_kind kind, const struct waiting *row)
{
    sqlite3_stmt *insert = db_statement(take->db, INSERT_WAITING);
    db_bind_int(insert, 1, kind);
    db_bind_int(insert, 2, row->position);
    db_bind_int(insert, 3, row->owner);
    db_bind_id(insert, 4, &row->act_id);
    db_bind_int(insert, 5, row->by_record);
    db_bind_int(insert, 6, row->at_ms);
    db_bind_int(insert, 7, row->store_key);
    db_bind_int(insert, 8, row->product_key);
    db_bind_int(insert, 9, row->total_minor);
    db_bind_string(insert, 10, row->reason);
    db_bind_blob(insert, 11, row->amounts, sizeof row->amounts);
    db_bind_blob(insert, 12, row->after, sizeof row->after);
    count_piece(take);
    return db_step(take->db, insert, NULL);
}

static enum status take_record(void *context, const struct ledger_copied_record *copied)
{
    struct take_over *take = context;
    const struct ledger_transaction *record = &copied->transaction;
    sqlite3_stmt *insert = db_statement(take->db, INSERT_RECORD);
    db_bind_int(insert, 1, ++take->record_key);
    db_bind_id(insert, 2, &record->id);
    db_bind_string(insert, 3, record->type);
    db_bind_int(insert, 4, record->store_key);
    db_bind_int(insert, 5, record->register_key);
    db_bind_int(insert, 6, record->sequence);
    db_bind_string(insert, 7, record->receipt_number);
    db_bind_int(insert, 8, record->business_day);
    db_bind_int(insert, 9, record->created_at_ms);
    db_bind_string(insert, 10, copied->currency);
    db_bind_int(insert, 11, record->total_minor);
    bind_optional(insert, 12, record->has_shift, &record->shift_id);
    bind_optional(insert, 13, record->has_customer, &record->customer_id);
    bind_optional(insert, 14, record->has_original, &record->original_id);
    if (record->has_original) {
        db_bind_int(insert, 15, record->reversal);
    }
    db_bind_int(insert, 16, record->flagged);
    db_bind_int(insert, 17, copied->is_second);
    db_bind_blob(insert, 18, &copied->fingerprint, sizeof copied->fingerprint);
    db_bind_blob(insert, 19, &record->hash, sizeof record->hash);
    db_bind_text(insert, 20, record->record, record->record_length);
    count_piece(take);
    return db_step(take->db, insert, NULL);
}

static enum status take_act(void *context, const struct ledger_copied_act *act)
{
    struct take_over *take = context;
    sqlite3_stmt *insert = db_statement(take->db, INSERT_ACT);
    db_bind_id(insert, 1, &act->id);
    db_bind_string(insert, 2, act->name);
    db_bind_int(insert, 3, act->at_ms);
    db_bind_blob(insert, 4, &act->fingerprint, sizeof act->fingerprint);
    db_bind_int(insert, 5, (int64_t)act->moved_count);
    db_bind_int(insert, 6, (int64_t)act->posted_count);
    db_bind_string(insert, 7, act->detail);
    count_piece(take);
    return db_step(take->db, insert, NULL);
}

static enum status take_movement(void *context, const struct ledger_copied_movement *copied)
{
    struct take_over *take = context;
    const struct ledger_moved_row *moved = &copied->row;
    const struct waiting row = {
        .position = copied->order,
        .owner = take->product,
        .act_id = moved->act_id,
        .by_record = moved->by_record,
        .at_ms = moved->at_ms,
        .store_key = moved->store.key,
        .product_key = moved->product.key,
        .total_minor = moved->total_minor,
        .reason = moved->reason,
        .amounts = {moved->quantity},
        .after = {moved->level},
    };
    return wait(take, WAITING_MOVEMENT, &row);
}

static enum status take_level(void *context, const struct ledger_stock_level *level)
{
    struct take_over *take = context;
    sqlite3_stmt *insert = db_statement(take->db, INSERT_LEVEL);
    db_bind_int(insert, 1, level->store.key);
    db_bind_int(insert, 2, level->product.key);
    db_bind_int(insert, 3, level->level);
    db_bind_int(insert, 4, level->updated_at_ms);
    take->product++;
    count_piece(take);
    return db_step(take->db, insert, NULL);
}

static enum status take_entry(void *context, enum ledger_kind kind, const struct id *document,
                              const struct ledger_copied_entry *copied)
{
    struct take_over *take = context;
    const struct ledger_entry *entry = &copied->entry;
    (void)kind;
    (void)document; /* the one that is told next */
    struct waiting row = {
        .position = copied->order,
        .owner = take->document_key + 1,
        .act_id = entry->act_id,
        .by_record = entry->by_record,
        .at_ms = entry->at_ms,
        .reason = entry->reason,
    };
    memcpy(row.amounts, entry->amounts, sizeof row.amounts);
    memcpy(row.after, entry->balances, sizeof row.after);
    return wait(take, WAITING_ENTRY, &row);
}

static enum status take_strings(struct take_over *take, const char *sql, enum ledger_kind kind,
                                const char *const *strings, size_t count)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        sqlite3_stmt *insert = db_statement(take->db, sql);
        db_bind_int(insert, 1, kind);
        db_bind_string(insert, 2, strings[i]);
        db_bind_int(insert, 3, take->document_key);
        status = db_step(take->db, insert, NULL);
    }
    return status;
}

static enum status take_document(void *context, const struct ledger_copied_document *copied)
{
    struct take_over *take = context;
    const struct ledger_document *document = &copied->document;
    sqlite3_stmt *insert = db_statement(take->db, INSERT_DOCUMENT);
    db_bind_int(insert, 1, ++take->document_key);
    db_bind_int(insert, 2, document->kind);
    db_bind_id(insert, 3, &document->id);
    db_bind_int(insert, 4, document->version);
    db_bind_string(insert, 5, document->state);
    db_bind_int(insert, 6, document->store_key);
    db_bind_int(insert, 7, document->register_key);
    db_bind_int(insert, 8, document->created_at_ms);
    db_bind_int(insert, 9, document->updated_at_ms);
    db_bind_int(insert, 10, document->recorded_at_ms);
    db_bind_int(insert, 11, document->expires_at_ms);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        db_bind_int(insert, 12 + i, document->balances[i]);
    }
    db_bind_text(insert, 20, document->body, document->body_length);
    count_piece(take);
    enum status status = db_step(take->db, insert, NULL);
    if (status == STATUS_OK) {
        status = take_strings(take, INSERT_KEY, document->kind, copied->keys, copied->key_count);
    }
    return status == STATUS_OK
               ? take_strings(take, INSERT_TERM, document->kind, copied->terms, copied->term_count)
               : status;
}

static enum status take_answer(void *context, const struct ledger_copied_answer *copied)
{
    struct take_over *take = context;
    sqlite3_stmt *insert = db_statement(take->db, INSERT_ANSWER);
    db_bind_blob(insert, 1, &copied->key.key, HASH_SIZE);
    db_bind_blob(insert, 2, &copied->key.fingerprint, HASH_SIZE);
    db_bind_int(insert, 3, copied->answer.http_status == 0 ? 201 : copied->answer.http_status);
    db_bind_string(insert, 4, copied->answer.location);
    db_bind_string(insert, 5, copied->answer.etag);
    if (copied->answer.body != NULL) {
        db_bind_blob(insert, 6, copied->answer.body, copied->answer.body_length);
    }
    db_bind_int(insert, 7, copied->kept_at_ms);
    bind_optional(insert, 8, copied->has_act, &copied->act_id);
    count_piece(take);
    return db_step(take->db, insert, NULL);
}

static enum status take_event(void *context, const struct ledger_copied_event *copied)
{
    struct take_over *take = context;
    sqlite3_stmt *insert = db_statement(take->db, INSERT_EVENT);
    db_bind_id(insert, 1, &copied->event.id);
    db_bind_string(insert, 2, copied->event.type);
    db_bind_int(insert, 3, copied->event.at_ms);
    db_bind_int(insert, 4, copied->due_at_ms);
    db_bind_int(insert, 5, copied->event.attempts);
    bind_optional(insert, 6, copied->of_record, &copied->record_id);
    if (!copied->of_record) {
        db_bind_text(insert, 7, copied->event.data, copied->event.data_length);
    }
    count_piece(take);
    return db_step(take->db, insert, NULL);
}

/* --- what waited --- */

static enum status set_position(struct take_over *take, int64_t told, int64_t position)
{
    sqlite3_stmt *update = db_statement(take->db, SET_POSITION);
    db_bind_int(update, 1, told);
    db_bind_int(update, 2, position);
    return db_step(take->db, update, NULL);
}

/* One look at all rows of a kind; whether an act had to be put behind another. */
static enum status straighten_once(struct take_over *take, enum waiting_kind kind, struct id_map *positions,
                                   bool *moved)
{
    static const struct id none;
    int64_t owner = -1, before = 0;
    bool found;
    enum status status;
    sqlite3_stmt *select = db_statement(take->db, SELECT_AS_TOLD);
    db_bind_int(select, 1, kind);
    *moved = false;
    while ((status = db_step(take->db, select, &found)) == STATUS_OK && found) {
        const int64_t was = sqlite3_column_int64(select, 1);
        const bool follows = sqlite3_column_int64(select, 2) == owner;
        struct id act = none;
        (void)db_column_id(select, 3, &act);
        int64_t position = id_map_get(positions, &act, was);
        if (follows && position <= before) {
            position = before + 1;
            *moved = true;
        }
        id_map_set(positions, &act, position);
        owner = sqlite3_column_int64(select, 2);
        before = position;
        if (position != was) {
            status = set_position(take, sqlite3_column_int64(select, 0), position);
        }
        if (status != STATUS_OK) {
            break;
        }
    }
    db_done(select);
    return status;
}

/* Puts acts behind what their products and documents say was before them. */
static enum status straighten(struct take_over *take, enum waiting_kind kind, struct id_map *positions)
{
    bool moved = true;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && moved) {
        status = straighten_once(take, kind, positions, &moved);
    }
    return status;
}

static enum status run(struct take_over *take, const char *sql, int64_t first, int64_t second, int64_t third)
{
    sqlite3_stmt *statement = db_statement(take->db, sql);
    db_bind_int(statement, 1, first);
    db_bind_int(statement, 2, second);
    if (sql == SET_LAST_MOVEMENT) {
        db_bind_int(statement, 3, third);
    }
    return db_step(take->db, statement, NULL);
}

/* The act of the row learns where its first one is. */
static enum status set_first(struct take_over *take, const char *sql, const struct waiting *row, int64_t key)
{
    static const struct id none;
    if (row->by_record || id_equal(&row->act_id, &none)) {
        return STATUS_OK;
    }
    sqlite3_stmt *update = db_statement(take->db, sql);
    db_bind_id(update, 1, &row->act_id);
    db_bind_int(update, 2, key);
    return db_step(take->db, update, NULL);
}

static enum status write_movement(struct take_over *take, const struct waiting *row, int64_t key)
{
    static const struct id none;
    sqlite3_stmt *insert = db_statement(take->db, INSERT_MOVEMENT);
    db_bind_int(insert, 1, key);
    db_bind_int(insert, 2, row->store_key);
    db_bind_int(insert, 3, row->product_key);
    db_bind_int(insert, 4, row->at_ms);
    db_bind_string(insert, 5, row->reason);
    db_bind_int(insert, 6, row->amounts[0]);
    db_bind_int(insert, 7, row->after[0]);
    db_bind_int(insert, 8, row->total_minor);
    bind_optional(insert, 9, !id_equal(&row->act_id, &none), &row->act_id);
    enum status status = db_step(take->db, insert, NULL);
    if (status == STATUS_OK) {
        status = run(take, SET_LAST_MOVEMENT, row->store_key, row->product_key, key);
    }
    return status == STATUS_OK ? set_first(take, SET_FIRST_MOVEMENT, row, key) : status;
}

static enum status write_entry(struct take_over *take, const struct waiting *row, int64_t key)
{
    sqlite3_stmt *insert = db_statement(take->db, INSERT_ENTRY);
    db_bind_int(insert, 1, key);
    db_bind_int(insert, 2, row->owner);
    db_bind_int(insert, 3, row->at_ms);
    db_bind_string(insert, 4, row->reason);
    db_bind_id(insert, 5, &row->act_id);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        db_bind_int(insert, 6 + i, row->amounts[i]);
        db_bind_int(insert, 6 + LEDGER_BALANCES + i, row->after[i]);
    }
    enum status status = db_step(take->db, insert, NULL);
    if (status == STATUS_OK) {
        status = run(take, SET_LAST_ENTRY, row->owner, key, 0);
    }
    return status == STATUS_OK ? set_first(take, SET_FIRST_ENTRY, row, key) : status;
}

static void read_waiting(sqlite3_stmt *select, struct waiting *row)
{
    *row = (struct waiting){
        .owner = sqlite3_column_int64(select, 0),
        .by_record = sqlite3_column_int(select, 2) != 0,
        .at_ms = sqlite3_column_int64(select, 3),
        .store_key = sqlite3_column_int64(select, 4),
        .product_key = sqlite3_column_int64(select, 5),
        .total_minor = sqlite3_column_int64(select, 6),
        .reason = db_column_string(select, 7),
    };
    (void)db_column_id(select, 1, &row->act_id);
    memcpy(row->amounts, sqlite3_column_blob(select, 8), sizeof row->amounts);
    memcpy(row->after, sqlite3_column_blob(select, 9), sizeof row->after);
}

static enum status write_waiting(struct take_over *take, enum waiting_kind kind,
                                 enum status (*write)(struct take_over *take, const struct waiting *row,
                                                      int64_t key))
{
    int64_t key = 0;
    bool found;
    enum status status;
    sqlite3_stmt *select = db_statement(take->db, SELECT_IN_ORDER);
    db_bind_int(select, 1, kind);
    while ((status = db_step(take->db, select, &found)) == STATUS_OK && found) {
        struct waiting row;
        read_waiting(select, &row);
        status = write(take, &row, ++key);
        if (status != STATUS_OK) {
            break;
        }
    }
    db_done(select);
    return status;
}

static enum status write_all_that_waited(struct take_over *take)
{
    /* Twice the movements: what entries moved moves its movements, too. */
    static const enum waiting_kind kinds[] = {WAITING_MOVEMENT, WAITING_ENTRY, WAITING_MOVEMENT};
    struct id_map positions = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof kinds / sizeof *kinds; i++) {
        status = straighten(take, kinds[i], &positions);
    }
    id_map_free(&positions);
    if (status == STATUS_OK) {
        status = write_waiting(take, WAITING_MOVEMENT, write_movement);
    }
    if (status == STATUS_OK) {
        status = write_waiting(take, WAITING_ENTRY, write_entry);
    }
    return status == STATUS_OK ? db_execute(take->db, DROP_WAITING) : status;
}

/* --- all of it --- */

static enum status is_empty(struct db *db, bool *is)
{
    sqlite3_stmt *any = db_statement(db, SELECT_ANY);
    bool row;
    const enum status status = db_step(db, any, &row);
    *is = status == STATUS_OK && sqlite3_column_int(any, 0) == 0;
    db_done(any);
    return status;
}

enum status ledger_sqlite_is_empty(const struct ledger *ledger, bool *is)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    const enum status status = is_empty(db, is);
    reader_give_back(readers, db);
    return status;
}

/* Whether there is something here, and whether that is this copy. */
static enum status look(struct take_over *take, bool *is_done)
{
    bool empty;
    *is_done = false;
    enum status status = is_empty(take->db, &empty);
    if (status != STATUS_OK || empty) {
        return status;
    }
    sqlite3_stmt *copy = db_statement(take->db, SELECT_COPY);
    db_bind_blob(copy, 1, take->source->bytes, HASH_SIZE);
    status = db_step(take->db, copy, is_done);
    db_done(copy);
    return status == STATUS_OK && !*is_done ? STATUS_ID_TAKEN : status;
}

static enum status take_over_act(struct db *db, void *context)
{
    static const struct ledger_copier copier = {
        .record = take_record,
        .act = take_act,
        .movement = take_movement,
        .level = take_level,
        .entry = take_entry,
        .document = take_document,
        .answer = take_answer,
        .event = take_event,
    };
    struct take_over *take = context;
    bool is_done;
    take->db = db;
    enum status status = look(take, &is_done);
    if (status != STATUS_OK || is_done) {
        return status;
    }
    status = db_execute(db, CREATE_WAITING);
    if (status == STATUS_OK) {
        status = take->from->ops->tell(take->from, &copier, take);
    }
    if (status == STATUS_OK) {
        status = write_all_that_waited(take);
    }
    if (status == STATUS_OK) {
        sqlite3_stmt *copied = db_statement(db, INSERT_COPY);
        db_bind_blob(copied, 1, take->source->bytes, HASH_SIZE);
        db_bind_int(copied, 2, clock_now_ms());
        status = db_step(db, copied, NULL);
    }
    return status;
}

enum status ledger_sqlite_take_over(const struct ledger *ledger, const struct ledger *from,
                                    const struct hash *source, const struct ledger_copy_watch *watch)
{
    struct writer *writer = ledger_sqlite_of(ledger)->writer;
    struct take_over take = {.from = from, .source = source, .watch = watch};
    if (writer == NULL) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    return writer_run_alone(writer, take_over_act, &take);
}
