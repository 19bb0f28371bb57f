/*
 * Customers as the ledger keeps them: a document whose body holds what a client said of the person, as the
 * members of the contract's Customer, in its order. Balances, version and times are the ledger's.
 *
 *     active ──merge──▶ merged    {"merged_into", …what it had}; its words still find it
 *        │                 │
 *        └─────erase───────┴────▶ nobody: {"erased_at"}
 */
#ifndef MYPOS_APP_CUSTOMER_DOCUMENT_H
#define MYPOS_APP_CUSTOMER_DOCUMENT_H

#include "app/app.h"
#include "app/customers/customer.h"
#include "app/customers/customer_terms.h"

#define CUSTOMERS_PATH "/api/v1/customers/"

/* Reads a document. STATUS_CUSTOMER_NOT_FOUND. */
MUST_CHECK enum status customer_read_document(struct call *call, const struct id *id,
                                              struct ledger_document *document);

/* The same, and if it was merged, the one that it is part of now. */
MUST_CHECK enum status customer_read_whole(struct call *call, const struct id *id,
                                           struct ledger_document *document);

bool customer_is(const struct ledger_document *document, const char *state);

/* The body as a value that the caller owns, and a value as a body in the arena, its members in the contract's
 * order. */
json_t *customer_body_load(const struct ledger_document *document);
void customer_body_set(struct arena *arena, const json_t *body, struct ledger_document *document);

/* Writes the contract's Customer. */
void customer_emit(struct json_writer *json, const struct ledger_document *document);

/* Answers with a customer. The ETag begins with the version, and differs when a balance does. */
void customer_answer(struct call *call, const struct ledger_document *document);

/* Refuses to change one that was merged or erased, with words: STATUS_CUSTOMER_MERGED,
 * STATUS_CUSTOMER_ERASED; STATUS_OK for an active one. */
MUST_CHECK enum status customer_check_active(struct call *call, const struct ledger_document *document);

/* A write of a document that was read, guarded by its version, or of a new one (version 0). `terms` is where
 * its terms are put. */
struct ledger_write customer_write(struct arena *arena, const struct ledger_document *document,
                                   const json_t *body, struct customer_terms *terms);

/* An id of a body: "merged_into". False when it has none. */
bool customer_body_id(const json_t *body, const char *name, struct id *id);

/* The customers merged into this one, itself first: whose history is its history. */
struct customer_ids {
    struct id ids[LEDGER_CUSTOMERS_MAX];
    size_t count;
};
void customer_all_ids(const struct ledger_document *document, struct customer_ids *ids);

#endif
