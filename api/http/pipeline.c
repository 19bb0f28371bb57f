#include "http/pipeline.h"

#include "app/identity/auth.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/hash.h"
#include "base/log.h"
#include "core/card_number.h"
#include "http/card_guard.h"
#include "http/json_body.h"
#include "http/negotiate.h"
#include "http/problem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define CATALOG_WAIT_MS 2000
#define LOGGED_PATH_MAX 256
#define BEARER          "Bearer "
#define FILE_METHODS    "GET, HEAD, OPTIONS"
/* For pages that use cases write: styles of their own, nothing from elsewhere, no scripts. */
#define PAGE_POLICY                                                                                          \
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri "        \
    "'none'; "                                                                                               \
    "form-action 'none'"

static struct pipeline *pipeline;

void pipeline_set(struct pipeline *chosen)
{
    pipeline = chosen;
}

bool pipeline_is_draining(void)
{
    return atomic_load_explicit(&pipeline->draining, memory_order_relaxed);
}

/* --- the reply --------------------------------------------------------------------------------------- */

/* Which state of the catalogue the answer comes from: at least the one that there was when it was begun, and
 * the one that it made. */
static void add_catalog_seq(struct request *request)
{
    const int64_t made = request->op.call.answer.catalog_seq;
    const int64_t seq = made > request->catalog_seq ? made : request->catalog_seq;
    if (seq > 0) {
        char *buffer = arena_alloc(&request->arena, 24);
        struct text text = text_over(buffer, 24);
        text_add_int(&text, seq);
        reply_add_header(&request->reply, "MyPOS-Catalog-Seq", text_string(&text));
    }
}

static void finish(struct request *request)
{
    if (pipeline_is_draining()) {
        request->reply.close = true;
    }
    add_catalog_seq(request);
    encode_reply(request, &pipeline->cors);
    request->answered = true;
    if (!request->counted) {
        request->counted = true;
        contract_count(request->operation, request->reply.status, clock_monotonic_us() - request->started_us);
    }
}

void pipeline_refuse(struct request *request, enum status status)
{
    if (request->request_id[0] == '\0') { /* refused before its head was read */
        request_name(request);
    }
    problem_reply(request, status);
    finish(request);
}

static bool refuse(struct request *request, enum status status)
{
    pipeline_refuse(request, status);
    return false;
}

/* The answer of a use case becomes the reply. */
static void reply_with_answer(struct request *request)
{
    const struct answer *answer = &request->op.call.answer;
    struct reply *reply = &request->reply;
    reply->status = answer->http_status == 0 ? 200 : answer->http_status;
    reply->body = answer->body == NULL ? "" : answer->body;
    reply->length = answer->body == NULL ? 0 : answer->body_length;
    reply->stream = answer->stream;
    reply->stream_close = answer->stream_close;
    reply->stream_context = answer->stream_context;
    if (reply->status != 204) {
        reply_add_header(reply, "Content-Type",
                         answer->content_type == NULL ? "application/json" : answer->content_type);
    }
    reply_add_header(reply, "Cache-Control",
                     answer->cache_control == NULL ? "no-store" : answer->cache_control);
    const char *policy = answer->content_security_policy;
    if (policy == NULL && answer->content_type != NULL &&
        strncmp(answer->content_type, "text/html", 9) == 0) {
        policy = PAGE_POLICY;
    }
    const struct reply_header optional[] = {
        {"Location", answer->location},
        {"ETag", answer->etag},
        {"Content-Disposition", answer->content_disposition},
        {"Idempotent-Replayed", answer->replayed ? "true" : NULL},
        {"Content-Security-Policy", policy},
    };
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
        if (optional[i].value != NULL) {
            reply_add_header(reply, optional[i].name, optional[i].value);
        }
    }
    finish(request);
}

/* --- the head ---------------------------------------------------------------------------------------- */

