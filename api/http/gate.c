#include "http/gate.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/connections.h"
#include "http/pipeline.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SWALLOW_MAX       (256u << 10) /* a refused body up to this is read away, and the connection lives on */
#define STREAM_BLOCK_SIZE (32u << 10)
#define RAW_HEAD_SIZE     2048

static struct {
    struct app *app;
    const char *spool_directory;
    struct gate_framework framework;
    MHD_AccessHandlerCallback handler; /* the framework's */
    void *handler_context;
    pthread_key_t key; /* frees a thread's request when its connection ends */
    _Atomic unsigned in_flight;
    enum MHD_Result (*queue)(struct MHD_Connection *, unsigned, struct MHD_Response *); /* the library's */
    struct MHD_Daemon *(*start)(unsigned, uint16_t, MHD_AcceptPolicyCallback, void *,
                                MHD_AccessHandlerCallback, void *, va_list);
} gate;

static _Thread_local struct request *mine;

/* --- the thread's request ---------------------------------------------------------------------------- */

static void free_request(void *memory)
{
    struct request *request = memory;
    arena_free(&request->arena);
    free(request);
}

struct request *gate_request(void)
{
    if (mine == NULL) {
        mine = calloc(1, sizeof *mine);
        if (mine == NULL) {
            abort();
        }
        mine->op.call.app = gate.app;
        pthread_setspecific(gate.key, mine);
    }
    return mine;
}

static void *symbol(const char *name, void *where)
{
    return dlsym(where, name);
}

void gate_open(struct app *app, const char *spool_directory, struct gate_framework framework)
{
    gate.app = app;
    gate.spool_directory = spool_directory;
    gate.framework = framework;
    if (pthread_key_create(&gate.key, free_request) != 0) {
        abort();
    }
    /* POSIX's way to get a function out of dlsym. */
    *(void **)&gate.queue = symbol("MHD_queue_response", RTLD_NEXT);
    *(void **)&gate.start = symbol("MHD_start_daemon_va", RTLD_NEXT);
}

bool gate_holds(void)
{
    enum MHD_Result (*queue)(struct MHD_Connection *, unsigned, struct MHD_Response *);
    struct MHD_Daemon *(*start)(unsigned, uint16_t, MHD_AcceptPolicyCallback, void *,
                                MHD_AccessHandlerCallback, void *, ...);
    ssize_t (*receive)(int, void *, size_t, int);
    *(void **)&queue = symbol("MHD_queue_response", RTLD_DEFAULT);
    *(void **)&start = symbol("MHD_start_daemon", RTLD_DEFAULT);
    *(void **)&receive = symbol("recv", RTLD_DEFAULT);
    return queue == MHD_queue_response && start == MHD_start_daemon && receive == recv &&
           gate.queue != NULL && gate.queue != MHD_queue_response && gate.start != NULL;
}

unsigned gate_in_flight(void)
{
    return atomic_load(&gate.in_flight);
}

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
                                                                   MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

/* --- a request begins and ends ----------------------------------------------------------------------- */

static struct request *begin(struct MHD_Connection *connection, const char *target)
{
    struct request *request = gate_request();
    request_begin(request, target);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
                                                                   MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request->connection = info == NULL ? NULL : info->socket_context;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    request->client = info == NULL ? NULL : info->client_addr;
    connection_receives(request->connection, CONNECTIONS_RECEIVE_S);
    atomic_fetch_add(&gate.in_flight, 1);
    return request;
}

static void end(struct request *request)
{
    if (request->begun) {
        pipeline_done(request);
        request_end(request);
        connection_waits(request->connection);
        atomic_fetch_sub(&gate.in_flight, 1);
    }
}

void *gate_begin(void *nothing, const char *target, struct MHD_Connection *connection)
{
    (void)nothing;
    begin(connection, target)->target_end = target + strlen(target);
    return NULL; /* the framework's context: made only when the request is handed over */
}

void gate_completed(void *nothing, struct MHD_Connection *connection, void **context,
                    enum MHD_RequestTerminationCode code)
{
    (void)nothing;
    if (*context != NULL) {
        gate.framework.completed(gate.handler_context, connection, context, code);
        *context = NULL;
    }
    end(gate_request());
}

