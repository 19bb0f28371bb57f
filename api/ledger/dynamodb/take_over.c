/*
 * Taking over what another ledger tells (ledger/copy.h).
 *
 * Items are put in batches, as they are. A mark (copy_mark.h) says which copy it is and how much of it is here for
 * good, so one that was interrupted goes on there: what was told before is looked at again, since later items depend
 * on it, but not written. Where the told history has no act (an import of old, a posting that kept no entry),
 * rows get acts of our own: no act has two rows in one history.
 */
#include "ledger/copy.h"
#include "ledger/dynamodb/copy_mark.h"
#include "ledger/dynamodb/outbox.h"
#include "ledger/dynamodb/reads.h"
#include "ledger/dynamodb/record_items.h"
#include "ledger/id_map.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_ROWS   200 /* of a history page, as the compactor makes them */
#define RECENT_ROWS 5   /* that stay in the item */
#define TOLD_EVERY  200 /* pieces, after which the mark is set */
#define TAG_SIZE    17

static const char *const balance_names[LEDGER_BALANCES] = {"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"};

/* Rows of the history that is told. */
struct rows {
    struct text packed[PAGE_ROWS + RECENT_ROWS]; /* one each, the oldest first */
    int64_t after[PAGE_ROWS + RECENT_ROWS][LEDGER_BALANCES];
    size_t count;
    int64_t pages, all;
    uint64_t own; /* acts of our own in this history */
};

struct take_over {
    const struct ledger_dynamodb *ledger;
    const struct hash *source;
    const struct ledger_copy_watch *watch;
    struct puts puts;
    struct arena arena; /* of one history */
    struct rows rows;
    int64_t before[LEDGER_BALANCES]; /* of the document's entry before */
    bool has_before;
    struct id_map places; /* stores and registers that are written down */
    uint64_t own_acts;    /* that are written */
    int64_t last_us, last_document_us;
    uint64_t pieces, done; /* told; here for good before this run */
};

/* --- how far it is --- */

/* What is here: nothing, but perhaps the mark of a copy that is to come; this copy, up to `done` or as a whole;
 * something else. */
static enum status look(struct take_over *take, bool *is_copied)
{
    struct copy_mark mark;
    bool is_ours = true;
    enum status status = copy_mark_read(take->ledger, &mark);
    *is_copied = mark.is_copied || mark.is_whole;
    if (mark.has_source) {
        is_ours = memcmp(&mark.source, take->source, sizeof mark.source) == 0;
        take->done = mark.told;
    } else if (status == STATUS_OK && !mark.is_there) {
        status = copy_mark_is_alone(take->ledger, &is_ours);
    }
    return status == STATUS_OK && !is_ours ? STATUS_ID_TAKEN : status;
}

static enum status put_mark(struct take_over *take, bool is_copied)
{
    const struct copy_mark mark = {
        .has_source = true, .source = *take->source, .told = take->pieces, .is_copied = is_copied};
    if (take->puts.drop && !is_copied) {
        return puts_flush(&take->puts);
    }
    const enum status status = puts_flush(&take->puts); /* which drops it, as the case may be */
    take->puts.drop = false;
    return status == STATUS_OK ? copy_mark_put(&take->puts, &mark) : status;
}

/* After each piece: what was put before `done` pieces were told is here already. */
static enum status end_piece(struct take_over *take)
{
    take->pieces++;
    if (take->puts.drop && take->pieces >= take->done) {
        take->puts.status = puts_flush(&take->puts); /* which drops it */
        take->puts.drop = false;
    }
    if (take->pieces % TOLD_EVERY == 0) {
        const enum status status = put_mark(take, false);
        if (take->watch != NULL) {
            take->watch->told(take->watch->context, take->pieces);
        }
        return status;
    }
    return take->puts.status;
}

/* --- times and places --- */

/* Orders ascend; a clock that was ahead when it was told must not put all that follows into the future. */
static int64_t next_us(int64_t *last_us, int64_t at_ms)
{
    const int64_t now_us = clock_now_ms() * 1000, at_us = at_ms * 1000 < now_us ? at_ms * 1000 : now_us;
    *last_us = at_us > *last_us ? at_us : *last_us + 1;
    return *last_us;
}

