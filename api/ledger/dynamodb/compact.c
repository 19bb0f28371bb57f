#include "ledger/dynamodb/compact.h"

#include "base/clock.h"
#include "ledger/dynamodb/keeper.h"

#include <stdio.h>
#include <string.h>

/* A list and the page that it goes to. */
struct compaction {
    const struct ledger_dynamodb *ledger;
    struct arena *arena;
    const struct layout_key *key;
    const json_t *item, *rows;
    struct layout_key page_key;
    size_t count; /* rows that move, the oldest ones */
    struct text page;
};

/* --- who is asked --- */

void compact_prompt(const struct acting *acting)
{
    uint8_t random[64];
    size_t asked = 0;
    random_fill(random, sizeof random);
    for (size_t i = 0; i < acting->act->movement_count; i++) {
        const struct ledger_movement *movement = &acting->act->movements[i];
        const struct layout_key key = layout_stock(movement->store.key, movement->product.key);
        if (random[asked++ % sizeof random] % COMPACT_ONE_IN == i / sizeof random % COMPACT_ONE_IN) {
            keeper_ask(acting->ledger->keeper, &key);
        }
    }
    for (size_t i = 0; i < acting->act->posting_count; i++) {
        const struct layout_key key = layout_document(acting->act->postings[i].kind,
                                                      &acting->act->postings[i].id);
        if (random[asked++ % sizeof random] % COMPACT_ONE_IN == 0) {
            keeper_ask(acting->ledger->keeper, &key);
        }
    }
}

/* --- the transaction --- */

static const char *removal(struct arena *arena, size_t count)
{
    struct text text = arena_text(arena, count * 10 + 32);
    text_add_string(&text, "SET pg = pg + :one REMOVE rc[0]");
    for (size_t i = 1; i < count; i++) {
        text_add_string(&text, ", rc[");
        text_add_int(&text, (int64_t)i);
        text_add_char(&text, ']');
    }
    return text_string(&text);
}

/* Rows are only ever added at the end, and those that move are never taken back, so the number of the page
 * is all that must be as it was. Another one that did it first is as good. */
static enum status move_rows(const struct compaction *compaction, struct transact *transact)
{
    struct json_writer *json = transact_update(transact, EFFECT_WORK, 0, compaction->key,
                                               removal(compaction->arena, compaction->count), "pg = :pg");
    dynamodb_put_n(json, ":one", 1);
    dynamodb_put_n(json, ":pg", dynamodb_n(compaction->item, "pg"));
    transact_end(transact);
    struct lane_set lanes = {0};
    const int64_t deadline_us = clock_monotonic_us() + LEDGER_DYNAMODB_DEADLINE_MS * 1000LL;
    lane_set_add(&lanes, compaction->key);
    if (!lanes_enter(compaction->ledger->lanes, &lanes, deadline_us)) {
        return STATUS_OVERLOADED;
    }
    struct dynamodb_answer answer;
    const enum dynamodb_outcome outcome = transact_send(transact, deadline_us, &answer);
    dynamodb_answer_free(&answer);
    lanes_leave(compaction->ledger->lanes, &lanes);
    return outcome == DYNAMODB_CANCELLED ? STATUS_OK : dynamodb_status(outcome);
}

static const void *row_bytes(const struct compaction *compaction, size_t at, size_t *length)
{
    const void *bytes = dynamodb_value_b(json_array_get(compaction->rows, at), compaction->arena, length);
    *length = bytes == NULL ? 0 : *length;
    return bytes;
}

/* --- movements --- */

static bool read_movement(const struct compaction *compaction, size_t at, struct packed_movement *movement)
{
    size_t length;
    const void *bytes = row_bytes(compaction, at, &length);
    struct packed_reader reader = packed_reader(bytes, length);
    return packed_next_movement(&reader, movement);
}

/* A row of a large act moves when the act is there, and is a row like any other from then on. */
static bool is_settled(const struct compaction *compaction, const struct packed_movement *movement)
{
    if (!movement->is_part) {
        return true;
    }
    const struct layout_key key = movement->maker == PACKED_RECORD ? layout_record(&movement->act)
                                                                   : layout_act(&movement->act);
    struct dynamodb_answer answer;
    const json_t *act;
    const bool there = ledger_dynamodb_get(compaction->ledger, &key, compaction->arena, &answer, &act) ==
                           STATUS_OK &&
                       act != NULL;
    dynamodb_answer_free(&answer);
    return there;
}

