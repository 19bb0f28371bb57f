/*
 * An act on its way: what commit (act.c) and the files of its effects share.
 *
 * An act is tried until it goes or is refused. Each try writes one transaction from what is known: where the
 * registers stand, what levels and balances there are where that matters. When a condition fails, the item
 * that is there comes back with the refusal; the effect's file judges it: the act is refused, or it learns
 * and tries again.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_ACTING_H
#define MYPOS_LEDGER_DYNAMODB_ACTING_H

#include "core/journal.h"
#include "ledger/dynamodb/lanes.h"
#include "ledger/dynamodb/transact.h"
#include "ledger/placed_record.h"

#define TAG_SIZE 17 /* of a document's terms: 16 hexadecimal digits */

enum verdict {
    VERDICT_REFUSED, /* with acting.refused */
    VERDICT_REPLAY,  /* the act, or its key, is there */
    VERDICT_AGAIN,   /* something was learnt, or will have changed */
};

/* A record, and its place in the journal. */
struct acting_record {
    struct ledger_position before;
    bool confirm; /* `before` is what the till says: the transaction asks whether it is so */
    char order[LAYOUT_ORDER_SIZE];
    struct placed_record placed;
};

struct acting_movement {
    bool is_exact; /* the level is known, and a condition */
    bool exists;   /* the product has a stock item */
    int64_t level;
    struct ledger_moved moved; /* of an exact one: what it does */
};

/* A document that the act posts to, writes, or both. */
struct acting_document {
    enum ledger_kind kind;
    struct id id;
    const struct ledger_posting *posting;
    const struct ledger_write *write;
    size_t posting_index, write_index;
    bool is_exact; /* the head is known, and a condition */
    bool is_read; /* the head was read, as of a write that changes one: what is out of date is refused at once
                   */
    struct ledger_document head;
    int64_t postings; /* nr */
    /* Of a write that changes one: what its body says of the keys and terms before. */
    const char **old_keys, **old_terms;
    size_t old_key_count, old_term_count;
    const char *old_tag; /* "": it has no terms */
    int64_t old_expires_at_ms;
    char tag[TAG_SIZE];       /* after it; "": no terms */
    bool new_terms;           /* they were written under a tag of their own */
    struct id work, old_work; /* of the notes about the new and the old ones */
    int64_t work_until_ms;    /* what the note of the new ones says */
};

struct acting {
    const struct ledger_dynamodb *ledger;
    const struct ledger_act *act;
    struct ledger_outcome *outcome;
    struct arena *arena;
    int64_t deadline_us;
    int64_t commit;   /* the number of this call, which its act carries (layout.h, cm) */
    struct id id;     /* the act's; of one without, one of the ledger's own when something refers to it */
    bool anonymous;   /* … and that is so */
    bool exact;       /* what it moves and posts is told: it has no records */
    bool large;       /* its movements are in other transactions */
    struct id intent; /* of this try at a large act */
    bool told;        /* the act was found: the outcome is what it did */
    int64_t at_us;    /* of this try */
    enum status refused;
    struct acting_record records[LEDGER_RECORDS_MAX];
    struct acting_movement *movements;
    struct acting_document *documents;
    size_t document_count;
};

static inline bool acting_has_id(const struct ledger_act *act)
{
    static const struct id none;
    return !id_equal(&act->id, &none);
}

static inline bool acting_has_item(const struct acting *acting)
{
    static const struct id none;
    return acting->act->record_count == 0 && !id_equal(&acting->id, &none);
}

static inline enum packed_maker acting_maker(const struct acting *acting)
{
    return acting->act->record_count > 0 ? PACKED_RECORD : acting->anonymous ? PACKED_ANONYMOUS : PACKED_ACT;
}

/* --- records.c --- */

/* Gives the records their places. STATUS_REGISTER_OUT_OF_STEP; nothing is written. */
enum status acting_records_place(struct acting *acting);
void acting_records_write(struct acting *acting, struct transact *transact);
/* Of EFFECT_RECORD, _JOURNAL, _PREVIOUS and _REVERSAL. */
enum verdict acting_records_judge(struct acting *acting, const struct transact_action *action,
                                  const json_t *item);
void acting_records_tell(struct acting *acting);

/* Writes down the stores and registers of the act that are not in the list yet. */
enum status acting_records_list(struct acting *acting);

/* --- movements.c --- */

/* Writes the movements from `from` to `end`. */
void acting_movements_write(struct acting *acting, struct transact *transact, size_t from, size_t end);
enum verdict acting_movement_judge(struct acting *acting, size_t index, const json_t *item);
void acting_movement_learn(struct acting *acting, size_t index, const json_t *item);
/* Judges those whose level is known. STATUS_INSUFFICIENT_STOCK. */
enum status acting_movements_check(struct acting *acting);
void acting_movements_tell(struct acting *acting);
/* mv of an act. */
void acting_movements_sum_up(struct acting *acting, struct json_writer *json);
/* Whether it crosses its mark, and the event that tells of it is put. */
bool acting_movement_is_low(const struct acting *acting, size_t index);

/* --- documents.c --- */

void acting_documents_begin(struct acting *acting);
void acting_documents_write(struct acting *acting, struct transact *transact);
/* Of EFFECT_DOCUMENT, _BODY, _UNIQUE, _RELEASE and _WORK. */
enum verdict acting_documents_judge(struct acting *acting, const struct transact_action *action,
                                    const json_t *item);
void acting_document_learn(struct acting *acting, struct acting_document *document, const json_t *head);
void acting_document_learn_body(struct acting *acting, struct acting_document *document, const json_t *body);
/* Judges those whose head is known. */
enum status acting_documents_check(struct acting *acting);
void acting_documents_tell(struct acting *acting);
/* pb of an act: balances of the postings that keep entries. */
void acting_documents_sum_up(struct acting *acting, struct json_writer *json);

/* --- events.c --- */

void acting_events_write(struct acting *acting, struct transact *transact);
enum verdict acting_event_judge(struct acting *acting);
/* Puts an event that nothing but a movement of a large act stands for, or one of the act's own. */
void acting_event_put(struct acting *acting, struct transact *transact, const struct ledger_event *event,
                      size_t index);

/* --- find.c --- */

enum status ledger_dynamodb_find(const struct ledger *ledger, const struct ledger_act *act,
                                 struct arena *arena, struct ledger_outcome *outcome);

/* Looks for the act itself, and tells what it did when it is there: acting.told. It is a replay unless this
 * commit made it, in a try of which nothing was heard. */
enum status acting_find(struct acting *acting);

/* The item of an act: its own, or its first record's. */
struct layout_key acting_key(const struct ledger_act *act, const struct id *id);
bool acting_is_same(const json_t *item, const struct hash *fingerprint, struct arena *arena);

/* --- act.c --- */

enum status ledger_dynamodb_commit(const struct ledger *ledger, const struct ledger_act *act,
                                   struct arena *arena, struct ledger_outcome *outcome);

/* Reads what must be known of the movements from `from` to `end`, and with the first of the documents. */
enum status acting_learn(struct acting *acting, size_t from, size_t end);

/* Sends a transaction of the act and judges what came of it: STATUS_OK; a refusal; ACTING_AGAIN. */
#define ACTING_AGAIN STATUS_COUNT
enum status acting_send(struct acting *acting, struct transact *transact);

/* In its lanes: tries the act's own transaction until it goes, is refused, or the time is up; and tells. */
enum status acting_commit(struct acting *acting);

#endif
