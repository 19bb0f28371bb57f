/*
 * The ledger: the port for everything that touches money or stock.
 *
 * It offers whole acts (ledger/act.h), never begin and commit, so that SQLite and a distributed store can
 * both keep its promises:
 *
 *  1. An act is atomic: its records and their places in the journals, its movements of stock, its
 *     postings and writes, its events and the idempotency record are all written, or none. When
 *     `commit` returns STATUS_OK, they are durable.
 *  2. An act's id is idempotent for ever, an Idempotency-Key at least 48 hours. The same request again
 *     returns what the first one did, with `replayed`, and changes nothing.
 *  3. Sequences are 1, 2, 3 … within a register, without gaps; each record carries the hash of the one
 *     before (core/journal.h).
 *  4. Opening level + movements = level. A product that denies overselling never goes below zero, however
 *     many sell it at once.
 *  5. Opening balance + postings = balance. None goes below the floor of a posting that takes from it.
 *  6. The nth reversal of a transaction is one; a unique key has one document.
 *  7. An event is in the outbox when its act is, until it was delivered: at least once, by one id.
 *
 * tests/contract asks all of this of every backend and is the definition of correct.
 *
 * Any other status than those named at a slot is STATUS_STORAGE_UNAVAILABLE (the outcome may be unknown:
 * the client asks again with the same id) or STATUS_OVERLOADED (nothing happened).
 *
 * Lists are read page by page: `after` is the `next` of the page before, as it came, and empty at first. A
 * cursor is good for the list that it came from; one that somebody made up reads any page, or none.
 *
 * Every slot may be called by any thread. Inputs are borrowed for the call; what is returned lives in the
 * arena given. A backend embeds `struct ledger` and sets its `ops`.
 */
#ifndef MYPOS_LEDGER_LEDGER_H
#define MYPOS_LEDGER_LEDGER_H

#include "base/arena.h"
#include "base/cursor.h"
#include "base/status.h"
#include "ledger/act.h"
#include "ledger/document.h"
#include "ledger/transaction.h"

#define LEDGER_PAGE_MAX      200
#define LEDGER_CUSTOMERS_MAX 32 /* of whom one list tells: a customer and those merged into it */
#define LEDGER_PREFIXES_MAX  6  /* of a search */
#define LEDGER_TYPES_MAX     4  /* of events that a filter names */

struct ledger;
struct ledger_copier; /* ledger/copy.h */
struct ledger_copy_watch;

/* Which transactions; every filter is optional. */
struct ledger_filter {
    bool has_store, has_register, has_day, has_shift, has_original;
    int64_t store_key, register_key, day;
    struct id shift_id, original_id; /* original: its refunds and its void */
    const struct id *customer_ids;   /* any of them; at most LEDGER_CUSTOMERS_MAX */
    size_t customer_count;           /* 0: whoever's */
    const char *type;                /* NULL for any */
    bool flagged;                    /* only those */
    const char *receipt_prefix;      /* NULL for any */
};

struct ledger_page {
    struct ledger_transaction *transactions;
    size_t count;
    bool has_more;
    struct cursor next; /* where it ended */
};

struct ledger_stock_level {
    struct ledger_ref store, product;
    int64_t level; /* core/quantity.h */
    int64_t updated_at_ms;
};

struct ledger_stock_filter {
    bool has_store, has_product;
    int64_t store_key, product_key;
    int64_t after_store_key, after_product_key; /* where the page before ended; 0, 0 at first */
};

/* A movement of stock that was posted. */
struct ledger_moved_row {
    struct ledger_ref store, product;
    struct id act_id;   /* the transaction's, or the act's that has no record */
    bool by_record;     /* it is a transaction's */
    const char *reason; /* as in struct ledger_movement */
    int64_t at_ms;
    int64_t quantity, level; /* what was moved; the level after it */
    int64_t total_minor;
    const char *detail; /* of the act; NULL: none */
};

struct ledger_moved_page {
    struct ledger_moved_row *rows;
    size_t count;
    bool has_more;
    struct cursor next;
};

struct ledger_entry_page {
    struct ledger_entry *entries;
    size_t count;
    bool has_more;
    struct cursor next;
};

struct ledger_document_page {
    struct ledger_document *documents;
    size_t count;
    bool has_more;
    struct cursor next;
};

/* An event that waits in the outbox. */
struct ledger_outbox_event {
    struct id id;
    const char *type;
    int64_t at_ms;
    int64_t attempts; /* that failed so far */
    const char *data; /* JSON; not terminated */
    size_t data_length;
};

/* Which events: of these types, and not of those; a list ends at NULL, and an empty one asks for nothing. So
 * each kind of delivery has its own relay, and a mail server that is slow delays nobody else. */
struct ledger_outbox_filter {
    const char *only[LEDGER_TYPES_MAX], *except[LEDGER_TYPES_MAX];
};

/* What became of an event that was taken. */
struct ledger_delivery {
    struct id id;
    bool delivered;      /* it goes; else it is tried again … */
    int64_t retry_at_ms; /* … not before this */
};

/* Called for each record; anything but STATUS_OK ends the walk and is returned by it. */
typedef enum status (*ledger_visit)(void *context, const struct ledger_transaction *transaction);

/* Called for everything there is; the same. What is visited is valid only during the visit. */
struct ledger_visitor {
    enum status (*record)(void *context, const struct ledger_transaction *transaction);
    enum status (*movement)(void *context, const struct ledger_moved_row *movement);
    enum status (*level)(void *context, const struct ledger_stock_level *level);
    enum status (*entry)(void *context, enum ledger_kind kind, const struct id *document,
                         const struct ledger_entry *entry);
    enum status (*document)(void *context, const struct ledger_document *document);
};