void gate_connection(void *nothing, struct MHD_Connection *connection, void **context,
                     enum MHD_ConnectionNotificationCode code)
{
    (void)nothing;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = connection_opened(socket_of(connection));
    } else {
        connection_closed(*context);
    }
}

/* --- the exit ---------------------------------------------------------------------------------------- */

static ssize_t read_stream(void *context, uint64_t position, char *buffer, size_t size)
{
    (void)position;
    struct request *request = context;
    const ssize_t length = request->reply.stream(request->reply.stream_context, buffer, size);
    if (length > 0) {
        request->sent += (uint64_t)length;
        return length;
    }
    return length == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Queues the reply. Its bytes live in the arena, which outlasts the sending, so nothing is copied. */
static enum MHD_Result queue_reply(struct MHD_Connection *connection, struct request *request)
{
    struct reply *reply = &request->reply;
    const int seconds = reply->stream == NULL ? CONNECTIONS_ANSWER_S : CONNECTIONS_DOWNLOAD_S;
    if (!connection_answers(request->connection, seconds)) {
        return MHD_NO; /* too late: the client has been told */
    }
    struct MHD_Response *response =
        reply->stream != NULL ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_SIZE,
                                                                  read_stream, request, NULL)
                              : MHD_create_response_from_buffer(reply->length, (void *)(uintptr_t)reply->body,
                                                                MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    for (unsigned i = 0; i < reply->header_count; i++) {
        if (MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value) != MHD_YES) {
            struct log_line line = log_begin(LOG_ERROR, "header_refused");
            log_text(&line, "header", reply->headers[i].name);
            log_end(&line);
        }
    }
    const enum MHD_Result result = gate.queue(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Answers in the middle of a request, past the library, and ends the connection: MHD_NO makes the library
 * close it. It has not begun to answer this request, and all earlier answers have left. */
static enum MHD_Result end_with_reply(struct MHD_Connection *connection, struct request *request)
{
    struct reply *reply = &request->reply;
    if (!connection_answers(request->connection, CONNECTIONS_ANSWER_S)) {
        return MHD_NO;
    }
    if (!reply->close) {
        reply_add_header(reply, "Connection", "close");
    }
    struct text text = arena_text(&request->arena, RAW_HEAD_SIZE + reply->length);
    text_add_string(&text, "HTTP/1.1 ");
    text_add_int(&text, reply->status);
    text_add_char(&text, ' ');
    text_add_string(&text, MHD_get_reason_phrase_for((unsigned)reply->status));
    for (unsigned i = 0; i < reply->header_count; i++) {
        text_add_string(&text, "\r\n");
        text_add_string(&text, reply->headers[i].name);
        text_add_string(&text, ": ");
        text_add_string(&text, reply->headers[i].value);
    }
    text_add_string(&text, "\r\nContent-Length: ");
    text_add_int(&text, (int64_t)reply->length);
    text_add_string(&text, "\r\n\r\n");
    if (request->method != METHOD_HEAD) {
        text_add(&text, reply->body, reply->length);
    }
    connection_end_with(socket_of(connection), text.data, (unsigned)text.length);
    return MHD_NO;
}

/* The library's error pages, by their HTTP status. */
static enum status status_of_page(unsigned http_status)
{
    switch (http_status) {
    case MHD_HTTP_CONTENT_TOO_LARGE:
        return STATUS_BODY_TOO_LARGE;
    case MHD_HTTP_URI_TOO_LONG:
        return STATUS_URI_TOO_LONG;
    case MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE:
        return STATUS_HEADERS_TOO_LARGE;
    case MHD_HTTP_NOT_IMPLEMENTED:
    case MHD_HTTP_HTTP_VERSION_NOT_SUPPORTED:
        return STATUS_NOT_IMPLEMENTED;
    case MHD_HTTP_INTERNAL_SERVER_ERROR:
        return STATUS_INTERNAL_ERROR;
    default:
        return STATUS_MALFORMED_REQUEST;
    }
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned int status_code,
                                   struct MHD_Response *response)
{
    (void)response;
    struct request *request = gate_request();
    if (request->begun && request->answered) {
        return queue_reply(connection, request);
    }
    if (!request->begun) {
        begin(connection, "");
    }
    pipeline_refuse(request, status_of_page(status_code));
    end_with_reply(connection, request);
    end(request);
    return MHD_NO;
}

/* --- the entrance ------------------------------------------------------------------------------------ */

/*
 * libmicrohttpd ends lines with NUL in place and gives values as C strings, so a NUL that the client sent
 * hides what follows it. But fields are taken from one buffer, in order: each must begin two bytes (CR LF)
 * after the last one ended. A gap is a hidden NUL, a folded line, or a line that ends in a bare LF: all are
 * refused.
 */
struct head_reader {
    struct request *request;
    const char *expected; /* where the next field must begin; NULL when unknown */
    unsigned fields;
    enum status status;
};

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length)
{
    (void)kind;
    struct head_reader *reader = context;
    struct detail *detail = &reader->request->op.call.detail;
    if (++reader->fields > REQUEST_HEADERS_MAX) {
        reader->status = detail_set(detail, STATUS_HEADERS_TOO_LARGE, "There are more than %d header fields.",
                                    REQUEST_HEADERS_MAX);
        return MHD_NO;
    }
    if (value == NULL || name != reader->expected) {
        reader->status =
            detail_set(detail, STATUS_MALFORMED_REQUEST,
                       "The header has a NUL, a folded line or a line that does not end in CR LF.");
        return MHD_NO;
    }
    reader->expected = value + value_length + 2;
    const enum status status = request_add_header(reader->request, name, name_length, value, value_length);
    if (status != STATUS_OK) {
        reader->status = status;
    }
    return status == STATUS_OK ? MHD_YES : MHD_NO;
}

static enum status read_head(struct request *request, struct MHD_Connection *connection, const char *method,
                             const char *version)
{
    struct head_reader reader = {.request = request, .expected = version + strlen(version) + 2};
    if (request->target_end + 1 != version) {
        reader.status = detail_set(&request->op.call.detail, STATUS_MALFORMED_REQUEST,
                                   "The address has a NUL or a space.");
    }
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &reader);
    if (reader.status == STATUS_OK && memcmp(reader.expected - 2, "\0\0\0\0", 4) != 0) {
        /* After the last field: its own CR LF, and that of the empty line. */
        reader.status = detail_set(&request->op.call.detail, STATUS_MALFORMED_REQUEST,
                                   "The header has a NUL or a line that does not end in CR LF.");
    }
    request_name(request);
    request->method = http_method_named(method);
    return reader.status == STATUS_OK ? request_finish_head(request, method, version) : reader.status;
}

