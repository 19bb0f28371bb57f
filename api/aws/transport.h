/*
 * Transport: one HTTP exchange over libcurl, with connections that are kept. Thread-safe: an exchange takes
 * an idle handle, with its warm connection, from a stack of its lane, and gives it back; a lane is a service,
 * so that its connections are to one host.
 *
 * It knows nothing of signatures and retries. What it knows is what became of a request that has no answer:
 * whether the other side may have had all of it.
 */
#ifndef MYPOS_AWS_TRANSPORT_H
#define MYPOS_AWS_TRANSPORT_H

#include "aws/aws.h"

#define TRANSPORT_LANES        8
#define TRANSPORT_IDLE_MAX     64 /* handles kept in a lane */
#define TRANSPORT_IDLE_S       50 /* a connection unused for longer is not used again: services close at 60 */
#define TRANSPORT_STALL_S      15 /* without a byte, either way: it is over */
#define TRANSPORT_HEADERS_MAX  96 /* of an answer; more are left out */
#define TRANSPORT_HEADER_BYTES 8192 /* of one header of an answer; a longer one is left out */

struct transport;

struct transport_request {
    unsigned lane;
    bool direct; /* past any proxy: for addresses of the machine itself */
    const char *method, *url;
    const struct aws_pair *headers;
    size_t header_count;
    const void *body; /* borrowed */
    size_t body_length;
    /* libcurl may send it again on a new connection when a kept one turns out to be closed. */
    bool idempotent;
    aws_sink sink; /* of the body of a 2xx; NULL: it is kept in the arena */
    void *sink_context;
    size_t answer_max;   /* bytes that are kept */
    int64_t deadline_us; /* of clock_monotonic_us */
    int64_t connect_ms;  /* at most */
};

enum transport_outcome {
    TRANSPORT_ANSWERED,
    TRANSPORT_NOT_SENT,  /* the other side has surely not had the whole request */
    TRANSPORT_NO_ANSWER, /* it may have had it; no answer came, or not all of it */
};

struct transport_answer {
    int status;       /* of an answer that broke off, too; 0: none began */
    const char *body; /* with a closing NUL */
    size_t body_length;
    const struct aws_pair *headers; /* names in lower case */
    size_t header_count;
    bool sink_began;               /* the sink has had a piece */
    char code[AWS_CODE_SIZE];      /* "" or why there is none: "Timeout", "ConnectionRefused" … */
    char reason[AWS_MESSAGE_SIZE]; /* in libcurl's words */
};

/* `authorities`: a file of certificates in PEM; NULL: the machine's. GnuTLS reads it for each connection anew
 * and keeps it: all that Debian trusts are 4 MB and 10 ms, Amazon's own five roots next to nothing. */
MUST_CHECK enum status transport_open(const char *authorities, struct transport **transport);
void transport_close(struct transport *transport);

/* What it fills in lives in the arena. */
MUST_CHECK enum transport_outcome transport_exchange(struct transport *transport,
                                                     const struct transport_request *request,
                                                     struct arena *arena, struct transport_answer *answer);

/* NULL: there is none of that name. */
const char *transport_header(const struct transport_answer *answer, const char *name);

#endif
