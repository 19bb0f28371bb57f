#include "ledger/dynamodb/intents.h"

#include "base/clock.h"
#include "base/fault_point.h"
#include "ledger/dynamodb/heads.h"
#include "ledger/dynamodb/record_items.h"
#include "ledger/dynamodb/work.h"

#include <string.h>

#define CHUNK_ACTIONS   95 /* of movements and their events; the intent, and some air */
#define TAKE_BACK_TRIES 50 /* of one row, while others sell the product */
#define WRITE_ACTIONS   (2 + 2 * LEDGER_KEYS_MAX + 3)
#define RECORD_ACTIONS  4

/* --- how large? --- */

static size_t actions_of(const struct ledger_movement *movement)
{
    return movement->low_at == LEDGER_NO_LEVEL ? 1 : 2;
}

bool intent_is_needed(const struct ledger_act *act)
{
    size_t actions = 2 + act->record_count * RECORD_ACTIONS + act->posting_count +
                     act->write_count * WRITE_ACTIONS + act->event_count;
    for (size_t i = 0; i < act->record_count; i++) {
        actions += record_items_rest_max(act->records[i].draft->complete_size);
    }
    for (size_t i = 0; i < act->movement_count; i++) {
        actions += actions_of(&act->movements[i]);
    }
    return act->movement_count > 1 && actions > LAYOUT_ACTIONS_MAX;
}

static size_t chunk_end(const struct ledger_act *act, size_t from)
{
    size_t actions = 0, end = from;
    while (end < act->movement_count && actions + actions_of(&act->movements[end]) <= CHUNK_ACTIONS) {
        actions += actions_of(&act->movements[end++]);
    }
    return end;
}

static struct layout_key intent_key(const struct acting *acting)
{
    return layout_work(acting->act->record_count > 0 ? INTENT_OF_RECORD : INTENT_OF_ACT, &acting->id);
}

/* --- noted --- */

static void put_intent(const struct acting *acting, struct json_writer *json)
{
    const struct ledger_act *act = acting->act;
    struct text text = arena_text(acting->arena, act->movement_count * 16);
    for (size_t i = 0; i < act->movement_count; i++) {
        const struct packed_moved moved = {.store_key = act->movements[i].store.key,
                                           .product_key = act->movements[i].product.key};
        packed_add_moved(&text, &moved);
    }
    ledger_dynamodb_put_id(json, "di", &acting->id);
    dynamodb_put_n(json, "mk", acting_maker(acting));
    ledger_dynamodb_put_id(json, "ow", &acting->intent);
    dynamodb_put_n(json, "un", ledger_dynamodb_now_ms(acting->ledger) + INTENT_LEASE_MS);
    dynamodb_put_n(json, "dn", 0);
    dynamodb_put_b(json, "mv", text.data, text.length);
}

/* STATUS_REQUEST_IN_FLIGHT: there is one, which `answer` has. */
static enum status note(struct acting *acting, struct dynamodb_answer *answer)
{
    const struct layout_key key = intent_key(acting);
    struct dynamodb_request request;
    struct json_writer *json = dynamodb_begin(&request, acting->arena, DYNAMODB_PUT_ITEM);
    acting->intent = id_new();
    emit_member_string(json, "TableName", acting->ledger->tables[key.table]);
    emit_member_string(json, "ConditionExpression", "attribute_not_exists(pk)");
    dynamodb_begin_map(json, "Item");
    ledger_dynamodb_put_key(json, &key);
    put_intent(acting, json);
    dynamodb_end_map(json);
    const enum dynamodb_outcome outcome = dynamodb_send(acting->ledger->client, &request, answer);
    return outcome == DYNAMODB_CONDITION_FAILED ? STATUS_REQUEST_IN_FLIGHT : dynamodb_status(outcome);
}

/* Whose rows are taken back, and the intent that they are of: marked, and still there. When it is gone, another
 * sweeper was faster, and rows of the act are of a later try, or of one that went. */
struct part {
    struct id act;
    enum packed_maker maker;
    const struct layout_key *intent;
    struct id owner;
};

