#include "app/reference/reference.h"

#include "app/actor.h"
#include "catalog/catalog.h"
#include "catalog/entity.h"
#include "ledger/ledger.h"
#include "sqlite/reader.h"
#include "sqlite/writer.h"

#include <stdlib.h>
#include <string.h>

#define TAG_DIGITS 32 /* of the hash of a list */

static const struct {
    const struct entity *entity;
    const char *path;
} table[] = {
    [REFERENCE_STORE] = {&entity_store, "/api/v1/stores"},
    [REFERENCE_REGISTER] = {&entity_register, "/api/v1/registers"},
    [REFERENCE_CATEGORY] = {&entity_category, "/api/v1/categories"},
    [REFERENCE_TAX] = {&entity_tax, "/api/v1/taxes"},
    [REFERENCE_PRODUCT] = {&entity_product, "/api/v1/products"},
    [REFERENCE_CUSTOMER_GROUP] = {&entity_customer_group, "/api/v1/customer-groups"},
    [REFERENCE_PRICE_LIST] = {&entity_price_list, "/api/v1/price-lists"},
    [REFERENCE_PROMOTION] = {&entity_promotion, "/api/v1/promotions"},
    [REFERENCE_WEBHOOK] = {&entity_webhook, "/api/v1/webhooks"},
};

static void set_version(struct call *call, int64_t version)
{
    call->answer.etag = arena_printf(call->arena, "\"%lld\"", (long long)version);
}

/* --- writing ------------------------------------------------------------------------------------ */

struct change_request {
    enum reference which;
    const struct id *id; /* NULL: create */
    const json_t *body;
    struct entity_condition condition;
    bool store_has_sales;
};

static enum status change(struct call *call, struct db *db, void *context)
{
    const struct change_request *request = context;
    const struct entity *entity = table[request->which].entity;
    const struct actor actor = actor_of(call);
    struct entity_act act = {
        .db = db,
        .arena = call->arena,
        .detail = &call->detail,
        .actor = &actor,
        .store_has_sales = request->store_has_sales,
    };
    struct entity_row row;
    bool existed = false;
    const enum status status = request->id == NULL
                                   ? entity_create(entity, &act, request->body, &row, &existed)
                                   : entity_update(entity, &act, request->id, request->body,
                                                   &request->condition, &row);
    if (status == STATUS_VERSION_MISMATCH) {
        set_version(call, row.version); /* what the client would have to read first */
    }
    if (status != STATUS_OK) {
        return status;
    }
    call_answer_text(call, &act.body);
    set_version(call, row.version);
    call->answer.catalog_seq = act.seq > 0 ? act.seq : catalog_seq(call->app->catalog);
    if (request->id == NULL) {
        char id[ID_TEXT_SIZE];
        call->answer.http_status = 201;
        call->answer.replayed = existed;
        call->answer.location = arena_printf(call->arena, "%s/%s", table[request->which].path,
                                             id_format(&row.id, id));
    }
    return STATUS_OK;
}

enum status reference_create(struct call *call, enum reference which, const json_t *body)
{
    struct change_request request = {.which = which, .body = body};
    return call_write(call, change, &request);
}

/* If-Match (RFC 9110, section 13.1.1): `*`, or a list of tags; a weak tag matches nothing. */
static struct entity_condition read_condition(const char *if_match)
{
    struct entity_condition condition = {.given = if_match != NULL};
    for (const char *at = if_match; at != NULL && *at != '\0';) {
        at += strspn(at, " ,\t");
        condition.any |= *at == '*';
        const bool is_weak = strncmp(at, "W/", 2) == 0;
        const char *open = strchr(at, '"');
        const char *close = open == NULL ? NULL : strchr(open + 1, '"');
        if (close == NULL) {
            break;
        }
        char *end;
        const long long version = strtoll(open + 1, &end, 10);
        if (!is_weak && end == close && end != open + 1 && condition.count < ENTITY_CONDITIONS_MAX) {
            condition.versions[condition.count++] = version;
        }
        at = close + 1;
    }
    return condition;
}

