/* What happens at a drawer besides sales: postings to the shift that are kept as its entries. */
#include "app/actor.h"
#include "app/customers/posting_json.h"
#include "app/records/fingerprint.h"
#include "app/shifts/shift_answer.h"
#include "app/shifts/shifts.h"
#include "base/clock.h"

#include <string.h>

#define CURSOR_LETTER 'w'

struct movement {
    struct id id;
    enum shift_movement type;
    int64_t amount;
};

static enum status read_movement(struct call *call, const json_t *request, struct movement *movement)
{
    const json_t *id = json_object_get(request, "id");
    const json_t *amount = json_object_get(request, "amount");
    *movement = (struct movement){
        .type = shift_movement_named(json_string_value(json_object_get(request, "type"))),
        .amount = json_integer_value(amount),
    };
    if (id == NULL || !id_parse(json_string_value(id), &movement->id)) {
        movement->id = id_new();
    }
    if (movement->type == SHIFT_NO_SALE && movement->amount != 0) {
        return detail_fault(&call->detail, "/amount", "maximum", "Nothing moves when the drawer is opened.");
    }
    if (movement->type != SHIFT_NO_SALE && amount == NULL) {
        return detail_fault(&call->detail, "/amount", "required", "This is missing.");
    }
    if (movement->type != SHIFT_NO_SALE && movement->amount == 0) {
        return detail_fault(&call->detail, "/amount", "minimum", "This must be above 0.");
    }
    return STATUS_OK;
}

/* The request and its shift. */
static struct hash fingerprint_in(const json_t *request, const struct id *shift_id)
{
    struct hash_stream stream = hash_stream();
    const struct hash body = fingerprint_of_request(request);
    hash_stream_add(&stream, &body, sizeof body);
    hash_stream_add(&stream, shift_id, sizeof *shift_id);
    return hash_stream_end(&stream);
}

static const char *write_detail(struct call *call, const json_t *request)
{
    struct text text = arena_text(call->arena, 256);
    struct json_writer json = json_writer(&text);
    emit_begin_object(&json);
    emit_member_string(&json, "reason", json_string_value(json_object_get(request, "reason")));
    actor_emit(&json, "by", call);
    emit_end_object(&json);
    return text_string(&text);
}

static enum status commit(struct call *call, const struct id *shift_id, const json_t *request,
                          const struct movement *movement, struct ledger_outcome *outcome)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_posting posting = {
        .kind = LEDGER_SHIFT,
        .id = *shift_id,
        .required_state = SHIFT_OPEN,
        .floors = LEDGER_NO_FLOORS, /* what the books expect is no reason to leave cash in a drawer */
        .reason = shift_movement_name(movement->type),
    };
    posting.amounts[LEDGER_SHIFT_CASH] = movement->type == SHIFT_PAY_IN ? movement->amount
                                                                        : -movement->amount;
    const struct ledger_act act = {
        .name = "shift_movement",
        .id = movement->id,
        .fingerprint = fingerprint_in(request, shift_id),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
        .detail = write_detail(call, request),
        .postings = &posting,
        .posting_count = 1,
    };
    const enum status status = ledger->ops->commit(ledger, &act, call->arena, outcome);
    if (status == STATUS_DOCUMENT_STATE) {
        return detail_set(&call->detail, STATUS_SHIFT_CLOSED, "The shift is closed and takes no movement.");
    }
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_SHIFT_NOT_FOUND : status;
}

static void emit_movement(struct json_writer *json, const struct id *shift_id,
                          const struct ledger_entry *entry)
{
    char id[ID_TEXT_SIZE], shift[ID_TEXT_SIZE], at[CLOCK_TEXT_SIZE];
    const int64_t cash = entry->amounts[LEDGER_SHIFT_CASH];
    emit_begin_object(json);
    emit_member_string(json, "id", id_format(&entry->act_id, id));
    emit_member_string(json, "shift_id", id_format(shift_id, shift));
    emit_member_string(json, "type", entry->reason);
    emit_member_int(json, "amount", cash < 0 ? -cash : cash);
    emit_member_string(json, "at", clock_format(entry->at_ms, at));
    if (entry->detail != NULL) {
        emit_raw(json, entry->detail + 1, strlen(entry->detail) - 2);
    }
    emit_end_object(json);
}

enum status shift_movement_create(struct call *call, const struct id *id, const json_t *request)
{
    struct movement movement;
    struct ledger_outcome outcome;
    struct ledger_entry entry;
    enum status status = read_movement(call, request, &movement);
    if (status == STATUS_OK) {
        status = commit(call, id, request, &movement, &outcome);
    }
    if (status == STATUS_OK) {
        status = posting_find(call, LEDGER_SHIFT, id, &outcome.id, &entry);
    }
    if (status == STATUS_OK) {
        char shift_id[ID_TEXT_SIZE];
        struct text body = arena_text(call->arena, 512);
        struct json_writer json = json_writer(&body);
        emit_movement(&json, id, &entry);
        call_answer_text(call, &body);
        call->answer.http_status = 201;
        call->answer.location = arena_printf(call->arena, "/api/v1/shifts/%s/movements",
                                             id_format(id, shift_id));
        call->answer.replayed = outcome.replayed;
    }
    return status;
}

enum status shift_movements_list(struct call *call, const struct id *id, const char *cursor, int64_t limit)
{
    static const struct posting_list list = {
        .kind = LEDGER_SHIFT,
        .not_found = STATUS_SHIFT_NOT_FOUND,
        .letter = CURSOR_LETTER,
        .emit = emit_movement,
    };
    return posting_list(call, &list, id, cursor, limit);
}
