/*
 * The journal: what a register did, record by record, each bound to the one before.
 *
 * A record is the canonical JSON (RFC 8785) of a transaction. Its `hash` is the lower-case hexadecimal
 * SHA-256 of that text without the member `hash`; its `prev_hash` is the hash of the register's record
 * before, 64 zeros in the first. Records are numbered from 1 without gaps; the receipt number is the
 * register's code and that number. So whoever changes, removes, adds or reorders records breaks the chain.
 *
 * Writing has two parts, for the writer's thread is shared by all registers. Before the commit a record is
 * laid out but for the three members that only the commit knows; in it they are filled in:
 *
 *     struct journal_draft draft;
 *     journal_draft(&text, &record, &draft);                 the request's thread
 *     char *buffer = arena_alloc(arena, draft.complete_size);
 *     …
 *     size_t length = journal_complete(&draft, &place, buffer);                the writer's thread
 *     … the hash of these bytes (base/hash.h) …
 *     length = journal_seal(&draft, hash, buffer, length);   the record as it is stored
 *
 * Reading needs no JSON parser and no server: journal_read finds what the chain needs, journal_unseal gives
 * back the bytes that were hashed, journal_check compares.
 *
 * Freestanding: hashing itself is base/hash.h.
 */
#ifndef MYPOS_CORE_JOURNAL_H
#define MYPOS_CORE_JOURNAL_H

#include "base/text.h"
#include "core/pricing/sale_json.h"
#include "core/tender.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_HASH_LENGTH         64
#define JOURNAL_REGISTER_CODE_MAX   8
#define JOURNAL_RECEIPT_NUMBER_SIZE (JOURNAL_REGISTER_CODE_MAX + 1 + 19 + 1) /* with the closing NUL */

/* The prev_hash of a register's first record. */
#define JOURNAL_FIRST_PREV_HASH "0000000000000000000000000000000000000000000000000000000000000000"

struct journal_tender {
    enum tender_type type;
    int64_t amount, tip;
    /* Absent from the record when NULL. */
    const char *name;              /* of what is "other" */
    const char *reference;         /* the terminal's, the voucher's */
    const char *brand, *last_four; /* of a card */
    const char *gift_card_id;
    int64_t original_tender; /* of a refund: which tender of the sale it gives back, from 1; 0: absent */
};

/* What a till did by itself. */
struct journal_offline {
    const char *captured_at;    /* RFC 3339 */
    const char *receipt_number; /* that the till printed; NULL: none */
    int64_t price_variance;     /* the server's total − the captured one */
};

/* What is known before the commit. Everything is borrowed until journal_draft returns. What is NULL or counts
 * 0 in the second half does not apply, and is absent from the record. */
struct journal_record {
    const char *id, *type; /* "sale", "refund" or "void": amounts are positive, the type is the direction */
    const char *store_id, *register_id;
    const char *currency;
    struct sale_actor cashier;
    const char *created_at, *business_day; /* RFC 3339; YYYY-MM-DD */
    const struct sale_line *lines;
    size_t line_count;
    const struct journal_tender *tenders;
    size_t tender_count;
    struct pricing_totals totals;
    int64_t change;

    /* The value of "lines" as canonical JSON, instead of `lines`: they were another record's, or a till's. */
    const char *lines_json;
    size_t lines_json_length;
    int64_t tip_total; /* beside the total */
    const char *shift_id, *customer_id, *parked_cart_id;
    const char *original_id; /* what is refunded or voided */
    const char *exchange_id; /* the other half of an exchange */
    const char *reason, *note;
    const struct sale_actor *allowed_by; /* who permitted the refund, the void, the exemption of a sale */
    const char *const *coupons;
    size_t coupon_count;
    const char *const *flags; /* for the manager's list: "price_variance" … */
    size_t flag_count;
    const struct journal_loyalty {
        int64_t burned, earned; /* points */
    } * loyalty;
    const struct journal_exemption {
        const char *reason, *certificate; /* a NULL certificate is absent */
    } * tax_exemption;                    /* of the whole basket */
    const struct journal_offline *offline;
};

