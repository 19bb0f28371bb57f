#include "app/shifts/shift_report.h"

#include "app/json_member.h"
#include "app/time/local_time.h"
#include "base/clock.h"
#include "ledger/ledger.h"

#include <string.h>

static const char *const movement_names[SHIFT_MOVEMENT_COUNT] = {
    [SHIFT_PAY_IN] = "pay_in",
    [SHIFT_PAY_OUT] = "pay_out",
    [SHIFT_DROP] = "drop",
    [SHIFT_NO_SALE] = "no_sale",
};

const char *shift_movement_name(enum shift_movement movement)
{
    return movement_names[movement];
}

enum shift_movement shift_movement_named(const char *name)
{
    unsigned movement = 0;
    while (movement < SHIFT_MOVEMENT_COUNT && strcmp(movement_names[movement], name) != 0) {
        movement++;
    }
    return (enum shift_movement)movement;
}

/* --- one record --- */

/* A member's text; "" for one that is missing. */
static const char *text_of(const json_t *object, const char *name)
{
    const char *string = member_string(object, name);
    return string == NULL ? "" : string;
}

static enum shift_type type_of(const char *type)
{
    if (strcmp(type, "refund") == 0) {
        return SHIFT_REFUND;
    }
    return strcmp(type, "void") == 0 ? SHIFT_VOID : SHIFT_SALE;
}

static bool is_late(const json_t *record)
{
    size_t index;
    json_t *flag;
    json_array_foreach(json_object_get(record, "flags"), index, flag)
    {
        if (strcmp(json_string_value(flag), SHIFT_LATE_FLAG) == 0) {
            return true;
        }
    }
    return false;
}

/* The group with this key, made when there is none. `key` is copied. */
static struct shift_group *group_of(struct arena *arena, struct shift_group **list, const char *key)
{
    while (*list != NULL && strcmp((*list)->key, key) < 0) {
        list = &(*list)->next;
    }
    if (*list == NULL || strcmp((*list)->key, key) != 0) {
        struct shift_group *group = arena_zeroed(arena, 1, sizeof *group);
        group->key = arena_copy(arena, key);
        group->next = *list;
        *list = group;
    }
    return *list;
}

/* A group's text, copied once. */
static void name_group(struct arena *arena, const char **member, const char *text)
{
    if (*member == NULL && text[0] != '\0') {
        *member = arena_copy(arena, text);
    }
}

#define KEY_SIZE   1024
#define GROUPS_MAX 100

static const char *key_of(char key[static KEY_SIZE], const char *const parts[static 3])
{
    struct text text = text_over(key, KEY_SIZE);
    for (int i = 0; i < 3; i++) {
        text_add_string(&text, parts[i]);
        text_add_char(&text, '\x1f'); /* the unit separator: no text of ours has it */
    }
    return text_string(&text);
}

static void add_taxes(struct shift_report *report, const json_t *line, int64_t sign)
{
    char key[KEY_SIZE];
    size_t index;
    json_t *tax;
    json_array_foreach(json_object_get(line, "taxes"), index, tax)
    {
        const char *const parts[] = {text_of(tax, "name"), text_of(tax, "rate"), text_of(tax, "tax_id")};
        struct shift_group *group = group_of(report->arena, &report->taxes, key_of(key, parts));
        name_group(report->arena, &group->name, parts[0]);
        name_group(report->arena, &group->rate, parts[1]);
        name_group(report->arena, &group->id, parts[2]);
        group->inclusive = json_is_true(json_object_get(tax, "inclusive"));
        group->base += sign * member_int(tax, "base");
        group->amount += sign * member_int(tax, "amount");
    }
}

/* Names of discounts and of other tenders are free text: those beyond GROUPS_MAX count without their name, so
 * that a report has an end. */