/* Packs the settled rows from the oldest on; the level after them follows from what comes later. */
static bool pack_movements(struct compaction *compaction, int64_t *level)
{
    const size_t count = json_array_size(compaction->rows);
    struct packed_movement movement;
    *level = dynamodb_n(compaction->item, "lv");
    for (compaction->count = 0; compaction->count < count && compaction->count < COMPACT_AT_ONCE;
         compaction->count++) {
        if (!read_movement(compaction, compaction->count, &movement)) {
            return false;
        }
        if (!is_settled(compaction, &movement)) {
            break;
        }
        movement.is_part = false;
        packed_add_movement(&compaction->page, &movement);
    }
    for (size_t i = compaction->count; i < count; i++) {
        if (!read_movement(compaction, i, &movement)) {
            return false;
        }
        *level -= movement.quantity;
    }
    return true;
}

static enum status compact_stock(struct compaction *compaction)
{
    int64_t level;
    if (!pack_movements(compaction, &level)) {
        return STATUS_INTERNAL_ERROR;
    }
    if (compaction->count < COMPACT_FROM) {
        return STATUS_OK;
    }
    struct transact transact;
    transact_begin(&transact, compaction->ledger, compaction->arena);
    struct json_writer *json = transact_put(&transact, EFFECT_WORK, 0, &compaction->page_key);
    dynamodb_put_b(json, "mv", compaction->page.data, compaction->page.length);
    dynamodb_put_n(json, "lv", level);
    transact_condition(&transact, "attribute_not_exists(pk)");
    transact_end(&transact);
    return move_rows(compaction, &transact);
}

/* --- entries --- */

static bool pack_entries(struct compaction *compaction, int64_t *balances)
{
    const size_t count = json_array_size(compaction->rows);
    compaction->count = count < COMPACT_AT_ONCE ? count : COMPACT_AT_ONCE;
    for (size_t i = 0; i < count; i++) {
        size_t length;
        const void *bytes = row_bytes(compaction, i, &length);
        struct packed_reader reader = packed_reader(bytes, length);
        struct packed_entry entry;
        if (!packed_next_entry(&reader, &entry)) {
            return false;
        }
        if (i < compaction->count) {
            packed_add_entry(&compaction->page, &entry);
            continue;
        }
        for (size_t at = 0; at < LEDGER_BALANCES; at++) {
            balances[at] -= entry.amounts[at];
        }
    }
    return true;
}

static enum status compact_document(struct compaction *compaction)
{
    struct ledger_document head;
    struct packed_balances after;
    if (!ledger_dynamodb_head(compaction->item, compaction->arena, &head) ||
        !pack_entries(compaction, head.balances)) {
        return STATUS_INTERNAL_ERROR;
    }
    struct transact transact;
    transact_begin(&transact, compaction->ledger, compaction->arena);
    struct json_writer *json = transact_put(&transact, EFFECT_WORK, 0, &compaction->page_key);
    dynamodb_put_b(json, "en", compaction->page.data, compaction->page.length);
    memcpy(after.balances, head.balances, sizeof after.balances);
    char bytes[PACKED_ROW_MAX];
    struct text text = text_over(bytes, sizeof bytes);
    packed_add_balances(&text, &after);
    dynamodb_put_b(json, "ba", text.data, text.length);
    if (head.expires_at_ms != 0) {
        dynamodb_put_n(json, "ttl", dynamodb_n(compaction->item, "ttl"));
    }
    transact_condition(&transact, "attribute_not_exists(pk)");
    transact_end(&transact);
    return move_rows(compaction, &transact);
}

/* --- either --- */

/* `S#<store>` and the product; of a document its own partition. */
static bool page_key_of(const struct layout_key *key, int64_t page, struct layout_key *page_key)
{
    char number[21];
    layout_number(page, number);
    *page_key = (struct layout_key){.table = key->table};
    if (key->pk[0] == 'S') {
        snprintf(page_key->pk, sizeof page_key->pk, "H%.*s#%.*s", LAYOUT_PK_SIZE / 2, key->pk + 1,
                 LAYOUT_PK_SIZE / 4, key->sk);
        snprintf(page_key->sk, sizeof page_key->sk, "%s", number);
    } else {
        snprintf(page_key->pk, sizeof page_key->pk, "%s", key->pk);
        snprintf(page_key->sk, sizeof page_key->sk, "P%s", number);
    }
    return key->pk[0] == 'S';
}

enum status compact_list(const struct ledger_dynamodb *ledger, const struct layout_key *key,
                         struct arena *arena)
{
    struct dynamodb_answer answer;
    struct compaction compaction = {.ledger = ledger, .arena = arena, .key = key};
    enum status status = ledger_dynamodb_get(ledger, key, arena, &answer, &compaction.item);
    compaction.rows = dynamodb_l(compaction.item, "rc");
    if (status == STATUS_OK && json_array_size(compaction.rows) >= COMPACT_FROM) {
        compaction.page = arena_text(arena, 1024);
        status = page_key_of(key, dynamodb_n(compaction.item, "pg") + 1, &compaction.page_key)
                     ? compact_stock(&compaction)
                     : compact_document(&compaction);
    }
    dynamodb_answer_free(&answer);
    return status;
}
