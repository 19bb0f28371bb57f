#include "app/carts/parked_carts.h"

#include "app/actor.h"
#include "app/carts/cart.h"
#include "app/carts/parked_cart.h"
#include "app/carts/parked_cart_document.h"
#include "app/document_json.h"
#include "app/kept_answer.h"
#include "app/page.h"
#include "app/records/fingerprint.h"
#include "base/clock.h"
#include "catalog/entity.h"
#include "sqlite/reader.h"

#include <string.h>

#define CURSOR_LETTER 'k'
#define DAY_MS        86400000LL
#define EXPIRES_MS    (7 * DAY_MS)
#define EXPIRES_MAX   (90 * DAY_MS)
#define BODY_MAX      (LEDGER_BODY_MAX - 1024) /* resuming and selling add to it */

static void emit_time(struct json_writer *json, const char *name, int64_t at_ms)
{
    char text[CLOCK_TEXT_SIZE];
    emit_member_string(json, name, clock_format(at_ms, text));
}

static void emit_cart(struct json_writer *json, const struct ledger_document *cart)
{
    char id[ID_TEXT_SIZE];
    emit_begin_object(json);
    emit_member_string(json, "id", id_format(&cart->id, id));
    emit_member_string(json, "state", cart->state);
    document_json_emit_members(json, cart);
    emit_time(json, "created_at", cart->created_at_ms);
    emit_time(json, "expires_at", cart->expires_at_ms);
    emit_end_object(json);
}

static void answer_cart(struct call *call, const struct ledger_document *cart)
{
    struct text body = arena_text(call->arena, cart->body_length + 256);
    struct json_writer json = json_writer(&body);
    emit_cart(&json, cart);
    call_answer_text(call, &body);
}

/* --- park --- */

struct parking {
    struct id id;
    struct id register_id; /* in whose store it is priced */
    bool at_register;      /* that one parks it; else any of the store */
    int64_t expires_at_ms;
    struct cart cart;
};

/* The register of the request, or one of its store: prices are the store's. */
static enum status find_register(struct call *call, const json_t *request, struct parking *parking)
{
    struct id store_id;
    const char *register_id = json_string_value(json_object_get(request, "register_id"));
    const char *store = json_string_value(json_object_get(request, "store_id"));
    parking->at_register = register_id != NULL;
    if ((register_id == NULL) == (store == NULL)) {
        return detail_fault(&call->detail, "/register_id", store == NULL ? "required" : "unexpected",
                            "A cart is parked at a register or in a store: name one of them.");
    }
    if (register_id != NULL) {
        return id_parse(register_id, &parking->register_id) ? STATUS_OK : STATUS_REGISTER_NOT_FOUND;
    }
    enum status status = STATUS_REGISTER_NOT_FOUND;
    if (id_parse(store, &store_id)) {
        struct db *db = reader_take(call->app->readers);
        status = selling_store_register(db, &store_id, &parking->register_id);
        reader_give_back(call->app->readers, db);
    }
    return status == STATUS_REGISTER_NOT_FOUND
               ? detail_fault(&call->detail, "/store_id", "store_not_found",
                              "There is no such store, or it has no register.")
               : status;
}

static void read_expiry(struct call *call, const json_t *request, struct parking *parking)
{
    const char *text = json_string_value(json_object_get(request, "expires_at"));
    const int64_t now_ms = clock_now_ms();
    parking->expires_at_ms = now_ms + EXPIRES_MS;
    if (text != NULL && (!clock_parse(text, &parking->expires_at_ms) || parking->expires_at_ms <= now_ms ||
                         parking->expires_at_ms > now_ms + EXPIRES_MAX)) {
        (void)detail_fault(&call->detail, "/expires_at", "out_of_range",
                           "A parked cart expires in the future, within 90 days.");
    }
}

