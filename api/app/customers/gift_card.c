#include "app/customers/gift_card.h"

#include "app/customers/gift_card_document.h"
#include "base/clock.h"

#include <string.h>

/* --- finding -------------------------------------------------------------------------------------- */

static enum status read_card(struct call *call, const char *code_or_id, struct gift_card *card)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_document document;
    struct id id;
    enum status status;
    if (id_parse(code_or_id, &id)) {
        status = ledger->ops->document_read(ledger, LEDGER_GIFT_CARD, &id, call->arena, &document);
    } else {
        const char *key = gift_card_key(call->arena, code_or_id);
        status = key == NULL
                     ? STATUS_DOCUMENT_NOT_FOUND
                     : ledger->ops->document_find(ledger, LEDGER_GIFT_CARD, key, call->arena, &document);
    }
    if (status == STATUS_OK) {
        gift_card_read(call->arena, &document, card);
    }
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_GIFT_CARD_NOT_FOUND : status;
}

static enum status refuse(struct call *call, const struct gift_card *card, enum status status,
                          const char *pointer)
{
    char time[CLOCK_TEXT_SIZE];
    const char *words =
        status == STATUS_GIFT_CARD_FROZEN
            ? arena_printf(call->arena, "The gift card … %s is frozen.", gift_card_last_four(card))
            : arena_printf(call->arena, "The gift card … %s has expired at %s.", gift_card_last_four(card),
                           clock_format(card->expires_at_ms, time));
    (void)detail_fault(&call->detail, pointer, status_code(status), "%s", words);
    return detail_set(&call->detail, status, "%s", words);
}

enum status gift_card_find(struct call *call, const char *code_or_id, enum gift_card_use use,
                           const char *currency, const char *pointer, struct gift_card *card)
{
    const enum status status = read_card(call, code_or_id, card);
    if (status == STATUS_GIFT_CARD_NOT_FOUND) {
        return detail_fault(&call->detail, pointer, "gift_card_not_found", "There is no such gift card.");
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (currency != NULL && strcmp(currency, card->currency) != 0) {
        return detail_fault(&call->detail, pointer, "currency", "The gift card has %s, the sale %s.",
                            card->currency, currency);
    }
    return use == GIFT_CARD_REDEEM || use == GIFT_CARD_LOAD ? gift_card_check(call, card, pointer)
                                                            : STATUS_OK;
}

enum status gift_card_check(struct call *call, const struct gift_card *card, const char *pointer)
{
    if (strcmp(card->state, GIFT_CARD_FROZEN) == 0) {
        return refuse(call, card, STATUS_GIFT_CARD_FROZEN, pointer);
    }
    return gift_card_has_expired(card) ? refuse(call, card, STATUS_GIFT_CARD_EXPIRED, pointer) : STATUS_OK;
}

/* --- posting -------------------------------------------------------------------------------------- */

void gift_card_post(const struct gift_card *card, enum gift_card_use use, int64_t amount,
                    struct ledger_posting *posting)
{
    static const struct {
        const char *reason;
        int sign;
        bool needs_active;
    } uses[] = {
        [GIFT_CARD_REDEEM] = {"redeem", -1, true},
        [GIFT_CARD_LOAD] = {"load", 1, true},
        [GIFT_CARD_REFUND] = {"refund", 1, false},
        [GIFT_CARD_UNLOAD] = {"unload", -1, false},
    };
    *posting = (struct ledger_posting){
        .kind = LEDGER_GIFT_CARD,
        .id = card->id,
        .required_state = uses[use].needs_active ? GIFT_CARD_ACTIVE : NULL,
        .floors = LEDGER_NO_FLOORS,
        .reason = uses[use].reason,
    };
    posting->amounts[LEDGER_GIFT_CARD_BALANCE] = uses[use].sign * amount;
    posting->floors[LEDGER_GIFT_CARD_BALANCE] = 0;
}

enum status gift_card_explain(struct call *call, const struct gift_card *card,
                              const struct ledger_posting *posting, const struct ledger_outcome *outcome,
                              enum status status, const char *pointer)
{
    if (status == STATUS_DOCUMENT_STATE) {
        return refuse(call, card, STATUS_GIFT_CARD_FROZEN, pointer);
    }
    if (status != STATUS_INSUFFICIENT_BALANCE) {
        return status;
    }
    const char *words = arena_printf(call->arena, "The gift card … %s has %lld, not %lld.",
                                     gift_card_last_four(card), (long long)outcome->left,
                                     -(long long)posting->amounts[LEDGER_GIFT_CARD_BALANCE]);
    (void)detail_fault(&call->detail, pointer, "insufficient_balance", "%s", words);
    return detail_set(&call->detail, status, "%s", words);
}

/* --- a new card ----------------------------------------------------------------------------------- */

static void make_code(char code[static GIFT_CARD_CODE_SIZE])
{
    uint8_t random[GIFT_CARD_CODE_RANDOM];
    do {
        random_fill(random, sizeof random);
    } while (!gift_card_code_make(random, code));
}

enum status gift_card_write_new(struct call *call, const struct gift_card_issue *issue, const char *pointer,
                                struct ledger_write *write, struct gift_card *card)
{
    *card = (struct gift_card){
        .id = issue->id,
        .version = 1,
        .state = GIFT_CARD_ACTIVE,
        .currency = issue->currency,
        .note = issue->note,
        .expires_at_ms = issue->expires_at_ms,
        .balance = issue->amount,
    };
    if (issue->code == NULL) {
        make_code(card->code);
    } else if (!gift_card_code_key(issue->code, strlen(issue->code), card->code)) {
        return detail_fault(&call->detail, pointer, "format", "A code has %d to %d letters and digits.",
                            GIFT_CARD_CODE_MIN, GIFT_CARD_CODE_MAX);
    }
    gift_card_write(call->arena, card, write);
    write->document.balances[LEDGER_GIFT_CARD_BALANCE] = issue->amount;
    write->expected_version = 0;
    write->reason = "issue";
    return STATUS_OK;
}
