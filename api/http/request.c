#include "http/request.h"

#include "base/clock.h"
#include "base/id.h"
#include "http/contract.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TOKEN_CHARACTERS                                                                                     \
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" /* RFC 9110, 5.6.2 */
#define HEX_DIGITS "0123456789abcdef"

static const struct {
    const char *name;
    size_t length;
    bool joined; /* a list: a second field continues the first; otherwise a second one is refused */
} known[HEADER_COUNT] = {
#define REFUSED            false
#define JOINED             true
#define X(id, text, again) [HEADER_##id] = {.name = text, .length = sizeof text - 1, .joined = again},
    REQUEST_HEADER_TABLE(X)
#undef X
};

static const char *const method_names[METHOD_COUNT] = {
    [METHOD_GET] = "GET",     [METHOD_HEAD] = "HEAD",     [METHOD_POST] = "POST",       [METHOD_PUT] = "PUT",
    [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE", [METHOD_OPTIONS] = "OPTIONS",
};

const char *http_method_name(enum http_method method)
{
    return method < METHOD_COUNT ? method_names[method] : "?";
}

enum http_method http_method_named(const char *name)
{
    for (enum http_method method = METHOD_GET; method < METHOD_COUNT; method++) {
        if (strcmp(method_names[method], name) == 0) {
            return method;
        }
    }
    return METHOD_UNKNOWN;
}

enum request_header request_header_named(const char *name, size_t length)
{
    for (enum request_header header = 0; header < HEADER_COUNT; header++) {
        if (known[header].length == length && strncasecmp(known[header].name, name, length) == 0) {
            return header;
        }
    }
    return HEADER_COUNT;
}

void request_begin(struct request *request, const char *target)
{
    arena_reset(&request->arena);
    const struct arena arena = request->arena;
    struct app *app = request->op.call.app;
    memset(&request->op, 0, sizeof request->op);
    memset(request->headers, 0, sizeof request->headers);
    reply_init(&request->reply);
    request->arena = arena;
    request->op.call.app = app;
    request->op.call.arena = &request->arena;
    request->op.call.request_id = request->request_id;
    request->op.upload_fd = -1;
    detail_init(&request->op.call.detail, &request->arena);
    request->started_us = clock_monotonic_us();
    request->begun = true;
    request->head_read = request->answered = request->counted = request->logged = false;
    request->sent = 0;
    request->catalog_seq = 0;
    request->operation = &contract_unmatched;
    request->method = METHOD_UNKNOWN;
    request->request_id[0] = '\0';
    request->traceparent[0] = '\0';
    request->has_body = request->chunked = false;
    request->content_length = request->body_received = request->body_limit = 0;
    request->target.path = "";
    request->target_text = arena_copy(&request->arena, target);
}

void request_end(struct request *request)
{
    if (request->op.upload_fd >= 0) {
        close(request->op.upload_fd);
        request->op.upload_fd = -1;
    }
    if (request->op.body != NULL) {
        json_decref((json_t *)request->op.body);
        request->op.body = NULL;
    }
    reply_release(&request->reply);
    request->begun = false;
    arena_reset(&request->arena); /* a connection that waits holds one block, whatever it was sent last */
}

static bool is_token(const char *text, size_t length)
{
    return length > 0 && strspn(text, TOKEN_CHARACTERS) == length;
}

/* RFC 9110, 5.5: no control characters but tab; and, as everywhere here, UTF-8. */
static bool is_field_value(const char *text, size_t length)
{
    bool ascii = true;
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return false;
        }
        ascii = ascii && byte < 0x80;
    }
    return ascii || utf8_valid(text, length);
}

enum status request_add_header(struct request *request, const char *name, size_t name_length,
                               const char *value, size_t value_length)
{
    struct detail *detail = &request->op.call.detail;
    if (!is_token(name, name_length)) {
        return detail_set(detail, STATUS_MALFORMED_REQUEST, "A header field's name is not well-formed.");
    }
    if (!is_field_value(value, value_length)) {
        return detail_set(detail, STATUS_MALFORMED_REQUEST,
                          "The header field %.64s has a control character or is not valid UTF-8.", name);
    }
    const enum request_header header = request_header_named(name, name_length);
    if (header == HEADER_COUNT) {
        return STATUS_OK;
    }
    if (request->headers[header] != NULL) {
        if (!known[header].joined) {
            return detail_set(detail, STATUS_MALFORMED_REQUEST, "The header field %s stands twice.",
                              known[header].name);
        }
        value = arena_printf(&request->arena, "%s, %s", request->headers[header], value);
    } else if (value_length > 0 && (value[value_length - 1] == ' ' || value[value_length - 1] == '\t')) {
        while (value_length > 0 && (value[value_length - 1] == ' ' || value[value_length - 1] == '\t')) {
            value_length--;
        }
        value = arena_copy_n(&request->arena, value, value_length);
    }
    request->headers[header] = value;
    return STATUS_OK;
}

