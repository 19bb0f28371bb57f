#include "app/carts/parked_cart.h"

#include "app/carts/parked_cart_document.h"
#include "app/document_json.h"
#include "catalog/selling.h"

#include <string.h>

bool parked_cart_is(const struct ledger_document *cart, const char *state)
{
    return strcmp(cart->state, state) == 0;
}

bool parked_cart_is_free_for(const struct ledger_document *cart, int64_t register_key)
{
    return parked_cart_is(cart, PARKED_CART_PARKED) ||
           (parked_cart_is(cart, PARKED_CART_RESUMED) && cart->register_key == register_key);
}

/* Who took it, in the problem's words and members: its body says so. */
enum status parked_cart_refuse_taken(struct call *call, const struct ledger_document *cart)
{
    json_t *body = json_loadb(cart->body, cart->body_length, 0, NULL);
    const json_t *by = json_object_get(body, "resumed_by");
    const char *name = json_string_value(json_object_get(by, "name"));
    const char *register_id = json_string_value(json_object_get(body, "resumed_register_id"));
    const char *transaction_id = json_string_value(json_object_get(body, "transaction_id"));
    enum status status = STATUS_PARKED_CART_TAKEN;
    if (transaction_id != NULL) {
        call->detail.members = arena_printf(call->arena, "\"transaction_id\":\"%s\"", transaction_id);
        status = detail_set(&call->detail, status, "The cart became the sale %s.", transaction_id);
    } else if (parked_cart_is(cart, PARKED_CART_DISCARDED)) {
        status = detail_set(&call->detail, status, "The cart was discarded.");
    } else if (register_id != NULL && name != NULL) {
        call->detail.members = arena_printf(call->arena, "\"register_id\":\"%s\"", register_id);
        status = detail_set(&call->detail, status, "%s took the cart to the register %s.", name, register_id);
    }
    json_decref(body);
    return status;
}

enum status parked_cart_document_read(struct call *call, const struct id *id, struct ledger_document *cart)
{
    const struct ledger *ledger = call->app->ledger;
    const enum status status = ledger->ops->document_read(ledger, LEDGER_PARKED_CART, id, call->arena, cart);
    return status == STATUS_DOCUMENT_NOT_FOUND ? STATUS_PARKED_CART_NOT_FOUND : status;
}

struct ledger_write parked_cart_write(struct call *call, const struct ledger_document *cart,
                                      const char *state, const struct text *members)
{
    struct text *body = arena_alloc(call->arena, sizeof *body);
    *body = document_json_append(call->arena, cart, members);
    struct ledger_write write = {.document = *cart, .expected_version = cart->version};
    write.document.state = state;
    write.document.body = body->data;
    write.document.body_length = body->length;
    return write;
}

enum status parked_cart_complete(struct call *call, const struct selling_register *register_,
                                 const struct id *id, const struct id *transaction_id,
                                 struct ledger_write *write)
{
    struct ledger_document cart;
    const enum status status = parked_cart_document_read(call, id, &cart);
    if (status != STATUS_OK && status != STATUS_PARKED_CART_NOT_FOUND) {
        return status;
    }
    if (status == STATUS_PARKED_CART_NOT_FOUND || cart.store_key != register_->store_key) {
        return detail_fault(&call->detail, "/parked_cart_id", "parked_cart_not_found",
                            "The store %s has no such parked cart.", register_->store_name);
    }
    if (!parked_cart_is_free_for(&cart, register_->key)) {
        return parked_cart_refuse_taken(call, &cart);
    }
    char sale[ID_TEXT_SIZE];
    struct text members = arena_text(call->arena, 64);
    struct json_writer json = json_writer(&members);
    emit_begin_object(&json);
    emit_member_string(&json, "transaction_id", id_format(transaction_id, sale));
    emit_end_object(&json);
    *write = parked_cart_write(call, &cart, PARKED_CART_COMPLETED, &members);
    return STATUS_OK;
}
