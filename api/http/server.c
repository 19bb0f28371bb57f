/*
 * The only file that includes ulfius.h. Ulfius has no endpoint but the default one: its matching is linear
 * and takes the longer the more endpoints there are, and the contract routes anyway.
 */
#include "http/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/connections.h"
#include "http/gate.h"
#include "http/operations.h"
#include "http/pipeline.h"
#include "telemetry/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <ulfius.h>
#include <unistd.h>

#define CONNECTION_MEMORY (20u << 10) /* for a request's head; cleared at each request, so no larger */
#define LISTEN_BACKLOG    1024u
#define DRAIN_POLL_NS     20000000
#define DRAIN_GRACE_US    300000
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define THREAD_STACK (2u << 20)
#else
#define THREAD_STACK (256u << 10)
#endif

extern const char packed_document[]; /* http/pack */
extern const size_t packed_document_size;

struct server {
    struct pipeline pipeline;
    struct static_files files;
    struct _u_instance instance;
    bool connections_started, framework_started;
    char images[4096];
    uint16_t port;
};

/* Client text goes to the library's logger as an argument here, never as the format itself. */
static void __attribute__((format(printf, 2, 0)))
log_library(void *nothing, const char *format, va_list arguments)
{
    (void)nothing;
    char words[512];
    vsnprintf(words, sizeof words, format, arguments);
    for (char *at = words; *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x7f || (unsigned char)*at < 0x20) {
            *at = *at == '\n' && at[1] == '\0' ? '\0' : '?';
        }
    }
    struct log_line line = log_begin(LOG_DEBUG, "libmicrohttpd");
    log_text(&line, "message", words);
    log_end(&line);
}

/* The framework's one endpoint. The answer leaves through the gate, so nothing is put into `response`. */
static int run_request(const struct _u_request *framework_request, struct _u_response *response,
                       void *nothing)
{
    (void)response;
    (void)nothing;
    struct request *request = gate_request();
    if (!request->answered) {
        pipeline_body(request, framework_request->binary_body, framework_request->binary_body_length);
    }
    return U_CALLBACK_COMPLETE;
}

static void write_in_flight(struct text *out, void *nothing)
{
    (void)nothing;
    metrics_write_head(out, "mypos_http_in_flight", "gauge", "Requests that are being received or answered.");
    metrics_write_sample(out, "mypos_http_in_flight", "", gate_in_flight());
}

static enum status refuse(struct detail *detail, const char *what, const char *why)
{
    return detail_set(detail, STATUS_INTERNAL_ERROR, "%s: %s", what, why);
}

/* A socket of our own, so that port 0 and IPv6 work alike and the queue is as long as we want. */
static enum status listen_on(const struct server_options *options, struct server *server, int *listening,
                             struct detail *detail)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    socklen_t length = sizeof *v4;
    if (inet_pton(AF_INET, options->bind, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(options->port);
    } else if (inet_pton(AF_INET6, options->bind, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(options->port);
        length = sizeof *v6;
    } else {
        return refuse(detail, options->bind, "is neither an IPv4 nor an IPv6 address");
    }
    const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, LISTEN_BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        const int error = errno;
        if (fd >= 0) {
            close(fd);
        }
        return detail_set(detail, STATUS_INTERNAL_ERROR, "Cannot listen on %s port %u: %s", options->bind,
                          options->port, strerror(error));
    }
    server->port = ntohs(address.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
    *listening = fd;
    return STATUS_OK;
}

static enum status start_framework(const struct server_options *options, struct server *server,
                                   struct detail *detail)
{
    int listening = -1;
    const enum status status = listen_on(options, server, &listening, detail);
    if (status != STATUS_OK) {
        return status;
    }
    struct MHD_OptionItem daemon_options[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)log_library, NULL}, /* first: the others may already log */
        {MHD_OPTION_LISTEN_SOCKET, listening, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)options->connections, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, CONNECTIONS_IDLE_S, NULL},
        {MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)gate_connection, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)gate_completed, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)gate_begin, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    const unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
                           MHD_USE_ITC | MHD_USE_ERROR_LOG;
    if (ulfius_init_instance(&server->instance, server->port, NULL, NULL) != U_OK) {
        close(listening);
        return refuse(detail, "Ulfius", "cannot be initialised");
    }
    server->instance.check_utf8 = 0; /* the gate has */
    server->instance.allowed_post_processor = U_POST_PROCESS_NONE;
    if (ulfius_set_default_endpoint(&server->instance, run_request, NULL) != U_OK ||
        ulfius_start_framework_with_mhd_options(&server->instance, flags, daemon_options) != U_OK) {
        ulfius_clean_instance(&server->instance);
        close(listening);
        return refuse(detail, "Ulfius", "cannot start");
    }
    server->framework_started = true;
    return STATUS_OK;
}

