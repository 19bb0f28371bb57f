#include "app/reference/product_exports.h"

#include "app/reference/product_stock.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/entity.h"
#include "catalog/export.h"
#include "sqlite/reader.h"

#include <stdatomic.h>
#include <stdlib.h>

#define RETRY_AFTER_S 5

static _Atomic int running;

struct stream {
    struct readers *readers;
    struct db *db;
    struct export *export;
    struct product_stock stock;
};

static ssize_t stream_read(void *context, char *buffer, size_t size)
{
    const struct stream *stream = context;
    return export_read(stream->export, buffer, size);
}

static void stream_close(void *context)
{
    struct stream *stream = context;
    export_close(stream->export);
    product_stock_free(&stream->stock);
    reader_give_back(stream->readers, stream->db);
    free(stream);
    running--;
}

static enum status find_store(struct call *call, struct db *db, const struct id *id, struct ledger_ref *ref)
{
    struct entity_row store;
    const enum status status = id != NULL ? entity_find(&entity_store, db, call->arena, id, &store)
                                          : entity_find_first(&entity_store, db, call->arena, &store);
    if (status == STATUS_STORE_NOT_FOUND) {
        return detail_fault(&call->detail, "#/query/store_id", "store_not_found", "There is no such store.");
    }
    *ref = (struct ledger_ref){.key = store.key, .id = store.id};
    return status;
}

static enum status start(struct call *call, const struct id *store_id)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return STATUS_OVERLOADED;
    }
    const struct export_options options = {.stock_read = product_stock_read, .stock_context = &stream->stock};
    stream->readers = call->app->readers;
    stream->db = reader_take(stream->readers);
    struct ledger_ref store;
    enum status status = find_store(call, stream->db, store_id, &store);
    if (status == STATUS_OK) {
        status = product_stock_load(call->app->ledger, &store, &stream->stock);
    }
    if (status == STATUS_OK) {
        status = export_open(stream->db, &options, &stream->export);
    }
    if (status != STATUS_OK) {
        product_stock_free(&stream->stock);
        reader_give_back(stream->readers, stream->db);
        free(stream);
        return status;
    }
    call->answer.stream = stream_read;
    call->answer.stream_close = stream_close;
    call->answer.stream_context = stream;
    return STATUS_OK;
}

enum status product_exports_read(struct call *call, const struct id *store_id)
{
    if (running++ >= EXPORTS_RUNNING_MAX) {
        running--;
        call->detail.retry_after_s = RETRY_AFTER_S;
        return detail_set(&call->detail, STATUS_OVERLOADED,
                          "Another export is running; try again when it has ended.");
    }
    const int64_t seq = catalog_seq(call->app->catalog);
    const enum status status = start(call, store_id);
    if (status != STATUS_OK) {
        running--;
        return status;
    }
    char now[CLOCK_TEXT_SIZE];
    clock_format(clock_now_ms(), now);
    call->answer.content_type = "text/csv; charset=utf-8";
    call->answer.content_disposition = arena_printf(call->arena,
                                                    "attachment; filename=\"products-%.10s.csv\"", now);
    call->answer.catalog_seq = seq;
    return STATUS_OK;
}
