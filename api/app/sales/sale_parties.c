#include "app/customers/gift_card_document.h"
#include "app/sales/sale.h"
#include "core/loyalty.h"
#include "core/quantity.h"

#include <string.h>

/* Faults of the request are gathered; what else goes wrong ends it. */
static bool goes_on(enum status status)
{
    return status == STATUS_OK || status == STATUS_VALIDATION_FAILED;
}

static const char *pointer_to(struct call *call, const char *list, size_t index, const char *member)
{
    return arena_printf(call->arena, "/%s/%zu/%s", list, index, member);
}

/* The posting to a card that is there already: a document has one in an act. */
static struct ledger_posting *posting_to(struct sale_act *out, const struct id *id)
{
    for (size_t i = 0; i < out->act.posting_count; i++) {
        if (out->postings[i].kind == LEDGER_GIFT_CARD && id_equal(&out->postings[i].id, id)) {
            return &out->postings[i];
        }
    }
    return NULL;
}

static void post_to_card(struct sale_act *out, const struct gift_card *card, enum gift_card_use use,
                         int64_t amount, const char *pointer)
{
    struct ledger_posting posting;
    gift_card_post(card, use, amount, &posting);
    struct ledger_posting *before = posting_to(out, &card->id);
    if (before == NULL) {
        const struct sale_party party = {SALE_PARTY_GIFT_CARD, card, pointer};
        *sale_add_posting(out, party) = posting;
    } else {
        before->amounts[LEDGER_GIFT_CARD_BALANCE] += posting.amounts[LEDGER_GIFT_CARD_BALANCE];
    }
}

static int64_t at_most(int64_t amount, int64_t limit)
{
    return amount < limit ? amount : limit < 0 ? 0 : limit;
}

/* --- gift cards that pay --- */

static enum status redeem(struct call *call, const struct sale *sale, size_t tender, struct sale_act *out)
{
    const char *pointer = pointer_to(call, "tenders", tender, "gift_card");
    struct gift_card *card = arena_alloc(call->arena, sizeof *card);
    const enum status status = gift_card_find(call, sale->tenders.gift_cards[tender], GIFT_CARD_REDEEM,
                                              sale->cart.register_.currency, pointer, card);
    if (status != STATUS_OK) {
        return sale_tolerates(call, sale, out, SALE_FLAG(GIFT_CARD_REFUSED), status);
    }
    out->tenders[tender].gift_card_id = transaction_draft_id(call, &card->id);
    const struct ledger_posting *before = posting_to(out, &card->id);
    int64_t amount = out->tenders[tender].amount;
    if ((sale->flags & SALE_FLAG(INSUFFICIENT_BALANCE)) != 0) {
        const int64_t taken = before == NULL ? 0 : -before->amounts[LEDGER_GIFT_CARD_BALANCE];
        amount = at_most(amount, card->balance - taken);
    }
    if (amount > 0) {
        post_to_card(out, card, GIFT_CARD_REDEEM, amount, pointer);
    }
    return STATUS_OK;
}

static enum status redeem_all(struct call *call, const struct sale *sale, struct sale_act *out)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; goes_on(status) && i < sale->tenders.count; i++) {
        if (out->tenders[i].type == TENDER_GIFT_CARD) {
            status = redeem(call, sale, i, out);
        }
    }
    return status;
}

/* --- gift cards that are sold --- */

static enum status issue(struct call *call, const struct sale *sale, size_t line, const char *code,
                         struct sale_act *out, struct gift_card *card)
{
    const struct gift_card_issue new_card = {
        .id = id_new(),
        .code = code,
        .currency = sale->cart.register_.currency,
        .amount = sale->sold[line].total,
    };
    const char *pointer = pointer_to(call, "lines", line, "gift_card/code");
    struct ledger_write write;
    const enum status status = gift_card_write_new(call, &new_card, pointer, &write, card);
    for (size_t i = 0; status == STATUS_OK && i < out->act.write_count; i++) {
        const struct gift_card *other = out->written[i].gift_card;
        if (other != NULL && strcmp(other->code, card->code) == 0) {
            return detail_fault(&call->detail, pointer, "gift_card_twice", "Another line sells this card.");
        }
    }
    if (status == STATUS_OK) {
        const struct sale_party party = {SALE_PARTY_GIFT_CARD, card, pointer};
        *sale_add_write(out, party) = write;
    }
    return status;
}