static struct shift_group *named_group(struct arena *arena, struct shift_group **list, const char *kind,
                                       const char *name)
{
    char key[KEY_SIZE];
    size_t count = 0;
    const struct shift_group *group = *list;
    const char *const named[] = {kind, name, ""}, *const unnamed[] = {kind, "", ""};
    for (key_of(key, named); group != NULL && strcmp(group->key, key) != 0; group = group->next) {
        count++;
    }
    const bool is_full = group == NULL && count >= GROUPS_MAX;
    struct shift_group *found = group_of(arena, list, is_full ? key_of(key, unnamed) : key);
    name_group(arena, &found->kind, kind);
    name_group(arena, &found->name, is_full ? "" : name);
    return found;
}

static void add_discount(struct shift_report *report, const char *source, const char *name, int64_t amount)
{
    struct shift_group *group = named_group(report->arena, &report->discounts, source, name);
    group->count++;
    group->amount += amount;
}

static void add_discounts(struct shift_report *report, const json_t *line, int64_t sign)
{
    const json_t *discounts = json_object_get(line, "discounts");
    size_t index;
    json_t *discount;
    json_array_foreach(discounts, index, discount)
    {
        const char *name = text_of(discount, "name");
        add_discount(report, text_of(discount, "source"),
                     name[0] != '\0' ? name : text_of(discount, "reason"),
                     sign * member_int(discount, "amount"));
    }
    if (discounts == NULL && member_int(line, "discount") != 0) {
        add_discount(report, "line", "", sign * member_int(line, "discount"));
    }
}

static void add_tenders(struct shift_report *report, const json_t *record, struct shift_effect *effect)
{
    const bool is_sale = effect->type == SHIFT_SALE;
    size_t index;
    json_t *tender;
    json_array_foreach(json_object_get(record, "tenders"), index, tender)
    {
        const char *type = text_of(tender, "type");
        const int64_t amount = member_int(tender, "amount"), tip = member_int(tender, "tip");
        struct shift_group *group = named_group(report->arena, &report->tenders, type,
                                                text_of(tender, "name"));
        shift_effect_tender(effect, type, amount, tip);
        group->count++;
        *(is_sale ? &group->received : &group->returned) += amount;
        group->tips += is_sale ? tip : -tip;
    }
    if (effect->change != 0) {
        named_group(report->arena, &report->tenders, "cash", "")->received -=
            effect->change; /* only a sale gives change */
    }
}

static void add_cashier(struct shift_report *report, const json_t *record, int64_t net)
{
    char key[KEY_SIZE];
    const json_t *cashier = json_object_get(record, "cashier");
    const char *const parts[] = {text_of(cashier, "name"), text_of(cashier, "kind"), text_of(cashier, "id")};
    struct shift_group *group = group_of(report->arena, &report->cashiers, key_of(key, parts));
    name_group(report->arena, &group->name, parts[0]);
    name_group(report->arena, &group->kind, parts[1]);
    name_group(report->arena, &group->id, parts[2]);
    group->count++;
    group->amount += net;
}

static void add_place(struct shift_report *report, const struct ledger_transaction *transaction)
{
    if (report->first_sequence == 0 || transaction->sequence < report->first_sequence) {
        report->first_sequence = transaction->sequence;
        report->first_receipt = arena_copy(report->arena, transaction->receipt_number);
    }
    if (transaction->sequence > report->last_sequence) {
        report->last_sequence = transaction->sequence;
        report->last_receipt = arena_copy(report->arena, transaction->receipt_number);
    }
}

/* By the hour in which it happened, also at a till that told it later. */
static void add_hour(struct shift_report *report, const struct ledger_transaction *transaction,
                     const json_t *record, int64_t net)
{
    struct local_time local;
    int64_t at_ms;
    if (!clock_parse(text_of(json_object_get(record, "offline"), "captured_at"), &at_ms)) {
        at_ms = transaction->created_at_ms;
    }
    (void)local_time_of(report->time_zone, at_ms, &local); /* UTC when the zone has gone */
    report->hours[local.hour].count++;
    report->hours[local.hour].total += net;
}