static void put_place(struct take_over *take, const struct layout_key *key, const struct ledger_ref *ref,
                      const char *code, int64_t store_key)
{
    struct id place = ref->id; /* a register is there for each code that it sold under */
    for (size_t i = 0; code != NULL && code[i] != '\0'; i++) {
        place.bytes[i % sizeof place.bytes] ^= (uint8_t)code[i];
    }
    if (id_map_has(&take->places, &place)) {
        return;
    }
    id_map_set(&take->places, &place, 1);
    struct json_writer *json = puts_begin(&take->puts, key);
    ledger_dynamodb_put_id(json, "id", &ref->id);
    if (code != NULL) {
        dynamodb_put_s(json, "cd", code);
        dynamodb_put_n(json, "st", store_key);
    }
    puts_end(&take->puts);
}

static void put_store(struct take_over *take, const struct ledger_ref *store)
{
    const struct layout_key key = layout_meta_store(store->key);
    put_place(take, &key, store, NULL, 0);
}

/* --- records --- */

static void put_record(struct take_over *take, const struct ledger_copied_record *copied, const char *order)
{
    const struct ledger_transaction *record = &copied->transaction;
    const struct layout_key key = layout_record(&record->id);
    struct record_items items = record_items_of(record, &take->arena);
    items.currency = copied->currency;
    items.order = order;
    items.fingerprint = &copied->fingerprint;
    items.is_second = copied->is_second;
    items.second = copied->has_second ? &copied->second_id : NULL;
    record_items_put(&items, puts_begin(&take->puts, &key));
    puts_end(&take->puts);
    for (size_t i = 1; i <= items.rest; i++) {
        const struct layout_key rest = layout_record_rest(&record->id, (int64_t)i);
        record_items_put_rest(&items, i, puts_begin(&take->puts, &rest));
        puts_end(&take->puts);
    }
    const struct layout_key row = layout_journal(record->register_key, record->sequence);
    record_items_put_row(&items, puts_begin(&take->puts, &row));
    puts_end(&take->puts);
}

static enum status take_record(void *context, const struct ledger_copied_record *copied)
{
    struct take_over *take = context;
    const struct ledger_transaction *record = &copied->transaction;
    char order[LAYOUT_ORDER_SIZE];
    const struct layout_key place = layout_meta_register(record->register_key, copied->register_code);
    arena_reset(&take->arena);
    put_store(take, &copied->store);
    put_place(take, &place, &copied->register_, copied->register_code, record->store_key);
    layout_order(next_us(&take->last_us, record->created_at_ms), &record->id, order);
    put_record(take, copied, order);
    if (record->has_original) {
        const struct layout_key key = layout_reversal(&record->original_id, record->reversal);
        struct json_writer *json = puts_begin(&take->puts, &key);
        ledger_dynamodb_put_id(json, "id", &record->id);
        dynamodb_put_s(json, "o", order);
        puts_end(&take->puts);
    }
    return end_piece(take);
}

/* --- acts --- */

static void put_effects(struct take_over *take, const struct ledger_copied_act *act, struct json_writer *json)
{
    struct text moved = arena_text(&take->arena, 64), posted = arena_text(&take->arena, 64);
    for (size_t i = 0; i < act->moved_count; i++) {
        struct packed_moved packed = {
            .store_key = act->moved[i].store.key,
            .product_key = act->moved[i].product.key,
            .quantity = act->moved[i].quantity,
            .total_minor = act->moved[i].total_minor,
            .has_level = true,
            .level = act->moved[i].level,
        };
        strncat(packed.reason, act->moved[i].reason, sizeof packed.reason - 1);
        packed_add_moved(&moved, &packed);
    }
    for (size_t i = 0; i < act->posted_count; i++) {
        struct packed_balances packed;
        memcpy(packed.balances, act->posted[i].balances, sizeof packed.balances);
        packed_add_balances(&posted, &packed);
    }
    if (moved.length > 0) {
        dynamodb_put_b(json, "mv", moved.data, moved.length);
    }
    if (posted.length > 0) {
        dynamodb_put_b(json, "pb", posted.data, posted.length);
    }
}

