/*
 * Connections: every open connection with its deadlines, and the watch that enforces them.
 *
 * libmicrohttpd's timeout is idle time: a client that sends a byte a minute holds a thread for ever. So
 * each connection has an absolute deadline for the request that it is sending, and one for the answer it
 * is taking. When the first passes, the client gets 408 and the connection ends; when the second passes,
 * it just ends. Between them the client has done its part: what the work takes is not its fault, and a sale
 * that waits for an import is not answered with 408 and committed after all.
 *
 *     waiting ──first line──▶ receiving ──whole request──▶ working ──answer──▶ answering ──last byte──▶ waiting
 *        └── deadline: 408        └── deadline: 408                                └── deadline: cut
 */
#ifndef MYPOS_HTTP_CONNECTIONS_H
#define MYPOS_HTTP_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define CONNECTIONS_IDLE_S     75   /* libmicrohttpd's: longer than the 60 s of usual load balancers */
#define CONNECTIONS_LINE_S     105  /* from the last answer to the next request's first line */
#define CONNECTIONS_RECEIVE_S  60   /* from there to the end of the body */
#define CONNECTIONS_UPLOAD_S   3600 /* the same for a streamed body */
#define CONNECTIONS_ANSWER_S   300
#define CONNECTIONS_DOWNLOAD_S 3600

struct connection;

/* Room for `limit` connections, and the thread that watches them. False when there is no memory. */
bool connections_start(unsigned limit);
void connections_stop(void);

/* In the thread that accepts. NULL when there is no room, which the library's own limit prevents. */
struct connection *connection_opened(int fd);
void connection_closed(struct connection *connection);

/* In the connection's thread. False: the deadline has passed and the client has its 408. What is refused before
 * all of it is here goes from receiving to answering. */
void connection_receives(struct connection *connection, int seconds);
bool connection_works(struct connection *connection);
bool connection_answers(struct connection *connection, int seconds);
void connection_waits(struct connection *connection);

/* Writes a whole answer on a connection that the library has not begun to answer, ends our side, and reads
 * away what the client still sends, for a bounded time: closing at once would reset the connection, and
 * the client would lose the answer. */
void connection_end_with(int fd, const char *bytes, unsigned length);

/* How many are open. */
unsigned connections_count(void);

/* While the server drains: ends the connections that wait for a request and have none on the way. Returns
 * how many are still open. */
unsigned connections_end_waiting(void);

#endif
