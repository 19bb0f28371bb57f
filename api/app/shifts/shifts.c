#include "app/shifts/shifts.h"

#include "app/actor.h"
#include "app/kept_answer.h"
#include "app/page.h"
#include "app/records/fingerprint.h"
#include "app/shifts/cash_count.h"
#include "app/shifts/shift_answer.h"
#include "base/clock.h"
#include "catalog/entity.h"
#include "catalog/selling.h"
#include "sqlite/reader.h"

#define CURSOR_LETTER 'h'

/* --- open --- */

struct opening {
    struct id id;
    struct selling_register register_;
    int64_t opening_float;
    int64_t number;
};

static enum status read_opening(struct call *call, const json_t *request, struct opening *opening)
{
    struct id register_id;
    const json_t *id = json_object_get(request, "id");
    *opening = (struct opening){
        .opening_float = cash_count_read(call, json_object_get(request, "opening_float"), "/opening_float"),
    };
    if (id == NULL || !id_parse(json_string_value(id), &opening->id)) {
        opening->id = id_new();
    }
    enum status status = STATUS_REGISTER_NOT_FOUND;
    if (id_parse(json_string_value(json_object_get(request, "register_id")), &register_id)) {
        struct db *db = reader_take(call->app->readers);
        status = selling_register_read(db, call->arena, &register_id, &opening->register_);
        reader_give_back(call->app->readers, db);
    }
    if (status == STATUS_REGISTER_NOT_FOUND) {
        return detail_fault(&call->detail, "/register_id", status_code(status), "There is no such register.");
    }
    if (status == STATUS_OK && opening->register_.archived) {
        (void)detail_fault(&call->detail, "/register_id", "archived",
                           "The register or its store is archived.");
    }
    return status == STATUS_OK && call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : status;
}

static enum status next_number(struct call *call, int64_t register_key, int64_t *number)
{
    struct shift_walk walk = shift_walk(call, register_key);
    struct ledger_document newest;
    bool found;
    const enum status status = shift_walk_next(&walk, &newest, &found);
    *number = 1;
    if (status == STATUS_OK && found) {
        json_t *body = json_loadb(newest.body, newest.body_length, 0, NULL);
        *number = json_integer_value(json_object_get(body, "number")) + 1;
        json_decref(body);
    }
    return status;
}

static struct text write_body(struct call *call, const json_t *request, const struct opening *opening)
{
    char id[ID_TEXT_SIZE];
    const json_t *note = json_object_get(request, "note");
    struct text body = arena_text(call->arena, 1024);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "store_id", id_format(&opening->register_.store_id, id));
    emit_member_string(&json, "register_id", id_format(&opening->register_.id, id));
    emit_member_int(&json, "number", opening->number);
    emit_member_string(&json, "currency", opening->register_.currency);
    actor_emit(&json, "opened_by", call);
    cash_count_emit(&json, "opening_float", json_object_get(request, "opening_float"),
                    opening->opening_float);
    if (note != NULL) {
        emit_member_string(&json, "note", json_string_value(note));
    }
    emit_end_object(&json);
    return body;
}

static void answer_created(struct call *call, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    call->answer.http_status = 201;
    call->answer.location = arena_printf(call->arena, "/api/v1/shifts/%s", id_format(id, text));
}

/* The shift as it will be stored, with its report: nothing has happened yet. */
static void answer_opening(struct call *call, const struct opening *opening,
                           const struct ledger_document *shift, int64_t at_ms)
{
    struct ledger_document stored = *shift;
    stored.created_at_ms = stored.updated_at_ms = at_ms;
    const struct shift_report report = {.opening_float = opening->opening_float};
    struct text body = arena_text(call->arena, 4096);
    struct json_writer json = json_writer(&body);
    shift_emit(&json, &stored, &report, shift_is_blind(call, &stored));
    call_answer_text(call, &body);
    answer_created(call, &opening->id);
}

static enum status commit_opening(struct call *call, const json_t *request, struct opening *opening,
                                  struct ledger_outcome *outcome)
{
    const struct ledger *ledger = call->app->ledger;
    const int64_t register_key = opening->register_.key, at_ms = clock_now_ms();
    enum status status = next_number(call, register_key, &opening->number);
    if (status != STATUS_OK) {
        return status;
    }
    const struct text body = write_body(call, request, opening);
    const char *const keys[] = {
        shift_document_open_key(call, register_key),
        shift_document_number_key(call, register_key, opening->number),
    };
    const struct ledger_write write = {
        .document = {.kind = LEDGER_SHIFT,
                     .id = opening->id,
                     .state = SHIFT_OPEN,
                     .store_key = opening->register_.store_key,
                     .register_key = register_key,
                     .body = body.data,
                     .body_length = body.length,
                     .balances = {[LEDGER_SHIFT_CASH] = opening->opening_float}},
        .keys = keys,
        .key_count = sizeof keys / sizeof *keys,
    };
    answer_opening(call, opening, &write.document, at_ms);
    const struct ledger_answer kept = kept_answer_of(call);
    const struct ledger_act act = {
        .name = "shift_open",
        .id = opening->id,
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = at_ms,
        .answer = &kept,
        .writes = &write,
        .write_count = 1,
    };
    return ledger->ops->commit(ledger, &act, call->arena, outcome);
}

