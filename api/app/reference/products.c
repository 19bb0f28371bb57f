#include "app/reference/products.h"

#include "catalog/catalog.h"
#include "catalog/product.h"
#include "catalog/search.h"
#include "sqlite/reader.h"

#include <string.h>

#define PRODUCT_TYPICAL_SIZE 1024
#define HITS                 20 /* unless fewer are asked for */

enum status products_find(struct call *call, const char *code)
{
    const int64_t seq = catalog_seq(call->app->catalog);
    struct text body = arena_text(call->arena, PRODUCT_TYPICAL_SIZE);
    int64_t version = 0;
    struct db *db = reader_take(call->app->readers);
    const enum status status = product_lookup(db, code, &call->detail, &body, &version);
    reader_give_back(call->app->readers, db);
    if (status != STATUS_OK) {
        return status;
    }
    call_answer_text(call, &body);
    struct text etag = arena_text(call->arena, 24);
    text_add_char(&etag, '"');
    text_add_int(&etag, version);
    text_add_char(&etag, '"');
    call->answer.etag = text_string(&etag);
    call->answer.catalog_seq = seq;
    return STATUS_OK;
}

enum status products_list(struct call *call, const char *text, const struct reference_query *query)
{
    if (text == NULL || text[strspn(text, " ")] == '\0') {
        return reference_list(call, REFERENCE_PRODUCT, query);
    }
    const int64_t seq = catalog_seq(call->app->catalog);
    const struct search search = {
        .query = text,
        .limit = query->limit < SEARCH_HITS_MAX ? query->limit : SEARCH_HITS_MAX,
        .archived = (enum entity_archived)query->archived,
        .category_id = query->filter,
    };
    int64_t keys[SEARCH_HITS_MAX];
    unsigned count;
    struct text body = arena_text(call->arena, HITS * PRODUCT_TYPICAL_SIZE);
    struct db *db = reader_take(call->app->readers);
    enum status status = db_begin_read(db); /* the hits and their products are of one state */
    if (status == STATUS_OK) {
        status = search_products(db, call->arena, &search, keys, &count);
        if (status == STATUS_OK) {
            status = product_list_by_keys(db, keys, count, &body);
        }
        db_end_read(db);
    }
    reader_give_back(call->app->readers, db);
    if (status == STATUS_OK) {
        reference_answer_list(call, &body, seq);
    }
    return status;
}
