/*
 * Documents, read and listed. A head and its body are two items, so that postings stay cheap; both say which
 * version they are of, and one that is read while it is written is read again.
 */
#include "ledger/dynamodb/document_reads.h"

#include "base/clock.h"

#include <string.h>

#define TORN_TRIES 8 /* to find head and body of one version */

bool documents_is_alive(const struct ledger_document *document, int64_t now_ms)
{
    return document->expires_at_ms == 0 || document->expires_at_ms > now_ms;
}

/* Whether the two items are of one version. */
static bool is_whole(const json_t *head, const json_t *body)
{
    int64_t version;
    return dynamodb_get_n(head, "vs", &version) && dynamodb_n(body, "vs") == version;
}

static const char **take_strings(const json_t *list, struct arena *arena, size_t *count)
{
    const json_t *value;
    size_t at;
    *count = json_array_size(list);
    const char **strings = arena_alloc(arena, (*count + 1) * sizeof *strings);
    json_array_foreach(list, at, value)
    {
        const char *text = dynamodb_value_s(value);
        strings[at] = text == NULL ? "" : arena_copy(arena, text);
    }
    return strings;
}

static enum status take(const json_t *head, const json_t *body, struct arena *arena,
                        struct stored_document *stored)
{
    stored->found = head != NULL;
    if (head == NULL) {
        return STATUS_OK;
    }
    if (!ledger_dynamodb_head(head, arena, &stored->document) ||
        !ledger_dynamodb_body(body, arena, &stored->document)) {
        return STATUS_INTERNAL_ERROR;
    }
    stored->terms = take_strings(dynamodb_l(body, "ts"), arena, &stored->term_count);
    stored->keys = take_strings(dynamodb_l(body, "ks"), arena, &stored->key_count);
    stored->tag = ledger_dynamodb_copy(body, "tg", arena);
    return STATUS_OK;
}

/* One try; how many were torn. */
static enum status read_once(const struct ledger_dynamodb *ledger, enum ledger_kind kind,
                             const struct id *ids, size_t count, struct arena *arena,
                             struct stored_document *stored, size_t *torn)
{
    struct layout_key *keys = arena_alloc(arena, 2 * count * sizeof *keys);
    struct dynamodb_items items;
    for (size_t i = 0; i < count; i++) {
        keys[2 * i] = layout_document(kind, &ids[i]);
        keys[2 * i + 1] = layout_body(kind, &ids[i]);
    }
    enum status status = ledger_dynamodb_get_all(ledger, keys, 2 * count, arena, &items);
    *torn = 0;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        const json_t *head = items.items[2 * i], *body = items.items[2 * i + 1];
        if (head != NULL && !is_whole(head, body)) {
            (*torn)++;
            continue;
        }
        status = take(head, body, arena, &stored[i]);
    }
    ledger_dynamodb_items_free(&items);
    return status;
}

enum status documents_read(const struct ledger_dynamodb *ledger, enum ledger_kind kind, const struct id *ids,
                           size_t count, struct arena *arena, struct stored_document *stored)
{
    const int64_t deadline_us = clock_monotonic_us() + LEDGER_DYNAMODB_DEADLINE_MS * 1000LL;
    size_t torn = count;
    enum status status = STATUS_OK;
    for (unsigned tries = 0; status == STATUS_OK && torn > 0; tries++) {
        if (tries == TORN_TRIES || (tries > 0 && !ledger_dynamodb_pause(tries, deadline_us))) {
            return STATUS_OVERLOADED;
        }
        status = read_once(ledger, kind, ids, count, arena, stored, &torn);
    }
    return status;
}

enum status ledger_dynamodb_document_read(const struct ledger *ledger, enum ledger_kind kind,
                                          const struct id *id, struct arena *arena,
                                          struct ledger_document *document)
{
    struct stored_document stored;
    const enum status status = documents_read(ledger_dynamodb_of(ledger), kind, id, 1, arena, &stored);
    if (status != STATUS_OK) {
        return status;
    }
    if (!stored.found || !documents_is_alive(&stored.document, clock_now_ms())) {
        return STATUS_DOCUMENT_NOT_FOUND;
    }
    *document = stored.document;
    return STATUS_OK;
}

