#include "fake_http.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024
#define REQUEST_MAX     (1 << 21)

struct fake_http {
    int listener;
    uint16_t port;
    pthread_t thread;
    fake_handler handler;
    void *context;
    pthread_mutex_t lock; /* of the handler */
    atomic_bool stopping;
    atomic_uint requests, connections;
    pthread_t threads[CONNECTIONS_MAX];
};

static void must(bool truth)
{
    if (!truth) {
        abort();
    }
}

struct connection {
    struct fake_http *server;
    int socket;
    unsigned number;
    char *bytes; /* REQUEST_MAX + 1 */
    size_t length;
};

const char *fake_header(const struct fake_request *request, const char *name, struct arena *arena)
{
    const size_t length = strlen(name);
    for (const char *line = strstr(request->head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1 + strspn(line + length + 1, " ");
            return arena_copy_n(arena, value, strcspn(value, "\r\n"));
        }
    }
    return NULL;
}

static void wait_ms(const struct fake_http *server, int ms)
{
    for (int waited = 0; (ms < 0 || waited < ms) && !atomic_load(&server->stopping); waited += 10) {
        usleep((ms >= 0 && ms - waited < 10 ? (unsigned)(ms - waited) : 10) * 1000);
    }
}

/* Waits for bytes; false: the client has gone, or the server stops. */
static bool receive(struct connection *connection)
{
    struct pollfd poll_for = {.fd = connection->socket, .events = POLLIN};
    while (!atomic_load(&connection->server->stopping)) {
        if (poll(&poll_for, 1, 20) <= 0) {
            continue;
        }
        const ssize_t got = recv(connection->socket, connection->bytes + connection->length,
                                 REQUEST_MAX - connection->length, 0);
        if (got <= 0) {
            return false;
        }
        connection->length += (size_t)got;
        connection->bytes[connection->length] = '\0';
        return true;
    }
    return false;
}

/* The next whole request, in the arena; what it took is taken away. */
static bool read_request(struct connection *connection, struct fake_request *request, struct arena *arena)
{
    char *end;
    while ((end = strstr(connection->bytes, "\r\n\r\n")) == NULL) {
        if (!receive(connection)) {
            return false;
        }
    }
    const size_t head = (size_t)(end + 4 - connection->bytes);
    request->head = arena_copy_n(arena, connection->bytes, head);
    must(sscanf(request->head, "%15s %2047s", request->method, request->target) == 2);
    const char *length = fake_header(request, "content-length", arena);
    request->body_length = length != NULL ? strtoul(length, NULL, 10) : 0;
    if (head + request->body_length > REQUEST_MAX) {
        wait_ms(connection->server, -1); /* a server that does not read on */
        return false;
    }
    while (connection->length < head + request->body_length) {
        if (!receive(connection)) {
            return false;
        }
    }
    request->body = arena_copy_n(arena, connection->bytes + head, request->body_length);
    connection->length -= head + request->body_length;
    memmove(connection->bytes, connection->bytes + head + request->body_length, connection->length + 1);
    return true;
}

static void send_all(int socket, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void reset(int socket)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* Whether the connection goes on. */
static bool answer(const struct connection *connection, const struct fake_request *request,
                   const struct fake_answer *answer, struct arena *arena)
{
    wait_ms(connection->server, answer->action == FAKE_HANG ? -1 : answer->delay_ms);
    if (answer->action == FAKE_RESET) {
        reset(connection->socket);
    }
    if (answer->action != FAKE_ANSWER && answer->action != FAKE_BREAK_OFF) {
        return false;
    }
    const char *body = answer->body != NULL ? answer->body : "";
    const size_t length = strlen(body);
    const char *head = arena_printf(arena, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n", answer->status,
                                    length, answer->headers != NULL ? answer->headers : "");
    send_all(connection->socket, head, strlen(head));
    if (strcmp(request->method, "HEAD") != 0) {
        send_all(connection->socket, body, answer->action == FAKE_BREAK_OFF ? length / 2 : length);
    }
    if (answer->action == FAKE_BREAK_OFF) {
        usleep(20000); /* a reset would overtake the bytes */
        reset(connection->socket);
    }
    return answer->action == FAKE_ANSWER;
}

static void *serve(void *context)
{
    struct connection *connection = context;
    struct fake_http *server = connection->server;
    bool goes_on = true;
    while (goes_on) {
        struct arena arena;
        arena_init(&arena);
        struct fake_request request = {.connection = connection->number};
        goes_on = read_request(connection, &request, &arena);
        if (goes_on) {
            pthread_mutex_lock(&server->lock);
            request.number = atomic_fetch_add(&server->requests, 1) + 1;
            const struct fake_answer given = server->handler(server->context, &request, &arena);
            pthread_mutex_unlock(&server->lock);
            goes_on = answer(connection, &request, &given, &arena);
        }
        arena_free(&arena);
    }
    close(connection->socket);
    free(connection->bytes);
    free(connection);
    return NULL;
}

static void *listen_for(void *context)
{
    struct fake_http *server = context;
    struct pollfd poll_for = {.fd = server->listener, .events = POLLIN};
    while (!atomic_load(&server->stopping)) {
        if (poll(&poll_for, 1, 20) <= 0) {
            continue;
        }
        struct connection *connection = calloc(1, sizeof *connection);
        connection->server = server;
        connection->socket = accept(server->listener, NULL, NULL);
        connection->bytes = malloc(REQUEST_MAX + 1);
        connection->bytes[0] = '\0';
        connection->number = atomic_fetch_add(&server->connections, 1) + 1;
        const int at_once = 1;
        setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        must(connection->socket >= 0 && connection->number <= CONNECTIONS_MAX);
        must(pthread_create(&server->threads[connection->number - 1], NULL, serve, connection) == 0);
    }
    return NULL;
}

struct fake_http *fake_http_start(fake_handler handler, void *context)
{
    struct fake_http *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->handler = handler;
    server->context = context;
    pthread_mutex_init(&server->lock, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0);
    must(listen(server->listener, CONNECTIONS_MAX) == 0);
    must(getsockname(server->listener, (struct sockaddr *)&address, &size) == 0);
    server->port = ntohs(address.sin_port);
    must(pthread_create(&server->thread, NULL, listen_for, server) == 0);
    return server;
}

uint16_t fake_http_port(const struct fake_http *server)
{
    return server->port;
}

unsigned fake_http_requests(const struct fake_http *server)
{
    return atomic_load(&server->requests);
}

unsigned fake_http_connections(const struct fake_http *server)
{
    return atomic_load(&server->connections);
}

void fake_http_stop(struct fake_http *server)
{
    atomic_store(&server->stopping, true);
    pthread_join(server->thread, NULL);
    for (unsigned i = 0; i < atomic_load(&server->connections); i++) {
        pthread_join(server->threads[i], NULL);
    }
    close(server->listener);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
