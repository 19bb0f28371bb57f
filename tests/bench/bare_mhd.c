/*
 * What libmicrohttpd allows: an answer of the size of a product look-up, with nothing behind it.
 *
 * The same flags and limits as the server: a thread a connection, a connection limit, a timeout. Prints the
 * port that it took and serves until it is told to stop (SIGTERM, SIGINT):
 *
 *     bare_mhd [BODY_BYTES]
 *     port=40213
 *
 *     cc -O2 bare_mhd.c -lmicrohttpd
 */
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 1000
#define TIMEOUT_S       75
#define BODY_MAX        65536

static struct MHD_Response *response;

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    (void)context, (void)url, (void)method, (void)version, (void)upload;
    static int seen;
    if (*request == NULL) {
        *request = &seen; /* the first call has the headers only */
        return MHD_YES;
    }
    *upload_size = 0;
    return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

static struct MHD_Response *make_response(size_t body_bytes)
{
    static char body[BODY_MAX];
    memset(body, 'x', body_bytes);
    memcpy(body, "{\"data\":\"", 9);
    memcpy(body + body_bytes - 2, "\"}", 2);
    struct MHD_Response *made = MHD_create_response_from_buffer(body_bytes, body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(made, "Content-Type", "application/json");
    MHD_add_response_header(made, "Cache-Control", "no-store");
    MHD_add_response_header(made, "X-Request-Id", "01a20393-366d-7ce0-9526-842e9076d1c5");
    MHD_add_response_header(made, "ETag", "\"1\"");
    return made;
}

int main(int count, char **arguments)
{
    const int body_bytes = count > 1 ? atoi(arguments[1]) : 700;
    if (body_bytes < 16 || body_bytes > BODY_MAX) {
        fprintf(stderr, "usage: bare_mhd [BODY_BYTES]\n");
        return 2;
    }
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL); /* inherited by the threads: sigwait alone takes them */

    response = make_response((size_t)body_bytes);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0,
                         NULL, NULL, answer, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
    const union MHD_DaemonInfo *port = daemon == NULL
                                           ? NULL
                                           : MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (port == NULL) {
        fprintf(stderr, "cannot start\n");
        return 1;
    }
    printf("port=%u\n", (unsigned)port->port);
    fflush(stdout);
    int signal;
    sigwait(&stop, &signal);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return 0;
}
