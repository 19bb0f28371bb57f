#include "app/customers/customers.h"

#include "app/customers/customer_body.h"
#include "app/customers/customer_document.h"
#include "app/page.h"
#include "app/records/fingerprint.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define LIST_LETTER     'c'
#define SEARCH_LETTER   'k'
#define UPDATE_ATTEMPTS 64 /* by others who change the same customer in between */
#define RETRY_AFTER_S   1

/* --- create --------------------------------------------------------------------------------------- */

static enum status answer_created(struct call *call, const struct ledger_outcome *outcome)
{
    char id[ID_TEXT_SIZE];
    struct ledger_document document;
    const enum status status = customer_read_document(call, &outcome->id, &document);
    if (status == STATUS_OK) {
        customer_answer(call, &document);
        call->answer.http_status = 201;
        call->answer.location = arena_printf(call->arena, CUSTOMERS_PATH "%s", id_format(&outcome->id, id));
        call->answer.replayed = outcome->replayed;
    }
    return status;
}

static enum status commit_new(struct call *call, const struct id *id, const json_t *request)
{
    const struct ledger *ledger = call->app->ledger;
    const int64_t now_ms = clock_now_ms();
    const struct ledger_answer kept = {.http_status = 201};
    struct ledger_act act = {
        .name = "customer_create",
        .id = *id,
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = now_ms,
        .answer = &kept,
    };
    struct ledger_outcome outcome;
    json_t *body;
    enum status status = customer_body_patch(call, NULL, request, now_ms, &body);
    if (status != STATUS_OK) {
        /* refused today, but perhaps the retry of one that was not: a group was archived since */
        const enum status found = ledger->ops->find(ledger, &act, call->arena, &outcome);
        if (found != STATUS_OK || !outcome.replayed) {
            return status;
        }
        detail_init(&call->detail, call->arena);
        return answer_created(call, &outcome);
    }
    const struct ledger_document document = {.kind = LEDGER_CUSTOMER, .id = *id, .state = CUSTOMER_ACTIVE};
    struct customer_terms terms;
    const struct ledger_write write = customer_write(call->arena, &document, body, &terms);
    json_decref(body);
    act.writes = &write;
    act.write_count = 1;
    status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    return status == STATUS_OK ? answer_created(call, &outcome) : status;
}

enum status customers_create(struct call *call, const json_t *request)
{
    struct id id;
    const char *given = json_string_value(json_object_get(request, "id"));
    if (given == NULL || !id_parse(given, &id)) {
        id = id_new();
    }
    const enum status status = commit_new(call, &id, request);
    return status == STATUS_ID_TAKEN ? detail_set(&call->detail, status, "Another customer has this id.")
                                     : status;
}

/* --- read and change ------------------------------------------------------------------------------ */

enum status customers_read(struct call *call, const struct id *id)
{
    struct ledger_document document;
    const enum status status = customer_read_document(call, id, &document);
    if (status == STATUS_OK) {
        customer_answer(call, &document);
    }
    return status;
}

/* If-Match (RFC 9110, section 13.1.1): `*`, or a list of tags. Ours begin with the version, which alone
 * counts: balances are changed by others all the time. A weak tag matches nothing. */
static bool names_version(const char *if_match, int64_t version)
{
    for (const char *at = if_match; *at != '\0';) {
        at += strspn(at, " ,\t");
        if (*at == '*') {
            return true;
        }
        const bool is_weak = strncmp(at, "W/", 2) == 0;
        const char *open = strchr(at, '"');
        const char *close = open == NULL ? NULL : strchr(open + 1, '"');
        if (close == NULL) {
            return false;
        }
        char *end;
        const long long named = strtoll(open + 1, &end, 10);
        if (!is_weak && end != open + 1 && (end == close || *end == '-') && named == version) {
            return true;
        }
        at = close + 1;
    }
    return false;
}

static enum status commit_change(struct call *call, const struct ledger_document *document,
                                 const json_t *body, int64_t now_ms)
{
    const struct ledger *ledger = call->app->ledger;
    struct customer_terms terms;
    struct ledger_outcome outcome;
    const struct ledger_write write = customer_write(call->arena, document, body, &terms);
    if (write.document.body_length == document->body_length &&
        memcmp(write.document.body, document->body, document->body_length) == 0) {
        return STATUS_OK; /* nothing changes */
    }
    const struct ledger_act act = {
        .name = "customer_update", .at_ms = now_ms, .writes = &write, .write_count = 1};
    return ledger->ops->commit(ledger, &act, call->arena, &outcome);
}

