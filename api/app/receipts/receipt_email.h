/*
 * Receipts by mail: somebody asks for one, the mailer (app/receipts/receipt_mailer.h) sends it.
 *
 *     queued ──▶ sent      a mail server has taken it
 *        │
 *        └─────▶ failed    a mail server refused it, or RECEIPT_EMAIL_TRIES tries went wrong
 *
 * The wish is a document of the ledger, written in one act with the event that the mailer waits for: what was
 * asked for survives whatever is killed. The document says what became of it for RECEIPT_EMAIL_KEPT_MS, then
 * it goes, and the address with it.
 */
#ifndef MYPOS_APP_RECEIPT_EMAIL_H
#define MYPOS_APP_RECEIPT_EMAIL_H

#include "app/app.h"

/* POST transactions/{id}/receipt-emails. STATUS_MAIL_NOT_CONFIGURED, STATUS_TRANSACTION_NOT_FOUND. */
MUST_CHECK enum status receipt_email_create(struct call *call, const struct id *transaction_id,
                                            const json_t *request);

/* GET transactions/{id}/receipt-emails/{id}. STATUS_RECEIPT_EMAIL_NOT_FOUND. */
MUST_CHECK enum status receipt_email_read(struct call *call, const struct id *transaction_id,
                                          const struct id *id);

#endif
