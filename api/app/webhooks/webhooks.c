#include "app/webhooks/webhooks.h"

#include "app/actor.h"
#include "app/page.h"
#include "app/reference/reference.h"
#include "app/webhooks/webhook_delivery.h"
#include "app/webhooks/webhook_dispatcher.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "catalog/catalog.h"
#include "catalog/webhook.h"
#include "notify/webhook/webhook_url.h"
#include "sqlite/reader.h"

#include <string.h>

#define CURSOR_LETTER 'w'

_Static_assert(WEBHOOK_SECRET_BYTES == WEBHOOK_SECRET_SIZE, "the catalogue keeps what signs");

/* --- the webhooks themselves --- */

static enum status check_url(struct call *call, const json_t *body)
{
    const char *url = json_string_value(json_object_get(body, "url"));
    const char *fault = url == NULL
                            ? NULL
                            : webhook_url_fault(url, webhook_dispatcher_networks(call->app->webhooks));
    return fault == NULL ? STATUS_OK : detail_fault(&call->detail, "/url", "webhook_url", "%s", fault);
}

struct creation {
    const json_t *body;
    struct webhook_secret secret;
};

/* The entity's JSON with one member more. */
static void answer_with_secret(struct call *call, const struct text *entity,
                               const struct webhook_secret *secret)
{
    char shown[WEBHOOK_SECRET_TEXT_SIZE];
    struct text body = arena_text(call->arena, entity->length + 128);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_members(&json, entity->data, entity->length);
    emit_member_string(&json, "secret", webhook_secret_format(secret, shown));
    emit_end_object(&json);
    call_answer_text(call, &body);
}

static enum status create(struct call *call, struct db *db, void *context)
{
    const struct creation *creation = context;
    const struct actor actor = actor_of(call);
    struct entity_act act = {.db = db, .arena = call->arena, .detail = &call->detail, .actor = &actor};
    struct entity_row row;
    bool existed;
    char id[ID_TEXT_SIZE];
    FAULT_ACT("webhook_create");
    enum status status = entity_create(&entity_webhook, &act, creation->body, &row, &existed);
    if (status == STATUS_OK && existed) {
        return detail_set(&call->detail, STATUS_ID_TAKEN,
                          "The webhook %s exists, and its secret is not shown again. To repeat a request "
                          "safely, send an Idempotency-Key; for another secret, rotate it.",
                          id_format(&row.id, id));
    }
    if (status == STATUS_OK) {
        FAULT_POINT("created");
        status = webhook_secret_add(db, &row.id, creation->secret.bytes);
    }
    if (status == STATUS_OK) {
        FAULT_POINT("secret_kept");
        answer_with_secret(call, &act.body, &creation->secret);
        call->answer.http_status = 201;
        call->answer.etag = arena_printf(call->arena, "\"%lld\"", (long long)row.version);
        call->answer.catalog_seq = act.seq;
        call->answer.location = arena_printf(call->arena, "/api/v1/webhooks/%s", id_format(&row.id, id));
    }
    return status;
}

enum status webhooks_create(struct call *call, const json_t *body)
{
    struct creation creation = {.body = body, .secret = webhook_secret_new()};
    const enum status status = check_url(call, body);
    return status == STATUS_OK ? call_write(call, create, &creation) : status;
}

enum status webhooks_update(struct call *call, const struct id *id, const json_t *patch, const char *if_match)
{
    const enum status status = check_url(call, patch);
    return status == STATUS_OK ? reference_update(call, REFERENCE_WEBHOOK, id, patch, if_match) : status;
}

struct rotation {
    const struct id *id;
    struct webhook_secret secret;
};

static enum status rotate(struct call *call, struct db *db, void *context)
{
    const struct rotation *rotation = context;
    const struct actor actor = actor_of(call);
    struct webhook webhook;
    int64_t expires_at_ms = 0;
    FAULT_ACT("webhook_rotate");
    enum status status = webhook_read(db, call->arena, rotation->id, &webhook);
    if (status == STATUS_OK) {
        status = webhook_secret_replace(db, &actor, rotation->id, rotation->secret.bytes, &expires_at_ms,
                                        &call->answer.catalog_seq);
    }
    if (status != STATUS_OK) {
        return status;
    }
    FAULT_POINT("secret_kept");
    char shown[WEBHOOK_SECRET_TEXT_SIZE], time[CLOCK_TEXT_SIZE];
    struct text body = arena_text(call->arena, 256);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "secret", webhook_secret_format(&rotation->secret, shown));
    emit_member_string(&json, "previous_valid_until", clock_format(expires_at_ms, time));
    emit_end_object(&json);
    call_answer_text(call, &body);
    return STATUS_OK;
}

enum status webhooks_rotate(struct call *call, const struct id *id)
{
    struct rotation rotation = {.id = id, .secret = webhook_secret_new()};
    return call_write(call, rotate, &rotation);
}

/* --- deliveries --- */

