/*
 * An act: what a use case does to the ledger, as data. It is a list of effects, all written or none, and
 * durable when `commit` returns STATUS_OK.
 *
 * A ledger knows effects, not use cases: each is one conditional write of one item (a row of SQLite's, an
 * item of a TransactWriteItems). What an effect asks for (a version, a state, a floor, a level) is judged on
 * what was there before the act, and the first that is refused undoes them all; which one that is, when there
 * are several, is the backend's choice. In one act a document has at most one write and one posting, and a
 * product in a store at most one movement: the application adds up.
 *
 *     a sale                a record, movements, a posting to the shift, one to the customer,
 *                           one to each gift card, an event
 *     an exchange           two records and the rest of both
 *     closing a shift       a write that expects balances, an event
 *     a count of the stock  movements
 *
 * Whoever retries sends the same id and fingerprint, or the same Idempotency-Key: the act is then found
 * before anything is refused, `replayed` is set, and nothing is written.
 */
#ifndef MYPOS_LEDGER_ACT_H
#define MYPOS_LEDGER_ACT_H

#include "base/hash.h"
#include "base/idempotency_key.h"
#include "core/journal.h"
#include "ledger/document.h"
#include "ledger/transaction.h"

#define LEDGER_RECORDS_MAX   2       /* an exchange */
#define LEDGER_RECORD_MAX    1900000 /* bytes of a record; of 500 lines most have a fifth. Two fit in an act */
#define LEDGER_MOVEMENTS_MAX 1000
#define LEDGER_POSTINGS_MAX  32
#define LEDGER_WRITES_MAX    32
#define LEDGER_EVENTS_MAX    8
#define LEDGER_KEYS_MAX      4   /* unique keys of a document */
#define LEDGER_KEY_MAX       64  /* bytes of one */
#define LEDGER_TERMS_MAX     256 /* words by which a document is found */
#define LEDGER_TERM_MAX      64  /* bytes of one; what is longer is cut */

#define LEDGER_NO_FLOOR INT64_MIN
#define LEDGER_NO_LEVEL INT64_MIN
/* clang-format off */
#define LEDGER_NO_FLOORS                                                                                     \
    {LEDGER_NO_FLOOR, LEDGER_NO_FLOOR, LEDGER_NO_FLOOR, LEDGER_NO_FLOOR,                                     \
     LEDGER_NO_FLOOR, LEDGER_NO_FLOOR, LEDGER_NO_FLOOR, LEDGER_NO_FLOOR}
/* clang-format on */

/* Appends a record to a register's journal. */
struct ledger_record {
    struct id id;
    const char *type; /* "sale", "refund", "void" */
    struct ledger_ref store, register_;
    const char *register_code; /* receipt numbers begin with it */
    int64_t business_day;      /* days since 1970-01-01 */
    int64_t created_at_ms;
    const char *currency;
    int64_t total_minor;
    /* The record, but for what only the ledger knows; and SHA-256 as far as its `prev_hash`: the lines come
     * before that, so the act, of which there is one at a time, hashes a few hundred bytes only. */
    const struct journal_draft *draft;
    struct hash_stream draft_hash;
    const struct ledger_position *previous;  /* what the till believes; NULL: it does not say.
                                              * STATUS_REGISTER_OUT_OF_STEP, outcome.last */
    const struct id *shift_id, *customer_id; /* NULL: none; for lists */
    const struct id *original_id;            /* what it refunds or voids; NULL: nothing */
    int64_t reversal; /* the nth refund or void of the original, from 1. Another one has it:
                       * STATUS_REVERSAL_TAKEN; the application reads again what is left, and tries again */
    bool flagged;     /* for the manager's list */
};

/* Moves stock in or out: in ascending order of store and product key. */
struct ledger_movement {
    struct ledger_ref store, product;
    const char *reason;  /* "sale", "refund", "void", "exchange", "receive", "adjust", "count", "waste",
                          * "transfer_out", "transfer_in" */
    int64_t quantity;    /* core/quantity.h; negative: out. Of a level that was counted: the level */
    bool counted;        /* the difference to what there is is posted */
    bool deny_oversell;  /* what goes out leaves no less than nothing: STATUS_INSUFFICIENT_STOCK, and
                          * outcome.left says how much there is */
    int64_t low_at;      /* an event stock.low follows when the level falls to this or below, from above it;
                          * LEDGER_NO_LEVEL: none */
    int64_t total_minor; /* what was taken for it, negative what was given back; 0 without */
};

