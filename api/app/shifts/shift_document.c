#include "app/shifts/shift_document.h"

#include "app/shifts/shift.h"

#include <string.h>

#define WALK_PAGE 8

bool shift_document_is_open(const struct ledger_document *shift)
{
    return strcmp(shift->state, SHIFT_OPEN) == 0;
}

enum status shift_document_read(struct call *call, const struct id *id, struct ledger_document *shift)
{
    const struct ledger *ledger = call->app->ledger;
    const enum status status = ledger->ops->document_read(ledger, LEDGER_SHIFT, id, call->arena, shift);
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_SHIFT_NOT_FOUND : status;
}

const char *shift_document_open_key(struct call *call, int64_t register_key)
{
    return arena_printf(call->arena, "open:%lld", (long long)register_key);
}

const char *shift_document_number_key(struct call *call, int64_t register_key, int64_t number)
{
    return arena_printf(call->arena, "number:%lld:%lld", (long long)register_key, (long long)number);
}

enum status shift_document_open(struct call *call, int64_t register_key, struct ledger_document *shift,
                                bool *found)
{
    const struct ledger *ledger = call->app->ledger;
    const enum status status = ledger->ops->document_find(
        ledger, LEDGER_SHIFT, shift_document_open_key(call, register_key), call->arena, shift);
    *found = status == STATUS_OK;
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_OK : status;
}

int64_t shift_document_closed_at(const struct ledger_document *shift)
{
    return shift->updated_at_ms;
}

struct shift_walk shift_walk(struct call *call, int64_t register_key)
{
    return (struct shift_walk){
        .call = call,
        .filter = {.kind = LEDGER_SHIFT, .has_register = true, .register_key = register_key},
        .page = {.has_more = true},
    };
}

enum status shift_walk_next(struct shift_walk *walk, struct ledger_document *shift, bool *found)
{
    const struct ledger *ledger = walk->call->app->ledger;
    *found = false;
    if (walk->at == walk->page.count && walk->page.has_more) {
        const struct cursor after = walk->page.next;
        walk->at = 0;
        const enum status status = ledger->ops->document_list(ledger, &walk->filter, &after, WALK_PAGE,
                                                              walk->call->arena, &walk->page);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (walk->at < walk->page.count) {
        *shift = walk->page.documents[walk->at++];
        *found = true;
    }
    return STATUS_OK;
}
