/*
 * The outbox: events are put in it by the act that they tell of, and stay until they were delivered.
 */
#include "ledger/sqlite/internal.h"

#include "base/clock.h"
#include "ledger/stock_low.h"

static const char INSERT_EVENT[] =
    "INSERT INTO outbox (id, type, at, due_at, attempts, transaction_key, data)"
    "  VALUES (?1, ?2, ?3, 0, 0, ?4, ?5)";
static const char TAKE[] = "SELECT outbox.id, outbox.type, at, attempts, coalesce(data, record)"
                           "  FROM outbox LEFT JOIN transactions ON transactions.key = transaction_key"
                           "  WHERE due_at <= ?1"
                           "    AND (?3 IS NULL OR outbox.type IN (?3, ?4, ?5, ?6))"
                           "    AND (?7 IS NULL OR outbox.type NOT IN (?7, ?8, ?9, ?10))"
                           "  ORDER BY outbox.key LIMIT ?2";
static const char DELETE_EVENT[] = "DELETE FROM outbox WHERE id = ?1";
static const char POSTPONE[] = "UPDATE outbox SET due_at = ?2, attempts = attempts + 1 WHERE id = ?1";

/* Of an event without data of its own `transaction_key` says whose record it carries. */
static enum status put(struct db *db, const struct ledger_event *event, int64_t at_ms,
                       int64_t transaction_key)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_EVENT);
    db_bind_id(insert, 1, &event->id);
    db_bind_string(insert, 2, event->type);
    db_bind_int(insert, 3, at_ms);
    if (event->data == NULL) {
        db_bind_int(insert, 4, transaction_key);
    } else {
        db_bind_text(insert, 5, event->data, event->data_length);
    }
    return db_step(db, insert, NULL);
}

enum status ledger_sqlite_events_put(struct db *db, struct sqlite_act *act)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < act->act->event_count; i++) {
        const struct ledger_event *event = &act->act->events[i];
        status = put(db, event, act->act->at_ms, act->record_keys[event->record]);
    }
    return status;
}

enum status ledger_sqlite_stock_low(struct db *db, const struct ledger_movement *movement, int64_t level,
                                    int64_t at_ms)
{
    char data[STOCK_LOW_SIZE];
    struct text text = text_over(data, sizeof data);
    stock_low_write(&text, movement, level);
    const struct ledger_event event = {
        .id = id_new(), .type = STOCK_LOW_TYPE, .data = text.data, .data_length = text.length};
    return put(db, &event, at_ms, 0);
}

/* --- the relay's side --- */

enum {
    TAKE_ONLY = 3,
    TAKE_EXCEPT = TAKE_ONLY + LEDGER_TYPES_MAX,
};

/* A list that is shorter repeats its first: NULL in it would make NOT IN unknown. */
static void bind_types(sqlite3_stmt *select, int mark, const char *const types[static LEDGER_TYPES_MAX])
{
    size_t count = 0;
    while (count < LEDGER_TYPES_MAX && types[count] != NULL) {
        count++;
    }
    for (size_t i = 0; i < LEDGER_TYPES_MAX; i++) {
        db_bind_string(select, mark + (int)i, types[i < count ? i : 0]);
    }
}

enum status ledger_sqlite_outbox_take(const struct ledger *ledger, const struct ledger_outbox_filter *filter,
                                      size_t limit, struct arena *arena, struct ledger_outbox_event **events,
                                      size_t *count)
{
    struct readers *readers = ledger_sqlite_of(ledger)->readers;
    struct db *db = reader_take(readers);
    sqlite3_stmt *select = db_statement(db, TAKE);
    db_bind_int(select, 1, clock_now_ms());
    db_bind_int(select, 2, (int64_t)limit);
    bind_types(select, TAKE_ONLY, filter->only);
    bind_types(select, TAKE_EXCEPT, filter->except);
    *events = arena_zeroed(arena, limit, sizeof **events);
    *count = 0;
    enum status status;
    bool row;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        struct ledger_outbox_event *event = &(*events)[(*count)++];
        *event = (struct ledger_outbox_event){
            .type = ledger_sqlite_copy_text(select, 1, arena),
            .at_ms = sqlite3_column_int64(select, 2),
            .attempts = sqlite3_column_int64(select, 3),
            .data = ledger_sqlite_copy_text(select, 4, arena),
            .data_length = (size_t)sqlite3_column_bytes(select, 4),
        };
        db_column_id(select, 0, &event->id);
    }
    reader_give_back(readers, db);
    return status;
}

struct settle {
    const struct ledger_delivery *deliveries;
    size_t count;
};

static enum status settle_act(struct db *db, void *context)
{
    const struct settle *settle = context;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < settle->count; i++) {
        const struct ledger_delivery *delivery = &settle->deliveries[i];
        sqlite3_stmt *statement = db_statement(db, delivery->delivered ? DELETE_EVENT : POSTPONE);
        db_bind_id(statement, 1, &delivery->id);
        if (!delivery->delivered) {
            db_bind_int(statement, 2, delivery->retry_at_ms);
        }
        status = db_step(db, statement, NULL);
    }
    return status;
}

enum status ledger_sqlite_outbox_settle(const struct ledger *ledger, const struct ledger_delivery *deliveries,
                                        size_t count)
{
    struct writer *writer = ledger_sqlite_of(ledger)->writer;
    struct settle settle = {.deliveries = deliveries, .count = count};
    if (count == 0) {
        return STATUS_OK;
    }
    return writer == NULL ? STATUS_STORAGE_UNAVAILABLE : writer_run(writer, settle_act, &settle);
}
