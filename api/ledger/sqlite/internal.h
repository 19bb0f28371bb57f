/*
 * What the files of this backend share. Each slot of the port is named after it.
 */
#ifndef MYPOS_LEDGER_SQLITE_INTERNAL_H
#define MYPOS_LEDGER_SQLITE_INTERNAL_H

#include "ledger/sqlite/ledger_sqlite.h"

struct ledger_sqlite {
    struct ledger port; /* first, so that a pointer to it is one to the whole */
    struct writer *writer;
    struct readers *readers;
};

static inline const struct ledger_sqlite *ledger_sqlite_of(const struct ledger *ledger)
{
    return (const struct ledger_sqlite *)ledger;
}

struct sqlite_document {
    int64_t key, last_entry;
    struct ledger_document document;
};

/* What there is of a product in a store. */
struct sqlite_stock {
    bool found;
    int64_t level, last_movement;
};

/* An act on its way, in the writer's thread. */
struct sqlite_act {
    const struct ledger_act *act;
    struct ledger_outcome *outcome;
    struct arena *arena; /* of the thread that waits for it */
    int64_t record_keys[LEDGER_RECORDS_MAX];
    int64_t first_movement, first_entry; /* keys; 0: none yet */
    int64_t entry_count;
    struct sqlite_document *posted, *written; /* of its postings and its writes, as they were before it */
    struct sqlite_stock *stock;               /* of its movements, before it */
};

/* --- act.c --- */

enum status ledger_sqlite_commit(const struct ledger *ledger, const struct ledger_act *act,
                                 struct arena *arena, struct ledger_outcome *outcome);
enum status ledger_sqlite_find(const struct ledger *ledger, const struct ledger_act *act, struct arena *arena,
                               struct ledger_outcome *outcome);

/* --- records.c --- */

/* Appends the records. STATUS_OK, or a replay of the act when its id is there. */
enum status ledger_sqlite_records_append(struct db *db, struct sqlite_act *act);

/* Before anything of the act was written: what is about to be refused may be a replay, or its id taken. */
enum status ledger_sqlite_records_replay_or(struct db *db, struct sqlite_act *act, enum status refused);

/* The records of an act by the id of its first. `fingerprint` may be NULL; another one than the stored is
 * STATUS_ID_TAKEN. STATUS_TRANSACTION_NOT_FOUND. */
enum status ledger_sqlite_records_find(struct db *db, const struct id *id, const struct hash *fingerprint,
                                       struct arena *arena, struct ledger_outcome *outcome);

/* The columns that ledger_sqlite_transaction_row takes, in its order; and it copies the row to the arena. */
#define LEDGER_SQLITE_TRANSACTION                                                                            \
    "key, id, type, store_key, register_key, sequence, business_day, created_at, total, shift_id,"           \
    " customer_id, original_id, reversal, flagged, receipt_number, hash, record"
#define LEDGER_SQLITE_TRANSACTION_COLUMNS 17
void ledger_sqlite_transaction_row(sqlite3_stmt *row, struct arena *arena,
                                   struct ledger_transaction *transaction, int64_t *key);

/* --- movements.c --- */

/* Reads what there is of the products and judges whether it is enough; and moves them. */
enum status ledger_sqlite_movements_check(struct db *db, struct sqlite_act *act);
enum status ledger_sqlite_movements_post(struct db *db, struct sqlite_act *act);
enum status ledger_sqlite_movement_list(const struct ledger *ledger, int64_t store_key, int64_t product_key,
                                        const struct cursor *after, size_t limit, struct arena *arena,
                                        struct ledger_moved_page *page);

/* What an act without a record moved, the first of them being `first`. */
enum status ledger_sqlite_movements_find(struct db *db, int64_t first, int64_t count, struct arena *arena,
                                         struct ledger_outcome *outcome);

/* --- stock.c --- */

enum status ledger_sqlite_stock_read(const struct ledger *ledger, int64_t store_key,
                                     const int64_t *product_keys, size_t count, int64_t *levels);
enum status ledger_sqlite_stock_list(const struct ledger *ledger, const struct ledger_stock_filter *filter,
                                     size_t limit, struct ledger_stock_level *levels, size_t *count,
                                     bool *has_more);

/* --- documents.c: the effects, in this order --- */