static void add_record(struct shift_report *report, const struct ledger_transaction *transaction,
                       const json_t *record)
{
    struct shift_effect effect = {
        .type = type_of(text_of(record, "type")),
        .total = member_int(record, "total"),
        .change = member_int(record, "change"),
    };
    const int64_t sign = effect.type == SHIFT_SALE ? 1 : -1;
    const json_t *lines = json_object_get(record, "lines");
    size_t index;
    json_t *line;
    json_array_foreach(lines, index, line)
    {
        add_taxes(report, line, sign);
        add_discounts(report, line, sign);
    }
    add_tenders(report, record, &effect);
    add_cashier(report, record, sign * effect.total);
    add_place(report, transaction);
    add_hour(report, transaction, record, sign * effect.total);
    report->transactions++;
    report->types[effect.type].count++;
    report->types[effect.type].total += effect.total;
    report->discount_total += sign * member_int(record, "discount_total");
    report->tax_total += sign * member_int(record, "tax_total");
    report->rounding += sign * member_int(record, "rounding");
    report->tip_total += sign * effect.tips;
    report->cash_tips += sign * effect.cash_tips;
    if (effect.type == SHIFT_SALE) {
        report->cash_received += effect.cash - effect.change;
    } else {
        report->cash_returned += effect.cash - effect.change;
    }
}

/* --- all of them --- */

static enum status add_page(struct call *call, const struct ledger_page *page, struct shift_report *report)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct ledger_transaction *transaction = &page->transactions[i];
        json_t *record = json_loadb(transaction->record, transaction->record_length, 0, NULL);
        if (record == NULL) {
            return detail_set(&call->detail, STATUS_INTERNAL_ERROR, "The record %s is not readable.",
                              transaction->receipt_number);
        }
        if (!is_late(record)) {
            add_record(report, transaction, record);
        }
        json_decref(record);
    }
    return STATUS_OK;
}

/* A long shift has more records than should be in memory at once: page by page. */
static enum status read_records(struct call *call, const struct ledger_document *shift,
                                struct shift_report *report)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_filter filter = {.has_shift = true, .shift_id = shift->id};
    struct ledger_page page = {.has_more = true};
    struct arena memory;
    enum status status = STATUS_OK;
    arena_init(&memory);
    while (status == STATUS_OK && page.has_more) {
        const struct cursor after = page.next;
        arena_reset(&memory);
        status = ledger->ops->transaction_list(ledger, &filter, &after, LEDGER_PAGE_MAX, &memory, &page);
        if (status == STATUS_OK) {
            status = add_page(call, &page, report);
        }
    }
    arena_free(&memory);
    return status;
}

static enum status read_movements(struct call *call, const struct ledger_document *shift,
                                  struct shift_report *report)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_entry_page page = {.has_more = true};
    while (page.has_more) {
        const struct cursor after = page.next;
        const enum status status = ledger->ops->entry_list(ledger, LEDGER_SHIFT, &shift->id, &after,
                                                           LEDGER_PAGE_MAX, call->arena, &page);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t i = 0; i < page.count; i++) {
            const enum shift_movement movement = shift_movement_named(page.entries[i].reason);
            if (movement < SHIFT_MOVEMENT_COUNT) {
                const int64_t cash = page.entries[i].amounts[LEDGER_SHIFT_CASH];
                report->movements[movement].count++;
                report->movements[movement].total += cash < 0 ? -cash : cash;
            }
        }
    }
    return STATUS_OK;
}

enum status shift_report_read(struct call *call, const struct ledger_document *shift, const char *time_zone,
                              struct shift_report *report)
{
    *report = (struct shift_report){.arena = call->arena, .time_zone = time_zone};
    json_t *body = json_loadb(shift->body, shift->body_length, 0, NULL);
    report->opening_float = member_int(json_object_get(body, "opening_float"), "total");
    report->tips_paid_out = member_int(body, "tips_paid_out");
    json_decref(body);
    const enum status status = read_records(call, shift, report);
    return status == STATUS_OK ? read_movements(call, shift, report) : status;
}

int64_t shift_report_expected_cash(const struct shift_report *report)
{
    const struct shift_amount *movements = report->movements;
    return report->opening_float + report->cash_received - report->cash_returned + report->cash_tips +
           movements[SHIFT_PAY_IN].total - movements[SHIFT_PAY_OUT].total - movements[SHIFT_DROP].total -
           report->tips_paid_out;
}