static enum status find(struct call *call, const struct id *id, struct webhook *webhook)
{
    struct db *db = reader_take(call->app->readers);
    const enum status status = webhook_read(db, call->arena, id, webhook);
    reader_give_back(call->app->readers, db);
    return status;
}

static void answer_delivery(struct call *call, const struct webhook_delivery *delivery)
{
    struct text body = arena_text(call->arena, delivery->payload_length + 2048);
    struct json_writer json = json_writer(&body);
    webhook_delivery_emit(&json, delivery, true);
    call_answer_text(call, &body);
}

/* Reads it again: a replay answers what it is by now. */
static enum status answer_accepted(struct call *call, const struct id *id, bool replayed)
{
    struct webhook_delivery delivery;
    const enum status status = webhook_delivery_load(call->app->ledger, call->arena, id, &delivery);
    if (status == STATUS_OK) {
        answer_delivery(call, &delivery);
        call->answer.http_status = 202;
        call->answer.replayed = replayed;
        webhook_dispatcher_wake(call->app->webhooks);
    }
    return status;
}

enum status webhooks_test(struct call *call, const struct id *id)
{
    struct webhook webhook;
    struct id delivery_id;
    char text[ID_TEXT_SIZE];
    bool replayed = false;
    enum status status = find(call, id, &webhook);
    if (status != STATUS_OK) {
        return status;
    }
    const char *data = arena_printf(call->arena, "{\"webhook_id\":\"%s\"}", id_format(id, text));
    const struct notify_event event = {.id = id_new(),
                                       .type = WEBHOOK_TEST_EVENT,
                                       .at_ms = clock_now_ms(),
                                       .data = data,
                                       .data_length = strlen(data)};
    status = webhook_delivery_create(call->app->ledger, call->arena, &webhook, &event, &call->idempotency,
                                     &delivery_id, &replayed);
    return status == STATUS_OK ? answer_accepted(call, &delivery_id, replayed) : status;
}

enum status webhook_deliveries_list(struct call *call, const struct id *webhook_id,
                                    const struct webhook_deliveries_query *query)
{
    const struct ledger *ledger = call->app->ledger;
    struct webhook webhook;
    struct cursor after;
    struct ledger_document_page page;
    enum status status = find(call, webhook_id, &webhook);
    if (status == STATUS_OK) {
        status = cursor_read(query->cursor, CURSOR_LETTER, &call->detail, &after);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const struct ledger_document_filter filter = {
        .kind = LEDGER_WEBHOOK_DELIVERY, .has_store = true, .store_key = webhook.key, .state = query->state};
    status = ledger->ops->document_list(ledger, &filter, &after, query->limit, call->arena, &page);
    if (status != STATUS_OK) {
        return status;
    }
    struct page_answer answer;
    page_answer_begin(&answer, call, page.count * 1024);
    for (size_t i = 0; i < page.count; i++) {
        struct webhook_delivery delivery;
        if (webhook_delivery_of(call->arena, &page.documents[i], &delivery)) {
            webhook_delivery_emit(&answer.json, &delivery, false);
        }
    }
    page_answer_next(&answer, CURSOR_LETTER, page.has_more, &page.next);
    page_answer_end(&answer);
    return STATUS_OK;
}

static enum status load(struct call *call, const struct id *webhook_id, const struct id *id,
                        struct webhook_delivery *delivery)
{
    struct webhook webhook;
    enum status status = find(call, webhook_id, &webhook);
    if (status == STATUS_OK) {
        status = webhook_delivery_load(call->app->ledger, call->arena, id, delivery);
    }
    return status == STATUS_OK && !id_equal(&delivery->webhook_id, webhook_id)
               ? STATUS_WEBHOOK_DELIVERY_NOT_FOUND
               : status;
}

enum status webhook_deliveries_read(struct call *call, const struct id *webhook_id, const struct id *id)
{
    struct webhook_delivery delivery;
    const enum status status = load(call, webhook_id, id, &delivery);
    if (status == STATUS_OK) {
        answer_delivery(call, &delivery);
    }
    return status;
}

enum status webhook_deliveries_retry(struct call *call, const struct id *webhook_id, const struct id *id)
{
    enum {
        TRIES = 5
    }; /* the dispatcher may be writing what became of the one before */
    enum status status = STATUS_VERSION_MISMATCH;
    bool replayed = false;
    for (int i = 0; i < TRIES && status == STATUS_VERSION_MISMATCH; i++) {
        struct webhook_delivery delivery;
        status = load(call, webhook_id, id, &delivery);
        if (status == STATUS_OK) {
            delivery.since_ms = delivery.next_attempt_at_ms = clock_now_ms();
            status = webhook_delivery_save(call->app->ledger, call->arena, &delivery, WEBHOOK_PENDING, true,
                                           &call->idempotency, &replayed);
        }
    }
    if (status == STATUS_VERSION_MISMATCH) {
        return STATUS_OVERLOADED;
    }
    return status == STATUS_OK ? answer_accepted(call, id, replayed) : status;
}
