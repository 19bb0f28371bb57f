#include "app/refunds/payout.h"

#include "app/json_member.h"
#include "app/sales/tenders.h"

#include <string.h>

/* What the steps of one payout share. */
struct choice {
    struct call *call;
    const struct original *original;
    const struct customer *customer;
    int64_t increment, due;
    const char *pointer;
    struct refund_payout chosen;
    const char *references[TENDER_COUNT_MAX]; /* of the refund at the terminal; NULL: the sale's */
};

static const json_t *tender_of(const struct original *original, size_t other)
{
    return json_array_get(original->tenders, original->other[other]);
}

static enum tender_type type_of(const struct original *original, size_t other)
{
    return tender_type_named(member_string(tender_of(original, other), "type"));
}

static const char *pointer_to(const struct choice *choice, size_t index, const char *member)
{
    return arena_printf(choice->call->arena, "%s/%zu/%s", choice->pointer, index, member);
}

/* --- as the client says --- */

/* Whether a member that the client gives is the original's. */
static bool agrees(const json_t *tender, const char *name, const char *given)
{
    const char *original = member_string(tender, name);
    return given == NULL || (original != NULL && strcmp(given, original) == 0);
}

static bool fits(const struct choice *choice, size_t other, const struct journal_tender *asked,
                 const char *gift_card_id)
{
    const json_t *tender = tender_of(choice->original, other);
    return type_of(choice->original, other) == asked->type && agrees(tender, "name", asked->name) &&
           agrees(tender, "brand", asked->brand) && agrees(tender, "last_four", asked->last_four) &&
           agrees(tender, "gift_card_id", gift_card_id);
}

/* Puts as much of `amount` as it takes on the tenders of the sale that fit, the last first; what is left
 * over. `any` tells whether there was one. */
static int64_t put(struct choice *choice, const struct journal_tender *asked, const char *gift_card_id,
                   int64_t amount, bool *any)
{
    const struct original *original = choice->original;
    *any = false;
    for (size_t i = original->paid.count; i-- > 0;) {
        if (!fits(choice, i, asked, gift_card_id)) {
            continue;
        }
        const int64_t room = original->paid.others[i] - original->back.others[i] - choice->chosen.others[i];
        const int64_t part = amount < room ? amount : room;
        choice->chosen.others[i] += part;
        choice->references[i] = asked->reference == NULL ? choice->references[i] : asked->reference;
        amount -= part;
        *any = true;
    }
    return amount;
}

static void refuse_beyond(const struct choice *choice, size_t index, int64_t amount, int64_t over)
{
    (void)detail_fault(&choice->call->detail, pointer_to(choice, index, "amount"), "tender_exceeds_original",
                       "At most %lld can be paid back this way, not %lld.", (long long)(amount - over),
                       (long long)amount);
}

static void choose_cash(struct choice *choice, size_t index, int64_t amount)
{
    const struct original *original = choice->original;
    const int64_t left = original->paid.cash +
                         tender_round_cash(original->paid.exchanged, choice->increment) -
                         original->back.cash - choice->chosen.cash;
    if (original->paid.cash + original->paid.exchanged == 0) {
        (void)detail_fault(&choice->call->detail, pointer_to(choice, index, "type"), "tender_not_of_sale",
                           "The sale was not paid in cash.");
    } else if (amount > left) {
        refuse_beyond(choice, index, amount, amount - left);
    } else if (amount != left && tender_round_cash(amount, choice->increment) != amount) {
        (void)detail_fault(&choice->call->detail, pointer_to(choice, index, "amount"), "cash_not_payable",
                           "The smallest coin is %lld.", (long long)choice->increment);
    }
    choice->chosen.cash += amount;
}

/* Store credit is possible for every sale with a customer. */
static bool has_credit(const struct choice *choice, const char *pointer)
{
    if (choice->customer != NULL && !choice->customer->is_erased) {
        return true;
    }
    (void)detail_fault(&choice->call->detail, pointer, "customer_required",
                       choice->customer == NULL ? "The sale has no customer who could have store credit."
                                                : "The customer of the sale was erased.");
    return false;
}

static enum status choose_one(struct choice *choice, const struct tenders *tenders, size_t index)
{
    const struct journal_tender *asked = &tenders->journal[index];
    struct gift_card card = {0};
    const char *gift_card_id = NULL;
    if (asked->tip > 0) {
        (void)detail_fault(&choice->call->detail, pointer_to(choice, index, "tip"), "tip_not_possible",
                           "A refund has no tip.");
    }
    if (asked->type == TENDER_CASH) {
        choose_cash(choice, index, asked->amount);
        return STATUS_OK;
    }
    if (tenders->gift_cards[index] != NULL) {
        const enum status status = gift_card_find(choice->call, tenders->gift_cards[index], GIFT_CARD_REFUND,
                                                  choice->original->currency,
                                                  pointer_to(choice, index, "gift_card"), &card);
        if (status != STATUS_OK) {
            return status;
        }
        gift_card_id = id_format(&card.id, arena_alloc(choice->call->arena, ID_TEXT_SIZE));
    }
    bool any;
    const int64_t over = put(choice, asked, gift_card_id, asked->amount, &any);
    if (asked->type == TENDER_STORE_CREDIT) {
        if (has_credit(choice, pointer_to(choice, index, "type"))) {
            choice->chosen.elsewhere += over;
        }
    } else if (!any) {
        (void)detail_fault(&choice->call->detail, pointer_to(choice, index, "type"), "tender_not_of_sale",
                           "The sale was not paid with it.");
    } else if (over > 0) {
        refuse_beyond(choice, index, asked->amount, over);
    }
    return STATUS_OK;
}