/* What the quote found at /lines is at /cart/lines here. */
static void move_pointers(struct call *call)
{
    for (struct fault *fault = call->detail.first; fault != NULL; fault = fault->next) {
        if (strcmp(fault->pointer, "/register_id") != 0 && strcmp(fault->pointer, "/expires_at") != 0) {
            fault->pointer = arena_printf(call->arena, "/cart%s", fault->pointer);
        }
    }
}

static enum status check(struct call *call, const json_t *request, struct parking *parking)
{
    char register_id[ID_TEXT_SIZE];
    enum status status = find_register(call, request, parking);
    if (status != STATUS_OK) {
        return status;
    }
    read_expiry(call, request, parking);
    json_t *quote = json_copy(json_object_get(request, "cart"));
    if (quote == NULL ||
        json_object_set_new(quote, "register_id",
                            json_string(id_format(&parking->register_id, register_id))) != 0) {
        __builtin_trap(); /* no memory */
    }
    status = cart_price(call, quote, clock_now_ms(), &parking->cart);
    json_decref(quote);
    move_pointers(call);
    return status == STATUS_OK && call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : status;
}

static struct text write_body(struct call *call, const json_t *request, const struct parking *parking)
{
    char id[ID_TEXT_SIZE];
    const struct selling_register *register_ = &parking->cart.register_;
    const json_t *label = json_object_get(request, "label");
    struct text body = arena_text(call->arena, 1024);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "store_id", id_format(&register_->store_id, id));
    if (parking->at_register) {
        emit_member_string(&json, "register_id", id_format(&register_->id, id));
    }
    if (label != NULL) {
        emit_member_string(&json, "label", json_string_value(label));
    }
    emit_member_string(&json, "currency", register_->currency);
    emit_member_int(&json, "total", parking->cart.totals.total);
    actor_emit(&json, "created_by", call);
    document_json_emit(&json, "cart", json_object_get(request, "cart"));
    emit_end_object(&json);
    return body;
}

static void answer_created(struct call *call, const struct ledger_document *cart)
{
    char id[ID_TEXT_SIZE];
    answer_cart(call, cart);
    call->answer.http_status = 201;
    call->answer.location = arena_printf(call->arena, "/api/v1/parked-carts/%s", id_format(&cart->id, id));
}

static struct ledger_act act_of(struct call *call, const json_t *request, const struct parking *parking)
{
    return (struct ledger_act){
        .name = "parked_cart_create",
        .id = parking->id,
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
    };
}

static enum status commit_parking(struct call *call, const json_t *request, const struct parking *parking,
                                  struct ledger_outcome *outcome)
{
    const struct ledger *ledger = call->app->ledger;
    const struct text body = write_body(call, request, parking);
    if (body.length > BODY_MAX) {
        return detail_fault(&call->detail, "/cart", "too_large", "The cart is too large to be parked.");
    }
    struct ledger_act act = act_of(call, request, parking);
    const struct ledger_write write = {
        .document = {.kind = LEDGER_PARKED_CART,
                     .id = parking->id,
                     .state = PARKED_CART_PARKED,
                     .store_key = parking->cart.register_.store_key,
                     .created_at_ms = act.at_ms,
                     .expires_at_ms = parking->expires_at_ms,
                     .body = body.data,
                     .body_length = body.length},
    };
    answer_created(call, &write.document);
    const struct ledger_answer kept = kept_answer_of(call);
    act.answer = &kept;
    act.writes = &write;
    act.write_count = 1;
    return ledger->ops->commit(ledger, &act, call->arena, outcome);
}

/* A request that is refused today, for a product was archived, may be the retry of one that was not. */
static enum status find_earlier(struct call *call, const json_t *request, const struct parking *parking,
                                enum status refused, struct ledger_outcome *outcome)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_act act = act_of(call, request, parking);
    if (status_http(refused) >= 500) {
        return refused;
    }
    const enum status status = ledger->ops->find(ledger, &act, call->arena, outcome);
    if (status == STATUS_OK && !outcome->replayed) {
        return refused;
    }
    detail_init(&call->detail, call->arena); /* the refusal's words are not this answer's */
    return status;
}

