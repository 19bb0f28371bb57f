#include "app/receipts/receipt_mailer.h"

#include "app/receipts/receipt_email_document.h"
#include "app/receipts/transaction_receipt.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"
#include "notify/mail.h"
#include "telemetry/metrics.h"

#include <stdlib.h>
#include <string.h>

#define TAKEN_MAX        16
#define IDLE_MS          1000
#define STORAGE_RETRY_MS 5000

struct receipt_mailer {
    struct app *app;
    struct receipt_mailer_options options;
    char name[MAIL_NAME_MAX + 1], address[MAIL_ADDRESS_MAX + 1]; /* of the sender */
    struct worker *worker;
    struct arena arena; /* of one mail */
    struct metric_counter *counters[SMTP_REFUSED + 1];
};

static const char *const outcomes[] = {
    [SMTP_ACCEPTED] = "sent", [SMTP_DELAYED] = "delayed", [SMTP_REFUSED] = "failed"};

/* --- one mail --- */

static bool is_stopping(const void *context)
{
    return worker_is_stopping(context);
}

static void write_mail(struct receipt_mailer *mailer, const struct receipt_email *email,
                       struct receipt_source *source, struct text *out)
{
    struct receipt *receipt = &source->receipt;
    struct text text = arena_text(&mailer->arena, 4096), html = arena_text(&mailer->arena, 16384);
    char id[ID_TEXT_SIZE];
    receipt->gift = email->gift;
    if (email->language != NULL) {
        receipt->labels = receipt_labels_of(email->language);
    }
    const struct receipt_labels *labels = receipt->labels != NULL ? receipt->labels : &receipt_labels_english;
    receipt_text(&text, receipt, source->columns);
    receipt_html(&html, receipt);
    const struct mail mail = {
        .from_name = *mailer->name != '\0' ? mailer->name : receipt->store_name,
        .from = mailer->address,
        .to = email->to,
        .subject = arena_printf(&mailer->arena, "%s %s – %s", labels->receipt, receipt->receipt_number,
                                receipt->store_name),
        .message_id = id_format(&email->document.id, id),
        .at_ms = email->document.created_at_ms,
        .text = text.data,
        .text_length = text.length,
        .html = html.data,
        .html_length = html.length,
    };
    mail_write(out, &mail);
}

/* Lays the receipt out and hands it over. Anything but STATUS_OK: the storage. */
static enum status send_mail(struct receipt_mailer *mailer, const struct receipt_email *email,
                             const struct worker *worker, struct smtp_result *result)
{
    struct call call = {.app = mailer->app, .arena = &mailer->arena, .request_id = ""};
    struct receipt_source source;
    detail_init(&call.detail, &mailer->arena);
    const enum status status = receipt_source_open(&call, &email->transaction_id, &source);
    if (status != STATUS_OK) {
        return status;
    }
    struct text message = arena_text(&mailer->arena, 32768);
    write_mail(mailer, email, &source, &message);
    receipt_source_close(&source);
    *result = smtp_send(&mailer->options.server, mailer->address, email->to, message.data, message.length,
                        is_stopping, worker);
    return STATUS_OK;
}

/* Never the address: a log is no place for it. */
static void log_outcome(const struct receipt_email *email, const struct smtp_result *result)
{
    char id[ID_TEXT_SIZE];
    struct log_line line = log_begin(result->outcome == SMTP_ACCEPTED ? LOG_INFO : LOG_WARNING,
                                     "receipt_email");
    log_text(&line, "id", id_format(&email->document.id, id));
    log_text(&line, "outcome", outcomes[result->outcome]);
    log_int(&line, "attempts", email->attempts);
    log_int(&line, "reply", result->reply);
    log_text(&line, "reason", result->reason);
    log_end(&line);
}

/* What becomes of the wish, and when it is tried again. */
static enum status conclude(struct receipt_mailer *mailer, struct receipt_email *email,
                            struct smtp_result *result, struct ledger_delivery *delivery)
{
    const char *state = RECEIPT_EMAIL_QUEUED;
    if (result->outcome == SMTP_DELAYED && email->attempts >= RECEIPT_EMAIL_TRIES) {
        result->outcome = SMTP_REFUSED;
    }
    delivery->delivered = result->outcome != SMTP_DELAYED;
    delivery->retry_at_ms = clock_now_ms() + worker_backoff_ms(email->attempts,
                                                               mailer->options.retry_seconds * 1000LL,
                                                               RECEIPT_MAILER_RETRY_MAX_MS);
    email->error = result->outcome == SMTP_ACCEPTED ? NULL : result->reason;
    if (result->outcome == SMTP_ACCEPTED) {
        state = RECEIPT_EMAIL_SENT;
        email->sent_at_ms = clock_now_ms();
    } else if (result->outcome == SMTP_REFUSED) {
        state = RECEIPT_EMAIL_FAILED;
    }
    log_outcome(email, result);
    metric_count(mailer->counters[result->outcome], 1);
    return receipt_email_save(mailer->app->ledger, &mailer->arena, email, state);
}