static bool has_key(const struct stored_document *stored, const char *key)
{
    for (size_t i = 0; i < stored->key_count; i++) {
        if (strcmp(stored->keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* Whose key it is; STATUS_DOCUMENT_NOT_FOUND: nobody's. */
static enum status read_owner(const struct ledger *ledger, const struct layout_key *unique,
                              struct arena *arena, struct id *id)
{
    struct dynamodb_answer answer;
    const json_t *item;
    enum status status = ledger_dynamodb_get(ledger_dynamodb_of(ledger), unique, arena, &answer, &item);
    if (status == STATUS_OK && (item == NULL || !ledger_dynamodb_id(item, "id", id))) {
        status = STATUS_DOCUMENT_NOT_FOUND;
    }
    dynamodb_answer_free(&answer);
    return status;
}

/* The key and its document are read one after the other: a document that has given the key away meanwhile is
 * not the one that was asked for. */
enum status ledger_dynamodb_document_find(const struct ledger *ledger, enum ledger_kind kind, const char *key,
                                          struct arena *arena, struct ledger_document *document)
{
    const struct layout_key unique = layout_unique(kind, key);
    for (unsigned tries = 0; tries < TORN_TRIES; tries++) {
        struct id id;
        struct stored_document stored;
        enum status status = read_owner(ledger, &unique, arena, &id);
        if (status == STATUS_OK) {
            status = documents_read(ledger_dynamodb_of(ledger), kind, &id, 1, arena, &stored);
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (!stored.found) {
            return STATUS_DOCUMENT_NOT_FOUND; /* it has expired, or was removed now */
        }
        if (has_key(&stored, key)) {
            *document = stored.document;
            return documents_is_alive(document, clock_now_ms()) ? STATUS_OK : STATUS_DOCUMENT_NOT_FOUND;
        }
    }
    return STATUS_OVERLOADED;
}

/* --- lists --- */

/* A page of documents is filled from a list of candidates, of which some do not pass. */
struct candidate {
    struct id id;
    struct cursor place;
};

struct listing {
    const struct ledger_dynamodb *ledger;
    const struct ledger_document_filter *filter;
    struct dynamodb_stream stream;
    struct arena *arena;
    size_t limit;
    int64_t now_ms;
    const char *after;
    struct ledger_document_page *page;
};

static bool passes(const struct listing *listing, const struct stored_document *stored)
{
    const struct ledger_document_filter *filter = listing->filter;
    const struct ledger_document *document = &stored->document;
    return stored->found && documents_is_alive(document, listing->now_ms) &&
           (!filter->has_store || document->store_key == filter->store_key) &&
           (!filter->has_register || document->register_key == filter->register_key) &&
           (filter->state == NULL || strcmp(document->state, filter->state) == 0);
}

/* What the index tells of it: the state and the expiry may have changed since, the place has not. */
static bool may_pass(const struct listing *listing, const json_t *row)
{
    const struct ledger_document_filter *filter = listing->filter;
    const char *order = dynamodb_s(row, "dc");
    return (!filter->has_store || dynamodb_n(row, "st") == filter->store_key) &&
           (!filter->has_register || dynamodb_n(row, "rg") == filter->register_key) && order != NULL &&
           (listing->after == NULL || strcmp(order, listing->after) < 0);
}

static bool read_candidate(const json_t *row, struct candidate *candidate)
{
    const char *order = dynamodb_s(row, "dc"), *pk = dynamodb_s(row, "pk");
    const char *id = pk == NULL ? NULL : strrchr(pk, '#');
    candidate->place = (struct cursor){0};
    cursor_add(&candidate->place, order, strlen(order));
    return id != NULL && id_parse(id + 1, &candidate->id);
}

static enum status next_candidates(struct listing *listing, struct candidate *candidates, size_t wanted,
                                   size_t *count)
{
    const json_t *row = NULL;
    enum status status = STATUS_OK;
    *count = 0;
    while (status == STATUS_OK && *count < wanted) {
        status = ledger_dynamodb_next(&listing->stream, &row);
        if (status != STATUS_OK || row == NULL) {
            return status;
        }
        if (may_pass(listing, row) && !read_candidate(row, &candidates[(*count)++])) {
            return STATUS_INTERNAL_ERROR;
        }
    }
    return status;
}

static enum status add(struct listing *listing, const struct candidate *candidates, size_t count)
{
    struct stored_document *stored = arena_zeroed(listing->arena, count, sizeof *stored);
    struct id *ids = arena_alloc(listing->arena, count * sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        ids[i] = candidates[i].id;
    }
    const enum status status = documents_read(listing->ledger, listing->filter->kind, ids, count,
                                              listing->arena, stored);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (passes(listing, &stored[i])) {
            documents_add(listing->page, listing->limit, &stored[i], &candidates[i].place);
        }
    }
    return status;
}

void documents_add(struct ledger_document_page *page, size_t limit, const struct stored_document *stored,
                   const struct cursor *place)
{
    if (page->count == limit) {
        page->has_more = true;
    } else {
        page->documents[page->count++] = stored->document;
        page->next = *place;
    }
}

static enum status fill(struct listing *listing)
{
    struct candidate *candidates = arena_alloc(listing->arena, (listing->limit + 1) * sizeof *candidates);
    size_t count, wanted;
    enum status status;
    do {
        wanted = listing->limit - listing->page->count + 1;
        status = next_candidates(listing, candidates, wanted, &count);
        if (status == STATUS_OK && count > 0) {
            status = add(listing, candidates, count);
        }
    } while (status == STATUS_OK && count == wanted && !listing->page->has_more);
    return status;
}

enum status ledger_dynamodb_document_list(const struct ledger *ledger,
                                          const struct ledger_document_filter *filter,
                                          const struct cursor *after, size_t limit, struct arena *arena,
                                          struct ledger_document_page *page)
{
    const char *kind = arena_printf(arena, "%d", (int)filter->kind);
    struct listing listing = {
        .ledger = ledger_dynamodb_of(ledger),
        .filter = filter,
        .arena = arena,
        .limit = limit,
        .now_ms = clock_now_ms(),
        .page = page,
    };
    if (!cursor_is_start(after)) {
        listing.after = arena_copy_n(arena, (const char *)after->bytes, after->length);
    }
    const struct dynamodb_query query = {
        .table = layout_table_of(filter->kind),
        .index = "by_document",
        .hash_name = "d",
        .hash = kind,
        .range_name = "dc",
        .to = listing.after,
        .newest_first = true,
        .limit = limit + 1,
    };
    *page = (struct ledger_document_page){.documents = arena_zeroed(arena, limit, sizeof *page->documents)};
    listing.stream = ledger_dynamodb_stream(listing.ledger, &query);
    const enum status status = fill(&listing);
    ledger_dynamodb_stream_close(&listing.stream);
    return status;
}
