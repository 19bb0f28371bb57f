/*
 * Puts: items written many at once, in no order, as they are: for a copy. Items are gathered and sent in
 * batches.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_PUTS_H
#define MYPOS_LEDGER_DYNAMODB_PUTS_H

#include "ledger/dynamodb/internal.h"

struct puts {
    const struct ledger_dynamodb *ledger;
    bool drop; /* what is gathered is not sent: it was, in a run before this */
    struct arena arena;
    struct text texts[LAYOUT_TABLES];
    struct json_writer json[LAYOUT_TABLES];
    size_t counts[LAYOUT_TABLES], count, bytes;
    enum layout_table open;
    enum status status; /* of the first batch that failed */
};

void puts_open(struct puts *puts, const struct ledger_dynamodb *ledger);
void puts_close(struct puts *puts);

/* Begins an item, whose attributes the caller writes, and ends it. */
struct json_writer *puts_begin(struct puts *puts, const struct layout_key *key);
void puts_end(struct puts *puts);

/* Sends what was gathered. */
MUST_CHECK enum status puts_flush(struct puts *puts);

#endif
