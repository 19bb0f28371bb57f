/*
 * History: the rows of a product's or a document's, as the recent list of its item and the pages hold them,
 * each with what it led to.
 *
 * An item knows what it stands at now (a level, balances), a page what it stood at after its last row; what
 * rows led to follows from there backwards. Rows that do not count (of a large act that is not finished; of
 * an act that a walk does not see) are left out, and what they moved is taken back from all that came after
 * them.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_HISTORY_H
#define MYPOS_LEDGER_DYNAMODB_HISTORY_H

#include "ledger/dynamodb/reads.h"

struct history_row {
    enum packed_maker maker;
    bool is_part; /* of a large act */
    struct id act;
    char reason[PACKED_REASON_MAX];
    int64_t at_ms, total_minor;
    int64_t amounts[LEDGER_BALANCES]; /* of a movement: its quantity first */
    int64_t after[LEDGER_BALANCES];
};

/* A list of rows, the oldest first. */
struct history_rows {
    struct history_row *rows;
    size_t count;
    int64_t taken_back[LEDGER_BALANCES]; /* by rows that were left out */
};

/* Whether a row counts. */
typedef bool (*history_counts)(void *context, const struct history_row *row);

/* What is read: where its pages are, and of what kind its rows. */
struct history {
    const struct ledger_dynamodb *ledger;
    bool is_stock;
    int64_t store_key, product_key; /* of movements */
    enum ledger_kind kind;          /* of entries */
    struct id document;
    history_counts counts; /* NULL: all that are not of an unfinished act */
    void *context;
};

/* The recent rows of the item; those of a page. STATUS_INTERNAL_ERROR when they are damaged. */
MUST_CHECK enum status history_recent(const struct history *history, const json_t *item, struct arena *arena,
                                      struct history_rows *rows);
MUST_CHECK enum status history_page(const struct history *history, int64_t page, struct arena *arena,
                                    struct history_rows *rows);

/* Lists rows that have a reason, the newest first, from behind the cursor on: how many, and whether there are
 * more. `item` holds the recent ones. */
MUST_CHECK enum status history_list(const struct history *history, const json_t *item,
                                    const struct cursor *after, size_t limit, struct arena *arena,
                                    struct history_row *rows, size_t *count, bool *has_more,
                                    struct cursor *next);

/* The details of the acts of rows, NULL where there is none. */
MUST_CHECK enum status history_details(const struct ledger_dynamodb *ledger, const struct history_row *rows,
                                       size_t count, struct arena *arena, const char **details);

#endif
