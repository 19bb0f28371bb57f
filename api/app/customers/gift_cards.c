#include "app/customers/gift_cards.h"

#include "app/customers/gift_card_document.h"
#include "app/customers/posting_json.h"
#include "app/page.h"
#include "app/records/fingerprint.h"
#include "base/clock.h"

#include <string.h>

#define LIST_LETTER    'g'
#define ENTRIES_LETTER 'h'
#define ATTEMPTS       16 /* by others who freeze the same card in between */
#define CODES_TRIED    4  /* that a code we made is taken has never been seen */
#define TAG_DIGITS     16

/* --- reading -------------------------------------------------------------------------------------- */

static enum status read_card(struct call *call, const struct id *id, struct gift_card *card)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_document document;
    const enum status status = ledger->ops->document_read(ledger, LEDGER_GIFT_CARD, id, call->arena,
                                                          &document);
    if (status == STATUS_OK) {
        gift_card_read(call->arena, &document, card);
    }
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_GIFT_CARD_NOT_FOUND : status;
}

static void answer_card(struct call *call, const struct gift_card *card)
{
    char digits[HASH_TEXT_SIZE];
    struct text body = arena_text(call->arena, 512);
    struct json_writer json = json_writer(&body);
    gift_card_emit(&json, card, true);
    const struct hash hash = hash_of(body.data, body.length);
    call_answer_text(call, &body);
    call->answer.etag = arena_printf(call->arena, "\"%lld-%.*s\"", (long long)card->version, TAG_DIGITS,
                                     hash_format(&hash, digits));
}

enum status gift_cards_read(struct call *call, const struct id *id)
{
    struct gift_card card;
    const enum status status = read_card(call, id, &card);
    if (status == STATUS_OK) {
        answer_card(call, &card);
    }
    return status;
}

static enum status find_code(struct call *call, const char *code, struct ledger_document_page *page)
{
    const struct ledger *ledger = call->app->ledger;
    const char *key = gift_card_key(call->arena, code);
    page->documents = arena_alloc(call->arena, sizeof *page->documents);
    const enum status status = key == NULL ? STATUS_DOCUMENT_NOT_FOUND
                                           : ledger->ops->document_find(ledger, LEDGER_GIFT_CARD, key,
                                                                        call->arena, page->documents);
    page->count = status == STATUS_OK ? 1 : 0;
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_OK : status;
}

enum status gift_cards_list(struct call *call, const struct gift_cards_query *query)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_document_filter filter = {.kind = LEDGER_GIFT_CARD, .state = query->state};
    struct ledger_document_page page = {0};
    struct cursor cursor;
    enum status status = cursor_read(query->cursor, LIST_LETTER, &call->detail, &cursor);
    if (status == STATUS_OK) {
        status = query->code != NULL ? find_code(call, query->code, &page)
                                     : ledger->ops->document_list(ledger, &filter, &cursor,
                                                                  (size_t)query->limit, call->arena, &page);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct page_answer answer;
    page_answer_begin(&answer, call, page.count * 320);
    for (size_t i = 0; i < page.count; i++) {
        struct gift_card card;
        gift_card_read(call->arena, &page.documents[i], &card);
        if (query->state == NULL || strcmp(query->state, card.state) == 0) {
            gift_card_emit(&answer.json, &card, false);
        }
    }
    page_answer_next(&answer, LIST_LETTER, page.has_more, &page.next);
    page_answer_end(&answer);
    return STATUS_OK;
}

static void emit_entry(struct json_writer *json, const struct id *card_id, const struct ledger_entry *entry)
{
    (void)card_id;
    posting_emit_begin(json, entry);
    emit_member_int(json, "amount", entry->amounts[LEDGER_GIFT_CARD_BALANCE]);
    posting_emit_end(json, entry);
}

enum status gift_cards_entries(struct call *call, const struct id *id, const char *cursor, int64_t limit)
{
    static const struct posting_list list = {
        .kind = LEDGER_GIFT_CARD,
        .not_found = STATUS_GIFT_CARD_NOT_FOUND,
        .letter = ENTRIES_LETTER,
        .emit = emit_entry,
    };
    return posting_list(call, &list, id, cursor, limit);
}

