/*
 * Search by the beginnings of words: the items of one prefix say who may be meant, the documents' own lists
 * of terms who is. Terms are read backwards, so that of those who are found by the same word the newest come
 * first. A document is found at the last of its terms that begins with the prefix, so that it is listed
 * once, whatever page is asked for.
 */
#include "ledger/dynamodb/document_reads.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define AFTER_ALL  "\xf4\x8f\xbf\xbf" /* U+10FFFF, the last that text can hold */
#define BATCH      40                 /* documents read at once */
#define TAIL_PARTS 2                  /* of a sort key: what is behind the term */

struct hit {
    struct id id;
    const char *term, *tag;
};

struct search {
    const struct ledger_dynamodb *ledger;
    enum ledger_kind kind;
    const char *const *prefixes;
    size_t prefix_count, first; /* which one is looked up */
    struct dynamodb_stream stream;
    struct arena *arena;
    size_t limit;
    const char *after; /* `<term>#<id>` of the last hit listed: its items sort behind it; NULL */
    int64_t now_ms;
    struct ledger_document_page *page;
};

/* Candidates come from the longest prefix: it is the rarest, most likely. */
static size_t longest(const char *const *prefixes, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        if (strlen(prefixes[i]) > strlen(prefixes[best])) {
            best = i;
        }
    }
    return best;
}

static bool begins(const char *term, const char *prefix)
{
    const size_t length = strnlen(prefix, LEDGER_TERM_MAX);
    return strncmp(term, prefix, length) == 0;
}

/* `<term>#<id>#<tag>` */
static bool read_hit(const json_t *item, struct arena *arena, struct hit *hit)
{
    const char *sk = dynamodb_s(item, "sk");
    if (sk == NULL) {
        return false;
    }
    char *term = arena_copy(arena, sk), *parts[TAIL_PARTS];
    for (size_t i = TAIL_PARTS; i-- > 0;) {
        parts[i] = strrchr(term, '#');
        if (parts[i] == NULL) {
            return false;
        }
        *parts[i]++ = '\0';
    }
    hit->term = term;
    hit->tag = parts[1];
    return id_parse(parts[0], &hit->id);
}

/* The document has the term still, and none behind it that begins with the prefix. */
static bool is_its_last(const struct search *search, const struct stored_document *stored,
                        const struct hit *hit)
{
    bool has = false;
    for (size_t i = 0; i < stored->term_count; i++) {
        const char *term = stored->terms[i];
        const int order = strncmp(term, hit->term, LEDGER_TERM_MAX);
        has |= order == 0;
        if (order > 0 && begins(term, search->prefixes[search->first])) {
            return false;
        }
    }
    return has && stored->tag != NULL && strcmp(stored->tag, hit->tag) == 0;
}

static bool has_every_prefix(const struct search *search, const struct stored_document *stored)
{
    for (size_t i = 0; i < search->prefix_count; i++) {
        bool has = false;
        for (size_t at = 0; !has && at < stored->term_count; at++) {
            has = begins(stored->terms[at], search->prefixes[i]);
        }
        if (!has) {
            return false;
        }
    }
    return true;
}

static struct cursor place_of(const struct hit *hit)
{
    struct cursor place = {0};
    cursor_add(&place, hit->id.bytes, sizeof hit->id.bytes);
    cursor_add(&place, hit->term, strnlen(hit->term, LEDGER_TERM_MAX));
    return place;
}

static enum status add(struct search *search, const struct hit *hits, size_t count)
{
    struct stored_document *stored = arena_zeroed(search->arena, count, sizeof *stored);
    struct id *ids = arena_alloc(search->arena, count * sizeof *ids);
    size_t *at = arena_alloc(search->arena, count * sizeof *at), read = 0;
    for (size_t i = 0; i < count; i++) { /* one of several hits is read once */
        size_t same = 0;
        while (same < read && !id_equal(&ids[same], &hits[i].id)) {
            same++;
        }
        at[i] = same;
        if (same == read) {
            ids[read++] = hits[i].id;
        }
    }
    const enum status status = documents_read(search->ledger, search->kind, ids, read, search->arena, stored);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        const struct stored_document *document = &stored[at[i]];
        if (document->found && documents_is_alive(&document->document, search->now_ms) &&
            is_its_last(search, document, &hits[i]) && has_every_prefix(search, document)) {
            const struct cursor place = place_of(&hits[i]);
            documents_add(search->page, search->limit, document, &place);
        }
    }
    return status;
}

static enum status fill(struct search *search)
{
    struct hit *hits = arena_alloc(search->arena, BATCH * sizeof *hits);
    size_t count = BATCH;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && count == BATCH && !search->page->has_more) {
        count = 0;
        const json_t *item = NULL;
        while ((status = ledger_dynamodb_next(&search->stream, &item)) == STATUS_OK && item != NULL) {
            if (!read_hit(item, search->arena, &hits[count++])) {
                status = STATUS_INTERNAL_ERROR;
            }
            if (status != STATUS_OK || count == BATCH) {
                break;
            }
        }
        if (status == STATUS_OK && count > 0) {
            status = add(search, hits, count);
        }
    }
    return status;
}

static const char *read_after(const struct cursor *after, struct arena *arena)
{
    struct id id;
    char text[ID_TEXT_SIZE];
    const unsigned char *bytes = cursor_take(after, 0, sizeof id.bytes);
    if (bytes == NULL) {
        return NULL;
    }
    memcpy(id.bytes, bytes, sizeof id.bytes);
    return arena_printf(arena, "%.*s#%s", (int)(after->length - sizeof id.bytes),
                        (const char *)bytes + sizeof id.bytes, id_format(&id, text));
}

enum status ledger_dynamodb_document_search(const struct ledger *ledger, enum ledger_kind kind,
                                            const char *const *prefixes, size_t prefix_count,
                                            const struct cursor *after, size_t limit, struct arena *arena,
                                            struct ledger_document_page *page)
{
    if (prefix_count == 0 || prefix_count > LEDGER_PREFIXES_MAX) {
        return STATUS_INTERNAL_ERROR;
    }
    struct search search = {
        .ledger = ledger_dynamodb_of(ledger),
        .kind = kind,
        .prefixes = prefixes,
        .prefix_count = prefix_count,
        .first = longest(prefixes, prefix_count),
        .arena = arena,
        .limit = limit,
        .after = read_after(after, arena),
        .now_ms = clock_now_ms(),
        .page = page,
    };
    static const struct id none;
    const char *prefix = prefixes[search.first];
    const int length = (int)strnlen(prefix, LEDGER_TERM_MAX);
    const struct layout_key key = layout_term(kind, prefix, &none, "");
    const char *from = arena_printf(arena, "%.*s", length, prefix);
    const struct dynamodb_query query = {
        .table = key.table,
        .hash = key.pk,
        .from = from,
        .to = search.after != NULL ? search.after : arena_printf(arena, "%.*s" AFTER_ALL, length, prefix),
        .newest_first = true,
    };
    *page = (struct ledger_document_page){.documents = arena_zeroed(arena, limit, sizeof *page->documents)};
    if (strcmp(query.from, query.to) > 0) {
        return STATUS_OK; /* another search's cursor */
    }
    search.stream = ledger_dynamodb_stream(search.ledger, &query);
    const enum status status = fill(&search);
    ledger_dynamodb_stream_close(&search.stream);
    return status;
}
