/*
 * The mailer: sends the receipts that were asked for (app/receipts/receipt_email.h), in a thread of its own.
 *
 * Each try is counted before it begins, so that one during which the process dies counts as well. What the
 * mail server takes is sent; what it refuses for good has failed; anything else is tried again after the
 * configured seconds, twice as long each time, with jitter, up to RECEIPT_MAILER_RETRY_MAX_MS. A mail may
 * arrive twice when the process dies right after the server has taken it; both have the same Message-ID, by
 * which mail programs show one.
 *
 * Metrics: mypos_receipt_emails_total{outcome="sent"|"delayed"|"failed"}.
 */
#ifndef MYPOS_APP_RECEIPT_MAILER_H
#define MYPOS_APP_RECEIPT_MAILER_H

#include "app/app.h"
#include "notify/smtp.h"

#define RECEIPT_MAILER_RETRY_MAX_MS (6LL * 3600 * 1000)

struct receipt_mailer;

/* Borrowed until receipt_mailer_stop. */
struct receipt_mailer_options {
    struct smtp_server server;
    const char *sender; /* as mail_read_sender takes it; without a name the store's is used */
    unsigned retry_seconds;
};

/* The caller owns the mailer. */
MUST_CHECK enum status receipt_mailer_start(struct app *app, const struct receipt_mailer_options *options,
                                            struct receipt_mailer **mailer);

/* There is something to send. */
void receipt_mailer_wake(struct receipt_mailer *mailer);

/* Gives up what is being sent; it is sent when the server starts again. NULL is allowed. */
void receipt_mailer_stop(struct receipt_mailer *mailer);

#endif