static void *begin_in_framework(void *nothing, const char *target)
{
    return ulfius_uri_logger(nothing, target);
}

static enum status prepare(const struct server_options *options, struct server *server, struct detail *detail)
{
    const enum status status = contract_compile(packed_document, packed_document_size, op_table,
                                                &server->pipeline.contract, detail);
    if (status != STATUS_OK) {
        return status;
    }
    const char *data = options->app->data_directory;
    snprintf(server->images, sizeof server->images, "%s/images", data);
    if (!static_files_open(options->app, options->web_ui, server->images, &server->files, detail)) {
        return STATUS_INTERNAL_ERROR;
    }
    gate_open(options->app, data,
              (struct gate_framework){.begin = begin_in_framework, .completed = mhd_request_completed});
    if (!gate_holds()) {
        return refuse(detail, "libmicrohttpd", "is not linked dynamically, so the gate would not hold");
    }
    server->connections_started = connections_start(options->connections);
    return server->connections_started ? STATUS_OK : refuse(detail, "connections", "no memory");
}

enum status server_start(const struct server_options *options, struct server **out, struct detail *detail)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    server->files = (struct static_files){.web_ui = -1, .images = -1};
    server->pipeline.app = options->app;
    server->pipeline.cors = (struct cors){.origins = options->origins, .count = options->origin_count};
    server->pipeline.files = &server->files;
    pipeline_set(&server->pipeline);
    enum status status = prepare(options, server, detail);
    if (status == STATUS_OK) {
        metrics_add_source(write_in_flight, NULL);
        status = start_framework(options, server, detail);
    }
    if (status != STATUS_OK) {
        server_drain(server, 0);
        return status;
    }
    *out = server;
    return STATUS_OK;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

void server_announce_drain(struct server *server)
{
    atomic_store(&server->pipeline.draining, true);
}

/* Waits for the requests in flight, ending the connections that have none. Not at once: a client that is
 * busy has its next request on the way, and learns from that answer that the connection ends. */
static void wait_for_connections(unsigned seconds)
{
    const int64_t now_us = clock_monotonic_us();
    const int64_t until_us = now_us + (int64_t)seconds * 1000000;
    const int64_t grace_us = now_us + (seconds > 0 ? DRAIN_GRACE_US : 0);
    while (clock_monotonic_us() < until_us &&
           (clock_monotonic_us() < grace_us ? connections_count() : connections_end_waiting()) > 0) {
        nanosleep(&(struct timespec){.tv_nsec = DRAIN_POLL_NS}, NULL);
    }
}

void server_drain(struct server *server, unsigned seconds)
{
    if (server->framework_started) {
        server_announce_drain(server);
        const MHD_socket listening = MHD_quiesce_daemon(server->instance.mhd_daemon);
        if (listening != MHD_INVALID_SOCKET) {
            close(listening);
        }
        wait_for_connections(seconds);
        ulfius_stop_framework(&server->instance);
        ulfius_clean_instance(&server->instance);
    }
    if (server->connections_started) {
        connections_stop();
    }
    static_files_close(&server->files);
    contract_free(server->pipeline.contract);
    free(server);
}