enum status parked_cart_create(struct call *call, const json_t *request)
{
    struct parking *parking = arena_zeroed(call->arena, 1, sizeof *parking);
    struct ledger_outcome outcome = {0};
    const json_t *id = json_object_get(request, "id");
    if (id == NULL || !id_parse(json_string_value(id), &parking->id)) {
        parking->id = id_new();
    }
    enum status status = check(call, request, parking);
    status = status == STATUS_OK ? commit_parking(call, request, parking, &outcome)
                                 : find_earlier(call, request, parking, status, &outcome);
    if (status == STATUS_OK && outcome.replayed && !kept_answer_replay(call, &outcome)) {
        struct ledger_document cart; /* by its id alone: as it is now */
        status = parked_cart_document_read(call, &outcome.id, &cart);
        if (status == STATUS_OK) {
            answer_created(call, &cart);
        }
    }
    return status;
}

/* --- read --- */

enum status parked_cart_read(struct call *call, const struct id *id)
{
    struct ledger_document cart;
    const enum status status = parked_cart_document_read(call, id, &cart);
    if (status == STATUS_OK) {
        answer_cart(call, &cart);
    }
    return status;
}

static void answer_page(struct call *call, const struct ledger_document_page *page)
{
    struct page_answer answer;
    page_answer_begin(&answer, call, 4096);
    for (size_t i = 0; i < page->count; i++) {
        emit_cart(&answer.json, &page->documents[i]);
    }
    page_answer_next(&answer, CURSOR_LETTER, page->has_more, &page->next);
    page_answer_end(&answer);
}

enum status parked_carts_list(struct call *call, const struct parked_carts_query *query)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_document_filter filter = {
        .kind = LEDGER_PARKED_CART, .has_store = query->has_store, .state = query->state};
    struct ledger_document_page page = {0};
    struct cursor cursor;
    enum status status = cursor_read(query->cursor, CURSOR_LETTER, &call->detail, &cursor);
    if (status == STATUS_OK && query->has_store) {
        struct entity_row store;
        struct db *db = reader_take(call->app->readers);
        status = entity_find(&entity_store, db, call->arena, &query->store_id, &store);
        reader_give_back(call->app->readers, db);
        filter.store_key = store.key;
    }
    if (status == STATUS_OK) {
        status = ledger->ops->document_list(ledger, &filter, &cursor, (size_t)query->limit, call->arena,
                                            &page);
    }
    if (status == STATUS_OK || status == STATUS_STORE_NOT_FOUND) { /* a store that is none has none */
        answer_page(call, &page);
        return STATUS_OK;
    }
    return status;
}

/* --- resume and discard --- */

static enum status find_resuming(struct call *call, const json_t *request, struct selling_register *register_)
{
    struct id id;
    enum status status = STATUS_REGISTER_NOT_FOUND;
    if (id_parse(json_string_value(json_object_get(request, "register_id")), &id)) {
        struct db *db = reader_take(call->app->readers);
        status = selling_register_read(db, call->arena, &id, register_);
        reader_give_back(call->app->readers, db);
    }
    if (status == STATUS_REGISTER_NOT_FOUND) {
        return detail_fault(&call->detail, "/register_id", status_code(status), "There is no such register.");
    }
    return status;
}

static struct text write_resumed(struct call *call, const struct selling_register *register_, int64_t at_ms)
{
    char id[ID_TEXT_SIZE];
    struct text members = arena_text(call->arena, 256);
    struct json_writer json = json_writer(&members);
    emit_begin_object(&json);
    emit_time(&json, "resumed_at", at_ms);
    actor_emit(&json, "resumed_by", call);
    emit_member_string(&json, "resumed_register_id", id_format(&register_->id, id));
    emit_end_object(&json);
    return members;
}

static struct ledger_act resume_act(struct call *call, const json_t *request)
{
    return (struct ledger_act){
        .name = "parked_cart_resume",
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
    };
}

