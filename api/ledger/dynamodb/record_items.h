/*
 * The items that a record is: one with as much of its text as fits in an item, which is 400 KB at the service,
 * and the rest of the text in further ones beside it (layout.h, text); and its row in the journal. They are
 * put together, by an act or by a copy, and read as one.
 *
 *     const struct record_items items = record_items_of(&transaction, arena);    … and its other members
 *     record_items_put(&items, json);
 *     for (size_t i = 1; i <= items.rest; i++) { record_items_put_rest(&items, i, json); }
 *     record_items_put_row(&items, json);
 */
#ifndef MYPOS_LEDGER_DYNAMODB_RECORD_ITEMS_H
#define MYPOS_LEDGER_DYNAMODB_RECORD_ITEMS_H

#include "ledger/dynamodb/internal.h"

#define RECORD_ITEMS_PART 350000 /* bytes of packed text in one item */

struct record_items {
    const struct ledger_transaction *transaction;
    const char *currency, *order;   /* o */
    const struct hash *fingerprint; /* of the act */
    const struct id *second;        /* id of the second record of the act; NULL: none */
    bool is_second;
    const struct id *intent; /* of a large act; NULL: none */
    int64_t commit;          /* that made the act; 0: it does not say */
    const uint8_t *packed;
    size_t packed_length, rest; /* items with the rest of the text */
};

/* Packs the text; the caller sets the other members. Borrows the transaction. */
struct record_items record_items_of(const struct ledger_transaction *transaction, struct arena *arena);

/* At most so many items with the rest of a text of `length` bytes. */
size_t record_items_rest_max(size_t length);

/* Each writes the attributes of an item that is open: its key is layout_record, layout_record_rest,
 * layout_journal. */
void record_items_put(const struct record_items *items, struct json_writer *json);
void record_items_put_rest(const struct record_items *items, size_t nth, struct json_writer *json);
void record_items_put_row(const struct record_items *items, struct json_writer *json);

/* Reads a record from its item, and the rest of its text when there is more. STATUS_INTERNAL_ERROR: it is
 * damaged, or NULL. */
MUST_CHECK enum status record_items_read(const struct ledger_dynamodb *ledger, const json_t *item,
                                         struct arena *arena, struct ledger_transaction *transaction);

#endif