/* A file without a name: gone with its descriptor, however the process ends. Some file systems cannot make
 * one; there a name is taken away at once. */
static int make_spool(void)
{
    int fd = open(gate.spool_directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/.upload-XXXXXX", gate.spool_directory);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0) {
            unlink(path);
        }
    }
    return fd;
}

static bool open_spool(struct request *request)
{
    request->op.upload_fd = make_spool();
    if (request->op.upload_fd < 0) {
        struct log_line line = log_begin(LOG_ERROR, "spool_failed");
        log_text(&line, "error", strerror(errno));
        log_end(&line);
        return false;
    }
    return true;
}

static enum MHD_Result first_call(struct MHD_Connection *connection, struct request *request,
                                  const char *method, const char *version)
{
    const enum status status = read_head(request, connection, method, version);
    const bool framing_is_doubtful = status != STATUS_OK;
    bool wanted = false;
    if (status != STATUS_OK) {
        pipeline_refuse(request, status);
    } else {
        wanted = pipeline_head(request);
    }
    if (wanted && request->operation->streamed) {
        connection_receives(request->connection, CONNECTIONS_UPLOAD_S);
        if (!open_spool(request)) {
            pipeline_refuse(request, STATUS_STORAGE_UNAVAILABLE);
            wanted = false;
        }
    }
    const bool too_much = request->has_body && (request->chunked || request->content_length > SWALLOW_MAX ||
                                                request->headers[HEADER_EXPECT] != NULL);
    if (!wanted && (framing_is_doubtful || too_much)) {
        return end_with_reply(connection, request);
    }
    /* Queued now, the reply would end the connection: the library is asked for the rest of the request, reads
     * a small body away, and takes the reply at the end. */
    return MHD_YES;
}

