#include "app/stock/stock_movements.h"

#include "app/actor.h"
#include "app/page.h"
#include "app/records/fingerprint.h"
#include "base/clock.h"
#include "catalog/entity.h"
#include "catalog/selling.h"
#include "core/quantity.h"
#include "ledger/ledger.h"
#include "sqlite/reader.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(SELLING_NO_LEVEL == LEDGER_NO_LEVEL, "a level that nobody wants to know is one");

#define CURSOR_LETTER 'm'

enum reason {
    RECEIVE,
    ADJUST,
    COUNT,
    WASTE,
    TRANSFER,
};

/* What a reason does to the store that is named, and what its quantities may be. */
static const struct {
    const char *name, *posted;
    int sign;            /* of the quantity that is posted */
    bool negative, zero; /* may be asked for */
    const char *rule;    /* in words */
} reasons[] = {
    [RECEIVE] = {"receive", "receive", 1, false, false, "What is received is above 0."},
    [ADJUST] = {"adjust", "adjust", 1, true, false, "An adjustment is above or below 0."},
    [COUNT] = {"count", "count", 1, false, true, "What was counted is 0 or more."},
    [WASTE] = {"waste", "waste", -1, false, false, "What is wasted is above 0."},
    [TRANSFER] = {"transfer", "transfer_out", -1, false, false, "What is transferred is above 0."},
};

struct line {
    struct selling_product product;
    bool found;
    int64_t quantity;       /* as it was asked for */
    size_t moved, moved_to; /* the movements that it became */
};

/* A request, read; and what becomes of it. */
struct stock_posting {
    enum reason reason;
    const char *note;
    struct ledger_ref store, to_store;
    struct line *lines;
    size_t line_count;
    struct ledger_movement *movements;
    size_t movement_count;
    struct id id;
    int64_t at_ms;
    const char *detail; /* who and why, as the history lists it */
};

/* --- the request --- */

static enum reason read_reason(const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "reason"));
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (strcmp(reasons[i].name, name) == 0) {
            return (enum reason)i;
        }
    }
    __builtin_trap(); /* the contract admits no other */
}

/* Finds a store of the request; one that is not there is a fault. */
static enum status find_store(struct call *call, struct db *db, const json_t *request, const char *member,
                              struct ledger_ref *store)
{
    const char *pointer = arena_printf(call->arena, "/%s", member);
    struct entity_row row;
    if (!id_parse(json_string_value(json_object_get(request, member)), &store->id)) {
        return detail_fault(&call->detail, pointer, "format", "This must be an id.");
    }
    const enum status status = entity_find(&entity_store, db, call->arena, &store->id, &row);
    if (status == STATUS_STORE_NOT_FOUND) {
        (void)detail_fault(&call->detail, pointer, status_code(status), "There is no such store.");
        return STATUS_OK; /* so that other faults are found */
    }
    store->key = status == STATUS_OK ? row.key : 0;
    return status;
}

static enum status find_stores(struct call *call, struct db *db, const json_t *request,
                               struct stock_posting *posting)
{
    const bool has_target = json_object_get(request, "to_store_id") != NULL;
    const enum status status = find_store(call, db, request, "store_id", &posting->store);
    if (status != STATUS_OK) {
        return status;
    }
    if (has_target != (posting->reason == TRANSFER)) {
        (void)detail_fault(&call->detail, "/to_store_id", has_target ? "unexpected" : "required",
                           "A transfer goes to another store; nothing else does.");
        return STATUS_OK;
    }
    if (!has_target) {
        return STATUS_OK;
    }
    const enum status found = find_store(call, db, request, "to_store_id", &posting->to_store);
    if (found == STATUS_OK && id_equal(&posting->store.id, &posting->to_store.id)) {
        (void)detail_fault(&call->detail, "/to_store_id", "same_store", "A transfer goes to another store.");
    }
    return found;
}

static void read_quantity(struct call *call, const json_t *json, size_t number, enum reason reason,
                          struct line *line)
{
    const json_t *text = json_object_get(json, "quantity");
    const char *pointer = arena_printf(call->arena, "/lines/%zu/quantity", number);
    const bool parsed = quantity_parse(json_string_value(text), json_string_length(text), &line->quantity);
    if (!parsed || (line->quantity < 0 && !reasons[reason].negative) ||
        (line->quantity == 0 && !reasons[reason].zero)) {
        (void)detail_fault(&call->detail, pointer, "quantity_out_of_range", "%s", reasons[reason].rule);
    } else if (line->found && line->product.pricing.unit == PRICING_EACH &&
               line->quantity % QUANTITY_ONE != 0) {
        (void)detail_fault(&call->detail, pointer, "quantity_not_whole",
                           "A product sold by piece needs a whole quantity.");
    }
}

