/*
 * Records: appending them to their registers' journals, and finding them again.
 */
#include "ledger/placed_record.h"
#include "ledger/sqlite/internal.h"

#include <string.h>

static const char SELECT_LAST[] =
    "SELECT sequence, hash FROM transactions INDEXED BY transactions_by_register"
    "  WHERE register_key = ?1 ORDER BY sequence DESC LIMIT 1";
static const char INSERT_RECORD[] =
    "INSERT INTO transactions (id, type, store_key, register_key, sequence, receipt_number, business_day,"
    "                          created_at, currency, total, shift_id, customer_id, original_id, reversal,"
    "                          flagged, part, fingerprint, hash, record)"
    "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
static const char SELECT_FIRST[] = "SELECT " LEDGER_SQLITE_TRANSACTION
                                   ", fingerprint, part FROM transactions WHERE id = ?1";
static const char SELECT_SECOND[] = "SELECT " LEDGER_SQLITE_TRANSACTION
                                    " FROM transactions WHERE key = ?1 AND part = 1";

static struct hash column_hash(sqlite3_stmt *row, int column)
{
    struct hash hash = {0};
    const void *bytes = sqlite3_column_blob(row, column);
    if (bytes != NULL && sqlite3_column_bytes(row, column) == HASH_SIZE) {
        memcpy(hash.bytes, bytes, HASH_SIZE);
    }
    return hash;
}

const char *ledger_sqlite_copy_text(sqlite3_stmt *row, int column, struct arena *arena)
{
    const char *text = db_column_string(row, column);
    return text == NULL ? NULL : arena_copy_n(arena, text, (size_t)sqlite3_column_bytes(row, column));
}

void ledger_sqlite_transaction_row(sqlite3_stmt *row, struct arena *arena,
                                   struct ledger_transaction *transaction, int64_t *key)
{
    *key = sqlite3_column_int64(row, 0);
    *transaction = (struct ledger_transaction){
        .type = ledger_sqlite_copy_text(row, 2, arena),
        .store_key = sqlite3_column_int64(row, 3),
        .register_key = sqlite3_column_int64(row, 4),
        .sequence = sqlite3_column_int64(row, 5),
        .business_day = sqlite3_column_int64(row, 6),
        .created_at_ms = sqlite3_column_int64(row, 7),
        .total_minor = sqlite3_column_int64(row, 8),
        .reversal = sqlite3_column_int64(row, 12),
        .flagged = sqlite3_column_int(row, 13) != 0,
        .receipt_number = ledger_sqlite_copy_text(row, 14, arena),
        .hash = column_hash(row, 15),
        .record_length = (size_t)sqlite3_column_bytes(row, 16),
    };
    transaction->record = ledger_sqlite_copy_text(row, 16, arena);
    db_column_id(row, 1, &transaction->id);
    transaction->has_shift = db_column_id(row, 9, &transaction->shift_id);
    transaction->has_customer = db_column_id(row, 10, &transaction->customer_id);
    transaction->has_original = db_column_id(row, 11, &transaction->original_id);
}

/* --- finding --- */

static enum status find_second(struct db *db, int64_t key, struct arena *arena,
                               struct ledger_outcome *outcome)
{
    sqlite3_stmt *select = db_statement(db, SELECT_SECOND);
    db_bind_int(select, 1, key);
    bool found;
    const enum status status = db_step(db, select, &found);
    if (status == STATUS_OK && found) {
        ledger_sqlite_transaction_row(select, arena, &outcome->transactions[1], &key);
        outcome->transaction_count = 2;
        db_done(select);
    }
    return status;
}

enum status ledger_sqlite_records_find(struct db *db, const struct id *id, const struct hash *fingerprint,
                                       struct arena *arena, struct ledger_outcome *outcome)
{
    sqlite3_stmt *select = db_statement(db, SELECT_FIRST);
    db_bind_id(select, 1, id);
    bool found;
    const enum status status = db_step(db, select, &found);
    if (status != STATUS_OK || !found) {
        return status == STATUS_OK ? STATUS_TRANSACTION_NOT_FOUND : status;
    }
    const struct hash stored = column_hash(select, LEDGER_SQLITE_TRANSACTION_COLUMNS);
    const bool first = sqlite3_column_int(select, LEDGER_SQLITE_TRANSACTION_COLUMNS + 1) == 0;
    if (!first || (fingerprint != NULL && memcmp(&stored, fingerprint, sizeof stored) != 0)) {
        db_done(select);
        return STATUS_ID_TAKEN;
    }
    int64_t key;
    ledger_sqlite_transaction_row(select, arena, &outcome->transactions[0], &key);
    db_done(select);
    outcome->replayed = true;
    outcome->id = *id;
    outcome->transaction_count = 1;
    return find_second(db, key + 1, arena, outcome);
}

/* --- appending --- */

static enum status last_position(struct db *db, int64_t register_key, struct ledger_position *last)
{
    sqlite3_stmt *select = db_statement(db, SELECT_LAST);
    db_bind_int(select, 1, register_key);
    bool found;
    const enum status status = db_step(db, select, &found);
    *last = (struct ledger_position){0};
    if (status == STATUS_OK && found) {
        last->sequence = sqlite3_column_int64(select, 0);
        last->hash = column_hash(select, 1);
        db_done(select);
    }
    return status;
}