/* Posts amounts to a document's balances, whatever they are. STATUS_DOCUMENT_NOT_FOUND. */
struct ledger_posting {
    enum ledger_kind kind;
    struct id id;
    const char *required_state; /* NULL: any. Another: STATUS_DOCUMENT_STATE, outcome.document */
    int64_t amounts[LEDGER_BALANCES];
    int64_t floors[LEDGER_BALANCES]; /* no balance that goes down goes below: STATUS_INSUFFICIENT_BALANCE,
                                      * outcome.balance and .left. LEDGER_NO_FLOORS for none at all */
    const char *reason;              /* "sale", "redeem", "pay_in" …; NULL: no entry is kept */
};

/* Creates, changes or removes a document. A new one has version 1, whatever `document` says. Keys and terms
 * replace those before. */
struct ledger_write {
    struct ledger_document document;  /* balances: only of one that is new; times are the act's */
    int64_t expected_version;         /* 0: it is new, else STATUS_ID_TAKEN. Another than it has:
                                       * STATUS_VERSION_MISMATCH, outcome.document; STATUS_DOCUMENT_NOT_FOUND */
    const int64_t *expected_balances; /* NULL: any. All LEDGER_BALANCES are these (a shift closes over what
                                       * its report counted), else STATUS_VERSION_MISMATCH */
    const char *reason;               /* of a new one with balances: the entry that is kept of them, such as
                                       * "issue"; NULL: none */
    bool remove;                      /* its history stays */
    bool forget; /* what it said before, and the details of the acts that posted to it, go for good: soon
                  * after the act is durable nothing of them is left where the ledger keeps its data. The
                  * amounts of its entries stay */
    const char *const *keys; /* unique within the kind, such as "code:ABCD" or "open:<register key>". Another
                              * document has it: STATUS_CODE_TAKEN */
    size_t key_count;
    const char *const *terms; /* folded words, to be found by their beginnings */
    size_t term_count;
};

/* Puts an event in the outbox. */
struct ledger_event {
    struct id id;     /* it stays the same however often it is delivered */
    const char *type; /* "transaction.completed" … */
    const char *data; /* JSON; NULL: the record `record` of this act */
    size_t data_length;
    size_t record;
};

/* An answer that the application gave, to be given again. */
struct ledger_answer {
    int http_status; /* 0: none was kept */
    const char *location, *etag;
    const char *body;
    size_t body_length;
};

struct ledger_act {
    const char *name;        /* "sale", "shift_close" …; a static string: of the log, of the named steps */
    struct id id;            /* idempotent for ever. With records the first one's; of an act that creates a
                              * document, the document's. All zero: nobody asks twice for it (a change that
                              * names the version) */
    struct hash fingerprint; /* of what is asked for: tells a retry from another act with this id */
    struct idempotency_key key;
    int64_t at_ms;
    const char *detail; /* JSON of the application's that entries and movements of an act without a record are
                         * listed with (who, why); NULL: none */
    const struct ledger_answer
        *answer; /* of an act without a record: kept with the key, 48 hours. NULL: none */
    const struct ledger_record *records;
    size_t record_count;
    const struct ledger_movement *movements;
    size_t movement_count;
    const struct ledger_posting *postings;
    size_t posting_count;
    const struct ledger_write *writes;
    size_t write_count;
    const struct ledger_event *events;
    size_t event_count;
};

/* What a movement did. */
struct ledger_moved {
    int64_t quantity; /* the difference that was posted */
    int64_t level;    /* after it */
};

/* What a posting did. */
struct ledger_posted {
    int64_t balances[LEDGER_BALANCES]; /* after it */
};

struct ledger_outcome {
    bool replayed;
    struct id id; /* the act's; of a replay by key the first one's, which may have another id */

    /* With STATUS_OK; of a replay what there was the first time. */
    struct ledger_transaction transactions[LEDGER_RECORDS_MAX];
    size_t transaction_count;
    struct ledger_moved *moved; /* of an act without records, in the order of its movements */
    size_t moved_count;
    struct ledger_posted *posted; /* of an act without records, in the order of its postings; of a replay: of
                                   * those with a reason */
    size_t posted_count;
    struct ledger_answer answer; /* of a replay by key, when one was kept */

    /* With a refusal. */
    size_t failed; /* which record, movement, posting or write it was */
    struct ledger_position last;
    size_t balance;                  /* which one is too small … */
    int64_t left;                    /* … and how much stock or balance there is */
    struct ledger_document document; /* the one that is in another state or version; without its body */
};

#endif