struct ledger_ops {
    const char *name;

    /* Commits an act: ledger/act.h says what each effect may be refused with. STATUS_OK; STATUS_ID_TAKEN: the
     * id belongs to another act, transaction or document; STATUS_IDEMPOTENCY_KEY_REUSED; and those of the
     * effects. A replay is found before any other refusal. */
    enum status (*commit)(const struct ledger *ledger, const struct ledger_act *act, struct arena *arena,
                          struct ledger_outcome *outcome);

    /* Looks whether an act was committed before; changes nothing. For a request that would be refused today
     * (a price has changed since), but is the retry of one that was not. Of the act only the id, the
     * fingerprint, the key and whether there are records are looked at. STATUS_OK: `replayed` says whether it
     * was; STATUS_ID_TAKEN, STATUS_IDEMPOTENCY_KEY_REUSED. */
    enum status (*find)(const struct ledger *ledger, const struct ledger_act *act, struct arena *arena,
                        struct ledger_outcome *outcome);

    /* STATUS_TRANSACTION_NOT_FOUND. */
    enum status (*transaction_read)(const struct ledger *ledger, const struct id *id, struct arena *arena,
                                    struct ledger_transaction *transaction);

    /* At most `limit` (1 … LEDGER_PAGE_MAX) transactions that pass the filter, the newest first: by the
     * business day, or by the time of their acts. */
    enum status (*transaction_list)(const struct ledger *ledger, const struct ledger_filter *filter,
                                    const struct cursor *after, size_t limit, struct arena *arena,
                                    struct ledger_page *page);

    /* Visits the records of one register (or of all, one register after the other) in the order of their
     * sequence, as of one moment. What is visited is valid only during the visit. */
    enum status (*journal_walk)(const struct ledger *ledger, const int64_t *register_key, ledger_visit visit,
                                void *context);

    /* Visits everything as of one moment, while acts go on: all records, register by register in the order of
     * their sequence; then all stock, each level after the movements of its product in the order in which
     * they were posted; then all documents, the expired ones too, each after its entries in the order in
     * which they were kept. Without `detail` of movements and entries. */
    enum status (*walk)(const struct ledger *ledger, const struct ledger_visitor *visitor, void *context);

    /* The levels of products in a store, in the order asked; 0 for one that never moved. */
    enum status (*stock_read)(const struct ledger *ledger, int64_t store_key, const int64_t *product_keys,
                              size_t count, int64_t *levels);

    /* At most `limit` (1 … LEDGER_PAGE_MAX) levels by store and product; `count` says how many. `levels` has
     * room for `limit`. */
    enum status (*stock_list)(const struct ledger *ledger, const struct ledger_stock_filter *filter,
                              size_t limit, struct ledger_stock_level *levels, size_t *count, bool *has_more);

    /* A product's movements in a store, the newest first. */
    enum status (*movement_list)(const struct ledger *ledger, int64_t store_key, int64_t product_key,
                                 const struct cursor *after, size_t limit, struct arena *arena,
                                 struct ledger_moved_page *page);

    /* A document by its id, or by one of its unique keys. STATUS_DOCUMENT_NOT_FOUND. */
    enum status (*document_read)(const struct ledger *ledger, enum ledger_kind kind, const struct id *id,
                                 struct arena *arena, struct ledger_document *document);
    enum status (*document_find)(const struct ledger *ledger, enum ledger_kind kind, const char *key,
                                 struct arena *arena, struct ledger_document *document);

    /* Pages of documents. */
    enum status (*document_list)(const struct ledger *ledger, const struct ledger_document_filter *filter,
                                 const struct cursor *after, size_t limit, struct arena *arena,
                                 struct ledger_document_page *page);

    /* Those for which every prefix (1 … LEDGER_PREFIXES_MAX, folded as the terms are) begins a term; of those
     * that are found by the same term the newest first. */
    enum status (*document_search)(const struct ledger *ledger, enum ledger_kind kind,
                                   const char *const *prefixes, size_t prefix_count,
                                   const struct cursor *after, size_t limit, struct arena *arena,
                                   struct ledger_document_page *page);

    /* The postings to a document that were kept, the newest first. STATUS_DOCUMENT_NOT_FOUND. */
    enum status (*entry_list)(const struct ledger *ledger, enum ledger_kind kind, const struct id *id,
                              const struct cursor *after, size_t limit, struct arena *arena,
                              struct ledger_entry_page *page);

    /* The events that wait and are due, at most `limit` (1 … LEDGER_PAGE_MAX), the oldest first. They stay
     * until they are settled, so an event is delivered at least once, whatever is killed in between. */
    enum status (*outbox_take)(const struct ledger *ledger, const struct ledger_outbox_filter *filter,
                               size_t limit, struct arena *arena, struct ledger_outbox_event **events,
                               size_t *count);
    enum status (*outbox_settle)(const struct ledger *ledger, const struct ledger_delivery *deliveries,
                                 size_t count);

    /* Tells everything (ledger/copy.h), while nobody writes. */
    enum status (*tell)(const struct ledger *ledger, const struct ledger_copier *copier, void *context);

    /* Takes over everything that another ledger tells, while nobody writes to either. `source` is the digest
     * of what is told: a copy that was interrupted goes on when it is the same, and does nothing when it was
     * finished. STATUS_ID_TAKEN: there is something else here. */
    enum status (*take_over)(const struct ledger *ledger, const struct ledger *from,
                             const struct hash *source, const struct ledger_copy_watch *watch);

    void (*close)(const struct ledger *ledger);
};

struct ledger {
    const struct ledger_ops *ops;
};

#endif
