/*
 * Closing a shift: app/shifts/shift_document.h says why in two acts.
 *
 *     open ──shift_close──▶ closed, its totals stand still ──shift_settle──▶ closed, with its Z report
 */
#include "app/actor.h"
#include "app/document_json.h"
#include "app/records/fingerprint.h"
#include "app/shifts/cash_count.h"
#include "app/shifts/shift_answer.h"
#include "app/shifts/shifts.h"
#include "base/clock.h"
#include "catalog/selling.h"

#include <string.h>
#include <time.h>

#define SETTLE_RETRY_S     1
#define SETTLE_WAIT_MS     50   /* before the second look; twice as long before each further one … */
#define SETTLE_WAIT_MAX_MS 1600 /* … up to this: three seconds in all */

static struct ledger_write write_of(struct call *call, const struct ledger_document *shift,
                                    const struct text *members)
{
    struct text *body = arena_alloc(call->arena, sizeof *body);
    *body = document_json_append(call->arena, shift, members);
    struct ledger_write write = {.document = *shift, .expected_version = shift->version};
    write.document.state = SHIFT_CLOSED;
    write.document.body = body->data;
    write.document.body_length = body->length;
    json_t *before = json_loadb(shift->body, shift->body_length, 0, NULL);
    const int64_t number = json_integer_value(json_object_get(before, "number"));
    json_decref(before);
    const char **keys = arena_alloc(call->arena, sizeof *keys);
    keys[0] = shift_document_number_key(call, shift->register_key, number);
    write.keys = keys;
    write.key_count = 1;
    return write;
}

/* --- the first act: what was counted --- */

static struct text write_closing(struct call *call, const json_t *request, int64_t counted)
{
    const json_t *tips = json_object_get(request, "tips_paid_out");
    const json_t *note = json_object_get(request, "note");
    struct text members = arena_text(call->arena, 1024);
    struct json_writer json = json_writer(&members);
    emit_begin_object(&json);
    actor_emit(&json, "closed_by", call);
    cash_count_emit(&json, "counted", json_object_get(request, "counted"), counted);
    emit_member_int(&json, "tips_paid_out", json_integer_value(tips));
    if (note != NULL) {
        emit_member_string(&json, "closing_note", json_string_value(note));
    }
    emit_end_object(&json);
    return members;
}

/* Whether a closed shift was closed with this very request: by what it says, whoever says it. */
static bool is_closed_so(const struct ledger_document *shift, const struct text *closing)
{
    json_t *stored = json_loadb(shift->body, shift->body_length, 0, NULL);
    json_t *asked = json_loadb(closing->data, closing->length, 0, NULL);
    static const char *const names[] = {"counted", "tips_paid_out", "closing_note"};
    bool same = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *was = json_object_get(stored, names[i]), *is = json_object_get(asked, names[i]);
        same = same && (was == is || json_equal(was, is) == 1);
    }
    json_decref(stored);
    json_decref(asked);
    return same;
}

static enum status commit_closing(struct call *call, const json_t *request,
                                  const struct ledger_document *shift, const struct text *closing,
                                  struct ledger_outcome *outcome)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_write write = write_of(call, shift, closing);
    const struct ledger_act act = {
        .name = "shift_close",
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
        .writes = &write,
        .write_count = 1,
    };
    if (shift_document_is_open(shift)) {
        return ledger->ops->commit(ledger, &act, call->arena, outcome);
    }
    const enum status status = ledger->ops->find(ledger, &act, call->arena, outcome); /* the key's story */
    if (status != STATUS_OK || outcome->replayed || is_closed_so(shift, closing)) {
        return status;
    }
    return detail_set(&call->detail, STATUS_SHIFT_CLOSED, "The shift was closed before, with another count.");
}

enum status shift_close(struct call *call, const struct id *id, const json_t *request)
{
    struct ledger_document shift;
    struct ledger_outcome outcome = {0};
    const int64_t counted = cash_count_read(call, json_object_get(request, "counted"), "/counted");
    if (call->detail.faults > 0) {
        return STATUS_VALIDATION_FAILED;
    }
    const struct text closing = write_closing(call, request, counted);
    enum status status = STATUS_VERSION_MISMATCH;
    bool was_closed = false;
    while (status == STATUS_VERSION_MISMATCH && !was_closed) { /* twice at most: it stays closed */
        status = shift_document_read(call, id, &shift);
        if (status == STATUS_OK) {
            was_closed = !shift_document_is_open(&shift);
            status = commit_closing(call, request, &shift, &closing, &outcome);
        }
    }
    if (status == STATUS_OK) {
        status = shift_document_read(call, id, &shift);
    }
    if (status == STATUS_OK) {
        status = shift_answer(call, &shift);
        call->answer.replayed = was_closed || outcome.replayed;
    }
    return status;
}