/* A piece of the body. */
static enum MHD_Result next_call(struct MHD_Connection *connection, struct request *request,
                                 const char *bytes, size_t *length, bool *to_framework)
{
    request->body_received += *length;
    if (!request->answered && request->body_received > request->body_limit) {
        pipeline_refuse(request, STATUS_BODY_TOO_LARGE);
        return end_with_reply(connection, request);
    }
    if (request->answered) { /* swallowed */
        *length = 0;
        return MHD_YES;
    }
    if (request->op.upload_fd < 0) {
        *to_framework = true;
        return MHD_YES;
    }
    while (*length > 0) {
        const ssize_t written = write(request->op.upload_fd, bytes, *length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            pipeline_refuse(request, STATUS_STORAGE_UNAVAILABLE);
            return end_with_reply(connection, request);
        }
        bytes += written;
        *length -= (size_t)written;
    }
    return MHD_YES;
}

static enum MHD_Result hand_over(struct MHD_Connection *connection, const char *target, const char *method,
                                 const char *version, const char *bytes, size_t *length, void **context)
{
    if (*context == NULL) {
        size_t none = 0;
        *context = gate.framework.begin(NULL, gate_request()->target_text);
        if (*context == NULL || gate.handler(gate.handler_context, connection, target, method, version, NULL,
                                             &none, context) != MHD_YES) {
            return MHD_NO;
        }
    }
    return gate.handler(gate.handler_context, connection, target, method, version, bytes, length, context);
}

static enum MHD_Result gate_access(void *nothing, struct MHD_Connection *connection, const char *target,
                                   const char *method, const char *version, const char *bytes, size_t *length,
                                   void **context)
{
    (void)nothing;
    struct request *request = gate_request();
    if (!request->head_read) {
        request->head_read = true;
        return first_call(connection, request, method, version);
    }
    if (*length > 0) {
        bool to_framework = false;
        const enum MHD_Result result = next_call(connection, request, bytes, length, &to_framework);
        return to_framework ? hand_over(connection, target, method, version, bytes, length, context) : result;
    }
    if (!connection_works(request->connection)) {
        return MHD_NO;
    }
    if (!request->answered && !request->has_body) {
        /* The framework would only copy the head: a third of a look-up's time. */
        pipeline_body(request, "", 0);
    }
    if (request->answered) {
        return queue_reply(connection, request);
    }
    return hand_over(connection, target, method, version, bytes, length, context);
}

/* A connection is a thread, so a thread's first bytes are the begin of a connection's first line. */
ssize_t recv(int fd, void *buf, size_t n, int flags)
{
    static _Thread_local bool has_begun;
    static const char refused_line[] = "? ?\r\n\r\n";
    const size_t refused_length = sizeof refused_line - 1;
    const ssize_t length = recvfrom(fd, buf, n, flags, NULL, NULL);
    if (has_begun || length <= 0) {
        return length;
    }
    has_begun = true;
    const char *bytes = buf, *end = bytes + length;
    while (bytes < end && (*bytes == '\r' || *bytes == '\n')) {
        bytes++;
    }
    const char *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
    if (line_end == NULL || memchr(bytes, ' ', (size_t)(line_end - bytes)) != NULL || n < refused_length) {
        return length;
    }
    memcpy(buf, refused_line, refused_length);
    return (ssize_t)refused_length;
}

struct MHD_Daemon *MHD_start_daemon(unsigned int flags, uint16_t port, MHD_AcceptPolicyCallback accept,
                                    void *accept_context, MHD_AccessHandlerCallback handler,
                                    void *handler_context, ...)
{
    gate.handler = handler;
    gate.handler_context = handler_context;
    va_list options;
    va_start(options, handler_context);
    struct MHD_Daemon *daemon = gate.start(flags, port, accept, accept_context, gate_access, NULL, options);
    va_end(options);
    return daemon;
}