/* The amounts are what is due: no more, no less. */
static enum status check_sum(const struct choice *choice, const struct tenders *tenders)
{
    struct detail *detail = &choice->call->detail;
    int64_t sum = 0;
    for (size_t i = 0; i < tenders->count; i++) {
        sum += tenders->journal[i].amount;
    }
    if (detail->faults > 0) {
        return STATUS_VALIDATION_FAILED;
    }
    if (sum == choice->due) {
        return STATUS_OK;
    }
    const enum status status = sum < choice->due ? STATUS_TENDER_INSUFFICIENT : STATUS_TENDER_EXCESS;
    (void)detail_fault(detail, choice->pointer, status_code(status), "%lld are paid back, not %lld.",
                       (long long)choice->due, (long long)sum);
    return detail_set(detail, status, "The refund is %lld, the tenders are %lld.", (long long)choice->due,
                      (long long)sum);
}

static enum status choose_each(struct choice *choice, const json_t *array)
{
    struct tenders tenders;
    enum status status = tenders_read(choice->call, array, choice->pointer, &tenders);
    for (size_t i = 0; i < tenders.count && status == STATUS_OK; i++) {
        status = choose_one(choice, &tenders, i);
    }
    return status == STATUS_OK ? check_sum(choice, &tenders) : status;
}

/* --- the record's tenders --- */

static struct journal_tender original_tender(const struct choice *choice, size_t other)
{
    const json_t *tender = tender_of(choice->original, other);
    const char *reference = choice->references[other];
    return (struct journal_tender){
        .type = type_of(choice->original, other),
        .amount = choice->chosen.others[other],
        .name = member_string(tender, "name"),
        .reference = reference == NULL ? member_string(tender, "reference") : reference,
        .brand = member_string(tender, "brand"),
        .last_four = member_string(tender, "last_four"),
        .gift_card_id = member_string(tender, "gift_card_id"),
        .original_tender = (int64_t)choice->original->other[other] + 1,
    };
}

static void list(const struct choice *choice, struct payout *payout)
{
    payout->count = 0;
    for (size_t i = choice->original->paid.count; i-- > 0;) {
        if (choice->chosen.others[i] > 0) {
            payout->tenders[payout->count++] = original_tender(choice, i);
        }
    }
    if (choice->chosen.cash > 0) {
        payout->tenders[payout->count++] = (struct journal_tender){.type = TENDER_CASH,
                                                                   .amount = choice->chosen.cash};
    }
    if (choice->chosen.elsewhere > 0) {
        payout->tenders[payout->count++] = (struct journal_tender){.type = TENDER_STORE_CREDIT,
                                                                   .amount = choice->chosen.elsewhere};
    }
}

/* What goes to the customer's balances needs one who has some. A sale that a till made for a customer whom
 * nobody knows has taken nothing off them. */
static enum status check_customer(const struct choice *choice)
{
    bool needed = choice->chosen.elsewhere > 0;
    for (size_t i = 0; i < choice->original->paid.count && choice->customer != NULL; i++) {
        const enum tender_type type = type_of(choice->original, i);
        needed = needed || (choice->chosen.others[i] > 0 &&
                            (type == TENDER_STORE_CREDIT || type == TENDER_CUSTOMER_ACCOUNT));
    }
    return !needed || has_credit(choice, choice->pointer) ? STATUS_OK : STATUS_VALIDATION_FAILED;
}

enum status payout_choose(struct call *call, const struct original *original, const struct customer *customer,
                          int64_t increment, int64_t due, const json_t *tenders, const char *pointer,
                          struct payout *payout)
{
    struct choice choice = {
        .call = call,
        .original = original,
        .customer = customer,
        .increment = increment,
        .due = due,
        .pointer = pointer,
    };
    enum status status = STATUS_OK;
    if (json_is_array(tenders)) {
        status = choose_each(&choice, tenders);
    } else if (json_is_string(tenders) && strcmp(json_string_value(tenders), "store_credit") == 0) {
        choice.chosen.elsewhere = due;
    } else {
        const struct refund_payout left = refund_left(&original->paid, &original->back);
        choice.chosen = refund_spread(&original->paid, &left, due);
    }
    list(&choice, payout);
    return status == STATUS_OK ? check_customer(&choice) : status;
}
