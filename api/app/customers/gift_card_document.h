/*
 * Gift cards as the ledger keeps them: a document with a balance, found by the key of its code. Its body is
 * {"code", "currency", "expires_at", "frozen_reason", "note"}.
 *
 *     active ──freeze──▶ frozen
 *        ◀──unfreeze──────┘          expired: what either is once `expires_at` has passed
 */
#ifndef MYPOS_APP_GIFT_CARD_DOCUMENT_H
#define MYPOS_APP_GIFT_CARD_DOCUMENT_H

#include "app/customers/gift_card.h"

#define GIFT_CARDS_PATH "/api/v1/gift-cards/"

/* The unique key of a code; NULL when it is none. */
const char *gift_card_key(struct arena *arena, const char *code);

/* The end of the code, which tells cards apart without giving them away. */
const char *gift_card_last_four(const struct gift_card *card);

bool gift_card_has_expired(const struct gift_card *card);

/* STATUS_GIFT_CARD_FROZEN or STATUS_GIFT_CARD_EXPIRED, with words and a fault at `pointer`; else STATUS_OK.
 */
MUST_CHECK enum status gift_card_check(struct call *call, const struct gift_card *card, const char *pointer);

/* A document as a card; what it holds lives in the arena. */
void gift_card_read(struct arena *arena, const struct ledger_document *document, struct gift_card *card);

/* A card as the write that changes it; version and balance are not part of it. */
void gift_card_write(struct arena *arena, const struct gift_card *card, struct ledger_write *write);

/* Writes the contract's GiftCard, with its code or without. */
void gift_card_emit(struct json_writer *json, const struct gift_card *card, bool with_code);

#endif