static void place(const struct ledger_record *record, const struct ledger_position *last, struct arena *arena,
                  struct placed_record *placed)
{
    const struct journal_draft *draft = record->draft;
    struct journal_place where = {.register_code = record->register_code, .sequence = last->sequence + 1};
    hash_format(&last->hash, where.prev_hash);
    placed->sequence = where.sequence;
    journal_receipt_number(where.register_code, where.sequence, placed->receipt_number);

    placed->text = arena_alloc(arena, draft->complete_size);
    const size_t length = journal_complete(draft, &where, placed->text);
    struct hash_stream stream = record->draft_hash;
    hash_stream_add(&stream, placed->text + draft->at_prev_hash, length - draft->at_prev_hash);
    placed->hash = hash_stream_end(&stream);

    char hash[HASH_TEXT_SIZE];
    hash_format(&placed->hash, hash);
    placed->length = journal_seal(draft, hash, placed->text, length);
}

static void bind_reference(sqlite3_stmt *insert, int index, const struct id *id)
{
    if (id != NULL) {
        db_bind_id(insert, index, id);
    }
}

static enum status insert_record(struct db *db, const struct sqlite_act *act, size_t part,
                                 const struct placed_record *placed)
{
    const struct ledger_record *record = &act->act->records[part];
    sqlite3_stmt *insert = db_statement(db, INSERT_RECORD);
    db_bind_id(insert, 1, &record->id);
    db_bind_string(insert, 2, record->type);
    db_bind_int(insert, 3, record->store.key);
    db_bind_int(insert, 4, record->register_.key);
    db_bind_int(insert, 5, placed->sequence);
    db_bind_string(insert, 6, placed->receipt_number);
    db_bind_int(insert, 7, record->business_day);
    db_bind_int(insert, 8, record->created_at_ms);
    db_bind_string(insert, 9, record->currency);
    db_bind_int(insert, 10, record->total_minor);
    bind_reference(insert, 11, record->shift_id);
    bind_reference(insert, 12, record->customer_id);
    bind_reference(insert, 13, record->original_id);
    if (record->original_id != NULL) {
        db_bind_int(insert, 14, record->reversal);
    }
    db_bind_int(insert, 15, record->flagged);
    db_bind_int(insert, 16, (int64_t)part);
    db_bind_blob(insert, 17, &act->act->fingerprint, sizeof act->act->fingerprint);
    db_bind_blob(insert, 18, &placed->hash, sizeof placed->hash);
    db_bind_text(insert, 19, placed->text, placed->length);
    return db_step(db, insert, NULL);
}

enum status ledger_sqlite_records_replay_or(struct db *db, struct sqlite_act *act, enum status refused)
{
    struct ledger_outcome earlier = {0};
    const enum status status = ledger_sqlite_records_find(db, &act->act->id, &act->act->fingerprint,
                                                          act->arena, &earlier);
    if (status == STATUS_OK) {
        *act->outcome = earlier;
    }
    return status == STATUS_TRANSACTION_NOT_FOUND ? refused : status;
}

static enum status replay_or(struct db *db, struct sqlite_act *act, size_t part, enum status refused)
{
    return part > 0 ? refused : ledger_sqlite_records_replay_or(db, act, refused);
}

/* Is the register where the till believes? A retry believes what was true before its first attempt. */
static enum status check_previous(struct db *db, struct sqlite_act *act, size_t part,
                                  const struct ledger_position *last)
{
    const struct ledger_position *previous = act->act->records[part].previous;
    if (previous == NULL || (previous->sequence == last->sequence &&
                             memcmp(&previous->hash, &last->hash, sizeof last->hash) == 0)) {
        return STATUS_OK;
    }
    act->outcome->last = *last;
    return replay_or(db, act, part, STATUS_REGISTER_OUT_OF_STEP);
}

static void tell(struct sqlite_act *act, size_t part, const struct placed_record *placed)
{
    const struct ledger_record *record = &act->act->records[part];
    struct ledger_transaction *transaction = &act->outcome->transactions[part];
    placed_record_tell(record, placed, act->arena, transaction);
    act->outcome->transaction_count = part + 1;
}

static enum status append(struct db *db, struct sqlite_act *act, size_t part)
{
    const struct ledger_record *record = &act->act->records[part];
    struct ledger_position last;
    act->outcome->failed = part;
    enum status status = last_position(db, record->register_.key, &last);
    if (status == STATUS_OK) {
        status = check_previous(db, act, part, &last);
    }
    if (status != STATUS_OK || act->outcome->replayed) {
        return status;
    }
    struct placed_record placed;
    place(record, &last, act->arena, &placed);
    status = insert_record(db, act, part, &placed);
    if (status == STATUS_ID_TAKEN) {
        const bool reversal = strstr(db_constraint(db), "transactions.original_id") != NULL;
        return replay_or(db, act, part, reversal ? STATUS_REVERSAL_TAKEN : STATUS_ID_TAKEN);
    }
    act->record_keys[part] = sqlite3_last_insert_rowid(db_handle(db));
    tell(act, part, &placed);
    return status;
}

enum status ledger_sqlite_records_append(struct db *db, struct sqlite_act *act)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && !act->outcome->replayed && i < act->act->record_count; i++) {
        status = append(db, act, i);
    }
    return status;
}
