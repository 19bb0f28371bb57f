/*
 * SMTP: hands a message to a mail server (RFC 5321), through libcurl.
 *
 * smtps:// is encrypted from the first byte (RFC 8314); smtp:// turns to TLS with STARTTLS where the server
 * offers it, and must where there is a password: a password never travels in the clear. The server's
 * certificate is always checked.
 */
#ifndef MYPOS_NOTIFY_SMTP_H
#define MYPOS_NOTIFY_SMTP_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define SMTP_CONNECT_S   15
#define SMTP_ANSWER_S    30 /* to one command */
#define SMTP_TOTAL_S     60
#define SMTP_REASON_SIZE 160

/* Where mail goes. Everything is borrowed. */
struct smtp_server {
    const char *url;             /* "smtps://mail.example:465" */
    const char *user, *password; /* NULL: none */
    const char *authorities;     /* a file of certificates in PEM to trust; NULL: the machine's */
};

enum smtp_outcome {
    SMTP_ACCEPTED, /* the server answers for it now */
    SMTP_DELAYED,  /* no answer, or not now: try again */
    SMTP_REFUSED,  /* the server will not take it, however often it is asked */
};

struct smtp_result {
    enum smtp_outcome outcome;
    int reply;                     /* the server's last reply code; 0: none */
    char reason[SMTP_REASON_SIZE]; /* of what was not accepted, for a person: never an address or a secret */
};

/* Whether a URL is one of SMTP's. */
bool smtp_url_is_valid(const char *url);

/* Asked about once a second: whether to give up. */
typedef bool (*smtp_cancelled)(const void *context);

/* Blocks for SMTP_TOTAL_S at most. `from` and `to` are addresses (notify/mail.h). */
struct smtp_result smtp_send(const struct smtp_server *server, const char *from, const char *to,
                             const char *message, size_t length, smtp_cancelled cancelled,
                             const void *context);

/* Once a process, before the first use. */
MUST_CHECK enum status smtp_prepare(void);

#endif
