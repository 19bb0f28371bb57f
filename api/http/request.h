/*
 * Request: what one connection is working on, from the first line of a request to the end of its answer.
 *
 * A connection is a thread, so there is one request a thread, used again and again: its arena is emptied
 * when the next request begins, which is after the answer to the last one was handed to the kernel. What
 * an answer is made of can therefore live in the arena and is never copied.
 */
#ifndef MYPOS_HTTP_REQUEST_H
#define MYPOS_HTTP_REQUEST_H

#include "http/op.h"
#include "http/reply.h"
#include "http/target.h"

#include <stddef.h>

#define REQUEST_HEADERS_MAX   100 /* header fields of one request */
#define REQUEST_ID_LENGTH_MAX 64
#define TRACE_PARENT_LENGTH   55

/* The header fields that the server reads. X(NAME, "Name", what a second field of the name is) */
#define REQUEST_HEADER_TABLE(X)                                                                              \
    X(ACCEPT, "Accept", JOINED)                                                                              \
    X(ACCEPT_ENCODING, "Accept-Encoding", JOINED)                                                            \
    X(ALLOW_METHOD, "Access-Control-Request-Method", REFUSED)                                                \
    X(APPROVAL, "MyPOS-Approval", REFUSED)                                                                   \
    X(AUTHORIZATION, "Authorization", REFUSED)                                                               \
    X(CATALOG_MIN_SEQ, "MyPOS-Catalog-Min-Seq", REFUSED)                                                     \
    X(CONTENT_ENCODING, "Content-Encoding", REFUSED)                                                         \
    X(CONTENT_LENGTH, "Content-Length", REFUSED)                                                             \
    X(CONTENT_TYPE, "Content-Type", REFUSED)                                                                 \
    X(EXPECT, "Expect", REFUSED)                                                                             \
    X(HOST, "Host", REFUSED)                                                                                 \
    X(IDEMPOTENCY_KEY, "Idempotency-Key", REFUSED)                                                           \
    X(IF_MATCH, "If-Match", JOINED)                                                                          \
    X(IF_NONE_MATCH, "If-None-Match", JOINED)                                                                \
    X(ORIGIN, "Origin", REFUSED)                                                                             \
    X(REQUEST_ID, "X-Request-Id", REFUSED)                                                                   \
    X(TRACEPARENT, "traceparent", REFUSED)                                                                   \
    X(TRANSFER_ENCODING, "Transfer-Encoding", REFUSED)

enum request_header {
#define X(name, text, again) HEADER_##name,
    REQUEST_HEADER_TABLE(X)
#undef X
    HEADER_COUNT
};

enum http_method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_COUNT,
    METHOD_UNKNOWN = METHOD_COUNT,
};

struct operation;
struct connection;
struct sockaddr;

struct request {
    struct op_call op; /* what handlers see */
    struct arena arena;
    int64_t started_us;
    bool begun; /* between the request's first line and the end of its answer */
    bool head_read;
    bool answered; /* `reply` is what is sent */
    bool counted, logged;
    uint64_t sent;                 /* bytes of a streamed answer */
    struct connection *connection; /* http/connections.h */
    const struct sockaddr *client;
    struct operation *operation; /* set from the beginning: contract_unmatched until matched */
    /* the head */
    const char *target_text; /* a copy */
    const char *target_end;  /* of the original, to be compared only */
    enum http_method method;
    const char *headers[HEADER_COUNT]; /* NULL when absent */
    struct target target;
    char request_id[REQUEST_ID_LENGTH_MAX + 1];
    char traceparent[TRACE_PARENT_LENGTH + 1]; /* "" without one */
    /* the body */
    bool has_body, chunked;
    uint64_t content_length, body_received, body_limit;
    /* the answer */
    int64_t catalog_seq; /* the state of the catalogue when it was begun; 0: it has nothing to do with it */
    struct reply reply;
};

/* Starts a request in this thread's request: empties the arena and copies the target. */
void request_begin(struct request *request, const char *target);

/* Gives up what the request holds outside the arena. */
void request_end(struct request *request);

/* Takes a header field. Names and values are checked and borrowed; STATUS_MALFORMED_REQUEST. */
MUST_CHECK enum status request_add_header(struct request *request, const char *name, size_t name_length,
                                          const char *value, size_t value_length);

/* Gives the request its id, the client's when that is fit, and its trace; once its header fields are read. */
void request_name(struct request *request);

/* After the last header field: the method, the target, how the body is framed. */
MUST_CHECK enum status request_finish_head(struct request *request, const char *method, const char *version);

const char *http_method_name(enum http_method method);
enum http_method http_method_named(const char *name);

/* The header of a name, in any case; HEADER_COUNT when the server does not read it. */
enum request_header request_header_named(const char *name, size_t length);

#endif