/* --- issuing -------------------------------------------------------------------------------------- */

static enum status read_issue(struct call *call, const json_t *request, struct gift_card_issue *issue)
{
    const char *id = json_string_value(json_object_get(request, "id"));
    const char *expires_at = json_string_value(json_object_get(request, "expires_at"));
    *issue = (struct gift_card_issue){
        .code = json_string_value(json_object_get(request, "code")),
        .currency = json_string_value(json_object_get(request, "currency")),
        .amount = json_integer_value(json_object_get(request, "amount")),
        .note = json_string_value(json_object_get(request, "note")),
    };
    if (id == NULL || !id_parse(id, &issue->id)) {
        issue->id = id_new();
    }
    if (expires_at == NULL) {
        return STATUS_OK;
    }
    if (!clock_parse(expires_at, &issue->expires_at_ms) || issue->expires_at_ms <= clock_now_ms()) {
        return detail_fault(&call->detail, "/expires_at", "past", "The card would have expired already.");
    }
    return STATUS_OK;
}

static enum status answer_created(struct call *call, const struct ledger_outcome *outcome)
{
    char id[ID_TEXT_SIZE];
    struct gift_card card;
    const enum status status = read_card(call, &outcome->id, &card);
    if (status == STATUS_OK) {
        answer_card(call, &card);
        call->answer.http_status = 201;
        call->answer.location = arena_printf(call->arena, GIFT_CARDS_PATH "%s", id_format(&outcome->id, id));
        call->answer.replayed = outcome->replayed;
    }
    return status;
}

static enum status refuse_new(struct call *call, const struct gift_card *card, enum status status)
{
    if (status == STATUS_CODE_TAKEN) {
        (void)detail_fault(&call->detail, "/code", "code_taken", "Another gift card has this code.");
        return detail_set(&call->detail, status, "Another gift card has the code … %s.",
                          gift_card_last_four(card));
    }
    return status == STATUS_ID_TAKEN ? detail_set(&call->detail, status, "Another gift card has this id.")
                                     : status;
}

/* A code is made anew when it is taken; one that was asked for is not. */
static enum status commit_new(struct call *call, const struct gift_card_issue *issue, struct ledger_act *act)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_outcome outcome;
    struct gift_card card;
    enum status status;
    int tried = 0;
    do {
        struct ledger_write write;
        status = gift_card_write_new(call, issue, "/code", &write, &card);
        if (status != STATUS_OK) {
            return status;
        }
        act->writes = &write;
        act->write_count = 1;
        status = ledger->ops->commit(ledger, act, call->arena, &outcome);
    } while (status == STATUS_CODE_TAKEN && issue->code == NULL && ++tried < CODES_TRIED);
    return status == STATUS_OK ? answer_created(call, &outcome) : refuse_new(call, &card, status);
}

/* No kept answer holds the code: a replay reads the card. */
static const struct ledger_answer kept_created = {.http_status = 201};
static const struct ledger_answer kept_ok = {.http_status = 200};

enum status gift_cards_create(struct call *call, const json_t *request)
{
    const struct ledger *ledger = call->app->ledger;
    struct gift_card_issue issue;
    const enum status refused = read_issue(call, request, &issue);
    struct ledger_act act = {
        .name = "gift_card_issue",
        .id = issue.id,
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
        .detail = posting_detail(call, NULL),
        .answer = &kept_created,
    };
    if (refused == STATUS_OK) {
        return commit_new(call, &issue, &act);
    }
    struct ledger_outcome outcome; /* has it expired since it was issued? */
    const enum status status = ledger->ops->find(ledger, &act, call->arena, &outcome);
    if (status != STATUS_OK || !outcome.replayed) {
        return refused;
    }
    detail_init(&call->detail, call->arena);
    return answer_created(call, &outcome);
}

/* --- loading -------------------------------------------------------------------------------------- */

