/*
 * The sender: POSTs signed messages to webhooks, many at a time, in the thread that calls it.
 *
 * What a receiver can do to us is bounded: WEBHOOK_TOTAL_S from the first byte to the last, of the time in which
 * it was waited for, as nobody is late while we do something else; and WEBHOOK_ANSWER_MAX bytes of an answer, of
 * which the beginning is kept. Connections are kept for the next message; where the receiver has closed one
 * meanwhile, the message is sent again on a new one. Only https, with the certificate
 * verified. Redirects are not followed, proxies of the environment not used. Names are looked up apart
 * (notify/webhook/webhook_lookup.h), so a name server that is silent holds up nobody else; libcurl is told the
 * addresses, and looks up nothing. Each is judged (notify/webhook/webhook_address.h) before that, and again when
 * it is connected to: a refused address is never sent a byte, wherever its name leads a moment later.
 */
#ifndef MYPOS_NOTIFY_WEBHOOK_SENDER_H
#define MYPOS_NOTIFY_WEBHOOK_SENDER_H

#include "base/status.h"
#include "notify/webhook/webhook_address.h"
#include "notify/webhook/webhook_signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBHOOK_TOTAL_S      15
#define WEBHOOK_ANSWER_MAX   65536
#define WEBHOOK_EXCERPT_SIZE 1025 /* of an answer, with the closing NUL */
#define WEBHOOK_REASON_SIZE  160

struct webhook_sender;

struct webhook_sender_options {
    struct webhook_networks networks; /* beside the public Internet; http:// goes there too */
    const char *authorities;  /* a file of certificates in PEM to trust; NULL: the machine's. Borrowed */
    const char *name_servers; /* for webhook_lookup_start; NULL: the machine's. Borrowed */
    int64_t patience_ms;      /* with who does not answer; 0: WEBHOOK_TOTAL_S. Others are for tests */
};

/* Everything is copied. */
struct webhook_message {
    const char *url;
    const char *message_id;
    int64_t timestamp; /* seconds since 1970 */
    const struct webhook_secret *secrets;
    size_t secret_count; /* at most WEBHOOK_SECRETS_MAX */
    const char *body;
    size_t length;
    void *context; /* borrowed; comes back with the result */
};

enum webhook_outcome {
    WEBHOOK_ACCEPTED, /* 2xx */
    WEBHOOK_GONE,     /* 410: the receiver wants nothing any more */
    WEBHOOK_REFUSED,  /* another answer about this message: 3xx, 4xx */
    WEBHOOK_DOWN,     /* no answer in time, 429, 5xx: the receiver is in trouble, whatever it is sent */
};

struct webhook_result {
    void *context;
    enum webhook_outcome outcome;
    int http_status; /* 0: no answer */
    int64_t latency_ms;
    int64_t retry_after_s;              /* as the receiver asked; 0: it did not */
    char reason[WEBHOOK_REASON_SIZE];   /* of what was not accepted, for a person; else "" */
    char excerpt[WEBHOOK_EXCERPT_SIZE]; /* the beginning of the answer, valid UTF-8 */
};

MUST_CHECK enum status webhook_sender_open(const struct webhook_sender_options *options,
                                           struct webhook_sender **sender);

/* Gives up one that is on its way and returns its context; NULL when there is none. */
void *webhook_sender_give_up(struct webhook_sender *sender);

/* Nothing is on its way any more. NULL is allowed. */
void webhook_sender_close(struct webhook_sender *sender);

/* Begins to send. STATUS_OVERLOADED: there is no memory for it. */
MUST_CHECK enum status webhook_sender_start(struct webhook_sender *sender,
                                            const struct webhook_message *message);

/* How many are on their way. */
size_t webhook_sender_busy(const struct webhook_sender *sender);

/* Moves things on; waits until something happens, `wait_ms` at most. */
void webhook_sender_run(struct webhook_sender *sender, int wait_ms);

/* The next result; false when there is none yet. */
bool webhook_sender_result(struct webhook_sender *sender, struct webhook_result *result);

#endif
