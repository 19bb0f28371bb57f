#include "aws/transport.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_CAPACITY 1024
#define MACHINES_OWN  "/etc/ssl/certs/ca-certificates.crt"

struct lane {
    pthread_mutex_t lock;
    CURL *idle[TRANSPORT_IDLE_MAX];
    unsigned count;
};

struct transport {
    char *authorities; /* NULL: as libcurl finds them */
    struct lane lanes[TRANSPORT_LANES];
};

/* An exchange under way. */
struct exchange {
    const struct transport_request *request;
    struct arena *arena;
    CURL *curl;
    struct transport_answer *answer;
    size_t taken; /* bytes of the body that libcurl has taken to send */
    struct text body;
    struct aws_pair *headers;
    bool too_large, stopped;
};

enum status transport_open(const char *authorities, struct transport **out)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return STATUS_INTERNAL_ERROR;
    }
    struct transport *transport = calloc(1, sizeof *transport);
    if (transport == NULL) {
        abort();
    }
    /* libcurl would read the whole directory, which has each certificate three times. */
    if (authorities == NULL && access(MACHINES_OWN, R_OK) == 0) {
        authorities = MACHINES_OWN;
    }
    if (authorities != NULL && (transport->authorities = strdup(authorities)) == NULL) {
        abort();
    }
    for (unsigned i = 0; i < TRANSPORT_LANES; i++) {
        pthread_mutex_init(&transport->lanes[i].lock, NULL);
    }
    *out = transport;
    return STATUS_OK;
}

void transport_close(struct transport *transport)
{
    if (transport == NULL) {
        return;
    }
    for (unsigned i = 0; i < TRANSPORT_LANES; i++) {
        struct lane *lane = &transport->lanes[i];
        while (lane->count > 0) {
            curl_easy_cleanup(lane->idle[--lane->count]);
        }
        pthread_mutex_destroy(&lane->lock);
    }
    free(transport->authorities);
    free(transport);
}

/* The last that came back: its connection is the warmest. */
static CURL *take_handle(struct lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    CURL *curl = lane->count > 0 ? lane->idle[--lane->count] : NULL;
    pthread_mutex_unlock(&lane->lock);
    return curl != NULL ? curl : curl_easy_init();
}

static void give_handle(struct lane *lane, CURL *curl)
{
    curl_easy_reset(curl); /* options only: the connections stay */
    pthread_mutex_lock(&lane->lock);
    const bool kept = lane->count < TRANSPORT_IDLE_MAX;
    if (kept) {
        lane->idle[lane->count++] = curl;
    }
    pthread_mutex_unlock(&lane->lock);
    if (!kept) {
        curl_easy_cleanup(curl);
    }
}

/* --- what libcurl calls --- */

static size_t give_body(char *buffer, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    const size_t left = exchange->request->body_length - exchange->taken;
    const size_t length = left < size * count ? left : size * count;
    if (length > 0) {
        memcpy(buffer, (const char *)exchange->request->body + exchange->taken, length);
    }
    exchange->taken += length;
    return length;
}

/* Only for idempotent requests: without it, libcurl cannot send again what it has begun to send. */
static int rewind_body(void *context, curl_off_t offset, int origin)
{
    struct exchange *exchange = context;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > exchange->request->body_length) {
        return CURL_SEEKFUNC_FAIL;
    }
    exchange->taken = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static bool is_good(struct exchange *exchange)
{
    long status = 0;
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    const size_t length = size * count;
    if (exchange->request->sink != NULL && is_good(exchange)) {
        exchange->answer->sink_began = true;
        exchange->stopped = !exchange->request->sink(exchange->request->sink_context, bytes, length);
        return exchange->stopped ? 0 : length;
    }
    exchange->too_large = length > exchange->request->answer_max - exchange->body.length;
    if (exchange->too_large) {
        return 0;
    }
    text_add(&exchange->body, bytes, length);
    return length;
}

/* A body of known size is kept without growing step by step. */
static void expect_body(struct exchange *exchange, const char *length)
{
    const unsigned long long bytes = strtoull(length, NULL, 10);
    if (bytes > exchange->body.capacity && bytes < exchange->request->answer_max &&
        exchange->request->sink == NULL && strcmp(exchange->request->method, "HEAD") != 0) {
        exchange->body = arena_text(exchange->arena, (size_t)bytes + 1);
    }
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    struct transport_answer *answer = exchange->answer;
    const size_t length = size * count;
    const char *colon = memchr(bytes, ':', length);
    if (length > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        answer->header_count = 0; /* what came before was of a "100 Continue" */
        return length;
    }
    if (colon == NULL || length > TRANSPORT_HEADER_BYTES || answer->header_count == TRANSPORT_HEADERS_MAX) {
        return length;
    }
    char *name = arena_copy_n(exchange->arena, bytes, (size_t)(colon - bytes));
    for (char *c = name; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
    }
    const char *from = colon + 1, *end = bytes + length;
    while (from < end && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (end > from && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ')) {
        end--;
    }
    const char *value = arena_copy_n(exchange->arena, from, (size_t)(end - from));
    exchange->headers[answer->header_count++] = (struct aws_pair){name, value};
    if (strcmp(name, "content-length") == 0) {
        expect_body(exchange, value);
    }
    return length;
}

/* --- one exchange --- */

static void set_body(CURL *curl, struct exchange *exchange)
{
    const struct transport_request *request = exchange->request;
    if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        return;
    }
    if (request->body_length > 0 || strcmp(request->method, "POST") == 0 ||
        strcmp(request->method, "PUT") == 0) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_length);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(curl, CURLOPT_READDATA, exchange);
        if (request->idempotent) {
            curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, rewind_body);
            curl_easy_setopt(curl, CURLOPT_SEEKDATA, exchange);
        }
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_up(const struct transport *transport, struct exchange *exchange, struct curl_slist *headers,
                   int64_t left_ms)
{
    const struct transport_request *request = exchange->request;
    CURL *curl = exchange->curl;
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L); /* what is signed is what is sent */
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* threads */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(request->connect_ms < left_ms ? request->connect_ms : left_ms));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)TRANSPORT_STALL_S);
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, (long)TRANSPORT_IDLE_S);
    curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 2L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "MyPOS/" MYPOS_VERSION); /* CloudTrail shows it */
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (transport->authorities != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, transport->authorities);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (request->direct) {
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    }
    set_body(curl, exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
}

