/*
 * Status codes: what can go wrong, once, for the whole house.
 *
 * Every function that can fail returns one. Backends translate foreign codes (SQLite's, libcurl's) inward
 * at their border; http/problem.c translates outward. The text of a code is stable and documented in the
 * OpenAPI document; the words for a person travel in `struct detail`.
 *
 * Freestanding.
 */
#ifndef MYPOS_BASE_STATUS_H
#define MYPOS_BASE_STATUS_H

#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))

/* X(NAME, HTTP status, "stable code", "title") */
#define STATUS_TABLE(X)                                                                                      \
    X(OK, 200, "ok", "OK")                                                                                   \
    X(NOT_MODIFIED, 304, "not_modified", "Not modified")                                                     \
    X(MALFORMED_REQUEST, 400, "malformed_request", "The request is not well-formed HTTP")                    \
    X(MALFORMED_JSON, 400, "malformed_json", "The body is not well-formed JSON")                             \
    X(UNAUTHENTICATED, 401, "unauthenticated", "A valid bearer token or API key is needed")                  \
    X(INVALID_CREDENTIALS, 401, "invalid_credentials", "The user name or password is wrong")                 \
    X(FORBIDDEN, 403, "forbidden", "The scope that this operation needs is missing")                         \
    X(NOT_FOUND, 404, "not_found", "Nothing is at this address")                                             \
    X(STORE_NOT_FOUND, 404, "store_not_found", "There is no such store")                                     \
    X(REGISTER_NOT_FOUND, 404, "register_not_found", "There is no such register")                            \
    X(CATEGORY_NOT_FOUND, 404, "category_not_found", "There is no such category")                            \
    X(TAX_NOT_FOUND, 404, "tax_not_found", "There is no such tax")                                           \
    X(PRODUCT_NOT_FOUND, 404, "product_not_found", "There is no such product")                               \
    X(CUSTOMER_GROUP_NOT_FOUND, 404, "customer_group_not_found", "There is no such customer group")          \
    X(PRICE_LIST_NOT_FOUND, 404, "price_list_not_found", "There is no such price list")                      \
    X(PROMOTION_NOT_FOUND, 404, "promotion_not_found", "There is no such promotion")                         \
    X(WEBHOOK_NOT_FOUND, 404, "webhook_not_found", "There is no such webhook")                               \
    X(WEBHOOK_DELIVERY_NOT_FOUND, 404, "webhook_delivery_not_found", "There is no such delivery")            \
    X(PRODUCT_IMPORT_NOT_FOUND, 404, "product_import_not_found", "There is no such import")                  \
    X(API_KEY_NOT_FOUND, 404, "api_key_not_found", "There is no such API key")                               \
    X(TRANSACTION_NOT_FOUND, 404, "transaction_not_found", "There is no such transaction")                   \
    X(RECEIPT_EMAIL_NOT_FOUND, 404, "receipt_email_not_found", "There is no such receipt e-mail")            \
    X(SHIFT_NOT_FOUND, 404, "shift_not_found", "There is no such shift")                                     \
    X(PARKED_CART_NOT_FOUND, 404, "parked_cart_not_found", "There is no such parked cart")                   \
    X(CUSTOMER_NOT_FOUND, 404, "customer_not_found", "There is no such customer")                            \
    X(GIFT_CARD_NOT_FOUND, 404, "gift_card_not_found", "There is no such gift card")                         \
    X(DOCUMENT_NOT_FOUND, 404, "document_not_found", "There is no such document")                            \
    X(METHOD_NOT_ALLOWED, 405, "method_not_allowed", "This address does not take this method")               \
    X(NOT_ACCEPTABLE, 406, "not_acceptable", "No representation that the client accepts")                    \
    X(REQUEST_TIMEOUT, 408, "request_timeout", "The request did not arrive in time")                         \
    X(ID_TAKEN, 409, "id_taken", "The id belongs to something else")                                         \
    X(SKU_TAKEN, 409, "sku_taken", "The SKU belongs to another product")                                     \
    X(BARCODE_TAKEN, 409, "barcode_taken", "The barcode belongs to another product")                         \
    X(NAME_TAKEN, 409, "name_taken", "The name is taken")                                                    \
    X(CODE_TAKEN, 409, "code_taken", "The code is taken")                                                    \
    X(TOTAL_MISMATCH, 409, "total_mismatch", "The server computes another total")                            \
    X(INSUFFICIENT_STOCK, 409, "insufficient_stock", "There is not enough stock")                            \
    X(REGISTER_OUT_OF_STEP, 409, "register_out_of_step", "The till's last receipt is not the server's")      \
    X(CUSTOMER_MERGED, 409, "customer_merged", "The customer is part of another")                            \
    X(CUSTOMER_ERASED, 409, "customer_erased", "The customer was erased")                                    \
    X(CUSTOMER_HAS_BALANCE, 409, "customer_has_balance", "The customer has balances left")                   \
    X(GIFT_CARD_FROZEN, 409, "gift_card_frozen", "The gift card is frozen")                                  \
    X(GIFT_CARD_EXPIRED, 409, "gift_card_expired", "The gift card has expired")                              \
    X(INSUFFICIENT_BALANCE, 409, "insufficient_balance", "The balance is too small")                         \
    X(DOCUMENT_STATE, 409, "document_state", "It is in a state in which this cannot be done")                \
    X(REVERSAL_TAKEN, 409, "reversal_taken", "Another refund or void of the sale came first")                \
    X(REFUND_EXCEEDS_SALE, 409, "refund_exceeds_sale", "More is asked back than is left of the sale")        \
    X(REFUND_NOT_POSSIBLE, 409, "refund_not_possible", "This cannot be refunded")                            \
    X(TRANSACTION_VOIDED, 409, "transaction_voided", "The sale was voided")                                  \
    X(VOID_NOT_POSSIBLE, 409, "void_not_possible", "The sale cannot be voided any more")                     \
    X(SHIFT_OPEN, 409, "shift_open", "The register has an open shift")                                       \
    X(SHIFT_CLOSED, 409, "shift_closed", "The shift is closed")                                              \
    X(SHIFT_REQUIRED, 409, "shift_required", "The register has no open shift, and needs one")                \
    X(PARKED_CART_TAKEN, 409, "parked_cart_taken", "Somebody else has the parked cart")                      \
    X(REQUEST_IN_FLIGHT, 409, "request_in_flight", "A request with this key is still being worked on")       \
    X(MAIL_NOT_CONFIGURED, 409, "mail_not_configured", "The server has no mail server to send with")         \
    X(VERSION_MISMATCH, 412, "version_mismatch", "The entity has changed since it was read")                 \
    X(BODY_TOO_LARGE, 413, "body_too_large", "The body is larger than this operation takes")                 \
    X(URI_TOO_LONG, 414, "uri_too_long", "The address is too long")                                          \
    X(UNSUPPORTED_MEDIA_TYPE, 415, "unsupported_media_type", "This operation does not take this media type") \
    X(VALIDATION_FAILED, 422, "validation_failed", "The request is not valid")                               \
    X(IMAGE_UNREADABLE, 422, "image_unreadable", "The picture cannot be read")                               \
    X(IMAGE_TOO_LARGE, 422, "image_too_large", "The picture has too many pixels")                            \
    X(IDEMPOTENCY_KEY_REUSED, 422, "idempotency_key_reused", "The key was used for another request")         \
    X(TENDER_INSUFFICIENT, 422, "tender_insufficient", "The tenders do not cover the total")                 \
    X(TENDER_EXCESS, 422, "tender_excess", "A tender other than cash is more than is due")                   \
    X(TOO_MANY_REQUESTS, 429, "too_many_requests", "Too many requests")                                      \
    X(HEADERS_TOO_LARGE, 431, "headers_too_large", "The header fields are too large")                        \
    X(INTERNAL_ERROR, 500, "internal_error", "Something went wrong on the server")                           \
    X(NOT_IMPLEMENTED, 501, "not_implemented", "The server does not know this method or coding")             \
    X(STORAGE_UNAVAILABLE, 503, "storage_unavailable", "The storage does not take writes now")               \
    X(OVERLOADED, 503, "overloaded", "The server has too much to do")                                        \
    X(NOT_READY, 503, "not_ready", "The server is not ready")

enum status {
#define X(name, http, code, title) STATUS_##name,
    STATUS_TABLE(X)
#undef X
    STATUS_COUNT
};

/* The HTTP status, the stable code and the title of a status. */
int status_http(enum status status);
const char *status_code(enum status status);
const char *status_title(enum status status);

/* Whether the storage is at fault, or too busy: nobody fares better now, and everybody may later. */
static inline bool status_is_of_storage(enum status status)
{
    return status == STATUS_STORAGE_UNAVAILABLE || status == STATUS_OVERLOADED;
}

#endif
