/* The entries of a document: the postings that were kept. */
#include "ledger/dynamodb/history.h"

#include <string.h>

static void read_row(const struct history_row *row, const char *detail, struct arena *arena,
                     struct ledger_entry *entry)
{
    *entry = (struct ledger_entry){
        .by_record = row->maker == PACKED_RECORD,
        .reason = arena_copy(arena, row->reason),
        .at_ms = row->at_ms,
        .detail = detail,
    };
    if (row->maker != PACKED_ANONYMOUS) {
        entry->act_id = row->act;
    }
    memcpy(entry->amounts, row->amounts, sizeof entry->amounts);
    memcpy(entry->balances, row->after, sizeof entry->balances);
}

enum status ledger_dynamodb_entry_list(const struct ledger *ledger, enum ledger_kind kind,
                                       const struct id *id, const struct cursor *after, size_t limit,
                                       struct arena *arena, struct ledger_entry_page *page)
{
    const struct history history = {.ledger = ledger_dynamodb_of(ledger), .kind = kind, .document = *id};
    const struct layout_key key = layout_document(kind, id);
    struct history_row *rows = arena_alloc(arena, limit * sizeof *rows);
    const char **details = arena_alloc(arena, limit * sizeof *details);
    struct dynamodb_answer answer;
    const json_t *head;
    *page = (struct ledger_entry_page){.entries = arena_zeroed(arena, limit, sizeof *page->entries)};
    enum status status = ledger_dynamodb_get(history.ledger, &key, arena, &answer, &head);
    if (status == STATUS_OK && head == NULL) {
        status = STATUS_DOCUMENT_NOT_FOUND;
    }
    if (status == STATUS_OK) {
        status = history_list(&history, head, after, limit, arena, rows, &page->count, &page->has_more,
                              &page->next);
    }
    if (status == STATUS_OK) {
        status = history_details(history.ledger, rows, page->count, arena, details);
    }
    for (size_t i = 0; status == STATUS_OK && i < page->count; i++) {
        read_row(&rows[i], details[i], arena, &page->entries[i]);
    }
    dynamodb_answer_free(&answer);
    return status;
}
