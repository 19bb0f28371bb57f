/* The wish for a receipt by mail as the ledger has it: a document, and the event that the mailer waits for.
 */
#ifndef MYPOS_APP_RECEIPT_EMAIL_DOCUMENT_H
#define MYPOS_APP_RECEIPT_EMAIL_DOCUMENT_H

#include "ledger/ledger.h"

#define RECEIPT_EMAIL_EVENT "receipt.email_requested"

#define RECEIPT_EMAIL_QUEUED "queued"
#define RECEIPT_EMAIL_SENT   "sent"
#define RECEIPT_EMAIL_FAILED "failed"

#define RECEIPT_EMAIL_TRIES   20
#define RECEIPT_EMAIL_KEPT_MS (30LL * 24 * 3600 * 1000)

/* A wish, as its document holds it. Strings live in the arena. */
struct receipt_email {
    struct ledger_document document;
    struct id transaction_id;
    const char *to;
    const char *language; /* NULL: the store's */
    bool gift;
    int64_t attempts;
    const char *error;  /* of the last try; NULL: it went well, or there was none */
    int64_t sent_at_ms; /* 0: not yet */
};

/* STATUS_RECEIPT_EMAIL_NOT_FOUND. */
MUST_CHECK enum status receipt_email_load(const struct ledger *ledger, struct arena *arena,
                                          const struct id *id, struct receipt_email *email);

/* Writes what became of it, and the new version to the document. STATUS_VERSION_MISMATCH: somebody else did.
 */
MUST_CHECK enum status receipt_email_save(const struct ledger *ledger, struct arena *arena,
                                          struct receipt_email *email, const char *state);

#endif