/* --- the second act: the Z report --- */

static bool is_settled(const struct ledger_document *shift)
{
    json_t *body = json_loadb(shift->body, shift->body_length, 0, NULL);
    const bool is = json_object_get(body, "z_report") != NULL;
    json_decref(body);
    return is;
}

/* The records of a closed shift stand still, and each was posted: a store whose lists lag behind its writes
 * shows them all a moment later, for which read_report waits. */
static bool is_complete(const struct ledger_document *shift, const struct shift_report *report)
{
    const int64_t *balances = shift->balances;
    return report->transactions == balances[LEDGER_SHIFT_TRANSACTIONS] &&
           report->types[SHIFT_SALE].total == balances[LEDGER_SHIFT_SALES] &&
           report->types[SHIFT_REFUND].total + report->types[SHIFT_VOID].total ==
               balances[LEDGER_SHIFT_REFUNDS] &&
           shift_report_expected_cash(report) + report->tips_paid_out == balances[LEDGER_SHIFT_CASH];
}

static enum status read_report(struct call *call, const struct ledger_document *shift, const char *time_zone,
                               struct shift_report *report)
{
    enum status status = shift_report_read(call, shift, time_zone, report);
    for (int64_t wait_ms = SETTLE_WAIT_MS;
         status == STATUS_OK && !is_complete(shift, report) && wait_ms <= SETTLE_WAIT_MAX_MS; wait_ms *= 2) {
        nanosleep(&(struct timespec){.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000}, NULL);
        status = shift_report_read(call, shift, time_zone, report);
    }
    return status;
}

static struct text write_z_report(struct call *call, const struct ledger_document *shift,
                                  const struct shift_report *report)
{
    json_t *body = json_loadb(shift->body, shift->body_length, 0, NULL);
    const int64_t counted = json_integer_value(json_object_get(json_object_get(body, "counted"), "total"));
    const int64_t expected = shift_report_expected_cash(report);
    char closed_at[CLOCK_TEXT_SIZE];
    struct text members = arena_text(call->arena, 4096);
    struct json_writer json = json_writer(&members);
    emit_begin_object(&json);
    emit_name(&json, "z_report");
    emit_begin_object(&json);
    emit_member_int(&json, "number", json_integer_value(json_object_get(body, "number")));
    emit_member_string(&json, "closed_at", clock_format(shift_document_closed_at(shift), closed_at));
    emit_member_int(&json, "expected_cash", expected);
    emit_member_int(&json, "counted_cash", counted);
    emit_member_int(&json, "over_short", counted - expected);
    shift_report_emit(&json, report, false);
    emit_end_object(&json);
    emit_end_object(&json);
    json_decref(body);
    return members;
}

static enum status commit_z_report(struct call *call, const struct ledger_document *shift,
                                   const struct text *members)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_write write = write_of(call, shift, members);
    struct text data = arena_text(call->arena, write.document.body_length + 1024);
    struct json_writer json = json_writer(&data);
    shift_emit(&json, &write.document, NULL, false);
    const struct ledger_event event = {
        .id = id_new(), .type = "shift.closed", .data = data.data, .data_length = data.length};
    const struct ledger_act act = {
        .name = "shift_settle",
        .at_ms = shift_document_closed_at(shift), /* the time of a shift's last write is that of its close */
        .writes = &write,
        .write_count = 1,
        .events = &event,
        .event_count = 1,
    };
    struct ledger_outcome outcome;
    return ledger->ops->commit(ledger, &act, call->arena, &outcome);
}

enum status shift_settle(struct call *call, struct ledger_document *shift)
{
    struct selling_register register_;
    struct shift_report report;
    if (shift_document_is_open(shift) || is_settled(shift)) {
        return STATUS_OK;
    }
    enum status status = shift_register_read(call, shift, &register_);
    if (status == STATUS_OK) {
        status = read_report(call, shift, register_.time_zone, &report);
    }
    if (status == STATUS_OK && !is_complete(shift, &report)) {
        call->detail.retry_after_s = SETTLE_RETRY_S;
        return detail_set(&call->detail, STATUS_NOT_READY,
                          "The shift is closed; not all of its records can be read yet.");
    }
    if (status == STATUS_OK) {
        const struct text members = write_z_report(call, shift, &report);
        status = commit_z_report(call, shift, &members);
    }
    if (status == STATUS_OK || status == STATUS_VERSION_MISMATCH) { /* who was faster wrote the same */
        const struct id id = shift->id;
        status = shift_document_read(call, &id, shift);
    }
    return status;
}
