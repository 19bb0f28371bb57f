#include "app/shifts/shift_answer.h"

#include "app/document_json.h"
#include "app/identity/auth.h"
#include "base/clock.h"
#include "catalog/selling.h"
#include "sqlite/reader.h"

#define REPORTS_READ (1ULL << AUTH_SCOPE_NUMBER_REPORTS_READ)

enum status shift_register_read(struct call *call, const struct ledger_document *shift,
                                struct selling_register *register_)
{
    struct id id;
    json_t *body = json_loadb(shift->body, shift->body_length, 0, NULL);
    const char *text = json_string_value(json_object_get(body, "register_id"));
    const bool parsed = text != NULL && id_parse(text, &id);
    json_decref(body);
    if (!parsed) {
        return STATUS_INTERNAL_ERROR;
    }
    struct db *db = reader_take(call->app->readers);
    const enum status status = selling_register_read(db, call->arena, &id, register_);
    reader_give_back(call->app->readers, db);
    return status;
}

bool shift_is_blind(const struct call *call, const struct ledger_document *shift)
{
    return shift_document_is_open(shift) && !auth_allows(call->principal.scopes, REPORTS_READ);
}

static void emit_time(struct json_writer *json, const char *name, int64_t at_ms)
{
    char text[CLOCK_TEXT_SIZE];
    emit_member_string(json, name, clock_format(at_ms, text));
}

void shift_emit(struct json_writer *json, const struct ledger_document *shift,
                const struct shift_report *report, bool blind)
{
    char id[ID_TEXT_SIZE];
    const int64_t *balances = shift->balances;
    emit_begin_object(json);
    emit_member_string(json, "id", id_format(&shift->id, id));
    emit_member_string(json, "state", shift->state);
    emit_time(json, "opened_at", shift->created_at_ms);
    if (!shift_document_is_open(shift)) {
        emit_time(json, "closed_at", shift_document_closed_at(shift));
    }
    document_json_emit_members(json, shift);
    emit_member_int(json, "transactions", balances[LEDGER_SHIFT_TRANSACTIONS]);
    if (report != NULL) {
        emit_name(json, "report");
        emit_begin_object(json);
        shift_report_emit(json, report, blind);
        emit_end_object(json);
    }
    if (balances[LEDGER_SHIFT_LATE_TRANSACTIONS] > 0) {
        emit_name(json, "late");
        emit_begin_object(json);
        emit_member_int(json, "transactions", balances[LEDGER_SHIFT_LATE_TRANSACTIONS]);
        emit_member_int(json, "sales", balances[LEDGER_SHIFT_LATE_SALES]);
        emit_member_int(json, "refunds", balances[LEDGER_SHIFT_LATE_REFUNDS]);
        emit_member_int(json, "cash", balances[LEDGER_SHIFT_LATE_CASH]);
        emit_end_object(json);
    }
    emit_end_object(json);
}

enum status shift_answer(struct call *call, struct ledger_document *shift)
{
    struct selling_register register_;
    struct shift_report report;
    const bool is_open = shift_document_is_open(shift);
    enum status status = shift_settle(call, shift);
    if (status == STATUS_OK && is_open) {
        status = shift_register_read(call, shift, &register_);
        if (status == STATUS_OK) {
            status = shift_report_read(call, shift, register_.time_zone, &report);
        }
    }
    if (status == STATUS_OK) {
        struct text body = arena_text(call->arena, shift->body_length + 4096);
        struct json_writer json = json_writer(&body);
        shift_emit(&json, shift, is_open ? &report : NULL, shift_is_blind(call, shift));
        call_answer_text(call, &body);
    }
    return status;
}
