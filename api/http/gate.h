/*
 * The gate: stands between libmicrohttpd and Ulfius.
 *
 * Why it is needed. Ulfius takes in the whole body of every request before its first callback, answers a
 * body beyond its limit as if it had been complete, and sees neither duplicate header fields nor the raw
 * target. libmicrohttpd takes messages that a proxy in front may read in another way, and answers malformed
 * HTTP with HTML pages of its own. Neither has a hook for any of it.
 *
 * How it works. Both libraries call through the dynamic symbol table, where the program comes first. So
 * this file defines two functions of libmicrohttpd's and one of the C library's:
 *
 *   MHD_start_daemon    is how Ulfius starts: the access handler that it passes is replaced by the gate's,
 *                       which judges the head before a byte of the body, takes in streamed bodies itself,
 *                       and hands over to Ulfius what is left.
 *   MHD_queue_response  is the one exit of every answer: Ulfius' answers get the bytes and header fields of
 *                       our reply, and the library's error pages become problem documents.
 *   recv                is where libmicrohttpd's bytes come from. It ends a connection without a word when
 *                       the first line has no space, so it is given such a line as one that it refuses.
 *
 * gate_holds says at start whether the dynamic linker did what this relies on; the server refuses to start
 * if not (a static link would do that).
 */
#ifndef MYPOS_HTTP_GATE_H
#define MYPOS_HTTP_GATE_H

#include "http/request.h"

#include <microhttpd.h>

/* What the framework gives: its own callbacks, which the gate calls for the requests it hands over. */
struct gate_framework {
    void *(*begin)(void *nothing, const char *target);
    MHD_RequestCompletedCallback completed;
};

/* Before the framework starts. `spool_directory` takes streamed bodies, as files without a name. */
void gate_open(struct app *app, const char *spool_directory, struct gate_framework framework);

/* Whether the two functions are found where the libraries will look for them. */
bool gate_holds(void);

/* The request of this thread's connection: for the framework's callback. */
struct request *gate_request(void);

/* How many requests are between their first line and the end of their answer. */
unsigned gate_in_flight(void);

/* For the options of the daemon. */
void *gate_begin(void *nothing, const char *target, struct MHD_Connection *connection);
void gate_completed(void *nothing, struct MHD_Connection *connection, void **context,
                    enum MHD_RequestTerminationCode code);
void gate_connection(void *nothing, struct MHD_Connection *connection, void **context,
                     enum MHD_ConnectionNotificationCode code);

#endif
