#include "app/reference/price_lists.h"

#include "app/actor.h"
#include "app/cursor.h"
#include "app/reference/reference.h"
#include "catalog/catalog.h"
#include "catalog/price_list.h"
#include "sqlite/reader.h"

#define CURSOR_LETTER 'p'
#define ALONE         500 /* prices; an act with more lets no others wait in its group */

/* --- reading ------------------------------------------------------------------------------------ */

static void emit_price(struct json_writer *json, const struct price_list_price *price)
{
    char id[ID_TEXT_SIZE];
    emit_begin_object(json);
    emit_member_string(json, "product_id", id_format(&price->product_id, id));
    emit_member_string(json, "sku", price->sku);
    emit_member_string(json, "name", price->name);
    emit_member_int(json, "price", price->price_minor);
    emit_end_object(json);
}

static void write_page(struct call *call, const struct price_list_price *prices, size_t count, bool has_more,
                       struct text *body)
{
    struct json_writer json = json_writer(body);
    emit_begin_object(&json);
    emit_name(&json, "data");
    emit_begin_array(&json);
    for (size_t i = 0; i < count; i++) {
        emit_price(&json, &prices[i]);
    }
    emit_end_array(&json);
    const char *next = NULL;
    if (has_more) {
        const struct cursor last = cursor_of(prices[count - 1].product_key);
        next = cursor_write(call->arena, CURSOR_LETTER, &last);
    }
    emit_member_string(&json, "next_cursor", next);
    emit_end_object(&json);
}

enum status price_lists_prices(struct call *call, const struct id *price_list_id,
                               const struct price_lists_query *query)
{
    const int64_t seq = catalog_seq(call->app->catalog);
    struct cursor after;
    struct entity_row list;
    size_t count = 0;
    enum status status = cursor_read(query->cursor, CURSOR_LETTER, &call->detail, &after);
    if (status != STATUS_OK) {
        return status;
    }
    /* one more tells whether there is a next page */
    struct price_list_price *prices = arena_alloc(call->arena, (query->limit + 1u) * sizeof *prices);
    struct db *db = reader_take(call->app->readers);
    status = entity_find(&entity_price_list, db, call->arena, price_list_id, &list);
    if (status == STATUS_OK) {
        status = price_list_prices_read(db, call->arena, list.key, query->product_id, cursor_int(&after, 0),
                                        query->limit + 1u, prices, &count);
    }
    reader_give_back(call->app->readers, db);
    if (status != STATUS_OK) {
        return status;
    }
    const bool has_more = count > query->limit;
    struct text body = arena_text(call->arena, 64 + count * 160);
    write_page(call, prices, has_more ? query->limit : count, has_more, &body);
    reference_answer_list(call, &body, seq);
    return STATUS_OK;
}

/* --- setting ------------------------------------------------------------------------------------ */

struct set_request {
    const struct id *price_list_id;
    const json_t *prices;
};

static enum status set_prices(struct call *call, struct db *db, void *context)
{
    const struct set_request *request = context;
    const struct actor actor = actor_of(call);
    struct entity_act act = {.db = db, .arena = call->arena, .detail = &call->detail, .actor = &actor};
    struct price_list_result result;
    const enum status status = price_list_prices_set(&act, request->price_list_id, request->prices, &result);
    if (status != STATUS_OK) {
        return status;
    }
    struct text body = arena_text(call->arena, 64);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_int(&json, "set", (int64_t)result.set);
    emit_member_int(&json, "removed", (int64_t)result.removed);
    emit_member_int(&json, "unchanged", (int64_t)result.unchanged);
    emit_end_object(&json);
    call_answer_text(call, &body);
    call->answer.catalog_seq = act.seq > 0 ? act.seq : catalog_seq(call->app->catalog);
    return STATUS_OK;
}

enum status price_lists_set(struct call *call, const struct id *price_list_id, const json_t *body)
{
    struct set_request request = {.price_list_id = price_list_id, .prices = json_object_get(body, "prices")};
    return json_array_size(request.prices) > ALONE ? call_write_alone(call, set_prices, &request)
                                                   : call_write(call, set_prices, &request);
}
