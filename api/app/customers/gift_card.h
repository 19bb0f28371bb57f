/*
 * A gift card at the till: found by its code or id, spent, loaded, refunded to, issued.
 *
 * A posting never takes a card below 0, however many tills spend it at once: the ledger refuses the one that
 * would (STATUS_INSUFFICIENT_BALANCE). It names the state that was read, so a card that is frozen in between
 * is refused too (STATUS_DOCUMENT_STATE). Codes are what whoever holds the card can spend: they are in no
 * record and in no log; a record names the card's id.
 */
#ifndef MYPOS_APP_GIFT_CARD_H
#define MYPOS_APP_GIFT_CARD_H

#include "app/app.h"
#include "core/gift_card_code.h"
#include "ledger/ledger.h"

#define GIFT_CARD_ACTIVE "active"
#define GIFT_CARD_FROZEN "frozen"

#define GIFT_CARD_AMOUNT_MAX 100000000 /* of one load, as the contract says */

struct gift_card {
    struct id id;
    int64_t version;
    const char *state;
    char code[GIFT_CARD_CODE_SIZE];
    const char *currency;
    const char *note, *frozen_reason; /* NULL: none */
    int64_t expires_at_ms;            /* 0: never */
    int64_t balance;                  /* when it was read */
    int64_t created_at_ms, updated_at_ms;
};

enum gift_card_use {
    GIFT_CARD_REDEEM, /* as a tender: active, not expired */
    GIFT_CARD_LOAD,   /* sold or loaded: active, not expired */
    GIFT_CARD_REFUND, /* money comes back: any card */
    GIFT_CARD_UNLOAD, /* the sale that loaded it is refunded: any card, if the money is still there */
};

/* Finds a card by its code or its id, for a use in a currency. A fault at `pointer` when there is none or it
 * has another currency; STATUS_GIFT_CARD_FROZEN, STATUS_GIFT_CARD_EXPIRED. `currency` NULL: any. */
MUST_CHECK enum status gift_card_find(struct call *call, const char *code_or_id, enum gift_card_use use,
                                      const char *currency, const char *pointer, struct gift_card *card);

/* Fills a posting; amount > 0. */
void gift_card_post(const struct gift_card *card, enum gift_card_use use, int64_t amount,
                    struct ledger_posting *posting);

/* A card that does not exist yet. */
struct gift_card_issue {
    struct id id;
    const char *code; /* as it was typed or scanned; NULL: one is made */
    const char *currency;
    int64_t amount; /* > 0 */
    int64_t expires_at_ms;
    const char *note; /* NULL: none */
};

/* Fills the write of a new card; the code is in `card`. A fault at `pointer` when it is no code. A code that
 * another card has is refused by the ledger: STATUS_CODE_TAKEN. What the write borrows lives in the call's
 * arena. */
MUST_CHECK enum status gift_card_write_new(struct call *call, const struct gift_card_issue *issue,
                                           const char *pointer, struct ledger_write *write,
                                           struct gift_card *card);

/* The words for a posting to a card that was refused with STATUS_INSUFFICIENT_BALANCE or
 * STATUS_DOCUMENT_STATE. Returns the status to answer with. */
enum status gift_card_explain(struct call *call, const struct gift_card *card,
                              const struct ledger_posting *posting, const struct ledger_outcome *outcome,
                              enum status status, const char *pointer);

#endif
