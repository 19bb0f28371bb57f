#include "http/connections.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/status.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define WATCH_INTERVAL_MS 1000
#define LINGER_US         30000000
#define LINGER_PAUSE_US   2000000 /* without a byte */
#define SEND_US           1000000
#define PASSED            (-1) /* in place of a deadline that has passed */

struct connection {
    int fd;
    bool open; /* guarded by the lock */
    struct connection *next_free;
    _Atomic int64_t receive_by_us; /* 0: no deadline; PASSED */
    _Atomic int64_t answer_by_us;
    _Atomic bool waits; /* for the next request */
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t stop_wanted;
    bool stopping;
    pthread_t watch;
    struct connection *all, *free;
    unsigned limit, open;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .stop_wanted = PTHREAD_COND_INITIALIZER};

static int64_t in_seconds(int seconds)
{
    return clock_monotonic_us() + (int64_t)seconds * 1000000;
}

/* Nobody but the connection's thread may touch its request, so this answer has an id of its own. */
static void answer_timeout(int fd)
{
    char body[320], answer[768], name[ID_TEXT_SIZE];
    const struct id id = id_new();
    id_format(&id, name);
    const int length = snprintf(body, sizeof body,
                                "{\"type\":\"/docs#problem-request_timeout\",\"title\":\"%s\",\"status\":408,"
                                "\"detail\":\"%s.\",\"code\":\"request_timeout\",\"request_id\":\"%s\"}",
                                status_title(STATUS_REQUEST_TIMEOUT), status_title(STATUS_REQUEST_TIMEOUT),
                                name);
    const int all = snprintf(answer, sizeof answer,
                             "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nX-Request-Id: %s\r\n"
                             "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n"
                             "X-Content-Type-Options: nosniff\r\nContent-Length: %d\r\n\r\n%s",
                             name, length, body);
    (void)!send(fd, answer, (size_t)all, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_RDWR);
}

static void check_deadlines(struct connection *connection, int64_t now_us)
{
    int64_t by_us = atomic_load(&connection->receive_by_us);
    if (by_us > 0 && now_us > by_us &&
        atomic_compare_exchange_strong(&connection->receive_by_us, &by_us, PASSED)) {
        answer_timeout(connection->fd);
        return;
    }
    by_us = atomic_load(&connection->answer_by_us);
    if (by_us > 0 && now_us > by_us) {
        shutdown(connection->fd, SHUT_RDWR);
    }
}

static void *watch(void *nothing)
{
    (void)nothing;
    pthread_mutex_lock(&state.lock);
    while (!state.stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += WATCH_INTERVAL_MS / 1000;
        pthread_cond_timedwait(&state.stop_wanted, &state.lock, &until);
        const int64_t now_us = clock_monotonic_us();
        for (unsigned i = 0; i < state.limit; i++) {
            if (state.all[i].open) {
                check_deadlines(&state.all[i], now_us);
            }
        }
    }
    pthread_mutex_unlock(&state.lock);
    return NULL;
}

bool connections_start(unsigned limit)
{
    state.all = calloc(limit, sizeof *state.all);
    state.limit = limit;
    state.stopping = false;
    if (state.all == NULL) {
        return false;
    }
    for (unsigned i = limit; i-- > 0;) {
        state.all[i].next_free = state.free;
        state.free = &state.all[i];
    }
    return pthread_create(&state.watch, NULL, watch, NULL) == 0;
}

void connections_stop(void)
{
    pthread_mutex_lock(&state.lock);
    state.stopping = true;
    pthread_cond_signal(&state.stop_wanted);
    pthread_mutex_unlock(&state.lock);
    pthread_join(state.watch, NULL);
    free(state.all);
    state.all = state.free = NULL;
    state.open = 0;
}

struct connection *connection_opened(int fd)
{
    pthread_mutex_lock(&state.lock);
    struct connection *connection = state.free;
    if (connection != NULL) {
        state.free = connection->next_free;
        state.open++;
        connection->fd = fd;
        connection->open = true;
        connection_waits(connection);
    }
    pthread_mutex_unlock(&state.lock);
    return connection;
}

void connection_closed(struct connection *connection)
{
    if (connection == NULL) {
        return;
    }
    pthread_mutex_lock(&state.lock);
    connection->open = false;
    connection->next_free = state.free;
    state.free = connection;
    state.open--;
    pthread_mutex_unlock(&state.lock);
}

void connection_receives(struct connection *connection, int seconds)
{
    if (connection != NULL) {
        atomic_store(&connection->waits, false);
        atomic_store(&connection->receive_by_us, in_seconds(seconds));
    }
}

bool connection_works(struct connection *connection)
{
    return connection == NULL || atomic_exchange(&connection->receive_by_us, 0) != PASSED;
}

bool connection_answers(struct connection *connection, int seconds)
{
    if (connection != NULL) {
        atomic_store(&connection->answer_by_us, in_seconds(seconds));
    }
    return connection_works(connection);
}

void connection_waits(struct connection *connection)
{
    if (connection != NULL) {
        atomic_store(&connection->answer_by_us, 0);
        atomic_store(&connection->receive_by_us, in_seconds(CONNECTIONS_LINE_S));
        atomic_store(&connection->waits, true);
    }
}

static bool ready_for(int fd, short events, int64_t until_us)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    const int64_t left_ms = (until_us - clock_monotonic_us()) / 1000;
    return left_ms > 0 && poll(&wanted, 1, (int)left_ms) == 1;
}

void connection_end_with(int fd, const char *bytes, unsigned length)
{
    int64_t until_us = clock_monotonic_us() + SEND_US;
    while (length > 0) {
        const ssize_t sent = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (unsigned)sent;
        } else if (errno != EINTR && (errno != EAGAIN || !ready_for(fd, POLLOUT, until_us))) {
            return;
        }
    }
    shutdown(fd, SHUT_WR);
    until_us = clock_monotonic_us() + LINGER_US;
    char away[4096];
    int64_t pause_us = clock_monotonic_us() + LINGER_PAUSE_US;
    while (ready_for(fd, POLLIN, pause_us < until_us ? pause_us : until_us)) {
        const ssize_t received = recv(fd, away, sizeof away, MSG_DONTWAIT);
        if (received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR)) {
            return;
        }
        pause_us = clock_monotonic_us() + LINGER_PAUSE_US;
    }
}

unsigned connections_count(void)
{
    pthread_mutex_lock(&state.lock);
    const unsigned open = state.open;
    pthread_mutex_unlock(&state.lock);
    return open;
}

unsigned connections_end_waiting(void)
{
    pthread_mutex_lock(&state.lock);
    for (unsigned i = 0; i < state.limit; i++) {
        const struct connection *connection = &state.all[i];
        char byte;
        if (connection->open && atomic_load(&connection->waits) &&
            recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN) {
            /* Only our reading ends: a request that arrives in this moment is still read and answered. */
            shutdown(connection->fd, SHUT_RD);
        }
    }
    const unsigned open = state.open;
    pthread_mutex_unlock(&state.lock);
    return open;
}
