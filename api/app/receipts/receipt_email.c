#include "app/receipts/receipt_email.h"

#include "app/document_json.h"
#include "app/receipts/receipt_email_document.h"
#include "app/receipts/receipt_mailer.h"
#include "app/records/fingerprint.h"
#include "base/clock.h"
#include "notify/mail.h"

#include <string.h>

/* --- the document's body: the members of the answer that only it knows --- */

static struct text write_body(struct arena *arena, const struct receipt_email *email)
{
    char id[ID_TEXT_SIZE], sent_at[CLOCK_TEXT_SIZE];
    struct text body = arena_text(arena, 512);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_int(&json, "attempts", email->attempts);
    if (email->error != NULL) {
        emit_member_string(&json, "error", email->error);
    }
    emit_member_bool(&json, "gift", email->gift);
    if (email->language != NULL) {
        emit_member_string(&json, "language", email->language);
    }
    if (email->sent_at_ms != 0) {
        emit_member_string(&json, "sent_at", clock_format(email->sent_at_ms, sent_at));
    }
    emit_member_string(&json, "to", email->to);
    emit_member_string(&json, "transaction_id", id_format(&email->transaction_id, id));
    emit_end_object(&json);
    return body;
}

static const char *copy_string(struct arena *arena, const json_t *object, const char *name)
{
    const char *string = json_string_value(json_object_get(object, name));
    return string == NULL ? NULL : arena_copy(arena, string);
}

static bool read_body(struct arena *arena, struct receipt_email *email)
{
    json_t *body = json_loadb(email->document.body, email->document.body_length, 0, NULL);
    const char *transaction_id = json_string_value(json_object_get(body, "transaction_id"));
    const char *sent_at = json_string_value(json_object_get(body, "sent_at"));
    email->to = copy_string(arena, body, "to");
    email->language = copy_string(arena, body, "language");
    email->gift = json_is_true(json_object_get(body, "gift"));
    email->attempts = json_integer_value(json_object_get(body, "attempts"));
    email->error = copy_string(arena, body, "error");
    if (sent_at != NULL) {
        (void)clock_parse(sent_at, &email->sent_at_ms);
    }
    const bool is_whole = email->to != NULL && transaction_id != NULL &&
                          id_parse(transaction_id, &email->transaction_id);
    json_decref(body);
    return is_whole;
}

/* --- for the mailer --- */

enum status receipt_email_load(const struct ledger *ledger, struct arena *arena, const struct id *id,
                               struct receipt_email *email)
{
    *email = (struct receipt_email){0};
    const enum status status = ledger->ops->document_read(ledger, LEDGER_RECEIPT_EMAIL, id, arena,
                                                          &email->document);
    if (status == STATUS_DOCUMENT_NOT_FOUND) {
        return STATUS_RECEIPT_EMAIL_NOT_FOUND;
    }
    return status == STATUS_OK && !read_body(arena, email) ? STATUS_INTERNAL_ERROR : status;
}

enum status receipt_email_save(const struct ledger *ledger, struct arena *arena, struct receipt_email *email,
                               const char *state)
{
    const struct text body = write_body(arena, email);
    struct ledger_outcome outcome;
    struct ledger_write write = {.document = email->document, .expected_version = email->document.version};
    write.document.state = state;
    write.document.body = body.data;
    write.document.body_length = body.length;
    const struct ledger_act act = {
        .name = "receipt_email_update", .at_ms = clock_now_ms(), .writes = &write, .write_count = 1};
    const enum status status = ledger->ops->commit(ledger, &act, arena, &outcome);
    if (status == STATUS_OK) {
        email->document = write.document;
        email->document.version++;
    }
    return status;
}

/* --- the operations --- */

static void answer(struct call *call, const struct ledger_document *document)
{
    char id[ID_TEXT_SIZE], time[CLOCK_TEXT_SIZE];
    struct text body = arena_text(call->arena, 1024);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "id", id_format(&document->id, id));
    emit_member_string(&json, "state", document->state);
    document_json_emit_members(&json, document);
    emit_member_string(&json, "created_at", clock_format(document->created_at_ms, time));
    emit_member_string(&json, "updated_at", clock_format(document->updated_at_ms, time));
    emit_end_object(&json);
    call_answer_text(call, &body);
}

