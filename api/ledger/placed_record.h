/*
 * A record that has its place in a journal, and what every backend tells of it.
 */
#ifndef MYPOS_LEDGER_PLACED_RECORD_H
#define MYPOS_LEDGER_PLACED_RECORD_H

#include "base/arena.h"
#include "ledger/act.h"

struct placed_record {
    int64_t sequence;
    char receipt_number[JOURNAL_RECEIPT_NUMBER_SIZE];
    struct hash hash;
    char *text; /* sealed (core/journal.h) */
    size_t length;
};

/* Strings are the record's and the text, but for the receipt number, which is copied to the arena. */
void placed_record_tell(const struct ledger_record *record, const struct placed_record *placed,
                        struct arena *arena, struct ledger_transaction *transaction);

#endif