static enum status change(struct call *call, const struct id *id, const json_t *patch, const char *if_match)
{
    struct ledger_document document;
    enum status status = customer_read_document(call, id, &document);
    if (status == STATUS_OK && if_match != NULL && !names_version(if_match, document.version)) {
        customer_answer(call, &document); /* of which a refusal takes the ETag: what it is now */
        return detail_set(&call->detail, STATUS_VERSION_MISMATCH, "The customer is at version %lld by now.",
                          (long long)document.version);
    }
    if (status == STATUS_OK) {
        status = customer_check_active(call, &document);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const int64_t now_ms = clock_now_ms();
    json_t *before = customer_body_load(&document);
    json_t *body = NULL;
    status = customer_body_patch(call, before, patch, now_ms, &body);
    if (status == STATUS_OK) {
        status = commit_change(call, &document, body, now_ms);
    }
    json_decref(before);
    json_decref(body);
    return status;
}

enum status customers_update(struct call *call, const struct id *id, const json_t *patch,
                             const char *if_match)
{
    enum status status;
    int attempts = 0;
    do { /* whoever names no version writes over what is there */
        status = change(call, id, patch, if_match);
    } while (status == STATUS_VERSION_MISMATCH && call->detail.text == NULL && ++attempts < UPDATE_ATTEMPTS);
    if (attempts == UPDATE_ATTEMPTS) {
        call->detail.retry_after_s = RETRY_AFTER_S;
        return detail_set(&call->detail, STATUS_OVERLOADED, "Too many change this customer at once.");
    }
    return status == STATUS_OK ? customers_read(call, id) : status;
}

/* --- list ----------------------------------------------------------------------------------------- */

static bool is_listed(const struct ledger_document *documents, size_t count, const struct id *id)
{
    for (size_t i = 0; i < count; i++) {
        if (id_equal(&documents[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* Who is found under what a merged duplicate had is the customer that it is part of, once a page. */
static enum status resolve_merged(struct call *call, struct ledger_document_page *page)
{
    size_t kept = 0;
    for (size_t i = 0; i < page->count; i++) {
        struct ledger_document document = page->documents[i];
        if (customer_is(&document, CUSTOMER_MERGED)) {
            const enum status status = customer_read_whole(call, &page->documents[i].id, &document);
            if (status != STATUS_OK) {
                return status;
            }
        }
        if (customer_is(&document, CUSTOMER_ACTIVE) && !is_listed(page->documents, kept, &document.id)) {
            page->documents[kept++] = document;
        }
    }
    page->count = kept;
    return STATUS_OK;
}

static enum status search(struct call *call, const struct customers_query *query, const struct cursor *after,
                          struct ledger_document_page *page)
{
    const struct ledger *ledger = call->app->ledger;
    const char *prefixes[LEDGER_PREFIXES_MAX];
    const size_t count = customer_terms_asked(query->q, call->arena, prefixes);
    if (count == 0) {
        return STATUS_OK; /* nothing but punctuation: it finds nobody */
    }
    const enum status status = ledger->ops->document_search(ledger, LEDGER_CUSTOMER, prefixes, count, after,
                                                            (size_t)query->limit, call->arena, page);
    return status == STATUS_OK ? resolve_merged(call, page) : status;
}

enum status customers_list(struct call *call, const struct customers_query *query)
{
    const struct ledger *ledger = call->app->ledger;
    const char letter = query->q == NULL ? LIST_LETTER : SEARCH_LETTER;
    const struct ledger_document_filter filter = {
        .kind = LEDGER_CUSTOMER, .state = query->state == NULL ? CUSTOMER_ACTIVE : query->state};
    struct ledger_document_page page = {0};
    struct cursor cursor;
    enum status status = cursor_read(query->cursor, letter, &call->detail, &cursor);
    if (status == STATUS_OK) {
        status = query->q != NULL ? search(call, query, &cursor, &page)
                                  : ledger->ops->document_list(ledger, &filter, &cursor, (size_t)query->limit,
                                                               call->arena, &page);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct page_answer answer;
    page_answer_begin(&answer, call, page.count * 512);
    for (size_t i = 0; i < page.count; i++) {
        customer_emit(&answer.json, &page.documents[i]);
    }
    page_answer_next(&answer, letter, page.has_more, &page.next);
    page_answer_end(&answer);
    return STATUS_OK;
}
