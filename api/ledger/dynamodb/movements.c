/*
 * Movements of stock. A level is moved, and the movement appended to the recent ones, by one update of the
 * stock item; what it asks for is a condition.
 *
 * A sale needs no level: "no less than nothing" and "does not fall past the mark" are conditions. When the
 * second fails, the level that came back is the one that falls past it, and the event goes with the next try.
 * An act without a record tells what it led to, so its levels are known before, and are conditions too.
 */
#include "ledger/dynamodb/acting.h"

#include "ledger/stock_low.h"

#include <string.h>

#define CONDITION_SIZE 160

#define MOVE                                                                                                 \
    "SET lv = if_not_exists(lv, :zero) + :q, rc = list_append(if_not_exists(rc, :none), :row), up = :up,"    \
    " si = :si, pi = :pi, pg = if_not_exists(pg, :zero)"

/* --- what it does --- */

static bool falls_past(const struct ledger_movement *movement, int64_t before, int64_t after)
{
    return movement->low_at != LEDGER_NO_LEVEL && before > movement->low_at && after <= movement->low_at;
}

bool acting_movement_is_low(const struct acting *acting, size_t index)
{
    const struct acting_movement *known = &acting->movements[index];
    return known->is_exact && falls_past(&acting->act->movements[index], known->level, known->moved.level);
}

/* Levels stay far from the end of 64 bits (ledger/sqlite/movements.c). */
static void compute(const struct ledger_movement *movement, struct acting_movement *known)
{
    if (movement->counted) {
        known->moved.level = movement->quantity;
        known->moved.quantity = movement->quantity - known->level;
    } else {
        known->moved.quantity = movement->quantity;
        known->moved.level = known->level + movement->quantity;
    }
}

void acting_movement_learn(struct acting *acting, size_t index, const json_t *item)
{
    struct acting_movement *known = &acting->movements[index];
    known->is_exact = true;
    known->exists = item != NULL;
    known->level = dynamodb_n(item, "lv");
    compute(&acting->act->movements[index], known);
}

/* --- the update --- */

struct condition {
    char text[CONDITION_SIZE];
    bool need, mark, level;
};

static void and_if(struct condition *condition, const char *text)
{
    const size_t length = strlen(condition->text);
    snprintf(condition->text + length, sizeof condition->text - length, "%s(%s)", length > 0 ? " AND " : "",
             text);
}

static struct condition condition_of(const struct acting *acting, size_t index)
{
    const struct ledger_movement *movement = &acting->act->movements[index];
    const struct acting_movement *known = &acting->movements[index];
    struct condition condition = {0};
    if (known->is_exact) {
        condition.level = known->exists;
        and_if(&condition, known->exists ? "lv = :level" : "attribute_not_exists(pk)");
        return condition; /* judged on the level before it was sent */
    }
    if (movement->deny_oversell && movement->quantity < 0) {
        condition.need = true;
        and_if(&condition, "lv >= :need");
    }
    if (movement->low_at != LEDGER_NO_LEVEL && movement->quantity < 0) {
        condition.mark = true;
        and_if(&condition, falls_past(movement, 0, movement->quantity)
                               ? "lv > :above OR lv <= :mark"
                               : "lv > :above OR lv <= :mark OR attribute_not_exists(pk)");
    }
    return condition;
}

static void put_row(const struct acting *acting, size_t index, struct json_writer *json)
{
    const struct ledger_movement *movement = &acting->act->movements[index];
    struct packed_movement row = {
        .maker = acting_maker(acting),
        .is_part = acting->large,
        .act = acting->id,
        .at_ms = acting->act->at_ms,
        .quantity = acting->movements[index].is_exact ? acting->movements[index].moved.quantity
                                                      : movement->quantity,
        .total_minor = movement->total_minor,
    };
    char bytes[PACKED_ROW_MAX];
    struct text text = text_over(bytes, sizeof bytes);
    snprintf(row.reason, sizeof row.reason, "%s", movement->reason);
    packed_add_movement(&text, &row);
    dynamodb_put_b(json, NULL, text.data, text.length);
}