static enum status take_act(void *context, const struct ledger_copied_act *act)
{
    struct take_over *take = context;
    const struct layout_key key = layout_act(&act->id);
    char order[LAYOUT_ORDER_SIZE];
    int64_t last_us = 0; /* their order among records is nobody's business */
    arena_reset(&take->arena);
    layout_order(next_us(&last_us, act->at_ms), &act->id, order);
    struct json_writer *json = puts_begin(&take->puts, &key);
    dynamodb_put_s(json, "nm", act->name);
    dynamodb_put_n(json, "at", act->at_ms);
    dynamodb_put_s(json, "o", order);
    dynamodb_put_b(json, "fp", &act->fingerprint, HASH_SIZE);
    if (act->detail != NULL) {
        dynamodb_put_s(json, "dt", act->detail);
    }
    put_effects(take, act, json);
    puts_end(&take->puts);
    return end_piece(take);
}

/* The nth act of our own: the same in every run. */
static struct id own_act(struct take_over *take, uint64_t nth)
{
    struct hash_stream stream = hash_stream();
    hash_stream_add(&stream, take->source->bytes, HASH_SIZE);
    hash_stream_add(&stream, &nth, sizeof nth);
    const struct hash hash = hash_stream_end(&stream);
    struct id id;
    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x80); /* UUID version 8 */
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    if (nth >= take->own_acts) {
        const struct layout_key key = layout_act(&id);
        char order[LAYOUT_ORDER_SIZE];
        struct json_writer *json = puts_begin(&take->puts, &key);
        layout_order(0, &id, order);
        dynamodb_put_s(json, "nm", "move");
        dynamodb_put_n(json, "at", 0);
        dynamodb_put_s(json, "o", order);
        dynamodb_put_n(json, "an", 1);
        puts_end(&take->puts);
        take->own_acts = nth + 1;
    }
    return id;
}

/* --- histories --- */

static void put_page(struct take_over *take, const struct layout_key *key, bool is_stock,
                     int64_t expires_at_ms)
{
    struct rows *rows = &take->rows;
    struct text packed = arena_text(&take->arena, 1024);
    for (size_t i = 0; i < PAGE_ROWS; i++) {
        text_add(&packed, rows->packed[i].data, rows->packed[i].length);
    }
    struct json_writer *json = puts_begin(&take->puts, key);
    dynamodb_put_b(json, is_stock ? "mv" : "en", packed.data, packed.length);
    if (is_stock) {
        dynamodb_put_n(json, "lv", rows->after[PAGE_ROWS - 1][0]);
    } else {
        struct text text = arena_text(&take->arena, 64);
        struct packed_balances balances;
        memcpy(balances.balances, rows->after[PAGE_ROWS - 1], sizeof balances.balances);
        packed_add_balances(&text, &balances);
        dynamodb_put_b(json, "ba", text.data, text.length);
    }
    if (expires_at_ms != 0) {
        dynamodb_put_n(json, "ttl", expires_at_ms / 1000 + 1);
    }
    puts_end(&take->puts);
    memmove(rows->packed, rows->packed + PAGE_ROWS, (rows->count - PAGE_ROWS) * sizeof *rows->packed);
    memmove(rows->after, rows->after + PAGE_ROWS, (rows->count - PAGE_ROWS) * sizeof *rows->after);
    rows->count -= PAGE_ROWS;
}

static struct text *add_row(struct take_over *take, const int64_t *after, size_t values)
{
    struct rows *rows = &take->rows;
    const size_t at = rows->count++;
    rows->packed[at] = arena_text(&take->arena, 48);
    memset(rows->after[at], 0, sizeof rows->after[at]);
    memcpy(rows->after[at], after, values * sizeof *after);
    rows->all++;
    return &rows->packed[at];
}