static enum status refuse_open(struct call *call, const struct opening *opening,
                               const struct ledger_document *shift)
{
    char id[ID_TEXT_SIZE];
    call->detail.members = arena_printf(call->arena, "\"shift_id\":\"%s\"", id_format(&shift->id, id));
    return detail_set(&call->detail, STATUS_SHIFT_OPEN, "The register %s has the open shift %s.",
                      opening->register_.code, id);
}

/* By its id alone: the shift as it is now. */
static enum status answer_again(struct call *call, const struct id *id)
{
    struct ledger_document shift;
    enum status status = shift_document_read(call, id, &shift);
    if (status == STATUS_OK) {
        status = shift_answer(call, &shift);
        answer_created(call, id);
    }
    return status;
}

enum status shift_open(struct call *call, const json_t *request)
{
    struct opening opening;
    struct ledger_outcome outcome = {0};
    enum status status = read_opening(call, request, &opening);
    if (status != STATUS_OK) {
        return status;
    }
    status = commit_opening(call, request, &opening, &outcome);
    for (int tries = 1; status == STATUS_CODE_TAKEN && tries < SHIFT_TRIES; tries++) {
        struct ledger_document shift;
        bool found; /* one is open; or one was, and took the number */
        status = shift_document_open(call, opening.register_.key, &shift, &found);
        if (status == STATUS_OK) {
            status = found ? refuse_open(call, &opening, &shift)
                           : commit_opening(call, request, &opening, &outcome);
        }
    }
    if (status == STATUS_CODE_TAKEN) {
        return detail_set(&call->detail, STATUS_OVERLOADED, "Too many open shifts on this register at once.");
    }
    if (status == STATUS_OK && outcome.replayed && !kept_answer_replay(call, &outcome)) {
        status = answer_again(call, &outcome.id);
    }
    return status;
}

/* --- read --- */

enum status shift_read(struct call *call, const struct id *id)
{
    struct ledger_document shift;
    const enum status status = shift_document_read(call, id, &shift);
    return status == STATUS_OK ? shift_answer(call, &shift) : status;
}

/* An id to the key that the ledger knows. `nothing`: there is no such row, so it has no shifts. */
static enum status resolve(struct call *call, const struct entity *entity, const struct id *id, int64_t *key,
                           bool *nothing)
{
    struct entity_row row;
    struct db *db = reader_take(call->app->readers);
    const enum status status = entity_find(entity, db, call->arena, id, &row);
    reader_give_back(call->app->readers, db);
    if (status == entity->not_found) {
        *nothing = true;
        return STATUS_OK;
    }
    *key = status == STATUS_OK ? row.key : 0;
    return status;
}

static enum status answer_page(struct call *call, struct ledger_document_page *page)
{
    struct page_answer answer;
    page_answer_begin(&answer, call, 4096);
    for (size_t i = 0; i < page->count; i++) {
        const enum status status = shift_settle(call, &page->documents[i]);
        if (status != STATUS_OK) {
            return status;
        }
        shift_emit(&answer.json, &page->documents[i], NULL, true);
    }
    page_answer_next(&answer, CURSOR_LETTER, page->has_more, &page->next);
    page_answer_end(&answer);
    return STATUS_OK;
}

enum status shifts_list(struct call *call, const struct shifts_query *query)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_document_filter filter = {
        .kind = LEDGER_SHIFT,
        .has_store = query->has_store,
        .has_register = query->has_register,
        .state = query->state,
    };
    struct ledger_document_page page = {0};
    struct cursor cursor;
    bool nothing = false;
    enum status status = cursor_read(query->cursor, CURSOR_LETTER, &call->detail, &cursor);
    if (status == STATUS_OK && query->has_store) {
        status = resolve(call, &entity_store, &query->store_id, &filter.store_key, &nothing);
    }
    if (status == STATUS_OK && query->has_register) {
        status = resolve(call, &entity_register, &query->register_id, &filter.register_key, &nothing);
    }
    if (status == STATUS_OK && !nothing) {
        status = ledger->ops->document_list(ledger, &filter, &cursor, (size_t)query->limit, call->arena,
                                            &page);
    }
    return status == STATUS_OK ? answer_page(call, &page) : status;
}