/* A record with gaps: `text` is whole but for what goes in at the four offsets, which ascend. */
struct journal_draft {
    const char *text; /* borrowed from the text it was written to */
    size_t length;
    size_t at_hash, at_prev_hash, at_receipt_number, at_sequence;
    size_t complete_size; /* bytes that the complete and sealed record needs at most */
};

/* What the commit knows: the register's chain. */
struct journal_place {
    const char *register_code; /* 1 … JOURNAL_REGISTER_CODE_MAX */
    int64_t sequence;          /* of this record, from 1 */
    char prev_hash[JOURNAL_HASH_LENGTH + 1];
};

/* Lays a record out in `text`, which must be empty; false when that overflowed. The draft is valid as long
 * as the text is untouched. */
bool journal_draft(struct text *text, const struct journal_record *record, struct journal_draft *draft);

/* Writes the record without its hash, canonical, to a buffer of draft->complete_size bytes; its length. */
size_t journal_complete(const struct journal_draft *draft, const struct journal_place *place, char *buffer);

/* Puts `hash` in its place in that buffer; the length of the record as it is stored. */
size_t journal_seal(const struct journal_draft *draft, const char hash[static JOURNAL_HASH_LENGTH],
                    char *buffer, size_t length);

/* "K1-000042": the code, a hyphen, the sequence with at least six digits. Returns `number`. */
const char *journal_receipt_number(const char *register_code, int64_t sequence,
                                   char number[static JOURNAL_RECEIPT_NUMBER_SIZE]);

/* What the chain needs of a stored record. The spans are borrowed from the record's text, without quotes,
 * as they are written there. */
struct journal_span {
    const char *at;
    size_t length;
};
struct journal_entry {
    struct journal_span id, register_id, receipt_number;
    struct journal_span hash, prev_hash; /* JOURNAL_HASH_LENGTH characters each */
    struct journal_span sealed;          /* the bytes that the record has for its hash: `,"hash":"…"` */
    int64_t sequence;
};

/* Walks the outermost members of a JSON object that was written without blanks, such as a record, without a
 * parser: a name without its quotes, a value as it is written. False at the end, or where it is damaged. */
struct journal_members {
    const char *at, *end;
    bool has_begun, is_damaged;
};
struct journal_members journal_members(const char *text, size_t length);
bool journal_next_member(struct journal_members *members, struct journal_span *name,
                         struct journal_span *value);

/* Reads a stored record: one JSON object, nothing around it, its members in strictly ascending order and
 * without blanks between them. False when it is not, or lacks one of the members above. What is nested in
 * it is passed over: that it is untouched is for the hash to say. */
bool journal_read(const char *text, size_t length, struct journal_entry *entry);

/* Writes the bytes that were hashed, the record without its hash, to a buffer of `length` bytes; how many. */
size_t journal_unseal(const char *text, size_t length, const struct journal_entry *entry, char *buffer);

/* A register's chain, walked in the order of its records. */
struct journal_chain {
    int64_t sequence; /* of the last record; 0 before the first */
    char hash[JOURNAL_HASH_LENGTH + 1];
};

enum journal_fault {
    JOURNAL_INTACT,
    JOURNAL_HASH_WRONG,           /* the record's bytes do not have the hash that it states */
    JOURNAL_SEQUENCE_WRONG,       /* a record is missing, doubled or out of order */
    JOURNAL_PREV_HASH_WRONG,      /* the record before is not the one that this one followed */
    JOURNAL_RECEIPT_NUMBER_WRONG, /* it does not end in the sequence */
};

/* The chain before a register's first record. */
struct journal_chain journal_chain_start(void);

/* Compares a record with the chain and with `hash`, computed of its unsealed bytes. When it is intact the
 * chain moves on to it. */
enum journal_fault journal_check(struct journal_chain *chain, const struct journal_entry *entry,
                                 const char hash[static JOURNAL_HASH_LENGTH]);

/* A sentence for a person. */
const char *journal_fault_text(enum journal_fault fault);

#endif