static void put_recent(const struct take_over *take, struct json_writer *json)
{
    dynamodb_put_n(json, "pg", take->rows.pages);
    dynamodb_begin_list(json, "rc");
    for (size_t i = 0; i < take->rows.count; i++) {
        dynamodb_put_b(json, NULL, take->rows.packed[i].data, take->rows.packed[i].length);
    }
    dynamodb_end_list(json);
}

static void end_history(struct take_over *take)
{
    take->rows.count = 0;
    take->rows.pages = take->rows.all = 0;
    take->rows.own = 0;
    take->has_before = false;
    arena_reset(&take->arena);
}

static enum packed_maker maker_of(struct take_over *take, bool by_record, const struct id *act,
                                  struct id *made)
{
    static const struct id none;
    if (id_equal(act, &none)) {
        *made = own_act(take, take->rows.own++);
        return PACKED_ANONYMOUS;
    }
    *made = *act;
    return by_record ? PACKED_RECORD : PACKED_ACT;
}

/* --- stock --- */

static enum status take_movement(void *context, const struct ledger_copied_movement *copied)
{
    struct take_over *take = context;
    const struct ledger_moved_row *row = &copied->row;
    struct packed_movement packed = {
        .at_ms = row->at_ms, .quantity = row->quantity, .total_minor = row->total_minor};
    packed.maker = maker_of(take, row->by_record, &row->act_id, &packed.act);
    strncat(packed.reason, row->reason, sizeof packed.reason - 1);
    packed_add_movement(add_row(take, &row->level, 1), &packed);
    if (take->rows.count == PAGE_ROWS + RECENT_ROWS) {
        const struct layout_key key = layout_history(row->store.key, row->product.key, ++take->rows.pages);
        put_page(take, &key, true, 0);
    }
    return end_piece(take);
}

static enum status take_level(void *context, const struct ledger_stock_level *level)
{
    struct take_over *take = context;
    const struct layout_key key = layout_stock(level->store.key, level->product.key);
    put_store(take, &level->store);
    struct json_writer *json = puts_begin(&take->puts, &key);
    dynamodb_put_n(json, "lv", level->level);
    dynamodb_put_n(json, "up", level->updated_at_ms);
    dynamodb_put_b(json, "si", level->store.id.bytes, sizeof level->store.id.bytes);
    dynamodb_put_b(json, "pi", level->product.id.bytes, sizeof level->product.id.bytes);
    put_recent(take, json);
    puts_end(&take->puts);
    end_history(take);
    return end_piece(take);
}

/* --- documents --- */

static void add_entry(struct take_over *take, enum ledger_kind kind, const struct id *document,
                      const struct packed_entry *packed, const int64_t *after)
{
    packed_add_entry(add_row(take, after, LEDGER_BALANCES), packed);
    if (take->rows.count == PAGE_ROWS + RECENT_ROWS) {
        const struct layout_key key = layout_entries(kind, document, ++take->rows.pages);
        put_page(take, &key, false, 0);
    }
    memcpy(take->before, after, sizeof take->before);
    take->has_before = true;
}

/* What moved balances and kept no entry is one row, without a reason. */
static void bridge(struct take_over *take, enum ledger_kind kind, const struct id *document,
                   const int64_t *until, int64_t at_ms)
{
    static const struct id none;
    struct packed_entry packed = {.at_ms = at_ms};
    if (!take->has_before || memcmp(until, take->before, sizeof take->before) == 0) {
        return;
    }
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        packed.amounts[i] = until[i] - take->before[i];
    }
    packed.maker = maker_of(take, false, &none, &packed.act);
    add_entry(take, kind, document, &packed, until);
}

static enum status take_entry(void *context, enum ledger_kind kind, const struct id *document,
                              const struct ledger_copied_entry *copied)
{
    struct take_over *take = context;
    const struct ledger_entry *entry = &copied->entry;
    struct packed_entry packed = {.at_ms = entry->at_ms};
    int64_t until[LEDGER_BALANCES];
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        until[i] = entry->balances[i] - entry->amounts[i];
    }
    bridge(take, kind, document, until, entry->at_ms);
    packed.maker = maker_of(take, entry->by_record, &entry->act_id, &packed.act);
    strncat(packed.reason, entry->reason, sizeof packed.reason - 1);
    memcpy(packed.amounts, entry->amounts, sizeof packed.amounts);
    add_entry(take, kind, document, &packed, entry->balances);
    return end_piece(take);
}