/* Loads every document of the act and judges what its effects ask for. */
enum status ledger_sqlite_documents_check(struct db *db, struct sqlite_act *act);
enum status ledger_sqlite_postings_apply(struct db *db, struct sqlite_act *act);
enum status ledger_sqlite_writes_apply(struct db *db, struct sqlite_act *act);

/* --- document_reads.c --- */

/* The columns that ledger_sqlite_document_row takes, in its order; the body is read only where it is last. */
#define LEDGER_SQLITE_DOCUMENT                                                                               \
    "key, last_entry, kind, id, version, state, store_key, register_key, created_at, updated_at,"            \
    " recorded_at, expires_at, balance_0, balance_1, balance_2, balance_3, balance_4, balance_5,"            \
    " balance_6, balance_7"
#define LEDGER_SQLITE_DOCUMENT_COLUMNS 20
void ledger_sqlite_document_row(sqlite3_stmt *row, struct arena *arena, struct sqlite_document *document);

enum status ledger_sqlite_document_read(const struct ledger *ledger, enum ledger_kind kind,
                                        const struct id *id, struct arena *arena,
                                        struct ledger_document *document);
enum status ledger_sqlite_document_find(const struct ledger *ledger, enum ledger_kind kind, const char *key,
                                        struct arena *arena, struct ledger_document *document);
enum status ledger_sqlite_document_list(const struct ledger *ledger,
                                        const struct ledger_document_filter *filter,
                                        const struct cursor *after, size_t limit, struct arena *arena,
                                        struct ledger_document_page *page);
enum status ledger_sqlite_document_search(const struct ledger *ledger, enum ledger_kind kind,
                                          const char *const *prefixes, size_t prefix_count,
                                          const struct cursor *after, size_t limit, struct arena *arena,
                                          struct ledger_document_page *page);

/* --- entries.c --- */

/* Keeps what a posting did to a document; `key` is the entry's. */
enum status ledger_sqlite_entry_keep(struct db *db, const struct sqlite_act *act,
                                     const struct sqlite_document *document,
                                     const struct ledger_posting *posting, const int64_t *balances,
                                     int64_t *key);
enum status ledger_sqlite_entry_list(const struct ledger *ledger, enum ledger_kind kind, const struct id *id,
                                     const struct cursor *after, size_t limit, struct arena *arena,
                                     struct ledger_entry_page *page);

/* What an act without a record posted, the first of them being `first`. */
enum status ledger_sqlite_entries_find(struct db *db, int64_t first, int64_t count, struct arena *arena,
                                       struct ledger_outcome *outcome);

/* --- outbox.c --- */

enum status ledger_sqlite_events_put(struct db *db, struct sqlite_act *act);
enum status ledger_sqlite_stock_low(struct db *db, const struct ledger_movement *movement, int64_t level,
                                    int64_t at_ms);
enum status ledger_sqlite_outbox_take(const struct ledger *ledger, const struct ledger_outbox_filter *filter,
                                      size_t limit, struct arena *arena, struct ledger_outbox_event **events,
                                      size_t *count);
enum status ledger_sqlite_outbox_settle(const struct ledger *ledger, const struct ledger_delivery *deliveries,
                                        size_t count);

/* --- transactions.c --- */

enum status ledger_sqlite_transaction_read(const struct ledger *ledger, const struct id *id,
                                           struct arena *arena, struct ledger_transaction *transaction);
enum status ledger_sqlite_transaction_list(const struct ledger *ledger, const struct ledger_filter *filter,
                                           const struct cursor *after, size_t limit, struct arena *arena,
                                           struct ledger_page *page);
enum status ledger_sqlite_journal_walk(const struct ledger *ledger, const int64_t *register_key,
                                       ledger_visit visit, void *context);

/* --- walk.c --- */

enum status ledger_sqlite_walk(const struct ledger *ledger, const struct ledger_visitor *visitor,
                               void *context);

/* --- tell.c, take_over.c --- */

enum status ledger_sqlite_tell(const struct ledger *ledger, const struct ledger_copier *copier,
                               void *context);
enum status ledger_sqlite_take_over(const struct ledger *ledger, const struct ledger *from,
                                    const struct hash *source, const struct ledger_copy_watch *watch);

/* Copies a text column to the arena; NULL stays NULL. */
const char *ledger_sqlite_copy_text(sqlite3_stmt *row, int column, struct arena *arena);

#endif
