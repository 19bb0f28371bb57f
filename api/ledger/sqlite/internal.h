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

/* The columns that ledger_sqlite_read_row takes, in its order. */
#define LEDGER_SQLITE_COLUMNS                                                                                \
    "key, id, store_key, register_key, sequence, business_day, created_at, receipt_number, hash, record"

/* Copies the statement's row to the arena. */
void ledger_sqlite_read_row(sqlite3_stmt *row, struct arena *arena, struct ledger_transaction *transaction,
                            int64_t *key);

/* STATUS_TRANSACTION_NOT_FOUND. `fingerprint` may be NULL; else another one than the stored transaction's
 * is STATUS_ID_TAKEN. */
enum status ledger_sqlite_find_by_id(struct db *db, const struct id *id, const struct hash *fingerprint,
                                     struct arena *arena, struct ledger_transaction *transaction);

/* The transaction that was committed under an Idempotency-Key: STATUS_TRANSACTION_NOT_FOUND,
 * STATUS_IDEMPOTENCY_KEY_REUSED. */
enum status ledger_sqlite_find_by_key(struct db *db, const struct idempotency_key *key, struct arena *arena,
                                      struct ledger_transaction *transaction);

enum status ledger_sqlite_sale_commit(const struct ledger *ledger, const struct ledger_sale *sale,
                                      struct arena *arena, struct ledger_sale_outcome *outcome);
enum status ledger_sqlite_sale_find(const struct ledger *ledger, const struct id *id,
                                    const struct hash *fingerprint, const struct idempotency_key *key,
                                    struct arena *arena, struct ledger_transaction *transaction);
enum status ledger_sqlite_transaction_read(const struct ledger *ledger, const struct id *id,
                                           struct arena *arena, struct ledger_transaction *transaction);
enum status ledger_sqlite_transaction_list(const struct ledger *ledger, const struct ledger_filter *filter,
                                           const struct ledger_cursor *after, size_t limit,
                                           struct arena *arena, struct ledger_page *page);
enum status ledger_sqlite_journal_walk(const struct ledger *ledger, const int64_t *register_key,
                                       ledger_visit visit, void *context);
enum status ledger_sqlite_stock_read(const struct ledger *ledger, int64_t store_key,
                                     const int64_t *product_keys, size_t count, int64_t *levels);
enum status ledger_sqlite_stock_list(const struct ledger *ledger, const struct ledger_stock_filter *filter,
                                     size_t limit, struct ledger_stock_level *levels, size_t *count,
                                     bool *has_more);
enum status ledger_sqlite_stock_set_all(const struct ledger *ledger, const struct ledger_stock_level *levels,
                                        size_t count);

/* Inside an act: takes a movement from the stock. STATUS_INSUFFICIENT_STOCK with what is `left`. */
enum status ledger_sqlite_stock_take(struct db *db, int64_t store_key,
                                     const struct ledger_sale_movement *movement, int64_t at_ms,
                                     int64_t *left);

#endif