static void put_expiry(struct json_writer *json, int64_t expires_at_ms)
{
    dynamodb_put_n(json, "exp", expires_at_ms);
    if (expires_at_ms != 0) {
        dynamodb_put_n(json, "ttl", expires_at_ms / 1000 + 1);
    }
}

static void put_head(struct take_over *take, const struct ledger_document *document)
{
    const struct layout_key key = layout_document(document->kind, &document->id);
    char kind[12], created[LAYOUT_ORDER_SIZE];
    struct json_writer *json = puts_begin(&take->puts, &key);
    snprintf(kind, sizeof kind, "%d", (int)document->kind);
    layout_order(next_us(&take->last_document_us, document->created_at_ms), &document->id, created);
    dynamodb_put_n(json, "vs", document->version);
    dynamodb_put_s(json, "sa", document->state);
    dynamodb_put_n(json, "st", document->store_key);
    dynamodb_put_n(json, "rg", document->register_key);
    dynamodb_put_n(json, "cr", document->created_at_ms);
    dynamodb_put_n(json, "up", document->updated_at_ms);
    dynamodb_put_n(json, "rd", document->recorded_at_ms);
    put_expiry(json, document->expires_at_ms);
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        dynamodb_put_n(json, balance_names[i], document->balances[i]);
    }
    dynamodb_put_n(json, "nr", take->rows.all);
    put_recent(take, json);
    dynamodb_put_s(json, "d", kind);
    dynamodb_put_s(json, "dc", created);
    puts_end(&take->puts);
}

static void put_strings(struct json_writer *json, const char *name, const char *const *strings, size_t count)
{
    dynamodb_begin_list(json, name);
    for (size_t i = 0; i < count; i++) {
        dynamodb_put_s(json, NULL, strings[i]);
    }
    dynamodb_end_list(json);
}

static void put_body(struct take_over *take, const struct ledger_copied_document *copied, const char *tag)
{
    const struct ledger_document *document = &copied->document;
    const struct layout_key key = layout_body(document->kind, &document->id);
    const void *packed;
    size_t length;
    packed_text(&take->arena, document->body, document->body_length, &packed, &length);
    struct json_writer *json = puts_begin(&take->puts, &key);
    dynamodb_put_b(json, "bd", packed, length);
    dynamodb_put_n(json, "vs", document->version);
    put_strings(json, "ks", copied->keys, copied->key_count);
    put_strings(json, "ts", copied->terms, copied->term_count);
    dynamodb_put_s(json, "tg", tag);
    put_expiry(json, document->expires_at_ms);
    puts_end(&take->puts);
}

static enum status take_document(void *context, const struct ledger_copied_document *copied)
{
    struct take_over *take = context;
    const struct ledger_document *document = &copied->document;
    char tag[TAG_SIZE] = "", text[HASH_TEXT_SIZE];
    bridge(take, document->kind, &document->id, document->balances, document->updated_at_ms);
    put_head(take, document);
    if (copied->term_count > 0) {
        const struct hash hash = hash_of(&document->id, sizeof document->id);
        snprintf(tag, sizeof tag, "%.16s", hash_format(&hash, text));
    }
    put_body(take, copied, tag);
    for (size_t i = 0; i < copied->key_count; i++) {
        const struct layout_key key = layout_unique(document->kind, copied->keys[i]);
        struct json_writer *json = puts_begin(&take->puts, &key);
        ledger_dynamodb_put_id(json, "id", &document->id);
        put_expiry(json, document->expires_at_ms);
        puts_end(&take->puts);
    }
    for (size_t i = 0; i < copied->term_count; i++) {
        const struct layout_key key = layout_term(document->kind, copied->terms[i], &document->id, tag);
        struct json_writer *json = puts_begin(&take->puts, &key);
        ledger_dynamodb_put_id(json, "id", &document->id);
        puts_end(&take->puts);
    }
    end_history(take);
    return end_piece(take);
}

