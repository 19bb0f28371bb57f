#include "app/reference/changes.h"

#include "app/reference/reference.h"
#include "catalog/catalog.h"
#include "catalog/change.h"
#include "sqlite/reader.h"

enum status changes_list(struct call *call, int64_t after, unsigned limit)
{
    const int64_t seq = catalog_seq(call->app->catalog);
    struct text body = arena_text(call->arena, 16384);
    struct db *db = reader_take(call->app->readers);
    const enum status status = change_list(db, after, limit, &body);
    reader_give_back(call->app->readers, db);
    if (status == STATUS_OK) {
        reference_answer_list(call, &body, seq);
    }
    return status;
}
