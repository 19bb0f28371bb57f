#include "app/sales/tenders.h"

#include "app/json_member.h"
#include <string.h>

/* Members that only some types take. */
static const struct {
    const char *name;
    unsigned types; /* a bit a type */
    bool required;
} members[] = {
    {"name", 1u << TENDER_OTHER, true},
    {"gift_card", 1u << TENDER_GIFT_CARD, true},
    {"brand", 1u << TENDER_CARD, false},
    {"last_four", 1u << TENDER_CARD, false},
    {"reference", 1u << TENDER_CARD | 1u << TENDER_OTHER, false},
};

static void check_members(struct call *call, const json_t *tender, enum tender_type type, const char *pointer,
                          size_t index)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const bool given = json_object_get(tender, members[i].name) != NULL;
        const bool taken = (members[i].types >> type & 1) != 0;
        if (given != taken && (given || members[i].required)) {
            const char *at = arena_printf(call->arena, "%s/%zu/%s", pointer, index, members[i].name);
            (void)(given ? detail_fault(&call->detail, at, "not_of_this_type",
                                        "A tender of type %s has none.", tender_type_name(type))
                         : detail_fault(&call->detail, at, "required", "A tender of type %s needs it.",
                                        tender_type_name(type)));
        }
    }
}

enum status tenders_read(struct call *call, const json_t *array, const char *pointer, struct tenders *tenders)
{
    *tenders = (struct tenders){0};
    size_t index;
    json_t *tender;
    json_array_foreach(array, index, tender)
    {
        const enum tender_type type = tender_type_named(member_string(tender, "type"));
        if (index == TENDER_COUNT_MAX || type == TENDER_TYPE_COUNT) {
            __builtin_trap(); /* the contract admits neither */
        }
        check_members(call, tender, type, pointer, index);
        tenders->journal[index] = (struct journal_tender){
            .type = type,
            .amount = json_integer_value(json_object_get(tender, "amount")),
            .tip = json_integer_value(json_object_get(tender, "tip")),
            .name = member_string(tender, "name"),
            .reference = member_string(tender, "reference"),
            .brand = member_string(tender, "brand"),
            .last_four = member_string(tender, "last_four"),
        };
        tenders->settled[index] = (struct tender){
            .type = type,
            .amount = tenders->journal[index].amount,
            .tip = tenders->journal[index].tip,
        };
        tenders->gift_cards[index] = member_string(tender, "gift_card");
        tenders->count = index + 1;
    }
    return call->detail.faults == 0 ? STATUS_OK : STATUS_VALIDATION_FAILED;
}

static const char *fault_words(const char *code)
{
    return strcmp(code, "tip_not_possible") == 0 ? "Only cash, cards and other tenders take a tip."
                                                 : "The amounts are beyond what is possible.";
}

/* The value that an exchange passes on stands behind the request's tenders, and is never too much by itself.
 */
static size_t too_much(const struct tenders *tenders, size_t tender)
{
    const struct tender *settled = tenders->settled;
    if (settled[tender].type != TENDER_EXCHANGE) {
        return tender;
    }
    while (tender > 0 && (settled[tender].type == TENDER_EXCHANGE || settled[tender].type == TENDER_CASH)) {
        tender--;
    }
    return tender;
}

enum status tenders_settle(struct call *call, const struct tenders *tenders, const char *pointer, int64_t due,
                           int64_t increment, struct tender_settlement *settlement)
{
    struct tender_fault fault;
    const enum status status = tender_settle(tenders->settled, tenders->count, due, increment, settlement,
                                             &fault);
    if (status == STATUS_TENDER_INSUFFICIENT) {
        (void)detail_fault(&call->detail, pointer, "tender_insufficient", "This is %lld short.",
                           (long long)fault.amount);
        return detail_set(&call->detail, status, "The total is %lld, the tenders come to %lld.",
                          (long long)(settlement->total), (long long)settlement->tendered);
    }
    if (status == STATUS_TENDER_EXCESS) {
        const size_t at = too_much(tenders, fault.tender);
        (void)detail_fault(&call->detail, arena_printf(call->arena, "%s/%zu/amount", pointer, at),
                           "tender_excess", "This is %lld more than is due.", (long long)fault.amount);
        return detail_set(&call->detail, status,
                          "Only cash gives change: tender %zu is %lld more than is due.", at + 1,
                          (long long)fault.amount);
    }
    if (status != STATUS_OK) {
        return detail_fault(&call->detail,
                            arena_printf(call->arena, "%s/%zu/%s", pointer, fault.tender, fault.member),
                            fault.code, "%s", fault_words(fault.code));
    }
    return STATUS_OK;
}

int64_t tenders_sum(const struct tenders *tenders, enum tender_type type)
{
    int64_t sum = 0;
    for (size_t i = 0; i < tenders->count; i++) {
        sum += tenders->settled[i].type == type ? tenders->settled[i].amount : 0;
    }
    return sum;
}
