/*
 * Telling everything to another ledger (ledger/copy.h), while nobody writes.
 *
 * What is told in the order of the commits is listed first, by the orders (layout.h) of records and acts,
 * which also say when the rows of histories were posted. The lists are in memory: a few dozen bytes for each
 * record and act.
 */
#include "base/clock.h"
#include "ledger/copy.h"
#include "ledger/dynamodb/document_reads.h"
#include "ledger/dynamodb/history.h"
#include "ledger/dynamodb/outbox.h"
#include "ledger/dynamodb/record_items.h"
#include "ledger/id_map.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK       100 /* records read at once */
#define FIRST_MOVED 16

/* A record, an act, a document or an event, and where it comes. */
struct listed {
    int64_t at_us;
    struct id id;
    enum ledger_kind kind; /* of a document */
};

struct list {
    struct listed *rows;
    size_t count, capacity;
};

struct tell {
    const struct ledger_dynamodb *ledger;
    const struct ledger_copier *copier;
    void *context;
    struct arena arena, lasting;
    struct list records, acts, documents, events;
    struct id_map orders; /* of records and acts, in microseconds */
    struct ledger_place *stores, *registers;
    size_t store_count, register_count;
};

/* --- lists --- */

/* The time that an order (layout.h) begins with. */
static int64_t time_of(const char *order)
{
    return order == NULL ? 0 : strtoll(order, NULL, 10);
}

static void add(struct list *list, int64_t at_us, const struct id *id, enum ledger_kind kind)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 1024 : 2 * list->capacity;
        list->rows = reallocarray(list->rows, list->capacity, sizeof *list->rows);
        if (list->rows == NULL) {
            abort(); /* as the arena does */
        }
    }
    list->rows[list->count++] = (struct listed){.at_us = at_us, .id = *id, .kind = kind};
}

static int by_order(const void *a, const void *b)
{
    const struct listed *left = a, *right = b;
    return left->at_us != right->at_us ? (left->at_us > right->at_us) - (left->at_us < right->at_us)
                                       : memcmp(&left->id, &right->id, sizeof left->id);
}

static void sort(struct list *list)
{
    if (list->count > 0) {
        qsort(list->rows, list->count, sizeof *list->rows, by_order);
    }
}

/* A register's records in their sequence, whatever the clocks said. */
static enum status list_journal(struct tell *tell, int64_t register_key)
{
    const struct layout_key key = layout_journal(register_key, 0);
    const struct dynamodb_query query = {.table = key.table, .hash = key.pk};
    struct dynamodb_stream stream = ledger_dynamodb_stream(tell->ledger, &query);
    int64_t last_us = 0;
    const json_t *row;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &row)) == STATUS_OK && row != NULL) {
        const char *order = dynamodb_s(row, "o");
        struct id id;
        if (order == NULL || !ledger_dynamodb_id(row, "id", &id)) {
            status = STATUS_INTERNAL_ERROR;
            break;
        }
        const int64_t at_us = time_of(order);
        id_map_set(&tell->orders, &id, at_us);
        last_us = at_us > last_us ? at_us : last_us + 1;
        add(&tell->records, last_us, &id, 0);
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

static enum status list_records(struct tell *tell)
{
    enum status status = ledger_dynamodb_stores(tell->ledger, &tell->lasting, &tell->stores,
                                                &tell->store_count);
    if (status == STATUS_OK) {
        status = ledger_dynamodb_registers(tell->ledger, &tell->lasting, &tell->registers,
                                           &tell->register_count);
    }
    for (size_t i = 0; status == STATUS_OK && i < tell->register_count; i++) {
        if (i == 0 || tell->registers[i].key != tell->registers[i - 1].key) {
            status = list_journal(tell, tell->registers[i].key);
        }
    }
    sort(&tell->records);
    return status;
}

static void list_act(struct tell *tell, const json_t *item, const struct id *id)
{
    const int64_t at_us = time_of(dynamodb_s(item, "o"));
    id_map_set(&tell->orders, id, at_us);
    if (dynamodb_n(item, "an") == 0) {
        add(&tell->acts, at_us, id, 0);
    }
}

static void list_document(struct tell *tell, const json_t *item, const struct id *id)
{
    const char *pk = dynamodb_s(item, "pk"), *sk = dynamodb_s(item, "sk");
    if (sk != NULL && strcmp(sk, "D") == 0) {
        add(&tell->documents, time_of(dynamodb_s(item, "dc")), id,
            (enum ledger_kind)strtol(pk + 2, NULL, 10));
    }
}

static void list_event(struct tell *tell, const json_t *item, const struct id *id)
{
    add(&tell->events, dynamodb_n(item, "at") * 1000, id, 0);
}

static void list_item(struct tell *tell, const json_t *item)
{
    const char *pk = dynamodb_s(item, "pk"), *text = pk == NULL ? NULL : strrchr(pk, '#');
    struct id id;
    if (text == NULL || !id_parse(text + 1, &id)) {
        return;
    }
    if (strncmp(pk, "A#", 2) == 0) {
        list_act(tell, item, &id);
    } else if (strncmp(pk, "D#", 2) == 0) {
        list_document(tell, item, &id);
    } else if (strncmp(pk, "E#", 2) == 0) {
        list_event(tell, item, &id);
    }
}

/* Acts, documents and events, in one reading of each table, for it costs as much as all that is there. */
static enum status list_items(struct tell *tell, enum layout_table table)
{
    const struct dynamodb_query query = {.table = table, .projection = "pk, sk, o, an, dc, #at"};
    struct dynamodb_stream stream = ledger_dynamodb_scan(tell->ledger, &query);
    const json_t *item;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        list_item(tell, item);
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

/* --- records and acts --- */

static struct id place_id(const struct ledger_place *places, size_t count, int64_t key)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].key == key) {
            return places[i].id;
        }
    }
    return (struct id){{0}};
}