static bool authenticate(struct request *request)
{
    const struct operation *operation = request->operation;
    struct detail *detail = &request->op.call.detail;
    if (operation->open) {
        return true;
    }
    const char *value = request->headers[HEADER_AUTHORIZATION];
    if (value == NULL || strncasecmp(value, BEARER, sizeof BEARER - 1) != 0) {
        return refuse(request, STATUS_UNAUTHENTICATED);
    }
    const char *token = value + sizeof BEARER - 1;
    const enum status status = auth_check(&request->op.call, token + strspn(token, " "),
                                          &request->op.call.principal);
    if (status != STATUS_OK) {
        return refuse(request, status);
    }
    if (!auth_allows(request->op.call.principal.scopes, operation->scopes)) {
        return refuse(request, detail_set(detail, STATUS_FORBIDDEN, "This needs the scope %s.",
                                          operation->scope_names));
    }
    return true;
}

/* "image/jpeg, image/png or image/webp" */
static const char *list_types(struct arena *arena, const char *const *types)
{
    struct text text = arena_text(arena, 64);
    for (unsigned i = 0; types[i] != NULL; i++) {
        text_add_string(&text, i == 0 ? "" : types[i + 1] == NULL ? " or " : ", ");
        text_add_string(&text, types[i]);
    }
    return text_string(&text);
}

static bool check_body_head(struct request *request)
{
    const struct operation *operation = request->operation;
    struct detail *detail = &request->op.call.detail;
    request->body_limit = operation->body_limit;
    if (!request->has_body) {
        if (operation->body_required) {
            return refuse(request, detail_fault(detail, "", "required", "The body is missing."));
        }
        return true;
    }
    if (request->content_length > operation->body_limit || operation->body_limit == 0) {
        return refuse(request,
                      operation->body_limit == 0
                          ? detail_set(detail, STATUS_BODY_TOO_LARGE, "This operation takes no body.")
                          : detail_set(detail, STATUS_BODY_TOO_LARGE,
                                       "The body is larger than the %llu bytes that this operation takes.",
                                       (unsigned long long)operation->body_limit));
    }
    const char *type = request->headers[HEADER_CONTENT_TYPE];
    if (type == NULL || !negotiate_is_listed(type, operation->request_types)) {
        return refuse(request, detail_set(detail, STATUS_UNSUPPORTED_MEDIA_TYPE, "This operation takes %s.",
                                          list_types(&request->arena, operation->request_types)));
    }
    const char *coding = request->headers[HEADER_CONTENT_ENCODING];
    const bool gzip = coding != NULL && strcasecmp(coding, "gzip") == 0;
    if (coding != NULL && strcasecmp(coding, "identity") != 0 && !(gzip && operation->takes_gzip)) {
        return refuse(request, detail_set(detail, STATUS_UNSUPPORTED_MEDIA_TYPE,
                                          "This operation does not take this Content-Encoding."));
    }
    request->op.upload_is_gzip = gzip || strncasecmp(type, "application/gzip", 16) == 0;
    return true;
}

static const char **values_of(struct request *request, const struct parameter *parameters, unsigned count)
{
    const char **values = arena_zeroed(&request->arena, count + 1, sizeof *values);
    for (unsigned i = 0; i < count; i++) {
        values[i] = parameters[i].otherwise;
    }
    return values;
}

static void check_query(struct request *request)
{
    const struct operation *operation = request->operation;
    struct detail *detail = &request->op.call.detail;
    const char **values = values_of(request, operation->query_parameters, operation->query_count);
    bool seen[TARGET_QUERY_MAX] = {false};
    for (unsigned i = 0; i < request->target.query_count; i++) {
        const struct target_pair *pair = &request->target.query[i];
        unsigned at = 0;
        while (at < operation->query_count && strcmp(operation->query_parameters[at].name, pair->name) != 0) {
            at++;
        }
        if (at == operation->query_count) {
            (void)detail_fault(detail, arena_printf(&request->arena, "#/query/%s", pair->name),
                               "unknown_parameter", "There is no such parameter.");
            continue;
        }
        const struct parameter *parameter = &operation->query_parameters[at];
        if (seen[at]) {
            (void)detail_fault(detail, parameter->pointer, "repeated", "This parameter stands twice.");
            continue;
        }
        seen[at] = true;
        values[at] = pair->value;
        schema_check_text(parameter->schema, pair->value, parameter->pointer, detail);
    }
    for (unsigned at = 0; at < operation->query_count; at++) {
        if (operation->query_parameters[at].required && !seen[at]) {
            (void)detail_fault(detail, operation->query_parameters[at].pointer, "required",
                               "This parameter is missing.");
        }
    }
    request->op.query_values = values;
}

