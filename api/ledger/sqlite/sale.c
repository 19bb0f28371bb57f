/*
 * The act of a sale, and finding it again.
 *
 * In the writer's thread, inside the act's savepoint:
 *
 *     1. the key's record is there: replay
 *     2. the register's last record gives the sequence and prev_hash
 *     3. insert the transaction; the id is taken: replay, or refuse
 *     4. insert the lines
 *     5. take the stock; too little: refuse
 *     6. keep the key
 *
 * The insert comes before every refusal but the one of the key, so a retry is always found.
 */
#include "ledger/sqlite/internal.h"
#include "sqlite/idempotency.h"

#include <string.h>

static const char SELECT_LAST[] =
    "SELECT sequence, hash FROM transactions INDEXED BY transactions_by_register"
    "  WHERE register_key = ?1 ORDER BY sequence DESC LIMIT 1";
static const char INSERT_TRANSACTION[] =
    "INSERT INTO transactions (id, type, store_key, register_key, sequence, receipt_number, business_day,"
    "                          created_at, currency, total, fingerprint, hash, record)"
    "  VALUES (?1, 'sale', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
static const char INSERT_LINE[] =
    "INSERT INTO transaction_lines (transaction_key, line, product_key, quantity, total)"
    "  VALUES (?1, ?2, ?3, ?4, ?5)";
static const char SELECT_BY_ID[] = "SELECT " LEDGER_SQLITE_COLUMNS
                                   ", fingerprint FROM transactions WHERE id = ?1";

#define FINGERPRINT_COLUMN 10 /* of SELECT_BY_ID */

struct sale_act {
    const struct ledger_sale *sale;
    struct arena *arena; /* of the thread that waits for this act */
    struct ledger_sale_outcome *outcome;
};

/* A record that has its place. */
struct placed_record {
    char receipt_number[JOURNAL_RECEIPT_NUMBER_SIZE];
    struct hash hash;
    char *text;
    size_t length;
};

static struct hash column_hash(sqlite3_stmt *row, int column)
{
    struct hash hash = {0};
    const void *bytes = sqlite3_column_blob(row, column);
    if (bytes != NULL && sqlite3_column_bytes(row, column) == HASH_SIZE) {
        memcpy(hash.bytes, bytes, HASH_SIZE);
    }
    return hash;
}

void ledger_sqlite_read_row(sqlite3_stmt *row, struct arena *arena, struct ledger_transaction *transaction,
                            int64_t *key)
{
    *key = sqlite3_column_int64(row, 0);
    *transaction = (struct ledger_transaction){
        .store_key = sqlite3_column_int64(row, 2),
        .register_key = sqlite3_column_int64(row, 3),
        .sequence = sqlite3_column_int64(row, 4),
        .business_day = sqlite3_column_int64(row, 5),
        .created_at_ms = sqlite3_column_int64(row, 6),
        .receipt_number = arena_copy(arena, db_column_string(row, 7)),
        .hash = column_hash(row, 8),
        .record_length = (size_t)sqlite3_column_bytes(row, 9),
    };
    transaction->record = arena_copy_n(arena, db_column_string(row, 9), transaction->record_length);
    db_column_id(row, 1, &transaction->id);
}

enum status ledger_sqlite_find_by_id(struct db *db, const struct id *id, const struct hash *fingerprint,
                                     struct arena *arena, struct ledger_transaction *transaction)
{
    sqlite3_stmt *select = db_statement(db, SELECT_BY_ID);
    db_bind_id(select, 1, id);
    bool found;
    enum status status = db_step(db, select, &found);
    if (status != STATUS_OK) {
        return status;
    }
    if (!found) {
        return STATUS_TRANSACTION_NOT_FOUND;
    }
    const struct hash stored = column_hash(select, FINGERPRINT_COLUMN);
    if (fingerprint != NULL && memcmp(&stored, fingerprint, sizeof stored) != 0) {
        status = STATUS_ID_TAKEN;
    } else {
        int64_t key;
        ledger_sqlite_read_row(select, arena, transaction, &key);
    }
    db_done(select);
    return status;
}

