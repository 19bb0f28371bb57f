#include "app/webhooks/webhook_delivery.h"

#include "app/json_member.h"
#include "base/clock.h"
#include "base/hash.h"
#include "core/journal.h"

#include <string.h>

#define PAYLOAD_MAX (LEDGER_BODY_MAX - 32 * 1024) /* the tries have room beside it */

/* --- ids --- */

/* The time of the event, then bits of a hash: a UUID of version 7 that everybody derives alike. */
static struct id id_of(const struct id *event_id, const struct id *webhook_id)
{
    uint8_t both[2 * sizeof event_id->bytes];
    struct id id = *event_id;
    memcpy(both, event_id->bytes, sizeof event_id->bytes);
    memcpy(both + sizeof event_id->bytes, webhook_id->bytes, sizeof webhook_id->bytes);
    const struct hash hash = hash_of(both, sizeof both);
    memcpy(id.bytes + 6, hash.bytes, sizeof id.bytes - 6);
    id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0f));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

/* --- the body --- */

static void emit_id(struct json_writer *json, const char *name, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    emit_member_string(json, name, id_format(id, text));
}

static void emit_time(struct json_writer *json, const char *name, int64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];
    emit_member_string(json, name, time_ms == 0 ? NULL : clock_format(time_ms, text));
}

static void emit_tries(struct json_writer *json, const struct webhook_delivery *delivery)
{
    emit_name(json, "attempts");
    emit_begin_array(json);
    for (size_t i = 0; i < delivery->try_count; i++) {
        const struct webhook_try *try = &delivery->tries[i];
        emit_begin_object(json);
        emit_time(json, "at", try->at_ms);
        emit_name(json, "http_status");
        if (try->http_status == 0) {
            emit_null(json);
        } else {
            emit_int(json, try->http_status);
        }
        emit_member_int(json, "latency_ms", try->latency_ms);
        emit_member_string(json, "error", try->error);
        emit_member_string(json, "answer", try->answer);
        emit_end_object(json);
    }
    emit_end_array(json);
}

/* What the body and the answer share. */
static void emit_members_of(struct json_writer *json, const struct webhook_delivery *delivery)
{
    emit_id(json, "webhook_id", &delivery->webhook_id);
    emit_id(json, "event_id", &delivery->event_id);
    emit_member_string(json, "event_type", delivery->event_type);
    emit_time(json, "event_at", delivery->event_at_ms);
    emit_member_int(json, "attempt_count", delivery->attempt_count);
    emit_tries(json, delivery);
    emit_time(json, "next_attempt_at", delivery->next_attempt_at_ms);
}

static struct text write_body(struct arena *arena, const struct webhook_delivery *delivery)
{
    struct text body = arena_text(arena, delivery->payload_length + 1024);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_members_of(&json, delivery);
    emit_time(&json, "since", delivery->since_ms);
    emit_id(&json, "due_id", &delivery->due_id);
    emit_name(&json, "payload");
    emit_raw(&json, delivery->payload, delivery->payload_length);
    emit_end_object(&json);
    return body;
}

static int64_t member_time(const json_t *object, const char *name)
{
    const char *text = member_string(object, name);
    int64_t time_ms = 0;
    return text != NULL && clock_parse(text, &time_ms) ? time_ms : 0;
}

static const char *copy_string(struct arena *arena, const json_t *object, const char *name)
{
    const char *string = member_string(object, name);
    return string == NULL ? NULL : arena_copy(arena, string);
}

/* The payload's own bytes: a parser would write them in another way. */
static bool find_payload(struct webhook_delivery *delivery)
{
    struct journal_members members = journal_members(delivery->document.body, delivery->document.body_length);
    struct journal_span name, value;
    while (journal_next_member(&members, &name, &value)) {
        if (name.length == strlen("payload") && memcmp(name.at, "payload", name.length) == 0) {
            delivery->payload = value.at;
            delivery->payload_length = value.length;
            return true;
        }
    }
    return false;
}

static void read_tries(struct arena *arena, const json_t *array, struct webhook_delivery *delivery)
{
    for (size_t i = 0; i < json_array_size(array) && i < WEBHOOK_TRIES_KEPT; i++) {
        const json_t *object = json_array_get(array, i);
        delivery->tries[delivery->try_count++] = (struct webhook_try){
            .at_ms = member_time(object, "at"),
            .http_status = (int)member_int(object, "http_status"),
            .latency_ms = member_int(object, "latency_ms"),
            .error = copy_string(arena, object, "error"),
            .answer = copy_string(arena, object, "answer"),
        };
    }
}

bool webhook_delivery_of(struct arena *arena, const struct ledger_document *document,
                         struct webhook_delivery *delivery)
{
    json_t *body = json_loadb(document->body, document->body_length, 0, NULL);
    *delivery = (struct webhook_delivery){
        .document = *document,
        .event_type = copy_string(arena, body, "event_type"),
        .event_at_ms = member_time(body, "event_at"),
        .since_ms = member_time(body, "since"),
        .next_attempt_at_ms = member_time(body, "next_attempt_at"),
        .attempt_count = member_int(body, "attempt_count"),
    };
    read_tries(arena, json_object_get(body, "attempts"), delivery);
    const bool is_whole = delivery->event_type != NULL &&
                          member_id(body, "webhook_id", &delivery->webhook_id) &&
                          member_id(body, "event_id", &delivery->event_id) &&
                          member_id(body, "due_id", &delivery->due_id) && find_payload(delivery);
    json_decref(body);
    return is_whole;
}

