#include "app/customers/gift_card_document.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define KEY_PREFIX "code:"

const char *gift_card_key(struct arena *arena, const char *code)
{
    char key[GIFT_CARD_CODE_SIZE];
    return gift_card_code_key(code, strlen(code), key) ? arena_printf(arena, KEY_PREFIX "%s", key) : NULL;
}

const char *gift_card_last_four(const struct gift_card *card)
{
    return card->code + strlen(card->code) - 4; /* GIFT_CARD_CODE_MIN is more */
}

bool gift_card_has_expired(const struct gift_card *card)
{
    return card->expires_at_ms != 0 && card->expires_at_ms <= clock_now_ms();
}

static const char *copy_member(struct arena *arena, const json_t *body, const char *name)
{
    const char *text = json_string_value(json_object_get(body, name));
    return text == NULL ? NULL : arena_copy(arena, text);
}

void gift_card_read(struct arena *arena, const struct ledger_document *document, struct gift_card *card)
{
    json_t *body = json_loadb(document->body, document->body_length, 0, NULL);
    const char *code = json_string_value(json_object_get(body, "code"));
    const char *expires_at = json_string_value(json_object_get(body, "expires_at"));
    *card = (struct gift_card){
        .id = document->id,
        .version = document->version,
        .state = document->state,
        .currency = copy_member(arena, body, "currency"),
        .note = copy_member(arena, body, "note"),
        .frozen_reason = copy_member(arena, body, "frozen_reason"),
        .balance = document->balances[LEDGER_GIFT_CARD_BALANCE],
        .created_at_ms = document->created_at_ms,
        .updated_at_ms = document->updated_at_ms,
    };
    if (card->currency == NULL || code == NULL || !gift_card_code_key(code, strlen(code), card->code) ||
        (expires_at != NULL && !clock_parse(expires_at, &card->expires_at_ms))) {
        abort(); /* we wrote it */
    }
    json_decref(body);
}

static void emit_time(struct json_writer *json, const char *name, int64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];
    if (time_ms != 0) {
        emit_member_string(json, name, clock_format(time_ms, text));
    }
}

static void emit_if(struct json_writer *json, const char *name, const char *text)
{
    if (text != NULL) {
        emit_member_string(json, name, text);
    }
}

void gift_card_write(struct arena *arena, const struct gift_card *card, struct ledger_write *write)
{
    struct text body = arena_text(arena, 256);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "code", card->code);
    emit_member_string(&json, "currency", card->currency);
    emit_time(&json, "expires_at", card->expires_at_ms);
    emit_if(&json, "frozen_reason", card->frozen_reason);
    emit_if(&json, "note", card->note);
    emit_end_object(&json);
    const char **keys = arena_alloc(arena, sizeof *keys);
    keys[0] = gift_card_key(arena, card->code);
    *write = (struct ledger_write){
        .document = {.kind = LEDGER_GIFT_CARD,
                     .id = card->id,
                     .state = card->state,
                     .body = body.data,
                     .body_length = body.length},
        .expected_version = card->version,
        .keys = keys,
        .key_count = 1,
    };
}

void gift_card_emit(struct json_writer *json, const struct gift_card *card, bool with_code)
{
    char id[ID_TEXT_SIZE];
    emit_begin_object(json);
    emit_member_string(json, "id", id_format(&card->id, id));
    emit_member_int(json, "version", card->version);
    emit_time(json, "created_at", card->created_at_ms);
    emit_time(json, "updated_at", card->updated_at_ms);
    emit_member_string(json, "state", gift_card_has_expired(card) ? "expired" : card->state);
    if (with_code) {
        emit_member_string(json, "code", card->code);
    }
    emit_member_string(json, "last_four", gift_card_last_four(card));
    emit_member_int(json, "balance", card->balance);
    emit_member_string(json, "currency", card->currency);
    emit_time(json, "expires_at", card->expires_at_ms);
    emit_if(json, "note", card->note);
    emit_if(json, "frozen_reason", card->frozen_reason);
    emit_end_object(json);
}