/* W3C Trace Context, version 00: "00-<32 hex>-<16 hex>-<2 hex>"; one of zeros is none. */
static void take_trace(struct request *request)
{
    const char *trace = request->headers[HEADER_TRACEPARENT];
    if (trace != NULL && strlen(trace) == TRACE_PARENT_LENGTH && strncmp(trace, "00-", 3) == 0 &&
        strspn(trace + 3, HEX_DIGITS) == 32 && trace[35] == '-' && strspn(trace + 36, HEX_DIGITS) == 16 &&
        trace[52] == '-' && strspn(trace + 53, HEX_DIGITS) == 2 && strspn(trace + 3, "0") < 32 &&
        strspn(trace + 36, "0") < 16) {
        memcpy(request->traceparent, trace, TRACE_PARENT_LENGTH + 1);
    }
}

void request_name(struct request *request)
{
    const char *given = request->headers[HEADER_REQUEST_ID];
    const size_t length = given == NULL ? 0 : strlen(given);
    if (length > 0 && length <= REQUEST_ID_LENGTH_MAX &&
        strspn(given, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length) {
        memcpy(request->request_id, given, length + 1);
    } else {
        const struct id id = id_new();
        id_format(&id, request->request_id);
    }
    take_trace(request);
}

/* How long the body is (RFC 9112, section 6). Whatever two servers could read in two ways is refused. */
static enum status frame_body(struct request *request)
{
    struct detail *detail = &request->op.call.detail;
    const char *length = request->headers[HEADER_CONTENT_LENGTH];
    const char *coding = request->headers[HEADER_TRANSFER_ENCODING];
    if (length != NULL && coding != NULL) {
        return detail_set(detail, STATUS_MALFORMED_REQUEST,
                          "Content-Length and Transfer-Encoding exclude each other.");
    }
    if (coding != NULL) {
        if (strcasecmp(coding, "chunked") != 0) {
            return detail_set(detail, STATUS_NOT_IMPLEMENTED, "The only transfer coding is chunked.");
        }
        request->chunked = request->has_body = true;
    } else if (length != NULL) {
        if (*length == '\0' || length[strspn(length, "0123456789")] != '\0' || strlen(length) > 18) {
            return detail_set(detail, STATUS_MALFORMED_REQUEST, "Content-Length is not a number of bytes.");
        }
        request->content_length = strtoull(length, NULL, 10);
        request->has_body = request->content_length > 0;
    }
    return STATUS_OK;
}

enum status request_finish_head(struct request *request, const char *method, const char *version)
{
    struct detail *detail = &request->op.call.detail;
    request->method = http_method_named(method);
    const char *host = request->headers[HEADER_HOST];
    const bool is_1_0 = strcmp(version, "HTTP/1.0") == 0;
    if (host == NULL && !is_1_0) {
        return detail_set(detail, STATUS_MALFORMED_REQUEST, "The header field Host is missing.");
    }
    if (host != NULL && host[strcspn(host, " \t,/@\\")] != '\0') {
        return detail_set(detail, STATUS_MALFORMED_REQUEST, "The header field Host is not a host.");
    }
    if (is_1_0 && request->headers[HEADER_TRANSFER_ENCODING] != NULL) {
        return detail_set(detail, STATUS_MALFORMED_REQUEST, "HTTP/1.0 has no Transfer-Encoding.");
    }
    const char *expect = request->headers[HEADER_EXPECT];
    if (expect != NULL && strcasecmp(expect, "100-continue") != 0) {
        return detail_set(detail, STATUS_MALFORMED_REQUEST, "The only expectation is 100-continue.");
    }
    const enum status framed = frame_body(request);
    if (framed != STATUS_OK) {
        return framed;
    }
    if (request->method == METHOD_UNKNOWN) {
        return detail_set(detail, STATUS_NOT_IMPLEMENTED, "The server does not know this method.");
    }
    return target_parse(request->target_text, &request->arena, &request->target, detail);
}