void webhook_delivery_emit(struct json_writer *json, const struct webhook_delivery *delivery,
                           bool with_payload)
{
    emit_begin_object(json);
    emit_id(json, "id", &delivery->document.id);
    emit_member_string(json, "state", delivery->document.state);
    emit_members_of(json, delivery);
    emit_time(json, "created_at", delivery->document.created_at_ms);
    emit_time(json, "updated_at", delivery->document.updated_at_ms);
    if (with_payload) {
        emit_name(json, "payload");
        emit_raw(json, delivery->payload, delivery->payload_length);
    }
    emit_end_object(json);
}

void webhook_delivery_add_try(struct webhook_delivery *delivery, const struct webhook_try *try)
{
    if (delivery->try_count == WEBHOOK_TRIES_KEPT) {
        memmove(delivery->tries, delivery->tries + 1, (WEBHOOK_TRIES_KEPT - 1) * sizeof *delivery->tries);
        delivery->try_count--;
    }
    delivery->tries[delivery->try_count++] = *try;
    delivery->attempt_count++;
}

/* --- in the outbox --- */

bool webhook_due_read(const struct ledger_outbox_event *event, struct webhook_due *due)
{
    json_t *data = json_loadb(event->data, event->data_length, 0, NULL);
    const bool is_whole = member_id(data, "delivery_id", &due->delivery_id) &&
                          member_id(data, "webhook_id", &due->webhook_id);
    json_decref(data);
    return is_whole;
}

static struct ledger_event due_event(struct arena *arena, const struct webhook_delivery *delivery)
{
    char delivery_id[ID_TEXT_SIZE], webhook_id[ID_TEXT_SIZE];
    const char *data = arena_printf(arena, "{\"delivery_id\":\"%s\",\"webhook_id\":\"%s\"}",
                                    id_format(&delivery->document.id, delivery_id),
                                    id_format(&delivery->webhook_id, webhook_id));
    return (struct ledger_event){
        .id = delivery->due_id, .type = WEBHOOK_DELIVERY_EVENT, .data = data, .data_length = strlen(data)};
}

/* --- reading and writing --- */

enum status webhook_delivery_create(const struct ledger *ledger, struct arena *arena,
                                    const struct webhook *webhook, const struct notify_event *event,
                                    const struct idempotency_key *key, struct id *id, bool *replayed)
{
    const int64_t now_ms = clock_now_ms();
    struct text payload = arena_text(arena, event->data_length + 256);
    notify_event_write(&payload, event, PAYLOAD_MAX);
    struct webhook_delivery delivery = {
        .document = {.kind = LEDGER_WEBHOOK_DELIVERY,
                     .id = id_of(&event->id, &webhook->id),
                     .state = WEBHOOK_PENDING,
                     .store_key = webhook->key,
                     .expires_at_ms = now_ms + WEBHOOK_DELIVERY_KEPT_MS},
        .webhook_id = webhook->id,
        .event_id = event->id,
        .due_id = id_new(),
        .event_type = event->type,
        .event_at_ms = event->at_ms,
        .since_ms = now_ms,
        .next_attempt_at_ms = now_ms,
        .payload = payload.data,
        .payload_length = payload.length,
    };
    const struct text body = write_body(arena, &delivery);
    delivery.document.body = body.data;
    delivery.document.body_length = body.length;
    const struct ledger_write write = {.document = delivery.document};
    const struct ledger_event due = due_event(arena, &delivery);
    const struct ledger_act act = {
        .name = "webhook_delivery_create",
        .id = delivery.document.id,
        .fingerprint = hash_of(delivery.document.id.bytes, sizeof delivery.document.id.bytes),
        .key = key == NULL ? (struct idempotency_key){0} : *key,
        .at_ms = now_ms,
        .writes = &write,
        .write_count = 1,
        .events = &due,
        .event_count = 1,
    };
    struct ledger_outcome outcome;
    const enum status status = ledger->ops->commit(ledger, &act, arena, &outcome);
    if (status == STATUS_OK) {
        *id = outcome.id;
        *replayed = outcome.replayed;
    }
    return status;
}

enum status webhook_delivery_load(const struct ledger *ledger, struct arena *arena, const struct id *id,
                                  struct webhook_delivery *delivery)
{
    struct ledger_document document;
    const enum status status = ledger->ops->document_read(ledger, LEDGER_WEBHOOK_DELIVERY, id, arena,
                                                          &document);
    if (status != STATUS_OK) {
        return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_WEBHOOK_DELIVERY_NOT_FOUND : status;
    }
    return webhook_delivery_of(arena, &document, delivery) ? STATUS_OK : STATUS_INTERNAL_ERROR;
}

enum status webhook_delivery_save(const struct ledger *ledger, struct arena *arena,
                                  struct webhook_delivery *delivery, const char *state, bool due,
                                  const struct idempotency_key *key, bool *replayed)
{
    struct ledger_outcome outcome;
    if (due) {
        delivery->due_id = id_new();
    }
    const struct ledger_event event = due_event(arena, delivery);
    const struct text body = write_body(arena, delivery);
    struct ledger_write write = {.document = delivery->document,
                                 .expected_version = delivery->document.version};
    write.document.state = state;
    write.document.body = body.data;
    write.document.body_length = body.length;
    const struct ledger_act act = {
        .name = "webhook_delivery_update",
        .key = key == NULL ? (struct idempotency_key){0} : *key,
        .at_ms = clock_now_ms(),
        .writes = &write,
        .write_count = 1,
        .events = &event,
        .event_count = due,
    };
    const enum status status = ledger->ops->commit(ledger, &act, arena, &outcome);
    if (status == STATUS_OK) {
        delivery->document = write.document;
        delivery->document.version++;
        delivery->document.updated_at_ms = act.at_ms;
        if (replayed != NULL) {
            *replayed = outcome.replayed;
        }
    }
    return status;
}