static void write_movement(struct acting *acting, struct transact *transact, size_t index)
{
    const struct ledger_movement *movement = &acting->act->movements[index];
    const struct acting_movement *known = &acting->movements[index];
    const struct layout_key key = layout_stock(movement->store.key, movement->product.key);
    const struct condition condition = condition_of(acting, index);
    struct json_writer *json = transact_update(transact, EFFECT_MOVEMENT, index, &key, MOVE, condition.text);
    dynamodb_put_n(json, ":zero", 0);
    dynamodb_put_n(json, ":q", known->is_exact ? known->moved.quantity : movement->quantity);
    dynamodb_put_n(json, ":up", acting->act->at_ms);
    dynamodb_put_b(json, ":si", movement->store.id.bytes, sizeof movement->store.id.bytes);
    dynamodb_put_b(json, ":pi", movement->product.id.bytes, sizeof movement->product.id.bytes);
    dynamodb_begin_list(json, ":none");
    dynamodb_end_list(json);
    dynamodb_begin_list(json, ":row");
    put_row(acting, index, json);
    dynamodb_end_list(json);
    if (condition.level) {
        dynamodb_put_n(json, ":level", known->level);
    }
    if (condition.need) {
        dynamodb_put_n(json, ":need", -movement->quantity);
    }
    if (condition.mark) {
        dynamodb_put_n(json, ":above", movement->low_at - movement->quantity);
        dynamodb_put_n(json, ":mark", movement->low_at);
    }
    transact_end(transact);
}

static void write_low(struct acting *acting, struct transact *transact, size_t index)
{
    char data[STOCK_LOW_SIZE];
    struct text text = text_over(data, sizeof data);
    stock_low_write(&text, &acting->act->movements[index], acting->movements[index].moved.level);
    const struct ledger_event event = {
        .id = id_new(), .type = STOCK_LOW_TYPE, .data = text.data, .data_length = text.length};
    acting_event_put(acting, transact, &event, LEDGER_EVENTS_MAX + index);
}

void acting_movements_write(struct acting *acting, struct transact *transact, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++) {
        write_movement(acting, transact, i);
        if (acting_movement_is_low(acting, i)) {
            write_low(acting, transact, i);
        }
    }
}

/* --- what came of it --- */

/* Judges a movement on a level: before it is sent, or the one that refused it. */
static bool denies(const struct ledger_movement *movement, const struct acting_movement *known)
{
    return movement->deny_oversell && known->moved.quantity < 0 && known->moved.level < 0;
}

enum verdict acting_movement_judge(struct acting *acting, size_t index, const json_t *item)
{
    acting_movement_learn(acting, index, item);
    if (!denies(&acting->act->movements[index], &acting->movements[index])) {
        return VERDICT_AGAIN;
    }
    acting->outcome->failed = index;
    acting->outcome->left = acting->movements[index].level;
    acting->refused = STATUS_INSUFFICIENT_STOCK;
    return VERDICT_REFUSED;
}

enum status acting_movements_check(struct acting *acting)
{
    for (size_t i = 0; i < acting->act->movement_count; i++) {
        const struct acting_movement *known = &acting->movements[i];
        if (known->is_exact && denies(&acting->act->movements[i], known)) {
            acting->outcome->failed = i;
            acting->outcome->left = known->level;
            return STATUS_INSUFFICIENT_STOCK;
        }
    }
    return STATUS_OK;
}

void acting_movements_tell(struct acting *acting)
{
    struct ledger_outcome *outcome = acting->outcome;
    outcome->moved = NULL;
    outcome->moved_count = 0;
    if (acting->act->record_count > 0) {
        return;
    }
    outcome->moved_count = acting->act->movement_count;
    outcome->moved = arena_zeroed(acting->arena, outcome->moved_count, sizeof *outcome->moved);
    for (size_t i = 0; i < outcome->moved_count; i++) {
        outcome->moved[i] = acting->movements[i].moved;
    }
}

/* --- the act's side --- */

static void sum_up(const struct acting *acting, struct text *text)
{
    for (size_t i = 0; i < acting->act->movement_count; i++) {
        const struct ledger_movement *movement = &acting->act->movements[i];
        const struct acting_movement *known = &acting->movements[i];
        struct packed_moved moved = {
            .store_key = movement->store.key,
            .product_key = movement->product.key,
            .quantity = known->is_exact ? known->moved.quantity : movement->quantity,
            .total_minor = movement->total_minor,
            .has_level = acting->exact,
            .level = known->moved.level,
        };
        snprintf(moved.reason, sizeof moved.reason, "%s", movement->reason);
        packed_add_moved(text, &moved);
    }
}

void acting_movements_sum_up(struct acting *acting, struct json_writer *json)
{
    const struct ledger_act *act = acting->act;
    if (act->movement_count == 0) {
        return;
    }
    struct text text = arena_text(acting->arena, act->movement_count * 16);
    sum_up(acting, &text);
    dynamodb_put_b(json, "mv", text.data, text.length);
}