/* Of a sale nothing is kept under its key but its id: the answer is its record. */
enum status ledger_sqlite_find_by_key(struct db *db, const struct idempotency_key *key, struct arena *arena,
                                      struct ledger_transaction *transaction)
{
    struct kept_answer kept;
    bool found;
    enum status status = idempotency_find(db, key, arena, &kept, &found);
    if (status != STATUS_OK) {
        return status;
    }
    struct id id;
    if (!found || kept.body_length != sizeof id) {
        return STATUS_TRANSACTION_NOT_FOUND;
    }
    memcpy(&id, kept.body, sizeof id);
    return ledger_sqlite_find_by_id(db, &id, NULL, arena, transaction);
}

static enum status last_position(struct db *db, int64_t register_key, struct ledger_position *last)
{
    sqlite3_stmt *select = db_statement(db, SELECT_LAST);
    db_bind_int(select, 1, register_key);
    bool found;
    enum status status = db_step(db, select, &found);
    *last = (struct ledger_position){0};
    if (status == STATUS_OK && found) {
        last->sequence = sqlite3_column_int64(select, 0);
        last->hash = column_hash(select, 1);
        db_done(select);
    }
    return status;
}

static void place_record(const struct ledger_sale *sale, const struct ledger_position *last,
                         struct arena *arena, struct placed_record *record)
{
    const struct journal_draft *draft = sale->draft;
    struct journal_place place = {.register_code = sale->register_code, .sequence = last->sequence + 1};
    hash_format(&last->hash, place.prev_hash);
    journal_receipt_number(place.register_code, place.sequence, record->receipt_number);

    record->text = arena_alloc(arena, draft->complete_size);
    const size_t length = journal_complete(draft, &place, record->text);
    struct hash_stream stream = sale->draft_hash;
    hash_stream_add(&stream, record->text + draft->at_prev_hash, length - draft->at_prev_hash);
    record->hash = hash_stream_end(&stream);

    char hash[HASH_TEXT_SIZE];
    hash_format(&record->hash, hash);
    record->length = journal_seal(draft, hash, record->text, length);
}

static enum status insert_transaction(struct db *db, const struct ledger_sale *sale, int64_t sequence,
                                      const struct placed_record *record)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_TRANSACTION);
    db_bind_id(insert, 1, &sale->id);
    db_bind_int(insert, 2, sale->store.key);
    db_bind_int(insert, 3, sale->register_.key);
    db_bind_int(insert, 4, sequence);
    db_bind_string(insert, 5, record->receipt_number);
    db_bind_int(insert, 6, sale->business_day);
    db_bind_int(insert, 7, sale->created_at_ms);
    db_bind_string(insert, 8, sale->currency);
    db_bind_int(insert, 9, sale->total_minor);
    db_bind_blob(insert, 10, &sale->fingerprint, sizeof sale->fingerprint);
    db_bind_blob(insert, 11, &record->hash, sizeof record->hash);
    db_bind_text(insert, 12, record->text, record->length);
    return db_step(db, insert, NULL);
}

static enum status insert_lines(struct db *db, const struct ledger_sale *sale)
{
    const int64_t transaction_key = sqlite3_last_insert_rowid(db_handle(db));
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sale->line_count; i++) {
        sqlite3_stmt *insert = db_statement(db, INSERT_LINE);
        db_bind_int(insert, 1, transaction_key);
        db_bind_int(insert, 2, (int64_t)i + 1);
        db_bind_int(insert, 3, sale->lines[i].product.key);
        db_bind_int(insert, 4, sale->lines[i].quantity);
        db_bind_int(insert, 5, sale->lines[i].total_minor);
        status = db_step(db, insert, NULL);
    }
    return status;
}

static enum status take_stock(struct db *db, const struct ledger_sale *sale,
                              struct ledger_sale_outcome *outcome)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sale->movement_count; i++) {
        outcome->short_movement = i;
        status = ledger_sqlite_stock_take(db, sale->store.key, &sale->movements[i], sale->created_at_ms,
                                          &outcome->left);
    }
    return status;
}

