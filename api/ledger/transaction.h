/*
 * What a ledger keeps of a transaction, and the names that the pages of the port share.
 */
#ifndef MYPOS_LEDGER_TRANSACTION_H
#define MYPOS_LEDGER_TRANSACTION_H

#include "base/hash.h"
#include "base/id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row of the catalogue: its id, and the key that is equal on every instance. */
struct ledger_ref {
    int64_t key;
    struct id id;
};

/* A register's last record: sequence 0 and a hash of zeros before the first. */
struct ledger_position {
    int64_t sequence;
    struct hash hash;
};

/* A stored transaction. */
struct ledger_transaction {
    struct id id;
    const char *type; /* "sale", "refund", "void" */
    int64_t store_key, register_key;
    int64_t sequence;
    int64_t business_day;
    int64_t created_at_ms;
    int64_t total_minor;
    bool has_shift, has_customer, has_original;
    struct id shift_id, customer_id, original_id;
    int64_t reversal; /* the nth refund or void of the original; 0 without one */
    bool flagged;
    const char *receipt_number;
    struct hash hash;
    const char *record; /* sealed (core/journal.h); not terminated */
    size_t record_length;
};

#endif
