/*
 * A small HTTP server in a thread, for the faults that real services do not show on demand: resets, silence,
 * answers that break off, wrong checksums. Connections are kept alive; every request is handed to the test's
 * handler, one at a time.
 */
#ifndef MYPOS_TESTS_FAKE_HTTP_H
#define MYPOS_TESTS_FAKE_HTTP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_http;

struct fake_request {
    unsigned number;     /* from 1 */
    unsigned connection; /* from 1 */
    char method[16];
    char target[2048];
    const char *head; /* request line and headers */
    const char *body; /* with a closing NUL */
    size_t body_length;
};

enum fake_action {
    FAKE_ANSWER,
    FAKE_RESET,     /* no answer: RST */
    FAKE_CLOSE,     /* no answer: FIN */
    FAKE_BREAK_OFF, /* half of the body, then RST */
    FAKE_HANG,      /* no answer as long as the server runs */
};

struct fake_answer {
    enum fake_action action;
    int status;
    const char *headers; /* "name: value\r\n…"; NULL: none */
    const char *body;
    int delay_ms; /* before it */
};

/* What the answer points to must outlive the request: literals, or what is allocated in the arena. */
typedef struct fake_answer (*fake_handler)(void *context, const struct fake_request *request,
                                           struct arena *arena);

/* Listens on a free port of 127.0.0.1. */
struct fake_http *fake_http_start(fake_handler handler, void *context);
uint16_t fake_http_port(const struct fake_http *server);
unsigned fake_http_requests(const struct fake_http *server); /* so far */
unsigned fake_http_connections(const struct fake_http *server);
void fake_http_stop(struct fake_http *server);

/* The value of a header, in the arena; NULL: none. `name` in any case. */
const char *fake_header(const struct fake_request *request, const char *name, struct arena *arena);

#endif