static enum status load(struct call *call, const struct sale *sale, size_t line, const char *code_or_id,
                        const char *pointer, struct sale_act *out, struct gift_card *card)
{
    const enum status status = gift_card_find(call, code_or_id, GIFT_CARD_LOAD, sale->cart.register_.currency,
                                              pointer, card);
    if (status != STATUS_OK) {
        return status;
    }
    const struct ledger_posting *before = posting_to(out, &card->id);
    if (before != NULL && before->amounts[LEDGER_GIFT_CARD_BALANCE] < 0) {
        return detail_fault(&call->detail, pointer, "gift_card_twice", "The card cannot pay for itself.");
    }
    post_to_card(out, card, GIFT_CARD_LOAD, sale->sold[line].total, pointer);
    return STATUS_OK;
}

/* A code that a card has loads it; another one is a new card's. */
static enum status sell_by_code(struct call *call, const struct sale *sale, size_t line, const char *code,
                                struct sale_act *out, struct gift_card *card)
{
    const struct ledger *ledger = call->app->ledger;
    const char *key = gift_card_key(call->arena, code);
    struct ledger_document document;
    enum status status = STATUS_DOCUMENT_NOT_FOUND;
    if (key != NULL) {
        status = ledger->ops->document_find(ledger, LEDGER_GIFT_CARD, key, call->arena, &document);
    }
    if (status == STATUS_DOCUMENT_NOT_FOUND) {
        return issue(call, sale, line, code, out, card);
    }
    return status == STATUS_OK
               ? load(call, sale, line, code, pointer_to(call, "lines", line, "gift_card/code"), out, card)
               : status;
}

static enum status sell_card(struct call *call, const struct sale *sale, size_t line, struct sale_act *out)
{
    const struct sale_sold *sold = &sale->sold[line];
    enum status status = cart_check_gift_card(call, line, sold->quantity, sold->total);
    if (status != STATUS_OK) {
        return status;
    }
    const json_t *named = json_object_get(json_array_get(json_object_get(sale->request, "lines"), line),
                                          "gift_card");
    const char *code = json_string_value(json_object_get(named, "code"));
    const char *id = json_string_value(json_object_get(named, "id"));
    struct gift_card *card = arena_alloc(call->arena, sizeof *card);
    if (id != NULL) {
        status = load(call, sale, line, id, pointer_to(call, "lines", line, "gift_card/id"), out, card);
    } else if (code != NULL) {
        status = sell_by_code(call, sale, line, code, out, card);
    } else {
        status = issue(call, sale, line, NULL, out, card);
    }
    if (status == STATUS_OK) {
        out->gift_card_ids[line] = transaction_draft_id(call, &card->id);
    }
    return status;
}

static enum status sell_all(struct call *call, const struct sale *sale, struct sale_act *out)
{
    enum status status = STATUS_OK;
    size_t count = 0;
    for (size_t i = 0; goes_on(status) && i < sale->cart.count; i++) {
        const struct selling_product *product = sale->sold[i].product;
        if (product == NULL || product->kind != SELLING_GIFT_CARD) {
            continue;
        }
        if (++count > SALE_GIFT_CARDS_MAX) {
            status = detail_fault(&call->detail, pointer_to(call, "lines", i, "product_id"), "too_many",
                                  "A sale sells at most %d gift cards.", SALE_GIFT_CARDS_MAX);
            return sale_tolerates(call, sale, out, SALE_FLAG(GIFT_CARD_REFUSED), status);
        }
        status = sale_tolerates(call, sale, out, SALE_FLAG(GIFT_CARD_REFUSED), sell_card(call, sale, i, out));
    }
    return status;
}