/* Only an operation that the document gives the header takes it: elsewhere it approves nothing. */
static void take_approval(struct request *request, const struct parameter *parameter, const char *value)
{
    if (parameter->header == HEADER_APPROVAL) {
        request->op.call.approval = value;
    }
}

/* Path, query and header fields; all faults at once. */
static bool check_parameters(struct request *request)
{
    const struct operation *operation = request->operation;
    struct detail *detail = &request->op.call.detail;
    for (unsigned i = 0; i < operation->path_count; i++) {
        const struct parameter *parameter = &operation->path_parameters[i];
        schema_check_text(parameter->schema, request->op.path_values[i], parameter->pointer, detail);
    }
    check_query(request);
    for (unsigned i = 0; i < operation->header_count; i++) {
        const struct parameter *parameter = &operation->header_parameters[i];
        const char *value = request->headers[parameter->header];
        if (value != NULL) {
            schema_check_text(parameter->schema, value, parameter->pointer, detail);
            take_approval(request, parameter, value);
        } else if (parameter->required) {
            (void)detail_fault(detail, parameter->pointer, "required", "This header field is missing.");
        }
    }
    return detail->faults == 0 || refuse(request, STATUS_VALIDATION_FAILED);
}

/* A catalogue that is not what the other instances have is not shown; only those who ask for the state of
 * this instance are answered. */
static bool check_catalog(struct request *request)
{
    const struct operation *operation = request->operation;
    if (strncmp(operation->id, "health_", 7) == 0 || strcmp(operation->id, "metrics_read") == 0) {
        return true;
    }
    return !app_catalog_is_broken(&request->op.call) || refuse(request, STATUS_NOT_READY);
}

/* Read-your-writes: waits a short while for the change that the client has seen. It comes before who asks is
 * looked at, for that may be what has changed. */
static bool wait_for_catalog(struct request *request)
{
    const char *text = request->headers[HEADER_CATALOG_MIN_SEQ];
    char *end = NULL;
    const int64_t wanted = text == NULL ? 0 : strtoll(text, &end, 10);
    if (text == NULL || end == text || *end != '\0') {
        return true; /* what is no number is refused with the other parameters */
    }
    return app_catalog_wait(pipeline->app, wanted, CATALOG_WAIT_MS) ||
           refuse(request, detail_set(&request->op.call.detail, STATUS_NOT_READY,
                                      "The catalogue has not reached change %lld.", (long long)wanted));
}

/* What no operation matches: a file, a method or path that is none. */
static bool judge_unmatched(struct request *request, const struct route *route)
{
    if (route != NULL) {
        pipeline_refuse(request, STATUS_METHOD_NOT_ALLOWED);
        reply_add_header(&request->reply, "Allow", route->allow);
        return false;
    }
    const bool reads = request->method == METHOD_GET || request->method == METHOD_HEAD;
    if (!static_files_serve(pipeline->files, request)) {
        reply_release(&request->reply);
        return refuse(request, STATUS_NOT_FOUND);
    }
    request->operation = &contract_static;
    if (!reads) {
        pipeline_refuse(request, STATUS_METHOD_NOT_ALLOWED);
        reply_add_header(&request->reply, "Allow", FILE_METHODS);
    } else if (request->has_body) {
        pipeline_refuse(request,
                        detail_set(&request->op.call.detail, STATUS_BODY_TOO_LARGE, "A file takes no body."));
    } else {
        finish(request);
    }
    return false;
}