enum status reference_expect(struct call *call, enum reference which, const struct id *id,
                             const char *if_match)
{
    const struct entity_condition condition = read_condition(if_match);
    struct entity_row row;
    struct db *db = reader_take(call->app->readers);
    enum status status = entity_find(table[which].entity, db, call->arena, id, &row);
    reader_give_back(call->app->readers, db);
    if (status == STATUS_OK) {
        status = entity_meets(table[which].entity, &row, &condition, &call->detail);
    }
    if (status == STATUS_VERSION_MISMATCH) {
        set_version(call, row.version);
    }
    return status;
}

/* Asked before the act, which waits for nothing: a first sale that is committed in between was priced in
 * the old currency, and so was its request. */
static enum status has_sales(struct call *call, const struct id *store_id, bool *has)
{
    struct entity_row store;
    struct db *db = reader_take(call->app->readers);
    enum status status = entity_find(&entity_store, db, call->arena, store_id, &store);
    reader_give_back(call->app->readers, db);
    if (status != STATUS_OK) {
        return status;
    }
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_filter filter = {.has_store = true, .store_key = store.key};
    struct ledger_page page = {0};
    status = ledger->ops->transaction_list(ledger, &filter, &cursor_start, 1, call->arena, &page);
    *has = page.count > 0;
    return status;
}

enum status reference_update(struct call *call, enum reference which, const struct id *id,
                             const json_t *patch, const char *if_match)
{
    struct change_request request = {
        .which = which, .id = id, .body = patch, .condition = read_condition(if_match)};
    if (which == REFERENCE_STORE && json_object_get(patch, "currency") != NULL) {
        const enum status status = has_sales(call, id, &request.store_has_sales);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return call_write(call, change, &request);
}

/* --- reading ------------------------------------------------------------------------------------ */

enum status reference_read(struct call *call, enum reference which, const struct id *id)
{
    const int64_t seq = catalog_seq(call->app->catalog);
    struct text body = arena_text(call->arena, 1024);
    int64_t version = 0;
    struct db *db = reader_take(call->app->readers);
    const enum status status = entity_read(table[which].entity, db, id, &body, &version);
    reader_give_back(call->app->readers, db);
    if (status == STATUS_OK) {
        call_answer_text(call, &body);
        set_version(call, version);
        call->answer.catalog_seq = seq;
    }
    return status;
}

void reference_answer_list(struct call *call, struct text *body, int64_t seq)
{
    char digits[HASH_TEXT_SIZE];
    const struct hash hash = hash_of(body->data, body->length);
    call_answer_text(call, body);
    call->answer.etag = arena_printf(call->arena, "\"%.*s\"", TAG_DIGITS, hash_format(&hash, digits));
    call->answer.catalog_seq = seq;
}

_Static_assert((int)REFERENCE_EXCLUDE == (int)ENTITY_LIVE && (int)REFERENCE_ONLY == (int)ENTITY_ARCHIVED &&
                   (int)REFERENCE_INCLUDE == (int)ENTITY_ANY,
               "the same choices at the edge and in the catalogue");

enum status reference_list(struct call *call, enum reference which, const struct reference_query *query)
{
    const int64_t seq = catalog_seq(call->app->catalog);
    const struct entity_page page = {
        .limit = query->limit,
        .cursor = query->cursor,
        .archived = (enum entity_archived)query->archived,
        .filter = query->filter,
    };
    struct text body = arena_text(call->arena, 4096);
    struct db *db = reader_take(call->app->readers);
    const enum status status = entity_list(table[which].entity, db, &page, &call->detail, &body);
    reader_give_back(call->app->readers, db);
    if (status == STATUS_OK) {
        reference_answer_list(call, &body, seq);
    }
    return status;
}
