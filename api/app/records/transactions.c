#include "app/records/transactions.h"

#include "app/customers/customer_document.h"
#include "app/page.h"
#include "app/records/transaction_answer.h"
#include "app/records/transaction_count.h"
#include "base/clock.h"
#include "catalog/entity.h"
#include "catalog/selling.h"
#include "sqlite/reader.h"

#include <string.h>

#define TRANSACTIONS_PATH "/api/v1/transactions/"
#define CURSOR_LETTER     't'

/* The hash in quotes. */
static const char *etag_of(struct arena *arena, const struct hash *hash)
{
    char *etag = arena_alloc(arena, HASH_TEXT_SIZE + 2);
    etag[0] = '"';
    hash_format(hash, etag + 1);
    etag[HASH_TEXT_SIZE] = '"';
    etag[HASH_TEXT_SIZE + 1] = '\0';
    return etag;
}

static const char *location_of(struct arena *arena, const struct id *id)
{
    const size_t length = sizeof TRANSACTIONS_PATH - 1;
    char *location = arena_alloc(arena, length + ID_TEXT_SIZE);
    memcpy(location, TRANSACTIONS_PATH, length);
    id_format(id, location + length);
    return location;
}

void transaction_answer(struct call *call, const struct ledger_transaction *transaction)
{
    call->answer.body = transaction->record;
    call->answer.body_length = transaction->record_length;
    call->answer.etag = etag_of(call->arena, &transaction->hash);
}

void transaction_answer_created(struct call *call, const struct ledger_transaction *transaction,
                                bool replayed)
{
    transaction_answer(call, transaction);
    call->answer.http_status = 201;
    call->answer.location = location_of(call->arena, &transaction->id);
    call->answer.replayed = replayed;
    if (!replayed) {
        transaction_count(transaction);
    }
}

enum status transaction_read(struct call *call, const struct id *id)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_transaction transaction;
    const enum status status = ledger->ops->transaction_read(ledger, id, call->arena, &transaction);
    if (status == STATUS_OK) {
        transaction_answer(call, &transaction);
    }
    return status;
}

/* Ids to the keys that the ledger knows. `nothing`: there can be no such transaction. */
static enum status resolve(struct call *call, struct db *db, const struct transactions_query *query,
                           struct ledger_filter *filter, bool *nothing)
{
    if (query->has_store) {
        struct entity_row store;
        const enum status status = entity_find(&entity_store, db, call->arena, &query->store_id, &store);
        if (status != STATUS_OK) {
            *nothing = status == STATUS_STORE_NOT_FOUND;
            return *nothing ? STATUS_OK : status;
        }
        filter->has_store = true;
        filter->store_key = store.key;
    }
    if (query->has_register) {
        struct selling_register register_;
        const enum status status = selling_register_read(db, call->arena, &query->register_id, &register_);
        if (status != STATUS_OK) {
            *nothing = status == STATUS_REGISTER_NOT_FOUND;
            return *nothing ? STATUS_OK : status;
        }
        *nothing = filter->has_store && filter->store_key != register_.store_key;
        filter->has_store = filter->has_register = true;
        filter->store_key = register_.store_key;
        filter->register_key = register_.key;
    }
    return STATUS_OK;
}

/* A customer's, and those of the ones that were merged into it. */
static enum status resolve_customer(struct call *call, const struct id *id, struct ledger_filter *filter,
                                    bool *nothing)
{
    struct ledger_document document;
    const enum status status = customer_read_whole(call, id, &document);
    if (status == STATUS_CUSTOMER_NOT_FOUND) {
        *nothing = true;
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        struct customer_ids *all = arena_alloc(call->arena, sizeof *all);
        customer_all_ids(&document, all);
        filter->customer_ids = all->ids;
        filter->customer_count = all->count;
    }
    return status;
}

static enum status read_filter(struct call *call, const struct transactions_query *query,
                               struct ledger_filter *filter, bool *nothing)
{
    *nothing = false;
    *filter = (struct ledger_filter){
        .receipt_prefix = query->receipt_number,
        .has_shift = query->has_shift,
        .shift_id = query->shift_id,
        .has_original = query->has_original,
        .original_id = query->original_id,
        .type = query->type,
        .flagged = query->flagged,
    };
    if (query->day != NULL) {
        struct clock_date date;
        if (!clock_parse_date(query->day, &date)) {
            return detail_fault(&call->detail, "#/query/day", "format", "This is no day of the calendar.");
        }
        filter->has_day = true;
        filter->day = clock_days_of_date(date);
    }
    enum status status = STATUS_OK;
    if (query->has_store || query->has_register) {
        struct db *db = reader_take(call->app->readers);
        status = resolve(call, db, query, filter, nothing);
        reader_give_back(call->app->readers, db);
    }
    if (status == STATUS_OK && !*nothing && query->has_customer) {
        status = resolve_customer(call, &query->customer_id, filter, nothing);
    }
    return status;
}

static void answer_page(struct call *call, const struct ledger_page *page)
{
    size_t size = 64;
    for (size_t i = 0; i < page->count; i++) {
        size += page->transactions[i].record_length + 1;
    }
    struct page_answer answer;
    page_answer_begin(&answer, call, size);
    for (size_t i = 0; i < page->count; i++) {
        emit_raw(&answer.json, page->transactions[i].record, page->transactions[i].record_length);
    }
    page_answer_next(&answer, CURSOR_LETTER, page->has_more, &page->next);
    page_answer_end(&answer);
}

enum status transactions_list(struct call *call, const struct transactions_query *query)
{
    const struct ledger *ledger = call->app->ledger;
    struct cursor cursor;
    struct ledger_filter filter;
    struct ledger_page page = {0};
    bool nothing;
    enum status status = cursor_read(query->cursor, CURSOR_LETTER, &call->detail, &cursor);
    if (status == STATUS_OK) {
        status = read_filter(call, query, &filter, &nothing);
    }
    if (status == STATUS_OK && !nothing) {
        status = ledger->ops->transaction_list(ledger, &filter, &cursor, (size_t)query->limit, call->arena,
                                               &page);
    }
    if (status == STATUS_OK) {
        answer_page(call, &page);
    }
    return status;
}