bool pipeline_head(struct request *request)
{
    const char **values = arena_alloc(&request->arena, TARGET_SEGMENTS_MAX * sizeof *values);
    const struct route *route = contract_match(pipeline->contract, &request->target, values);
    if (request->method == METHOD_OPTIONS) {
        encode_options(request, &pipeline->cors, route == NULL ? FILE_METHODS : route->allow);
        finish(request);
        return false;
    }
    if (route == NULL || route->operations[request->method] == NULL) {
        return judge_unmatched(request, route);
    }
    request->operation = route->operations[request->method];
    request->op.operation = request->operation;
    request->op.path_values = values;
    request->op.accept = request->headers[HEADER_ACCEPT];
    request->op.if_match = encode_plain_etags(&request->arena, request->headers[HEADER_IF_MATCH]);
    request->op.client = request->client;
    request->catalog_seq = app_catalog_seq(pipeline->app);
    if (!check_catalog(request) || !wait_for_catalog(request)) {
        return false;
    }
    request->catalog_seq = app_catalog_seq(pipeline->app); /* what is read from here on is not older */
    if (!authenticate(request)) {
        return false;
    }
    if (!negotiate_accepts(request->headers[HEADER_ACCEPT], request->operation->answer_types)) {
        return refuse(request,
                      detail_set(&request->op.call.detail, STATUS_NOT_ACCEPTABLE,
                                 "The answer of this operation is %s.", request->operation->answer_types[0]));
    }
    return check_body_head(request) && check_parameters(request);
}

/* --- the body ---------------------------------------------------------------------------------------- */

/* The SHA-256 of a spooled body, which is then at its start again. */
static bool hash_upload(int fd, struct hash *hash)
{
    char buffer[16384];
    struct hash_stream stream = hash_stream();
    ssize_t length;
    off_t at = 0;
    while ((length = pread(fd, buffer, sizeof buffer, at)) > 0) {
        hash_stream_add(&stream, buffer, (size_t)length);
        at += length;
    }
    *hash = hash_stream_end(&stream);
    return length == 0;
}

/* The key is whose it is, for which operation; the fingerprint says which request it stands for. */
static enum status name_idempotency(struct request *request, const char *body, size_t length)
{
    const char *given = request->headers[HEADER_IDEMPOTENCY_KEY];
    struct call *call = &request->op.call;
    if (given == NULL || !request->operation->idempotent) {
        return STATUS_OK;
    }
    struct hash body_hash = hash_of(body, length);
    if (request->op.upload_fd >= 0 && !hash_upload(request->op.upload_fd, &body_hash)) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    char principal[ID_TEXT_SIZE], body_text[HASH_TEXT_SIZE];
    const char *const key[] = {id_format(&call->principal.id, principal), request->operation->id, given};
    const char *const fingerprint[] = {request->target_text, hash_format(&body_hash, body_text)};
    call->idempotency = (struct idempotency_key){
        .present = true,
        .key = hash_of_strings(key, sizeof key / sizeof *key),
        .fingerprint = hash_of_strings(fingerprint, sizeof fingerprint / sizeof *fingerprint),
    };
    if (request->operation->sealed) {
        /* Only who has both the key and the token can open the kept answer. */
        const char *const seal[] = {"seal", given, request->headers[HEADER_AUTHORIZATION]};
        struct hash *hash = arena_alloc(&request->arena, sizeof *hash);
        *hash = hash_of_strings(seal, request->headers[HEADER_AUTHORIZATION] == NULL ? 2 : 3);
        call->seal = hash;
    }
    return STATUS_OK;
}

