/*
 * Gift cards: issued, found, loaded, frozen. At the till: app/customers/gift_card.h. Bodies of requests are
 * valid by the contract; answers are its GiftCard, GiftCardEntry and pages of them.
 *
 * The code is answered to who creates a card or reads one, for printing it; lists have its end only.
 */
#ifndef MYPOS_APP_GIFT_CARDS_H
#define MYPOS_APP_GIFT_CARDS_H

#include "app/app.h"

struct gift_cards_query {
    const char *code;  /* as typed or scanned: the one card that has it; NULL: all, the newest first */
    const char *state; /* NULL: any */
    const char *cursor;
    int64_t limit;
};

/* STATUS_CODE_TAKEN. */
MUST_CHECK enum status gift_cards_create(struct call *call, const json_t *request);
MUST_CHECK enum status gift_cards_list(struct call *call, const struct gift_cards_query *query);

/* STATUS_GIFT_CARD_NOT_FOUND, also of all the following. */
MUST_CHECK enum status gift_cards_read(struct call *call, const struct id *id);
MUST_CHECK enum status gift_cards_entries(struct call *call, const struct id *id, const char *cursor,
                                          int64_t limit);

/* STATUS_GIFT_CARD_FROZEN, STATUS_GIFT_CARD_EXPIRED. */
MUST_CHECK enum status gift_cards_load(struct call *call, const struct id *id, const json_t *request);

/* Freezes or unfreezes; a card that is so already stays as it is. */
MUST_CHECK enum status gift_cards_set_frozen(struct call *call, const struct id *id, const json_t *request,
                                             bool frozen);

#endif
