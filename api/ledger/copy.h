/*
 * Copies: everything that a ledger holds, told piece by piece, so that another one, of whatever backend,
 * takes it over as it is: ids, numbers, hashes, versions, times, and what makes retries find what was done
 * before.
 *
 * A ledger is told by calls of a copier, in this order:
 *
 *     record     all records and acts without records, each kind in the order of the commits; the second
 * record act        of an act right after the first movement   all movements of a product in a store, the
 * oldest first … level      … then its level entry      all entries of a document, the oldest first …
 *     document   … then the document; those that were created earlier come earlier
 *     answer     idempotency records
 *     event      the outbox, the oldest first
 *
 * What is told is valid only during the call. Anything but STATUS_OK ends the copy.
 */
#ifndef MYPOS_LEDGER_COPY_H
#define MYPOS_LEDGER_COPY_H

#include "base/status.h"
#include "ledger/ledger.h"

struct ledger_copied_record {
    struct ledger_transaction transaction;
    struct ledger_ref store, register_;
    const char *register_code; /* that its receipt number begins with */
    const char *currency;
    struct hash fingerprint;
    bool has_second, is_second; /* of its act's records */
    struct id second_id;
};

struct ledger_copied_act {
    struct id id;
    const char *name;
    int64_t at_ms;
    struct hash fingerprint;
    const char *detail;                   /* NULL: none */
    const struct ledger_moved_row *moved; /* what a retry is told: stores, products, quantities, levels */
    size_t moved_count;
    const struct ledger_posted *posted;
    size_t posted_count;
};

/* `order`: movements and entries of all products and documents were posted in its order. */
struct ledger_copied_movement {
    struct ledger_moved_row row;
    int64_t order;
};

struct ledger_copied_entry {
    struct ledger_entry entry;
    int64_t order;
};

struct ledger_copied_document {
    struct ledger_document document;
    const char *const *keys;
    size_t key_count;
    const char *const *terms;
    size_t term_count;
};

struct ledger_copied_answer {
    struct idempotency_key key;
    bool has_act;
    struct id act_id;
    struct ledger_answer answer; /* http_status 0: none was kept */
    int64_t kept_at_ms;
};

struct ledger_copied_event {
    struct ledger_outbox_event event;
    int64_t due_at_ms;
    bool of_record; /* its data are the record's */
    struct id record_id;
};

/* Who is told how far it is; may be NULL where it is taken. */
struct ledger_copy_watch {
    void (*told)(void *context, uint64_t pieces); /* so far; from time to time */
    void *context;
};

struct ledger_copier {
    enum status (*record)(void *context, const struct ledger_copied_record *record);
    enum status (*act)(void *context, const struct ledger_copied_act *act);
    enum status (*movement)(void *context, const struct ledger_copied_movement *movement);
    enum status (*level)(void *context, const struct ledger_stock_level *level);
    enum status (*entry)(void *context, enum ledger_kind kind, const struct id *document,
                         const struct ledger_copied_entry *entry);
    enum status (*document)(void *context, const struct ledger_copied_document *document);
    enum status (*answer)(void *context, const struct ledger_copied_answer *answer);
    enum status (*event)(void *context, const struct ledger_copied_event *event);
};

#endif
