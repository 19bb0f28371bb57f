/*
 * Effects of an act, collected. What moves the same product twice, or the same balances, becomes one effect,
 * as ledger/act.h asks; movements come in the order that it asks for.
 */
#ifndef MYPOS_APP_EFFECTS_H
#define MYPOS_APP_EFFECTS_H

#include "app/app.h"
#include "app/customers/gift_card.h"
#include "ledger/ledger.h"

struct effects {
    struct ledger_movement movements[LEDGER_MOVEMENTS_MAX];
    size_t movement_count;
    struct ledger_posting postings[LEDGER_POSTINGS_MAX];
    struct gift_card cards[LEDGER_POSTINGS_MAX]; /* of the posting to a gift card, for who explains it */
    size_t posting_count;
};

/* An act has room for its lines' movements, so this never fails. */
void effects_move(struct effects *effects, const struct ledger_movement *movement);

/* A posting without amounts is none. `card`: of a posting to a gift card, else NULL. STATUS_VALIDATION_FAILED
 * when there are more than an act takes. */
MUST_CHECK enum status effects_post(struct call *call, struct effects *effects,
                                    const struct ledger_posting *posting, const struct gift_card *card);

/* What is posted to a balance so far. */
int64_t effects_posted(const struct effects *effects, enum ledger_kind kind, const struct id *id,
                       size_t balance);

/* Sorts and adds up, and puts them into the act, which borrows them. */
void effects_end(struct effects *effects, struct ledger_act *act);

#endif
