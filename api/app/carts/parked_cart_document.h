/*
 * Parked carts as documents of the ledger: what the files of this capability share. The document's register
 * is the one that has resumed the cart; 0 while it waits.
 */
#ifndef MYPOS_APP_PARKED_CART_DOCUMENT_H
#define MYPOS_APP_PARKED_CART_DOCUMENT_H

#include "app/app.h"
#include "ledger/ledger.h"

#define PARKED_CART_PARKED    "parked"
#define PARKED_CART_RESUMED   "resumed"
#define PARKED_CART_COMPLETED "completed"
#define PARKED_CART_DISCARDED "discarded"

bool parked_cart_is(const struct ledger_document *cart, const char *state);

/* Whether this register may resume or sell it. */
bool parked_cart_is_free_for(const struct ledger_document *cart, int64_t register_key);

/* STATUS_PARKED_CART_TAKEN, with who has it. */
enum status parked_cart_refuse_taken(struct call *call, const struct ledger_document *cart);

/* STATUS_PARKED_CART_NOT_FOUND. */
MUST_CHECK enum status parked_cart_document_read(struct call *call, const struct id *id,
                                                 struct ledger_document *cart);

/* The write that gives a cart another state and its body further members, or none (NULL); it lives in the
 * call's arena. */
struct ledger_write parked_cart_write(struct call *call, const struct ledger_document *cart,
                                      const char *state, const struct text *members);

#endif
