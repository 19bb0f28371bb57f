/*
 * Parked carts, for who sells: a sale that names one completes it in its own act. The use cases of parked
 * carts themselves are in app/carts/parked_carts.h.
 *
 *     parked ──resume──▶ resumed ──sale──▶ completed
 *        │                  │
 *        └──────discard─────┴──▶ discarded
 *
 * A cart that waits may be sold without being resumed first.
 */
#ifndef MYPOS_APP_PARKED_CART_H
#define MYPOS_APP_PARKED_CART_H

#include "app/app.h"
#include "ledger/ledger.h"

struct selling_register;

#define PARKED_CART_TRIES 4

/* Fills the write that makes the cart `id` the sale `transaction_id` on this register, for the sale's act.
 * STATUS_VALIDATION_FAILED with a fault at /parked_cart_id when there is no such cart in the register's
 * store; STATUS_PARKED_CART_TAKEN, with who has it, when it is another register's, sold or discarded.
 *
 * When the act is refused with STATUS_VERSION_MISMATCH at this write, somebody was faster: call it again, at
 * most PARKED_CART_TRIES times. A sale that was made offline is not refused for its cart: it goes without the
 * write then. */
MUST_CHECK enum status parked_cart_complete(struct call *call, const struct selling_register *register_,
                                            const struct id *id, const struct id *transaction_id,
                                            struct ledger_write *write);

#endif