static bool is_repeated(const struct stock_posting *posting, size_t number, const struct id *id)
{
    for (size_t i = 0; i < number; i++) {
        if (posting->lines[i].found && id_equal(&posting->lines[i].product.id, id)) {
            return true;
        }
    }
    return false;
}

static enum status read_line(struct call *call, struct db *db, const json_t *json, size_t number,
                             struct stock_posting *posting)
{
    struct line *line = &posting->lines[number];
    const char *pointer = arena_printf(call->arena, "/lines/%zu/product_id", number);
    struct id id;
    enum status status = STATUS_PRODUCT_NOT_FOUND;
    if (id_parse(json_string_value(json_object_get(json, "product_id")), &id)) {
        status = selling_product_read(db, call->arena, &id, &line->product);
    }
    line->found = status == STATUS_OK;
    if (status == STATUS_PRODUCT_NOT_FOUND) {
        (void)detail_fault(&call->detail, pointer, status_code(status), "There is no such product.");
    } else if (status != STATUS_OK) {
        return status;
    } else if (line->product.kind != SELLING_GOODS) {
        (void)detail_fault(&call->detail, pointer, "no_stock", "The product %s has no stock.",
                           line->product.sku);
    } else if (is_repeated(posting, number, &id)) {
        (void)detail_fault(&call->detail, pointer, "repeated", "The product stands on another line, too.");
    }
    read_quantity(call, json, number, posting->reason, line);
    return STATUS_OK;
}

static enum status read_request(struct call *call, const json_t *request, struct stock_posting *posting)
{
    const json_t *lines = json_object_get(request, "lines");
    const json_t *id = json_object_get(request, "id");
    *posting = (struct stock_posting){
        .reason = read_reason(request),
        .note = json_string_value(json_object_get(request, "note")),
        .line_count = json_array_size(lines),
        .lines = arena_zeroed(call->arena, json_array_size(lines), sizeof *posting->lines),
    };
    if (id == NULL || !id_parse(json_string_value(id), &posting->id)) {
        posting->id = id_new();
    }
    struct db *db = reader_take(call->app->readers);
    enum status status = find_stores(call, db, request, posting);
    for (size_t i = 0; status == STATUS_OK && i < posting->line_count; i++) {
        status = read_line(call, db, json_array_get(lines, i), i, posting);
    }
    reader_give_back(call->app->readers, db);
    return status == STATUS_OK && call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : status;
}

/* --- the act --- */

static struct ledger_movement movement_of(const struct stock_posting *posting, const struct line *line,
                                          const struct ledger_ref *store, const char *reason, int sign)
{
    const int64_t quantity = sign * line->quantity;
    return (struct ledger_movement){
        .store = *store,
        .product = {.key = line->product.key, .id = line->product.id},
        .reason = reason,
        .quantity = quantity,
        .counted = posting->reason == COUNT,
        .deny_oversell = line->product.deny_oversell && posting->reason != COUNT && quantity < 0,
        .low_at = line->product.low_stock_at,
    };
}

static int by_place(const void *a, const void *b)
{
    const struct ledger_movement *left = a, *right = b;
    if (left->store.key != right->store.key) {
        return (left->store.key > right->store.key) - (left->store.key < right->store.key);
    }
    return (left->product.key > right->product.key) - (left->product.key < right->product.key);
}

static size_t find_movement(const struct stock_posting *posting, const struct ledger_ref *store,
                            const struct line *line)
{
    const struct ledger_movement key = {.store = *store, .product.key = line->product.key};
    const struct ledger_movement *found = bsearch(&key, posting->movements, posting->movement_count,
                                                  sizeof key, by_place);
    return (size_t)(found - posting->movements);
}

static void make_movements(struct call *call, struct stock_posting *posting)
{
    const size_t per_line = posting->reason == TRANSFER ? 2 : 1;
    posting->movements = arena_alloc(call->arena,
                                     posting->line_count * per_line * sizeof *posting->movements);
    for (size_t i = 0; i < posting->line_count; i++) {
        const struct line *line = &posting->lines[i];
        posting->movements[posting->movement_count++] = movement_of(
            posting, line, &posting->store, reasons[posting->reason].posted, reasons[posting->reason].sign);
        if (posting->reason == TRANSFER) {
            posting->movements[posting->movement_count++] = movement_of(posting, line, &posting->to_store,
                                                                        "transfer_in", 1);
        }
    }
    qsort(posting->movements, posting->movement_count, sizeof *posting->movements, by_place);
    for (size_t i = 0; i < posting->line_count; i++) {
        struct line *line = &posting->lines[i];
        line->moved = find_movement(posting, &posting->store, line);
        line->moved_to = posting->reason == TRANSFER ? find_movement(posting, &posting->to_store, line) : 0;
    }
}