static enum status keep_key(struct db *db, const struct ledger_sale *sale)
{
    const struct kept_answer answer = {
        .http_status = 201, .body = (const char *)sale->id.bytes, .body_length = sizeof sale->id};
    return idempotency_keep(db, &sale->key, &answer);
}

static enum status replay(struct db *db, const struct sale_act *act)
{
    act->outcome->replayed = true;
    return ledger_sqlite_find_by_id(db, &act->sale->id, &act->sale->fingerprint, act->arena,
                                    &act->outcome->transaction);
}

/* Is the register where the till believes? A retry believes what was true before its first attempt. */
static enum status check_previous(struct db *db, const struct sale_act *act,
                                  const struct ledger_position *last)
{
    const struct ledger_position *previous = act->sale->previous;
    if (previous == NULL || (previous->sequence == last->sequence &&
                             memcmp(&previous->hash, &last->hash, sizeof last->hash) == 0)) {
        return STATUS_OK;
    }
    const enum status status = replay(db, act);
    if (status != STATUS_TRANSACTION_NOT_FOUND) {
        return status;
    }
    act->outcome->replayed = false;
    act->outcome->last = *last;
    return STATUS_REGISTER_OUT_OF_STEP;
}

static void tell(const struct ledger_sale *sale, int64_t sequence, const struct placed_record *record,
                 struct arena *arena, struct ledger_transaction *transaction)
{
    *transaction = (struct ledger_transaction){
        .id = sale->id,
        .store_key = sale->store.key,
        .register_key = sale->register_.key,
        .sequence = sequence,
        .business_day = sale->business_day,
        .created_at_ms = sale->created_at_ms,
        .receipt_number = arena_copy(arena, record->receipt_number),
        .hash = record->hash,
        .record = record->text,
        .record_length = record->length,
    };
}

static enum status sale_act(struct db *db, void *context)
{
    const struct sale_act *act = context;
    const struct ledger_sale *sale = act->sale;
    enum status status = ledger_sqlite_find_by_key(db, &sale->key, act->arena, &act->outcome->transaction);
    if (status != STATUS_TRANSACTION_NOT_FOUND) {
        act->outcome->replayed = status == STATUS_OK;
        return status;
    }
    struct ledger_position last;
    status = last_position(db, sale->register_.key, &last);
    if (status == STATUS_OK) {
        status = check_previous(db, act, &last);
    }
    if (status != STATUS_OK || act->outcome->replayed) {
        return status;
    }
    struct placed_record record;
    place_record(sale, &last, act->arena, &record);
    status = insert_transaction(db, sale, last.sequence + 1, &record);
    if (status == STATUS_ID_TAKEN) {
        return replay(db, act);
    }
    if (status == STATUS_OK) {
        status = insert_lines(db, sale);
    }
    if (status == STATUS_OK) {
        status = take_stock(db, sale, act->outcome);
    }
    if (status == STATUS_OK) {
        status = keep_key(db, sale);
    }
    tell(sale, last.sequence + 1, &record, act->arena, &act->outcome->transaction);
    return status;
}

enum status ledger_sqlite_sale_commit(const struct ledger *ledger, const struct ledger_sale *sale,
                                      struct arena *arena, struct ledger_sale_outcome *outcome)
{
    struct writer *writer = ledger_sqlite_of(ledger)->writer;
    *outcome = (struct ledger_sale_outcome){0};
    struct sale_act act = {.sale = sale, .arena = arena, .outcome = outcome};
    return writer == NULL ? STATUS_STORAGE_UNAVAILABLE : writer_run(writer, sale_act, &act);
}

enum status ledger_sqlite_sale_find(const struct ledger *ledger, const struct id *id,
                                    const struct hash *fingerprint, const struct idempotency_key *key,
                                    struct arena *arena, struct ledger_transaction *transaction)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    enum status status = ledger_sqlite_find_by_key(db, key, arena, transaction);
    if (status == STATUS_TRANSACTION_NOT_FOUND) {
        status = ledger_sqlite_find_by_id(db, id, fingerprint, arena, transaction);
    }
    reader_give_back(readers, db);
    return status;
}