static void say(struct transport_answer *answer, const char *code, const char *reason)
{
    snprintf(answer->code, sizeof answer->code, "%s", code);
    snprintf(answer->reason, sizeof answer->reason, "%s", reason);
}

/* libcurl's codes end here. */
static const char *name_of(CURLcode code, const struct exchange *exchange)
{
    if (exchange->too_large) {
        return "ResponseTooLarge";
    }
    if (exchange->stopped) {
        return "Stopped";
    }
    switch ((int)code) { /* the few that have a name of ours */
    case CURLE_OPERATION_TIMEDOUT:
        return "Timeout";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "HostNotFound";
    case CURLE_COULDNT_CONNECT:
        return "ConnectionRefused";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return "TlsFailed";
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return "ConnectionReset";
    default:
        return "TransportFailed";
    }
}

/* Before a byte of the request was written it is surely not sent, and with a body that libcurl has not taken
 * to its end the other side has not got it all. */
static bool was_sent(const struct exchange *exchange)
{
    long head = 0;
    curl_easy_getinfo(exchange->curl, CURLINFO_REQUEST_SIZE, &head);
    return exchange->answer->status != 0 || (head > 0 && exchange->taken == exchange->request->body_length);
}

static enum transport_outcome perform(struct exchange *exchange)
{
    struct transport_answer *answer = exchange->answer;
    const CURLcode code = curl_easy_perform(exchange->curl);
    long status = 0;
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    answer->body = text_string(&exchange->body);
    answer->body_length = exchange->body.length;
    if (code == CURLE_OK) {
        return TRANSPORT_ANSWERED;
    }
    say(answer, name_of(code, exchange), curl_easy_strerror(code));
    return was_sent(exchange) ? TRANSPORT_NO_ANSWER : TRANSPORT_NOT_SENT;
}

/* Headers as libcurl wants them; those that it would add by itself are taken away. */
static struct curl_slist *write_headers(const struct transport_request *request, struct arena *arena)
{
    static const char *const unwanted[] = {"Expect:", "Accept:", "Transfer-Encoding:"};
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted + request->header_count; i++) {
        const size_t own = sizeof unwanted / sizeof *unwanted;
        const char *line =
            i < own ? unwanted[i]
                    : arena_printf(arena, *request->headers[i - own].value == '\0' ? "%s;%s" : "%s: %s",
                                   request->headers[i - own].name, request->headers[i - own].value);
        struct curl_slist *longer = curl_slist_append(list, line);
        if (longer == NULL) {
            abort();
        }
        list = longer;
    }
    return list;
}

enum transport_outcome transport_exchange(struct transport *transport,
                                          const struct transport_request *request, struct arena *arena,
                                          struct transport_answer *answer)
{
    *answer = (struct transport_answer){.body = ""};
    const int64_t left_ms = (request->deadline_us - clock_monotonic_us()) / 1000;
    if (left_ms <= 0) {
        say(answer, "Timeout", "the deadline has passed");
        return TRANSPORT_NOT_SENT;
    }
    struct lane *lane = &transport->lanes[request->lane % TRANSPORT_LANES];
    struct exchange exchange = {
        .request = request,
        .arena = arena,
        .curl = take_handle(lane),
        .answer = answer,
        .body = arena_text(arena, BODY_CAPACITY),
        .headers = arena_zeroed(arena, TRANSPORT_HEADERS_MAX, sizeof(struct aws_pair)),
    };
    if (exchange.curl == NULL) {
        say(answer, "OutOfMemory", "libcurl gives no handle");
        return TRANSPORT_NOT_SENT;
    }
    answer->headers = exchange.headers;
    struct curl_slist *headers = write_headers(request, arena);
    set_up(transport, &exchange, headers, left_ms);
    const enum transport_outcome outcome = perform(&exchange);
    give_handle(lane, exchange.curl);
    curl_slist_free_all(headers);
    return outcome;
}

const char *transport_header(const struct transport_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (strcmp(answer->headers[i].name, name) == 0) {
            return answer->headers[i].value;
        }
    }
    return NULL;
}
