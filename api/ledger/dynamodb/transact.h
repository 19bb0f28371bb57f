/*
 * Transact: one TransactWriteItems, written action by action, and what each action was, so that the reasons
 * for a refusal can be told from one another.
 *
 *     struct transact transact;
 *     transact_begin(&transact, ledger, arena);
 *     struct json_writer *json = transact_put(&transact, EFFECT_EVENT, 0, &key);
 *     dynamodb_put_s(json, "ty", event->type);
 *     transact_condition(&transact, "attribute_not_exists(pk)");
 *     transact_end(&transact);
 *     switch (transact_send(&transact, deadline_us, &answer)) …
 */
#ifndef MYPOS_LEDGER_DYNAMODB_TRANSACT_H
#define MYPOS_LEDGER_DYNAMODB_TRANSACT_H

#include "ledger/dynamodb/internal.h"

/* What an action does, and by which index the act knows it. */
enum effect {
    EFFECT_KEY,
    EFFECT_ACT,
    EFFECT_RECORD,
    EFFECT_JOURNAL,
    EFFECT_PREVIOUS, /* the position that the till believes in is there */
    EFFECT_REVERSAL,
    EFFECT_MOVEMENT,
    EFFECT_DOCUMENT,
    EFFECT_BODY,
    EFFECT_UNIQUE,  /* a unique key is taken; index: the write's */
    EFFECT_RELEASE, /* … or given up */
    EFFECT_WORK,    /* what is to be done afterwards, or was to be undone otherwise */
    EFFECT_EVENT,
    EFFECT_INTENT,
};

struct transact_action {
    enum effect effect;
    size_t index;
};

struct transact {
    const struct ledger_dynamodb *ledger;
    struct dynamodb_request request;
    struct json_writer *json;
    bool in_item, in_values, overfull, is_ended;
    struct transact_action actions[LAYOUT_ACTIONS_MAX];
    size_t count;
};

void transact_begin(struct transact *transact, const struct ledger_dynamodb *ledger, struct arena *arena);

/* A put leaves its item open, an update its values. */
struct json_writer *transact_put(struct transact *transact, enum effect effect, size_t index,
                                 const struct layout_key *key);
struct json_writer *transact_update(struct transact *transact, enum effect effect, size_t index,
                                    const struct layout_key *key, const char *update, const char *condition);
void transact_delete(struct transact *transact, enum effect effect, size_t index,
                     const struct layout_key *key);
void transact_check(struct transact *transact, enum effect effect, size_t index,
                    const struct layout_key *key);

/* A condition of a put, a delete or a check; without values, or leaving them open. */
void transact_condition(struct transact *transact, const char *condition);
struct json_writer *transact_condition_values(struct transact *transact, const char *condition);

void transact_end(struct transact *transact);

/* Sends it, with a token by which the service knows a repetition for ten minutes: after DYNAMODB_UNKNOWN it
 * may be sent again. The caller frees the answer. */
enum dynamodb_outcome transact_send(struct transact *transact, int64_t deadline_us,
                                    struct dynamodb_answer *answer);

#endif