/* --- answers and events --- */

static enum status take_answer(void *context, const struct ledger_copied_answer *copied)
{
    struct take_over *take = context;
    const struct ledger_answer *answer = &copied->answer;
    const struct layout_key key = layout_idempotency(&copied->key.key);
    arena_reset(&take->arena);
    struct json_writer *json = puts_begin(&take->puts, &key);
    dynamodb_put_b(json, "fp", &copied->key.fingerprint, HASH_SIZE);
    dynamodb_put_n(json, "ttl", copied->kept_at_ms / 1000 + LEDGER_DYNAMODB_KEPT_S);
    if (copied->has_act) {
        ledger_dynamodb_put_id(json, "act", &copied->act_id);
    }
    if (answer->http_status != 0) {
        dynamodb_put_n(json, "hp", answer->http_status);
    }
    if (answer->location != NULL) {
        dynamodb_put_s(json, "lo", answer->location);
    }
    if (answer->etag != NULL) {
        dynamodb_put_s(json, "et", answer->etag);
    }
    if (answer->body != NULL) {
        const void *packed;
        size_t length;
        packed_text(&take->arena, answer->body, answer->body_length, &packed, &length);
        dynamodb_put_b(json, "bd", packed, length);
    }
    puts_end(&take->puts);
    return end_piece(take);
}

static enum status take_event(void *context, const struct ledger_copied_event *copied)
{
    struct take_over *take = context;
    const struct ledger_outbox_event *event = &copied->event;
    const struct layout_key key = layout_event(&event->id);
    char shard[OUTBOX_SHARD_SIZE], due[OUTBOX_DUE_SIZE];
    arena_reset(&take->arena);
    outbox_shard(&event->id, shard);
    outbox_due_at(copied->due_at_ms != 0 ? copied->due_at_ms : event->at_ms, &event->id, due);
    struct json_writer *json = puts_begin(&take->puts, &key);
    dynamodb_put_s(json, "ty", event->type);
    dynamodb_put_n(json, "at", event->at_ms);
    dynamodb_put_n(json, "tr", event->attempts);
    dynamodb_put_s(json, "ob", shard);
    dynamodb_put_s(json, "du", due);
    if (copied->of_record) {
        ledger_dynamodb_put_id(json, "rec", &copied->record_id);
    } else {
        const void *packed;
        size_t length;
        packed_text(&take->arena, event->data, event->data_length, &packed, &length);
        dynamodb_put_b(json, "dt", packed, length);
    }
    puts_end(&take->puts);
    return end_piece(take);
}

/* --- all of it --- */

static enum status take_all(struct take_over *take, const struct ledger *from)
{
    static const struct ledger_copier copier = {
        .record = take_record,
        .act = take_act,
        .movement = take_movement,
        .level = take_level,
        .entry = take_entry,
        .document = take_document,
        .answer = take_answer,
        .event = take_event,
    };
    bool is_copied;
    enum status status = look(take, &is_copied);
    if (status != STATUS_OK || is_copied) {
        return status;
    }
    if (take->done == 0) {
        status = put_mark(take, false); /* from here on it is this copy's */
    }
    take->puts.drop = take->done > 0;
    if (status == STATUS_OK) {
        status = from->ops->tell(from, &copier, take);
    }
    return status == STATUS_OK ? put_mark(take, true) : status;
}

enum status ledger_dynamodb_take_over(const struct ledger *ledger, const struct ledger *from,
                                      const struct hash *source, const struct ledger_copy_watch *watch)
{
    struct take_over *take = calloc(1, sizeof *take);
    if (take == NULL) {
        return STATUS_OVERLOADED;
    }
    take->ledger = ledger_dynamodb_of(ledger);
    take->source = source;
    take->watch = watch;
    puts_open(&take->puts, take->ledger);
    arena_init(&take->arena);
    const enum status status = take_all(take, from);
    puts_close(&take->puts);
    arena_free(&take->arena);
    id_map_free(&take->places);
    free(take);
    return status;
}