/* What cannot be parsed may hold a card number, too, and the parser's words a piece of it. */
static enum status refuse_syntax(const struct operation *operation, const char *body, size_t length,
                                 struct detail *detail)
{
    return operation->refuses_card_numbers && card_number_in(body, length)
               ? detail_set(detail, STATUS_MALFORMED_JSON, "The body is not well-formed JSON.")
               : STATUS_MALFORMED_JSON;
}

static enum status parse_body(struct request *request, const char *body, size_t length)
{
    const struct operation *operation = request->operation;
    struct detail *detail = &request->op.call.detail;
    if (operation->streamed) {
        return lseek(request->op.upload_fd, 0, SEEK_SET) == 0 ? STATUS_OK : STATUS_STORAGE_UNAVAILABLE;
    }
    if (operation->body == NULL) {
        return STATUS_OK;
    }
    if (length == 0) {
        return operation->body_required ? detail_fault(detail, "", "required", "The body is missing.")
                                        : STATUS_OK;
    }
    json_t *value;
    enum status status = json_body_parse(body, length, &value, detail);
    if (status != STATUS_OK) {
        return refuse_syntax(operation, body, length, detail);
    }
    request->op.body = value;
    if (operation->refuses_card_numbers) {
        status = card_guard_check(value, detail);
        if (status != STATUS_OK) {
            return status;
        }
    }
    schema_check(operation->body, value, "", detail);
    return detail->faults == 0 ? STATUS_OK : STATUS_VALIDATION_FAILED;
}

void pipeline_body(struct request *request, const char *body, size_t length)
{
    enum status status = parse_body(request, body, length);
    if (status == STATUS_OK) {
        status = name_idempotency(request, body, length);
    }
    if (status == STATUS_OK) {
        status = request->operation->handler(&request->op);
    }
    FAULT_ACT(request->operation->id);
    FAULT_POINT("before_answer");
    if (status == STATUS_OK) {
        reply_with_answer(request);
    } else {
        pipeline_refuse(request, status);
    }
}

/* --- the end ----------------------------------------------------------------------------------------- */

/* What we did wrong; what we could not do; the rest. */
static enum log_level level_of(const struct request *request)
{
    const int status = request->reply.status;
    return status == 503 ? LOG_WARNING : status >= 500 ? LOG_ERROR : LOG_INFO;
}

void pipeline_done(struct request *request)
{
    static const char *const kinds[] = {[PRINCIPAL_NONE] = "",
                                        [PRINCIPAL_EMPLOYEE] = "employee",
                                        [PRINCIPAL_API_KEY] = "api_key",
                                        [PRINCIPAL_SYSTEM] = "system"};
    const enum log_level level = level_of(request);
    if (request->logged || !log_wants(level)) {
        return;
    }
    request->logged = true;
    const struct principal *principal = &request->op.call.principal;
    struct log_line line = log_begin(level, "request");
    log_text(&line, "request_id", request->request_id);
    log_text(&line, "method", http_method_name(request->method));
    log_text(&line, "operation", request->operation->id);
    if (request->operation == &contract_unmatched || request->operation == &contract_static) {
        log_text(&line, "path",
                 arena_copy_n(&request->arena, request->target.path,
                              strnlen(request->target.path, LOGGED_PATH_MAX)));
    }
    /* 0: there is no answer, for the client left or its time was over. */
    log_int(&line, "status", request->answered ? request->reply.status : 0);
    log_int(&line, "duration_us", clock_monotonic_us() - request->started_us);
    log_int(&line, "bytes",
            request->reply.stream == NULL ? (int64_t)request->reply.length : (int64_t)request->sent);
    if (principal->kind != PRINCIPAL_NONE) {
        char id[ID_TEXT_SIZE];
        log_text(&line, "principal", kinds[principal->kind]);
        log_text(&line, "principal_id", id_format(&principal->id, id));
    }
    if (request->traceparent[0] != '\0') {
        char trace[33];
        memcpy(trace, request->traceparent + 3, 32);
        trace[32] = '\0';
        log_text(&line, "trace_id", trace);
    }
    log_end(&line);
}
