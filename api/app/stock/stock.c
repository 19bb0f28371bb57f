#include "app/stock/stock.h"

#include "app/page.h"
#include "base/clock.h"
#include "catalog/entity.h"
#include "core/quantity.h"
#include "ledger/ledger.h"
#include "sqlite/reader.h"

#define CURSOR_LETTER 's'

/* An id to the key that the ledger knows. `nothing`: there is no such row, so it has no stock. */
static enum status resolve(struct call *call, struct db *db, const struct entity *entity, const struct id *id,
                           int64_t *key, bool *nothing)
{
    struct entity_row row;
    const enum status status = entity_find(entity, db, call->arena, id, &row);
    if (status == entity->not_found) {
        *nothing = true;
        return STATUS_OK;
    }
    *key = status == STATUS_OK ? row.key : 0;
    return status;
}

static enum status read_filter(struct call *call, const struct stock_query *query,
                               struct ledger_stock_filter *filter, bool *nothing)
{
    enum status status = STATUS_OK;
    *nothing = false;
    if (!query->has_store && !query->has_product) {
        return STATUS_OK;
    }
    struct db *db = reader_take(call->app->readers);
    if (query->has_store) {
        filter->has_store = true;
        status = resolve(call, db, &entity_store, &query->store_id, &filter->store_key, nothing);
    }
    if (status == STATUS_OK && query->has_product) {
        filter->has_product = true;
        status = resolve(call, db, &entity_product, &query->product_id, &filter->product_key, nothing);
    }
    reader_give_back(call->app->readers, db);
    return status;
}

static void emit_level(struct json_writer *json, const struct ledger_stock_level *level)
{
    char store[ID_TEXT_SIZE], product[ID_TEXT_SIZE], updated_at[CLOCK_TEXT_SIZE], buffer[32];
    struct text quantity = text_over(buffer, sizeof buffer);
    quantity_format(&quantity, level->level);
    emit_begin_object(json);
    emit_member_string(json, "store_id", id_format(&level->store.id, store));
    emit_member_string(json, "product_id", id_format(&level->product.id, product));
    emit_name(json, "level");
    emit_string_n(json, quantity.data, quantity.length);
    emit_member_string(json, "updated_at", clock_format(level->updated_at_ms, updated_at));
    emit_end_object(json);
}

static void answer_page(struct call *call, const struct ledger_stock_level *levels, size_t count,
                        bool has_more)
{
    struct page_answer answer;
    page_answer_begin(&answer, call, count * 192);
    for (size_t i = 0; i < count; i++) {
        emit_level(&answer.json, &levels[i]);
    }
    struct cursor next = {0};
    if (has_more) {
        next = cursor_of(levels[count - 1].store.key);
        cursor_add_int(&next, levels[count - 1].product.key);
    }
    page_answer_next(&answer, CURSOR_LETTER, has_more, &next);
    page_answer_end(&answer);
}

enum status stock_list(struct call *call, const struct stock_query *query)
{
    const struct ledger *ledger = call->app->ledger;
    struct cursor cursor;
    struct ledger_stock_filter filter = {0};
    bool nothing, has_more = false;
    size_t count = 0;
    enum status status = cursor_read(query->cursor, CURSOR_LETTER, &call->detail, &cursor);
    if (status == STATUS_OK) {
        status = read_filter(call, query, &filter, &nothing);
    }
    if (status != STATUS_OK) {
        return status;
    }
    filter.after_store_key = cursor_int(&cursor, 0);
    filter.after_product_key = cursor_int(&cursor, sizeof(int64_t));
    struct ledger_stock_level *levels = arena_alloc(call->arena, (size_t)query->limit * sizeof *levels);
    if (!nothing) {
        status = ledger->ops->stock_list(ledger, &filter, (size_t)query->limit, levels, &count, &has_more);
    }
    if (status == STATUS_OK) {
        answer_page(call, levels, count, has_more);
    }
    return status;
}