/* A later try has a note under the same key. */
static enum status delete_intent(const struct ledger_dynamodb *ledger, const struct part *part,
                                 struct arena *arena)
{
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_DELETE_ITEM);
    ledger_dynamodb_name_item(ledger, json, part->intent);
    emit_member_string(json, "ConditionExpression", "ow = :ow");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    ledger_dynamodb_put_id(json, ":ow", &part->owner);
    dynamodb_end_map(json);
    request.idempotent = true;
    const enum dynamodb_outcome outcome = dynamodb_send(ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
    return outcome == DYNAMODB_CONDITION_FAILED ? STATUS_NOT_FOUND : dynamodb_status(outcome);
}

/* Somebody else's intent of this act: waits for it, or takes it back when it was left behind. */
static enum status wait_for(struct acting *acting, unsigned tries)
{
    const struct layout_key key = intent_key(acting);
    struct dynamodb_answer answer;
    const json_t *found;
    enum status status = ledger_dynamodb_get(acting->ledger, &key, acting->arena, &answer, &found);
    const bool left_behind = found != NULL &&
                             dynamodb_n(found, "un") <= ledger_dynamodb_now_ms(acting->ledger);
    if (status == STATUS_OK && left_behind) {
        status = intent_sweep(acting->ledger, found, acting->arena);
        status = status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    dynamodb_answer_free(&answer);
    if (status == STATUS_OK && !left_behind && !ledger_dynamodb_pause(tries, acting->deadline_us)) {
        status = STATUS_OVERLOADED;
    }
    return status;
}

static enum status drop_note(const struct acting *acting)
{
    const struct layout_key key = intent_key(acting);
    const struct part part = {.intent = &key, .owner = acting->intent};
    return delete_intent(acting->ledger, &part, acting->arena);
}

/* Looks for the act and notes the intent; again as long as another one is at it. Another one may have come to
 * its end between the look and the note, so it looks once more: while the note is there nobody else commits the
 * act, and rows of an act that is there are never moved again or taken back. */
static enum status begin(struct acting *acting)
{
    for (unsigned tries = 0;; tries++) {
        enum status status = acting_find(acting);
        if (status != STATUS_OK || acting->told) {
            return status;
        }
        struct dynamodb_answer answer;
        status = note(acting, &answer);
        dynamodb_answer_free(&answer);
        if (status == STATUS_OK) {
            status = acting_find(acting);
            if (status != STATUS_OK || acting->told) {
                (void)drop_note(acting); /* or the sweeper does */
            }
            return status;
        }
        if (status == STATUS_REQUEST_IN_FLIGHT) {
            status = wait_for(acting, tries);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
}

/* --- chunks --- */

#define MINE "ow = :ow AND dn = :dn AND attribute_not_exists(dd)"

static void go_on(struct acting *acting, struct transact *transact, size_t from, size_t end)
{
    const struct layout_key key = intent_key(acting);
    struct json_writer *json = transact_update(transact, EFFECT_INTENT, 0, &key, "SET dn = :end, un = :un",
                                               MINE);
    ledger_dynamodb_put_id(json, ":ow", &acting->intent);
    dynamodb_put_n(json, ":dn", (int64_t)from);
    dynamodb_put_n(json, ":end", (int64_t)end);
    dynamodb_put_n(json, ":un", ledger_dynamodb_now_ms(acting->ledger) + INTENT_LEASE_MS);
    transact_end(transact);
}

static enum status try_chunk(struct acting *acting, size_t from, size_t end)
{
    enum status status = acting_learn(acting, from, end);
    acting->at_us = heads_stamp_us(acting->ledger->heads, ledger_dynamodb_now_ms(acting->ledger));
    for (unsigned tries = 0; status == STATUS_OK; tries++) {
        status = acting_movements_check(acting);
        if (status != STATUS_OK) {
            return status;
        }
        struct transact transact;
        transact_begin(&transact, acting->ledger, acting->arena);
        go_on(acting, &transact, from, end);
        acting_movements_write(acting, &transact, from, end);
        status = acting_send(acting, &transact);
        if (status != ACTING_AGAIN) {
            return status;
        }
        status = ledger_dynamodb_pause(tries, acting->deadline_us) ? STATUS_OK : STATUS_OVERLOADED;
    }
    return status;
}

static enum status move_chunk(struct acting *acting, size_t from, size_t end)
{
    struct lane_set lanes = {0};
    for (size_t i = from; i < end; i++) {
        const struct ledger_movement *movement = &acting->act->movements[i];
        const struct layout_key key = layout_stock(movement->store.key, movement->product.key);
        lane_set_add(&lanes, &key);
    }
    if (!lanes_enter(acting->ledger->lanes, &lanes, acting->deadline_us)) {
        return STATUS_OVERLOADED;
    }
    const enum status status = try_chunk(acting, from, end);
    lanes_leave(acting->ledger->lanes, &lanes);
    FAULT_POINT("movements");
    return status;
}

/* --- end --- */

void intent_end(struct acting *acting, struct transact *transact)
{
    const struct layout_key key = intent_key(acting);
    transact_delete(transact, EFFECT_INTENT, 0, &key);
    struct json_writer *json = transact_condition_values(transact, MINE);
    ledger_dynamodb_put_id(json, ":ow", &acting->intent);
    dynamodb_put_n(json, ":dn", (int64_t)acting->act->movement_count);
    transact_end(transact);
}

/* --- taken back --- */

/* Which of the recent movements is the act's; -1: none. */
static int find_row(const json_t *stock, const struct part *part, struct arena *arena,
                    struct packed_movement *found)
{
    const json_t *row;
    size_t at;
    json_array_foreach(dynamodb_l(stock, "rc"), at, row)
    {
        size_t length;
        const void *bytes = dynamodb_value_b(row, arena, &length);
        struct packed_reader reader = packed_reader(bytes, bytes == NULL ? 0 : length);
        if (packed_next_movement(&reader, found) && found->is_part && found->maker == part->maker &&
            id_equal(&found->act, &part->act)) {
            return (int)at;
        }
    }
    return -1;
}

/* Removes the row when it is still where it was, and moves the level back. STATUS_NOT_FOUND: the intent is
 * gone. */
static enum status remove_row(const struct ledger_dynamodb *ledger, const struct layout_key *key,
                              const struct part *part, const json_t *stock, int at, int64_t quantity,
                              struct arena *arena)
{
    struct transact transact;
    struct dynamodb_answer answer;
    char *row = json_dumps(json_array_get(dynamodb_l(stock, "rc"), (size_t)at), JSON_COMPACT);
    if (row == NULL) {
        return STATUS_OVERLOADED;
    }
    transact_begin(&transact, ledger, arena);
    transact_check(&transact, EFFECT_INTENT, 0, part->intent);
    struct json_writer *json = transact_condition_values(&transact, "ow = :ow AND attribute_exists(dd)");
    ledger_dynamodb_put_id(json, ":ow", &part->owner);
    transact_end(&transact);
    json = transact_update(&transact, EFFECT_MOVEMENT, 0, key,
                           arena_printf(arena, "SET lv = lv - :q REMOVE rc[%d]", at),
                           arena_printf(arena, "rc[%d] = :row", at));
    dynamodb_put_n(json, ":q", quantity);
    emit_name(json, ":row");
    emit_raw(json, row, strlen(row));
    transact_end(&transact);
    free(row);
    const int64_t deadline_us = clock_monotonic_us() + LEDGER_DYNAMODB_DEADLINE_MS * 1000LL;
    const enum dynamodb_outcome outcome = transact_send(&transact, deadline_us, &answer);
    const bool gone = outcome == DYNAMODB_CANCELLED && answer.reason_count > 0 &&
                      answer.reasons[0].code == DYNAMODB_REASON_CONDITION;
    dynamodb_answer_free(&answer);
    return gone ? STATUS_NOT_FOUND : STATUS_OK;
}

/* Whatever came of a try, the next look tells. */
static enum status take_back_one(const struct ledger_dynamodb *ledger, const struct layout_key *key,
                                 const struct part *part, struct arena *arena)
{
    const int64_t deadline_us = clock_monotonic_us() + INTENT_LEASE_MS * 1000LL;
    for (unsigned tries = 0; tries < TAKE_BACK_TRIES; tries++) {
        struct dynamodb_answer answer;
        const json_t *stock;
        struct packed_movement row;
        enum status status = ledger_dynamodb_get(ledger, key, arena, &answer, &stock);
        const int at = find_row(stock, part, arena, &row);
        if (status == STATUS_OK && at >= 0) {
            status = remove_row(ledger, key, part, stock, at, row.quantity, arena);
        }
        dynamodb_answer_free(&answer);
        if (status != STATUS_OK || at < 0) {
            return status;
        }
        if (tries > 0 && !ledger_dynamodb_pause(tries, deadline_us)) {
            break;
        }
    }
    return STATUS_OVERLOADED;
}

/* Of those read at once only few are the act's when it did not get far. */
static enum status take_back(const struct ledger_dynamodb *ledger, const struct layout_key *keys,
                             size_t count, const struct part *part, struct arena *arena)
{
    struct dynamodb_items stocks;
    enum status status = ledger_dynamodb_get_all(ledger, keys, count, arena, &stocks);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct packed_movement row;
        if (find_row(stocks.items[i], part, arena, &row) >= 0) {
            status = take_back_one(ledger, &keys[i], part, arena);
        }
    }
    ledger_dynamodb_items_free(&stocks);
    return status;
}

enum status intent_sweep(const struct ledger_dynamodb *ledger, const json_t *note, struct arena *arena)
{
    struct layout_key key;
    struct part part = {.maker = (enum packed_maker)dynamodb_n(note, "mk"), .intent = &key};
    if (!work_key(note, &key) || !ledger_dynamodb_id(note, "di", &part.act) ||
        !ledger_dynamodb_id(note, "ow", &part.owner)) {
        return STATUS_INTERNAL_ERROR;
    }
    enum status status = work_mark(ledger, &key, dynamodb_n(note, "un"), arena);
    if (status != STATUS_OK) {
        return status;
    }
    if (dynamodb_n(note, "dn") == 0) {
        return delete_intent(ledger, &part,
                             arena); /* it moved nothing: what is there is of an act that is there */
    }
    size_t length, count = 0;
    const void *bytes = dynamodb_b(note, "mv", arena, &length);
    struct packed_reader reader = packed_reader(bytes, bytes == NULL ? 0 : length);
    struct packed_moved moved;
    struct layout_key *keys = arena_zeroed(arena, LEDGER_MOVEMENTS_MAX, sizeof *keys);
    while (count < LEDGER_MOVEMENTS_MAX && packed_next_moved(&reader, &moved)) {
        keys[count++] = layout_stock(moved.store_key, moved.product_key);
    }
    status = take_back(ledger, keys, count, &part, arena);
    return status == STATUS_OK ? delete_intent(ledger, &part, arena) : status;
}

/* Its own, after a refusal. What does not succeed is left to the sweeper, when the lease ends. */
static void give_up(struct acting *acting)
{
    const struct layout_key key = intent_key(acting);
    struct dynamodb_answer answer;
    const json_t *found;
    if (ledger_dynamodb_get(acting->ledger, &key, acting->arena, &answer, &found) == STATUS_OK &&
        found != NULL) {
        struct id owner;
        if (ledger_dynamodb_id(found, "ow", &owner) && id_equal(&owner, &acting->intent)) {
            (void)intent_sweep(acting->ledger, found, acting->arena);
        }
    }
    dynamodb_answer_free(&answer);
}

/* --- the whole --- */

enum status intent_commit(struct acting *acting)
{
    const struct ledger_act *act = acting->act;
    acting->deadline_us = clock_monotonic_us() + INTENT_DEADLINES * acting->ledger->deadline_ms * 1000;
    enum status status = begin(acting);
    if (status != STATUS_OK || acting->told) {
        return status;
    }
    for (size_t from = 0; status == STATUS_OK && !acting->told && from < act->movement_count;) {
        const size_t end = chunk_end(act, from);
        status = move_chunk(acting, from, end);
        from = end;
    }
    if (status == STATUS_OK && !acting->told) {
        status = acting_commit(acting);
    }
    if ((status != STATUS_OK && status != STATUS_STORAGE_UNAVAILABLE) || acting->outcome->replayed) {
        give_up(acting);
    }
    return status;
}