static enum status commit(struct call *call, const json_t *request, struct receipt_email *email,
                          struct ledger_outcome *outcome)
{
    const struct ledger *ledger = call->app->ledger;
    const int64_t now_ms = clock_now_ms();
    char id[ID_TEXT_SIZE];
    const struct text body = write_body(call->arena, email);
    email->document.kind = LEDGER_RECEIPT_EMAIL;
    email->document.state = RECEIPT_EMAIL_QUEUED;
    email->document.expires_at_ms = now_ms + RECEIPT_EMAIL_KEPT_MS;
    email->document.body = body.data;
    email->document.body_length = body.length;
    const char *data = arena_printf(call->arena, "{\"receipt_email_id\":\"%s\"}",
                                    id_format(&email->document.id, id));
    const struct ledger_write write = {.document = email->document};
    const struct ledger_event event = {
        .id = id_new(), .type = RECEIPT_EMAIL_EVENT, .data = data, .data_length = strlen(data)};
    const struct ledger_act act = {
        .name = "receipt_email_create",
        .id = email->document.id,
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = now_ms,
        .writes = &write,
        .write_count = 1,
        .events = &event,
        .event_count = 1,
    };
    return ledger->ops->commit(ledger, &act, call->arena, outcome);
}

static enum status check(struct call *call, const json_t *request, struct receipt_email *email)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_transaction transaction;
    if (call->app->mailer == NULL) {
        return detail_set(&call->detail, STATUS_MAIL_NOT_CONFIGURED,
                          "Who runs the server sets MYPOS_SMTP_URL and MYPOS_SMTP_FROM.");
    }
    if (!mail_address_is_valid(email->to)) {
        return detail_fault(&call->detail, "/to", "format",
                            "This must be an e-mail address such as ada@example.org.");
    }
    const json_t *id = json_object_get(request, "id");
    if (id == NULL || !id_parse(json_string_value(id), &email->document.id)) {
        email->document.id = id_new();
    }
    const enum status status = ledger->ops->transaction_read(ledger, &email->transaction_id, call->arena,
                                                             &transaction);
    email->document.store_key = status == STATUS_OK ? transaction.store_key : 0;
    return status;
}

enum status receipt_email_create(struct call *call, const struct id *transaction_id, const json_t *request)
{
    struct ledger_outcome outcome;
    struct ledger_document document;
    struct receipt_email email = {
        .transaction_id = *transaction_id,
        .to = json_string_value(json_object_get(request, "to")),
        .language = json_string_value(json_object_get(request, "language")),
        .gift = json_is_true(json_object_get(request, "gift")),
    };
    const struct ledger *ledger = call->app->ledger;
    enum status status = check(call, request, &email);
    if (status == STATUS_OK) {
        status = commit(call, request, &email, &outcome);
    }
    if (status == STATUS_OK) {
        status = ledger->ops->document_read(ledger, LEDGER_RECEIPT_EMAIL, &outcome.id, call->arena,
                                            &document);
    }
    if (status == STATUS_OK) {
        answer(call, &document);
        call->answer.http_status = 202;
        call->answer.replayed = outcome.replayed;
        receipt_mailer_wake(call->app->mailer);
    }
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_RECEIPT_EMAIL_NOT_FOUND : status;
}

enum status receipt_email_read(struct call *call, const struct id *transaction_id, const struct id *id)
{
    struct receipt_email email;
    const enum status status = receipt_email_load(call->app->ledger, call->arena, id, &email);
    if (status == STATUS_OK && !id_equal(&email.transaction_id, transaction_id)) {
        return STATUS_RECEIPT_EMAIL_NOT_FOUND;
    }
    if (status == STATUS_OK) {
        answer(call, &email.document);
    }
    return status;
}