static enum status commit_resuming(struct call *call, const json_t *request,
                                   const struct selling_register *register_,
                                   const struct ledger_document *cart)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_act act = resume_act(call, request);
    struct ledger_outcome outcome = {0};
    const struct text members = write_resumed(call, register_, act.at_ms);
    struct ledger_write write = parked_cart_write(call, cart, PARKED_CART_RESUMED, &members);
    write.document.register_key = register_->key;
    if (write.document.expires_at_ms < act.at_ms + DAY_MS) {
        write.document.expires_at_ms = act.at_ms + DAY_MS; /* somebody is selling it */
    }
    answer_cart(call, &write.document);
    const struct ledger_answer kept = kept_answer_of(call);
    act.answer = &kept;
    act.writes = &write;
    act.write_count = 1;
    const enum status status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    if (status == STATUS_OK && outcome.replayed) {
        (void)kept_answer_replay(call, &outcome);
    }
    return status;
}

/* Somebody else has it; unless this is the retry of the request that took it, and it went on since. */
static enum status refuse_or_replay(struct call *call, const json_t *request,
                                    const struct ledger_document *cart)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_act act = resume_act(call, request);
    struct ledger_outcome outcome = {0};
    const enum status status = ledger->ops->find(ledger, &act, call->arena, &outcome);
    if (status != STATUS_OK || (outcome.replayed && kept_answer_replay(call, &outcome))) {
        return status;
    }
    return parked_cart_refuse_taken(call, cart);
}

/* One try; STATUS_VERSION_MISMATCH when somebody was faster. */
static enum status resume(struct call *call, const struct id *id, const json_t *request,
                          const struct selling_register *register_)
{
    struct ledger_document cart;
    const enum status status = parked_cart_document_read(call, id, &cart);
    if (status != STATUS_OK) {
        return status;
    }
    if (cart.store_key != register_->store_key) {
        return detail_fault(&call->detail, "/register_id", "another_store",
                            "The register %s is in another store than the cart.", register_->code);
    }
    if (!parked_cart_is_free_for(&cart, register_->key)) {
        return refuse_or_replay(call, request, &cart);
    }
    if (parked_cart_is(&cart, PARKED_CART_PARKED)) {
        return commit_resuming(call, request, register_, &cart);
    }
    answer_cart(call, &cart);
    call->answer.replayed = true;
    return STATUS_OK;
}

enum status parked_cart_resume(struct call *call, const struct id *id, const json_t *request)
{
    struct selling_register register_;
    enum status status = find_resuming(call, request, &register_);
    if (status != STATUS_OK) {
        return status;
    }
    do { /* a cart changes its state three times at most */
        status = resume(call, id, request, &register_);
    } while (status == STATUS_VERSION_MISMATCH);
    return status;
}

static enum status discard(struct call *call, const struct id *id)
{
    const struct ledger *ledger = call->app->ledger;
    struct ledger_document cart;
    struct ledger_outcome outcome = {0};
    const enum status status = parked_cart_document_read(call, id, &cart);
    if (status != STATUS_OK || parked_cart_is(&cart, PARKED_CART_DISCARDED)) {
        return status;
    }
    if (parked_cart_is(&cart, PARKED_CART_COMPLETED)) {
        return parked_cart_refuse_taken(call, &cart);
    }
    const struct ledger_write write = parked_cart_write(call, &cart, PARKED_CART_DISCARDED, NULL);
    const struct ledger_act act = {
        .name = "parked_cart_discard", .at_ms = clock_now_ms(), .writes = &write, .write_count = 1};
    return ledger->ops->commit(ledger, &act, call->arena, &outcome);
}

enum status parked_cart_discard(struct call *call, const struct id *id)
{
    enum status status;
    do {
        status = discard(call, id);
    } while (status == STATUS_VERSION_MISMATCH);
    if (status == STATUS_OK) {
        call->answer.http_status = 204;
    }
    return status;
}