static enum status answer_entry(struct call *call, const struct gift_card *card,
                                const struct ledger_outcome *outcome)
{
    char id[ID_TEXT_SIZE];
    struct ledger_entry entry;
    const enum status status = posting_find(call, LEDGER_GIFT_CARD, &card->id, &outcome->id, &entry);
    if (status != STATUS_OK) {
        return status;
    }
    struct text body = arena_text(call->arena, 512);
    struct json_writer json = json_writer(&body);
    emit_entry(&json, &card->id, &entry);
    call_answer_text(call, &body);
    call->answer.http_status = 201;
    call->answer.location = arena_printf(call->arena, GIFT_CARDS_PATH "%s/entries", id_format(&card->id, id));
    call->answer.replayed = outcome->replayed;
    return STATUS_OK;
}

enum status gift_cards_load(struct call *call, const struct id *id, const json_t *request)
{
    const struct ledger *ledger = call->app->ledger;
    const char *given = json_string_value(json_object_get(request, "id"));
    struct gift_card card;
    struct ledger_posting posting;
    struct ledger_outcome outcome;
    struct ledger_act act = {
        .name = "gift_card_load",
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
        .detail = posting_detail(call, json_string_value(json_object_get(request, "reason"))),
        .answer = &kept_created,
        .postings = &posting,
        .posting_count = 1,
    };
    if (given == NULL || !id_parse(given, &act.id)) {
        act.id = id_new();
    }
    enum status status = read_card(call, id, &card);
    if (status != STATUS_OK) {
        return status;
    }
    const enum status refused = gift_card_check(call, &card, "/amount");
    if (refused != STATUS_OK) { /* perhaps it was not when this was sent for the first time */
        status = ledger->ops->find(ledger, &act, call->arena, &outcome);
        if (status != STATUS_OK || !outcome.replayed) {
            return refused;
        }
        detail_init(&call->detail, call->arena);
        return answer_entry(call, &card, &outcome);
    }
    gift_card_post(&card, GIFT_CARD_LOAD, json_integer_value(json_object_get(request, "amount")), &posting);
    status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    return status == STATUS_OK ? answer_entry(call, &card, &outcome)
                               : gift_card_explain(call, &card, &posting, &outcome, status, "/amount");
}

/* --- freezing ------------------------------------------------------------------------------------- */

static enum status set_frozen(struct call *call, const struct id *id, const json_t *request, bool frozen)
{
    const struct ledger *ledger = call->app->ledger;
    const char *reason = json_string_value(json_object_get(request, "reason"));
    const char *state = frozen ? GIFT_CARD_FROZEN : GIFT_CARD_ACTIVE;
    struct gift_card card;
    enum status status = read_card(call, id, &card);
    if (status != STATUS_OK) {
        return status;
    }
    if (strcmp(card.state, state) == 0) {
        call->answer.replayed = true;
        return STATUS_OK;
    }
    card.state = state;
    card.frozen_reason = frozen ? reason : NULL;
    struct ledger_write write;
    gift_card_write(call->arena, &card, &write);
    const struct ledger_posting posting = {.kind = LEDGER_GIFT_CARD,
                                           .id = card.id,
                                           .floors = LEDGER_NO_FLOORS,
                                           .reason = frozen ? "freeze" : "unfreeze"};
    const struct ledger_act act = {
        .name = "gift_card_freeze",
        .id = id_new(),
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
        .detail = posting_detail(call, reason),
        .answer = &kept_ok,
        .postings = &posting,
        .posting_count = 1,
        .writes = &write,
        .write_count = 1,
    };
    struct ledger_outcome outcome;
    status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    call->answer.replayed = status == STATUS_OK && outcome.replayed;
    return status;
}

enum status gift_cards_set_frozen(struct call *call, const struct id *id, const json_t *request, bool frozen)
{
    enum status status;
    int attempts = 0;
    do {
        status = set_frozen(call, id, request, frozen);
    } while (status == STATUS_VERSION_MISMATCH && ++attempts < ATTEMPTS);
    if (status != STATUS_OK) {
        return status;
    }
    const bool replayed = call->answer.replayed;
    status = gift_cards_read(call, id);
    call->answer.replayed = replayed;
    return status;
}