static enum status tell_record(struct tell *tell, const json_t *item)
{
    struct ledger_copied_record copied = {0};
    enum status status = record_items_read(tell->ledger, item, &tell->arena, &copied.transaction);
    if (status != STATUS_OK) {
        return status;
    }
    const struct ledger_transaction *record = &copied.transaction;
    const char *dash = strrchr(record->receipt_number, '-');
    copied.store = (struct ledger_ref){record->store_key,
                                       place_id(tell->stores, tell->store_count, record->store_key)};
    copied.register_ = (struct ledger_ref){
        record->register_key, place_id(tell->registers, tell->register_count, record->register_key)};
    copied.register_code = arena_copy_n(&tell->arena, record->receipt_number,
                                        dash == NULL ? 0 : (size_t)(dash - record->receipt_number));
    copied.currency = ledger_dynamodb_copy(item, "cu", &tell->arena);
    copied.fingerprint = ledger_dynamodb_hash(item, "fp", &tell->arena);
    copied.is_second = dynamodb_n(item, "pt") != 0;
    copied.has_second = ledger_dynamodb_id(item, "sc", &copied.second_id);
    status = tell->copier->record(tell->context, &copied);
    if (status != STATUS_OK || !copied.has_second) {
        return status;
    }
    const struct layout_key key = layout_record(&copied.second_id);
    struct dynamodb_answer answer;
    const json_t *second;
    status = ledger_dynamodb_get(tell->ledger, &key, &tell->arena, &answer, &second);
    if (status == STATUS_OK) {
        status = tell_record(tell, second);
    }
    dynamodb_answer_free(&answer);
    return status;
}

static enum status read_moved(const json_t *item, struct arena *arena, struct ledger_copied_act *act)
{
    size_t length, room = FIRST_MOVED;
    const void *bytes = dynamodb_b(item, "mv", arena, &length);
    struct packed_reader reader = packed_reader(bytes, bytes == NULL ? 0 : length);
    struct packed_moved packed;
    struct ledger_moved_row *moved = arena_zeroed(arena, room, sizeof *moved);
    while (packed_next_moved(&reader, &packed)) {
        if (act->moved_count == room) {
            struct ledger_moved_row *more = arena_zeroed(arena, 2 * room, sizeof *more);
            memcpy(more, moved, room * sizeof *more);
            moved = more;
            room *= 2;
        }
        moved[act->moved_count++] = (struct ledger_moved_row){
            .store.key = packed.store_key,
            .product.key = packed.product_key,
            .reason = arena_copy(arena, packed.reason),
            .quantity = packed.quantity,
            .level = packed.level,
            .total_minor = packed.total_minor,
        };
    }
    act->moved = moved;
    return reader.damaged ? STATUS_INTERNAL_ERROR : STATUS_OK;
}

