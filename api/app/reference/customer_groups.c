#include "app/reference/customer_groups.h"

#include "catalog/entity.h"
#include "sqlite/reader.h"

/* A live group's row; `found` says whether there is one. */
static enum status find_group(struct call *call, struct db *db, const json_t *text, struct entity_row *row,
                              bool *found)
{
    struct id id;
    *found = false;
    if (!id_parse(json_string_value(text), &id)) {
        return STATUS_OK;
    }
    const enum status status = entity_find(&entity_customer_group, db, call->arena, &id, row);
    if (status == entity_customer_group.not_found) {
        return STATUS_OK;
    }
    *found = status == STATUS_OK && !row->archived;
    return status;
}

static bool holds(const json_t *ids, const json_t *id)
{
    size_t index;
    json_t *other;
    json_array_foreach((json_t *)ids, index, other)
    {
        if (json_equal(other, id)) {
            return true;
        }
    }
    return false;
}

enum status customer_groups_check(struct call *call, const json_t *ids, const json_t *held)
{
    enum status status = STATUS_OK;
    const unsigned faults = call->detail.faults;
    struct db *db = reader_take(call->app->readers);
    for (size_t i = 0; status == STATUS_OK && i < json_array_size(ids); i++) {
        const json_t *id = json_array_get(ids, i);
        struct entity_row row;
        bool found;
        if (holds(held, id)) {
            continue;
        }
        status = find_group(call, db, id, &row, &found);
        if (status == STATUS_OK && !found) {
            (void)detail_fault(&call->detail, arena_printf(call->arena, "/group_ids/%zu", i), "not_found",
                               "There is no such customer group, or it is archived.");
        }
    }
    reader_give_back(call->app->readers, db);
    return status == STATUS_OK && call->detail.faults > faults ? STATUS_VALIDATION_FAILED : status;
}
