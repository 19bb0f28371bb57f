#include "app/customers/posting_json.h"

#include "app/actor.h"
#include "app/page.h"
#include "base/clock.h"

#include <string.h>

#define ENTRY_SIZE 320
#define PAGES_MAX  50 /* of LEDGER_PAGE_MAX entries each that came after one whose answer was lost */

const char *posting_detail(struct call *call, const char *reason)
{
    struct text text = arena_text(call->arena, 256);
    struct json_writer json = json_writer(&text);
    emit_begin_object(&json);
    actor_emit(&json, "actor", call);
    if (reason != NULL) {
        emit_member_string(&json, "reason", reason);
    }
    emit_end_object(&json);
    return text_string(&text);
}

void posting_emit_begin(struct json_writer *json, const struct ledger_entry *entry)
{
    char id[ID_TEXT_SIZE], at[CLOCK_TEXT_SIZE];
    emit_begin_object(json);
    emit_member_string(json, "id", id_format(&entry->act_id, id));
    emit_member_string(json, "created_at", clock_format(entry->at_ms, at));
    emit_member_string(json, "type", entry->reason);
}

void posting_emit_end(struct json_writer *json, const struct ledger_entry *entry)
{
    if (entry->detail != NULL) {
        emit_members(json, entry->detail, strlen(entry->detail));
    }
    emit_end_object(json);
}

enum status posting_list(struct call *call, const struct posting_list *list, const struct id *document_id,
                         const char *cursor_text, int64_t limit)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_entry_page page = {0};
    struct cursor cursor;
    enum status status = cursor_read(cursor_text, list->letter, &call->detail, &cursor);
    if (status == STATUS_OK) {
        status = ledger->ops->entry_list(ledger, list->kind, document_id, &cursor, (size_t)limit, call->arena,
                                         &page);
    }
    if (status != STATUS_OK) {
        return status == STATUS_DOCUMENT_NOT_FOUND ? list->not_found : status;
    }
    struct page_answer answer;
    page_answer_begin(&answer, call, page.count * ENTRY_SIZE);
    for (size_t i = 0; i < page.count; i++) {
        list->emit(&answer.json, document_id, &page.entries[i]);
    }
    page_answer_next(&answer, list->letter, page.has_more, &page.next);
    page_answer_end(&answer);
    return STATUS_OK;
}

enum status posting_find(struct call *call, enum ledger_kind kind, const struct id *document_id,
                         const struct id *act_id, struct ledger_entry *entry)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_entry_page page = {.has_more = true};
    for (int pages = 0; pages < PAGES_MAX && page.has_more; pages++) {
        const struct cursor after = page.next;
        const enum status status = ledger->ops->entry_list(ledger, kind, document_id, &after, LEDGER_PAGE_MAX,
                                                           call->arena, &page);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t i = 0; i < page.count; i++) {
            if (id_equal(&page.entries[i].act_id, act_id)) {
                *entry = page.entries[i];
                return STATUS_OK;
            }
        }
    }
    return STATUS_INTERNAL_ERROR;
}