static const char *write_detail(struct call *call, const struct stock_posting *posting)
{
    struct text text = arena_text(call->arena, 256);
    struct json_writer json = json_writer(&text);
    emit_begin_object(&json);
    actor_emit(&json, "by", call);
    if (posting->note != NULL) {
        emit_member_string(&json, "note", posting->note);
    }
    emit_end_object(&json);
    return text_string(&text);
}

/* The ledger names the first product of which there is too little; a person wants to know all. */
static enum status explain_shortage(struct call *call, const struct stock_posting *posting,
                                    const struct ledger_outcome *outcome)
{
    const struct ledger *ledger = call->app->ledger;
    int64_t *keys = arena_alloc(call->arena, posting->line_count * sizeof *keys);
    int64_t *levels = arena_alloc(call->arena, posting->line_count * sizeof *levels);
    for (size_t i = 0; i < posting->line_count; i++) {
        keys[i] = posting->lines[i].product.key;
    }
    const enum status status = ledger->ops->stock_read(ledger, posting->store.key, keys, posting->line_count,
                                                       levels);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < posting->line_count; i++) {
        const struct ledger_movement *movement = &posting->movements[posting->lines[i].moved];
        if (posting->lines[i].moved == outcome->failed) {
            levels[i] = outcome->left;
        } else if (!movement->deny_oversell || levels[i] + movement->quantity >= 0) {
            continue;
        }
        char text[QUANTITY_TEXT_SIZE];
        struct text left = text_over(text, sizeof text);
        quantity_format(&left, levels[i]);
        (void)detail_fault(&call->detail, arena_printf(call->arena, "/lines/%zu/quantity", i),
                           "insufficient_stock", "%s (%s): %s in stock.", posting->lines[i].product.name,
                           posting->lines[i].product.sku, text_string(&left));
    }
    return detail_set(&call->detail, STATUS_INSUFFICIENT_STOCK, "%s",
                      call->detail.faults == 1
                          ? call->detail.first->detail
                          : arena_printf(call->arena, "%u products that are never oversold are short.",
                                         call->detail.faults));
}

/* --- the answer --- */

static void emit_quantity(struct json_writer *json, const char *name, int64_t quantity)
{
    char buffer[32]; /* a level may be longer than any quantity */
    struct text text = text_over(buffer, sizeof buffer);
    quantity_format(&text, quantity);
    emit_name(json, name);
    emit_string_n(json, text.data, text.length);
}

static void emit_id(struct json_writer *json, const char *name, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    emit_member_string(json, name, id_format(id, text));
}

static void emit_time(struct json_writer *json, const char *name, int64_t at_ms)
{
    char text[CLOCK_TEXT_SIZE];
    emit_member_string(json, name, clock_format(at_ms, text));
}

/* A movement is read in the history of its products: that of the first. */
static const char *location_of(struct call *call, const struct stock_posting *posting)
{
    char store[ID_TEXT_SIZE], product[ID_TEXT_SIZE];
    return arena_printf(call->arena, "/api/v1/stock-movements?store_id=%s&product_id=%s",
                        id_format(&posting->store.id, store),
                        id_format(&posting->lines[0].product.id, product));
}

static void answer_posted(struct call *call, const struct stock_posting *posting,
                          const struct ledger_outcome *outcome)
{
    struct text body = arena_text(call->arena, 512 + posting->line_count * 160);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_id(&json, "id", &outcome->id);
    emit_id(&json, "store_id", &posting->store.id);
    emit_member_string(&json, "reason", reasons[posting->reason].name);
    if (posting->reason == TRANSFER) {
        emit_id(&json, "to_store_id", &posting->to_store.id);
    }
    emit_time(&json, "at", posting->at_ms);
    emit_raw(&json, posting->detail + 1, strlen(posting->detail) - 2);
    emit_name(&json, "lines");
    emit_begin_array(&json);
    for (size_t i = 0; i < posting->line_count; i++) {
        const struct line *line = &posting->lines[i];
        emit_begin_object(&json);
        emit_id(&json, "product_id", &line->product.id);
        emit_quantity(&json, "quantity", outcome->moved[line->moved].quantity);
        emit_quantity(&json, "level", outcome->moved[line->moved].level);
        if (posting->reason == TRANSFER) {
            emit_quantity(&json, "to_level", outcome->moved[line->moved_to].level);
        }
        emit_end_object(&json);
    }
    emit_end_array(&json);
    emit_end_object(&json);
    call_answer_text(call, &body);
    call->answer.http_status = 201;
    call->answer.location = location_of(call, posting);
    call->answer.replayed = outcome->replayed;
}

