/* Documents of their items. */
#ifndef MYPOS_LEDGER_DYNAMODB_DOCUMENT_READS_H
#define MYPOS_LEDGER_DYNAMODB_DOCUMENT_READS_H

#include "ledger/dynamodb/reads.h"

struct stored_document {
    bool found;
    struct ledger_document document;
    const char **terms; /* by which it is found */
    size_t term_count;
    const char **keys; /* that are its own */
    size_t key_count;
    const char *tag; /* of its term items; NULL: none */
};

/* Reads documents consistently, whole, in the order of their ids, each of which is there once. */
MUST_CHECK enum status documents_read(const struct ledger_dynamodb *ledger, enum ledger_kind kind,
                                      const struct id *ids, size_t count, struct arena *arena,
                                      struct stored_document *stored);

/* Past its expiry it is not there, whether or not its items still are. */
bool documents_is_alive(const struct ledger_document *document, int64_t now_ms);

/* Adds a document to a page of at most `limit`; one more says that there is more. */
void documents_add(struct ledger_document_page *page, size_t limit, const struct stored_document *stored,
                   const struct cursor *place);

#endif