static enum status read_posted(const json_t *item, struct arena *arena, struct ledger_copied_act *act)
{
    size_t length;
    const void *bytes = dynamodb_b(item, "pb", arena, &length);
    struct packed_reader reader = packed_reader(bytes, bytes == NULL ? 0 : length);
    struct ledger_posted *posted = arena_zeroed(arena, LEDGER_POSTINGS_MAX + LEDGER_WRITES_MAX,
                                                sizeof *posted);
    struct packed_balances packed;
    while (act->posted_count < LEDGER_POSTINGS_MAX + LEDGER_WRITES_MAX &&
           packed_next_balances(&reader, &packed)) {
        memcpy(posted[act->posted_count++].balances, packed.balances, sizeof packed.balances);
    }
    act->posted = posted;
    return reader.damaged ? STATUS_INTERNAL_ERROR : STATUS_OK;
}

static enum status tell_act(struct tell *tell, const json_t *item, const struct id *id)
{
    if (item == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    struct ledger_copied_act act = {
        .id = *id,
        .name = ledger_dynamodb_copy(item, "nm", &tell->arena),
        .at_ms = dynamodb_n(item, "at"),
        .fingerprint = ledger_dynamodb_hash(item, "fp", &tell->arena),
        .detail = ledger_dynamodb_copy(item, "dt", &tell->arena),
    };
    enum status status = read_moved(item, &tell->arena, &act);
    if (status == STATUS_OK) {
        status = read_posted(item, &tell->arena, &act);
    }
    return status == STATUS_OK ? tell->copier->act(tell->context, &act) : status;
}

/* The items of a list, a chunk at a time. */
static enum status tell_list(struct tell *tell, const struct list *list, bool acts)
{
    enum status status = STATUS_OK;
    for (size_t from = 0; status == STATUS_OK && from < list->count; from += CHUNK) {
        const size_t count = list->count - from < CHUNK ? list->count - from : CHUNK;
        struct layout_key keys[CHUNK];
        struct dynamodb_items items;
        for (size_t i = 0; i < count; i++) {
            const struct id *id = &list->rows[from + i].id;
            keys[i] = acts ? layout_act(id) : layout_record(id);
        }
        arena_reset(&tell->arena);
        status = ledger_dynamodb_get_all(tell->ledger, keys, count, &tell->arena, &items);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            if (acts) {
                status = tell_act(tell, items.items[i], &list->rows[from + i].id);
            } else if (dynamodb_n(items.items[i], "pt") == 0) { /* a second one comes with the first */
                status = tell_record(tell, items.items[i]);
            }
        }
        ledger_dynamodb_items_free(&items);
    }
    return status;
}

/* --- histories --- */

static int64_t order_of(const struct tell *tell, const struct history_row *row)
{
    return id_map_get(&tell->orders, &row->act, row->at_ms * 1000);
}

static enum status tell_movement(struct tell *tell, const struct ledger_stock_level *level,
                                 const struct history_row *row)
{
    struct ledger_copied_movement copied = {
        .order = order_of(tell, row),
        .row =
            {
                .store = level->store,
                .product = level->product,
                .by_record = row->maker == PACKED_RECORD,
                .reason = row->reason,
                .at_ms = row->at_ms,
                .quantity = row->amounts[0],
                .level = row->after[0],
                .total_minor = row->total_minor,
            },
    };
    if (row->maker != PACKED_ANONYMOUS) {
        copied.row.act_id = row->act;
    }
    return tell->copier->movement(tell->context, &copied);
}

static enum status tell_entry(struct tell *tell, const struct ledger_document *document,
                              const struct history_row *row)
{
    struct ledger_copied_entry copied = {
        .order = order_of(tell, row),
        .entry = {.by_record = row->maker == PACKED_RECORD, .reason = row->reason, .at_ms = row->at_ms},
    };
    if (row->maker != PACKED_ANONYMOUS) {
        copied.entry.act_id = row->act;
    }
    memcpy(copied.entry.amounts, row->amounts, sizeof copied.entry.amounts);
    memcpy(copied.entry.balances, row->after, sizeof copied.entry.balances);
    return tell->copier->entry(tell->context, document->kind, &document->id, &copied);
}