/* The wish that an event is about; not found when there is nothing to send any more. */
static enum status find_wish(struct receipt_mailer *mailer, const struct ledger_outbox_event *event,
                             struct receipt_email *email)
{
    json_t *data = json_loadb(event->data, event->data_length, 0, NULL);
    const char *text = json_string_value(json_object_get(data, "receipt_email_id"));
    struct id id;
    enum status status = STATUS_RECEIPT_EMAIL_NOT_FOUND;
    if (text != NULL && id_parse(text, &id)) {
        status = receipt_email_load(mailer->app->ledger, &mailer->arena, &id, email);
    }
    json_decref(data);
    if (status == STATUS_OK && strcmp(email->document.state, RECEIPT_EMAIL_QUEUED) != 0) {
        return STATUS_RECEIPT_EMAIL_NOT_FOUND; /* done; the process died before the event went */
    }
    return status;
}

static enum status deliver(struct receipt_mailer *mailer, const struct ledger_outbox_event *event,
                           const struct worker *worker)
{
    const struct ledger *ledger = mailer->app->ledger;
    struct receipt_email email;
    struct smtp_result result;
    struct ledger_delivery delivery = {.id = event->id, .delivered = true};
    enum status status = find_wish(mailer, event, &email);
    if (status == STATUS_OK) {
        email.attempts++;
        status = receipt_email_save(ledger, &mailer->arena, &email, RECEIPT_EMAIL_QUEUED);
    }
    if (status == STATUS_OK) {
        status = send_mail(mailer, &email, worker, &result);
        if (status != STATUS_OK && !status_is_of_storage(status)) {
            result = (struct smtp_result){.outcome = SMTP_REFUSED, .reason = "there is no such receipt"};
            status = STATUS_OK;
        }
    }
    if (status == STATUS_OK) {
        status = conclude(mailer, &email, &result, &delivery);
    }
    /* Else there is nothing to send, somebody else sends it, or the wish is damaged: no reason to hold up the
     * others. */
    return status_is_of_storage(status) ? status : ledger->ops->outbox_settle(ledger, &delivery, 1);
}

/* --- the thread --- */

static enum status take(struct receipt_mailer *mailer, struct arena *arena,
                        struct ledger_outbox_event **events, size_t *count)
{
    const struct ledger *ledger = mailer->app->ledger;
    const struct ledger_outbox_filter filter = {.only = {RECEIPT_EMAIL_EVENT}};
    return ledger->ops->outbox_take(ledger, &filter, TAKEN_MAX, arena, events, count);
}

static int64_t mail_round(void *context, const struct worker *worker)
{
    struct receipt_mailer *mailer = context;
    struct ledger_outbox_event *events;
    struct arena arena;
    size_t count = 0;
    arena_init(&arena);
    enum status status = worker_is_stopping(worker) ? STATUS_OK : take(mailer, &arena, &events, &count);
    for (size_t i = 0; i < count && status == STATUS_OK && !worker_is_stopping(worker); i++) {
        status = deliver(mailer, &events[i], worker);
        arena_reset(&mailer->arena);
    }
    arena_free(&arena);
    if (status != STATUS_OK) {
        struct log_line line = log_begin(LOG_WARNING, "receipt_emails_delayed");
        log_text(&line, "code", status_code(status));
        log_end(&line);
        return STORAGE_RETRY_MS;
    }
    return count == TAKEN_MAX ? 0 : IDLE_MS;
}

enum status receipt_mailer_start(struct app *app, const struct receipt_mailer_options *options,
                                 struct receipt_mailer **out)
{
    struct receipt_mailer *mailer = calloc(1, sizeof *mailer);
    if (mailer == NULL) {
        abort();
    }
    mailer->app = app;
    mailer->options = *options;
    for (enum smtp_outcome outcome = SMTP_ACCEPTED; outcome <= SMTP_REFUSED; outcome++) {
        char labels[32];
        struct text text = text_over(labels, sizeof labels);
        text_add_string(&text, "outcome=\"");
        text_add_string(&text, outcomes[outcome]);
        text_add_string(&text, "\"");
        mailer->counters[outcome] = metrics_counter("mypos_receipt_emails_total",
                                                    "Tries to send a receipt by mail.", text_string(&text));
    }
    arena_init(&mailer->arena);
    enum status status = smtp_prepare();
    if (status == STATUS_OK && !mail_read_sender(options->sender, mailer->name, mailer->address)) {
        status = STATUS_VALIDATION_FAILED;
    }
    if (status == STATUS_OK) {
        status = worker_start("mypos-mailer", mail_round, mailer, &mailer->worker);
    }
    if (status != STATUS_OK) {
        free(mailer);
        return status;
    }
    *out = mailer;
    return STATUS_OK;
}

void receipt_mailer_wake(struct receipt_mailer *mailer)
{
    worker_wake(mailer->worker);
}

void receipt_mailer_stop(struct receipt_mailer *mailer)
{
    if (mailer != NULL) {
        worker_stop(mailer->worker);
        arena_free(&mailer->arena);
        free(mailer);
    }
}