/* When and by whom it was posted the first time: the history of its first product knows. */
static enum status read_first(struct call *call, const struct id *act_id, struct stock_posting *posting)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_moved_page page = {.has_more = true};
    while (page.has_more) {
        const struct cursor after = page.next;
        const enum status status = ledger->ops->movement_list(ledger, posting->store.key,
                                                              posting->lines[0].product.key, &after,
                                                              LEDGER_PAGE_MAX, call->arena, &page);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t i = 0; i < page.count; i++) {
            if (id_equal(&page.rows[i].act_id, act_id)) {
                posting->at_ms = page.rows[i].at_ms;
                posting->detail = page.rows[i].detail;
                return STATUS_OK;
            }
        }
    }
    return STATUS_OK;
}

enum status stock_movements_create(struct call *call, const json_t *request)
{
    const struct ledger *ledger = call->app->ledger;
    struct stock_posting posting;
    enum status status = read_request(call, request, &posting);
    if (status != STATUS_OK) {
        return status;
    }
    make_movements(call, &posting);
    posting.at_ms = clock_now_ms();
    posting.detail = write_detail(call, &posting);
    const struct ledger_act act = {
        .name = "stock_movement",
        .id = posting.id,
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = posting.at_ms,
        .detail = posting.detail,
        .movements = posting.movements,
        .movement_count = posting.movement_count,
    };
    struct ledger_outcome outcome;
    status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    if (status == STATUS_INSUFFICIENT_STOCK) {
        return explain_shortage(call, &posting, &outcome);
    }
    if (status == STATUS_OK && outcome.replayed) {
        status = read_first(call, &outcome.id, &posting);
    }
    if (status == STATUS_OK) {
        answer_posted(call, &posting, &outcome);
    }
    return status;
}

/* --- the history --- */

static void emit_row(struct json_writer *json, const struct ledger_moved_row *row)
{
    emit_begin_object(json);
    emit_id(json, "store_id", &row->store.id);
    emit_id(json, "product_id", &row->product.id);
    emit_member_string(json, "reason", row->reason);
    emit_quantity(json, "quantity", row->quantity);
    emit_quantity(json, "level", row->level);
    emit_time(json, "at", row->at_ms);
    emit_id(json, "source_id", &row->act_id);
    if (row->detail != NULL && !row->by_record) {
        emit_raw(json, row->detail + 1, strlen(row->detail) - 2);
    }
    emit_end_object(json);
}

static void answer_page(struct call *call, const struct ledger_moved_page *page)
{
    struct page_answer answer;
    page_answer_begin(&answer, call, page->count * 320);
    for (size_t i = 0; i < page->count; i++) {
        emit_row(&answer.json, &page->rows[i]);
    }
    page_answer_next(&answer, CURSOR_LETTER, page->has_more, &page->next);
    page_answer_end(&answer);
}

/* An id to the key that the ledger knows; 0 when there is no such row: it has no history. */
static enum status key_of(struct call *call, struct db *db, const struct entity *entity, const struct id *id,
                          int64_t *key)
{
    struct entity_row row;
    const enum status status = entity_find(entity, db, call->arena, id, &row);
    *key = status == STATUS_OK ? row.key : 0;
    return status == entity->not_found ? STATUS_OK : status;
}

enum status stock_movements_list(struct call *call, const struct stock_movements_query *query)
{
    const struct ledger *ledger = call->app->ledger;
    int64_t store_key = 0, product_key = 0;
    struct ledger_moved_page page = {0};
    struct cursor cursor;
    enum status status = cursor_read(query->cursor, CURSOR_LETTER, &call->detail, &cursor);
    if (status != STATUS_OK) {
        return status;
    }
    struct db *db = reader_take(call->app->readers);
    status = key_of(call, db, &entity_store, &query->store_id, &store_key);
    if (status == STATUS_OK) {
        status = key_of(call, db, &entity_product, &query->product_id, &product_key);
    }
    reader_give_back(call->app->readers, db);
    if (status == STATUS_OK && store_key != 0 && product_key != 0) {
        status = ledger->ops->movement_list(ledger, store_key, product_key, &cursor, (size_t)query->limit,
                                            call->arena, &page);
    }
    if (status == STATUS_OK) {
        answer_page(call, &page);
    }
    return status;
}