/* The rows of a history, the oldest first; one of `level` and `document` is NULL. */
static enum status tell_history(struct tell *tell, const struct history *history, const json_t *item,
                                const struct ledger_stock_level *level,
                                const struct ledger_document *document)
{
    const int64_t pages = dynamodb_n(item, "pg");
    for (int64_t page = 1; page <= pages + 1; page++) {
        struct history_rows rows;
        struct arena arena;
        arena_init(&arena);
        enum status status = page <= pages ? history_page(history, page, &arena, &rows)
                                           : history_recent(history, item, &arena, &rows);
        for (size_t i = 0; status == STATUS_OK && i < rows.count; i++) {
            if (level != NULL) {
                status = tell_movement(tell, level, &rows.rows[i]);
            } else if (rows.rows[i].reason[0] != '\0') {
                status = tell_entry(tell, document, &rows.rows[i]);
            }
        }
        arena_free(&arena);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status tell_store(struct tell *tell, int64_t store_key)
{
    const struct layout_key key = layout_stock(store_key, 0);
    const struct dynamodb_query query = {.table = key.table, .hash = key.pk};
    struct dynamodb_stream stream = ledger_dynamodb_stream(tell->ledger, &query);
    const json_t *item;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        struct ledger_stock_level level;
        arena_reset(&tell->arena);
        if (!ledger_dynamodb_level(item, store_key, &tell->arena, &level)) {
            status = STATUS_INTERNAL_ERROR;
            break;
        }
        const struct history history = {.ledger = tell->ledger,
                                        .is_stock = true,
                                        .store_key = store_key,
                                        .product_key = level.product.key};
        status = tell_history(tell, &history, item, &level, NULL);
        if (status == STATUS_OK) {
            status = tell->copier->level(tell->context, &level);
        }
        if (status != STATUS_OK) {
            break;
        }
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

static const char *const *read_strings(const json_t *list, struct arena *arena, size_t *count)
{
    const char **strings = arena_alloc(arena, (json_array_size(list) + 1) * sizeof *strings);
    const json_t *value;
    size_t at;
    *count = json_array_size(list);
    json_array_foreach(list, at, value)
    {
        const char *text = dynamodb_value_s(value);
        strings[at] = arena_copy(arena, text == NULL ? "" : text);
    }
    return strings;
}

/* The service removes what has expired when it likes, and head and body each by itself. */
static bool is_going(const json_t *head, const json_t *body)
{
    const int64_t expires_at_ms = dynamodb_n(head, "exp");
    return head == NULL || (body == NULL && expires_at_ms != 0 && expires_at_ms <= clock_now_ms());
}

static enum status tell_document(struct tell *tell, const struct listed *listed)
{
    const struct layout_key keys[2] = {layout_document(listed->kind, &listed->id),
                                       layout_body(listed->kind, &listed->id)};
    const struct history history = {.ledger = tell->ledger, .kind = listed->kind, .document = listed->id};
    struct ledger_copied_document copied = {0};
    struct dynamodb_items items;
    arena_reset(&tell->arena);
    enum status status = ledger_dynamodb_get_all(tell->ledger, keys, 2, &tell->arena, &items);
    if (status == STATUS_OK && is_going(items.items[0], items.items[1])) {
        ledger_dynamodb_items_free(&items);
        return STATUS_OK;
    }
    if (status == STATUS_OK && (!ledger_dynamodb_head(items.items[0], &tell->arena, &copied.document) ||
                                !ledger_dynamodb_body(items.items[1], &tell->arena, &copied.document))) {
        status = STATUS_INTERNAL_ERROR;
    }
    if (status == STATUS_OK) {
        copied.keys = read_strings(dynamodb_l(items.items[1], "ks"), &tell->arena, &copied.key_count);
        copied.terms = read_strings(dynamodb_l(items.items[1], "ts"), &tell->arena, &copied.term_count);
        status = tell_history(tell, &history, items.items[0], NULL, &copied.document);
    }
    if (status == STATUS_OK) {
        status = tell->copier->document(tell->context, &copied);
    }
    ledger_dynamodb_items_free(&items);
    return status;
}

/* --- answers and events --- */

static enum status tell_answer(struct tell *tell, const json_t *item)
{
    const char *pk = dynamodb_s(item, "pk");
    struct ledger_copied_answer copied = {
        .key.present = true,
        .key.fingerprint = ledger_dynamodb_hash(item, "fp", &tell->arena),
        .answer =
            {
                .http_status = (int)dynamodb_n(item, "hp"),
                .location = ledger_dynamodb_copy(item, "lo", &tell->arena),
                .etag = ledger_dynamodb_copy(item, "et", &tell->arena),
            },
        .kept_at_ms = (dynamodb_n(item, "ttl") - LEDGER_DYNAMODB_KEPT_S) * 1000,
    };
    size_t length;
    const void *packed = dynamodb_b(item, "bd", &tell->arena, &length);
    copied.has_act = ledger_dynamodb_id(item, "act", &copied.act_id);
    if (pk == NULL || !hash_parse(pk + strlen("K#"), &copied.key.key) ||
        (packed != NULL &&
         !packed_text_read(&tell->arena, packed, length, &copied.answer.body, &copied.answer.body_length))) {
        return STATUS_INTERNAL_ERROR;
    }
    return tell->copier->answer(tell->context, &copied);
}

static enum status tell_answers(struct tell *tell)
{
    const struct dynamodb_query query = {.table = LAYOUT_TRANSACTIONS, .hash = "K#"};
    struct dynamodb_stream stream = ledger_dynamodb_scan(tell->ledger, &query);
    const json_t *item;
    enum status status;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        arena_reset(&tell->arena);
        status = tell_answer(tell, item);
        if (status != STATUS_OK) {
            break;
        }
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

/* The data of an event that tells of a record are the record. */
static enum status read_data(struct tell *tell, const json_t *item, struct ledger_copied_event *copied)
{
    struct ledger_transaction record;
    copied->of_record = ledger_dynamodb_id(item, "rec", &copied->record_id);
    if (copied->of_record) {
        const enum status status = ledger_dynamodb_transaction_read(&tell->ledger->port, &copied->record_id,
                                                                    &tell->arena, &record);
        copied->event.data = record.record;
        copied->event.data_length = record.record_length;
        return status;
    }
    size_t length;
    const void *packed = dynamodb_b(item, "dt", &tell->arena, &length);
    return packed != NULL && packed_text_read(&tell->arena, packed, length, &copied->event.data,
                                              &copied->event.data_length)
               ? STATUS_OK
               : STATUS_INTERNAL_ERROR;
}

static enum status tell_event(struct tell *tell, const struct id *id)
{
    const struct layout_key key = layout_event(id);
    struct dynamodb_answer answer;
    const json_t *item;
    arena_reset(&tell->arena);
    enum outbox_standing standing = OUTBOX_IS_VOID;
    enum status status = ledger_dynamodb_get(tell->ledger, &key, &tell->arena, &answer, &item);
    if (status == STATUS_OK && item != NULL) {
        status = outbox_judge(tell->ledger, item, &tell->arena, &standing);
    }
    if (status == STATUS_OK && standing == OUTBOX_COUNTS) {
        const char *due = dynamodb_s(item, "du");
        struct ledger_copied_event copied = {
            .event = {.id = *id,
                      .type = ledger_dynamodb_copy(item, "ty", &tell->arena),
                      .at_ms = dynamodb_n(item, "at"),
                      .attempts = dynamodb_n(item, "tr")},
            .due_at_ms = outbox_due_ms(due),
        };
        status = read_data(tell, item, &copied);
        if (status == STATUS_OK) {
            status = tell->copier->event(tell->context, &copied);
        }
    }
    dynamodb_answer_free(&answer);
    return status;
}

/* --- all of it --- */

static enum status list_all(struct tell *tell)
{
    enum status status = list_records(tell);
    for (enum layout_table table = 0; status == STATUS_OK && table < LAYOUT_TABLES; table++) {
        status = list_items(tell, table);
    }
    sort(&tell->acts);
    sort(&tell->documents);
    sort(&tell->events);
    return status;
}

static enum status tell_all(struct tell *tell)
{
    enum status status = list_all(tell);
    if (status == STATUS_OK) {
        status = tell_list(tell, &tell->records, false);
    }
    if (status == STATUS_OK) {
        status = tell_list(tell, &tell->acts, true);
    }
    for (size_t i = 0; status == STATUS_OK && i < tell->store_count; i++) {
        status = tell_store(tell, tell->stores[i].key);
    }
    for (size_t i = 0; status == STATUS_OK && i < tell->documents.count; i++) {
        status = tell_document(tell, &tell->documents.rows[i]);
    }
    if (status == STATUS_OK) {
        status = tell_answers(tell);
    }
    for (size_t i = 0; status == STATUS_OK && i < tell->events.count; i++) {
        status = tell_event(tell, &tell->events.rows[i].id);
    }
    return status;
}

enum status ledger_dynamodb_tell(const struct ledger *ledger, const struct ledger_copier *copier,
                                 void *context)
{
    const struct ledger_dynamodb patient = ledger_dynamodb_patient(ledger);
    struct tell tell = {.ledger = &patient, .copier = copier, .context = context};
    arena_init(&tell.arena);
    arena_init(&tell.lasting);
    const enum status status = tell_all(&tell);
    free(tell.records.rows);
    free(tell.acts.rows);
    free(tell.documents.rows);
    free(tell.events.rows);
    id_map_free(&tell.orders);
    arena_free(&tell.arena);
    arena_free(&tell.lasting);
    return status;
}