/* --- the customer --- */

/* What was paid for goods: cards that were sold earn when they are spent (core/loyalty.h). */
static int64_t paid_for_goods(const struct sale *sale)
{
    int64_t amount = 0;
    for (size_t i = 0; i < sale->cart.count; i++) {
        const struct selling_product *product = sale->sold[i].product;
        const bool is_card = product != NULL && product->kind == SELLING_GIFT_CARD;
        amount += is_card ? 0 : sale->sold[i].total;
    }
    return amount;
}

/* The one for whom the cart was priced; where that was refused, the one that this one is by now. */
static enum status find_customer(struct call *call, const struct sale *sale, struct sale_act *out)
{
    if (sale->cart.has_customer && out->tries == 1) {
        out->customer = sale->cart.customer;
        return STATUS_OK;
    }
    return customer_find(call, &sale->customer_id, "/customer_id", out->draft.ledger.business_day,
                         &out->customer);
}

/* What a till without a server took of a customer may not be there. */
static void take_what_is_there(const struct customer *customer, struct customer_sale *bought)
{
    bought->burned = at_most(bought->burned, customer->balances[LEDGER_CUSTOMER_POINTS]);
    bought->store_credit = at_most(bought->store_credit, customer->balances[LEDGER_CUSTOMER_STORE_CREDIT]);
}

static enum status add_customer(struct call *call, const struct sale *sale, struct sale_act *out)
{
    const struct selling_register *register_ = &sale->cart.register_;
    const struct loyalty_rule rule = {.points_per_amount = register_->points_per_amount,
                                      .point_value = register_->point_value};
    enum status status = find_customer(call, sale, out);
    if (status != STATUS_OK) {
        return sale_tolerates(call, sale, out, SALE_FLAG(UNKNOWN_CUSTOMER), status);
    }
    struct customer_sale bought = {
        .spent = sale->settlement.total,
        .earned = loyalty_earned(&rule, paid_for_goods(sale)),
        .burned = sale->points,
        .store_credit = tenders_sum(&sale->tenders, TENDER_STORE_CREDIT),
        .account = tenders_sum(&sale->tenders, TENDER_CUSTOMER_ACCOUNT),
    };
    if (sale->points > 0) {
        status = sale_tolerates(call, sale, out, SALE_FLAG(INSUFFICIENT_BALANCE),
                                customer_check_points(call, &out->customer, sale->points, "/loyalty_points"));
    }
    const bool is_short = ((sale->flags | out->flags) & SALE_FLAG(INSUFFICIENT_BALANCE)) != 0;
    if (is_short) {
        take_what_is_there(&out->customer, &bought);
    }
    const struct sale_party party = {.kind = SALE_PARTY_CUSTOMER};
    struct ledger_posting *posting = sale_add_posting(out, party);
    customer_post_sale(&out->customer, &bought, posting);
    if (is_short) {
        posting->floors[LEDGER_CUSTOMER_ACCOUNT] = LEDGER_NO_FLOOR; /* it is owed, whatever the limit */
    }
    out->has_customer = true;
    out->loyalty = (struct journal_loyalty){.burned = bought.burned, .earned = bought.earned};
    return status;
}

enum status sale_add_parties(struct call *call, const struct sale *sale, struct sale_act *out)
{
    memcpy(out->tenders, sale->tenders.journal, sizeof out->tenders);
    enum status status = sale->has_customer ? add_customer(call, sale, out) : STATUS_OK;
    if (goes_on(status)) {
        status = redeem_all(call, sale, out);
    }
    if (goes_on(status)) {
        status = sell_all(call, sale, out);
    }
    return status == STATUS_OK && call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : status;
}
