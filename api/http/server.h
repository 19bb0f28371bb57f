/*
 * The server: Ulfius over libmicrohttpd, a thread a connection, behind the gate (http/gate.h).
 */
#ifndef MYPOS_HTTP_SERVER_H
#define MYPOS_HTTP_SERVER_H

#include "app/app.h"

struct server;

struct server_options {
    struct app *app;
    const char *bind;           /* an IPv4 or IPv6 address */
    uint16_t port;              /* 0: any free one */
    const char *web_ui;         /* a directory; NULL or "" for none */
    const char *const *origins; /* for CORS; borrowed */
    unsigned origin_count;
    unsigned connections; /* open at most */
};

/* Compiles the contract and starts to answer. The words of a refusal go to `detail`. */
MUST_CHECK enum status server_start(const struct server_options *options, struct server **server,
                                    struct detail *detail);

/* Where it listens. */
uint16_t server_port(const struct server *server);

/* Stops without losing an answer: new connections are refused, requests in flight are answered, with
 * "Connection: close", for at most `seconds`; then all is ended and freed. */
void server_drain(struct server *server, unsigned seconds);

/* Readiness says 503 from now on; everything else goes on. */
void server_announce_drain(struct server *server);

#endif
