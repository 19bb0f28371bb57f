#include "http/encode.h"

#include "http/negotiate.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define GZIP_LENGTH_MIN        1024
#define GZIP_ENTITY_LENGTH_MIN 16384 /* an entity's ETag is its version: below this it stays plain */
#define GZIP_LEVEL             4
#define GZIP_WINDOW            (15 + 16) /* 16: with gzip's frame */
#define GZIP_MARK              "-gzip\""
#define EXPOSED_HEADERS                                                                                      \
    "ETag, Location, MyPOS-Catalog-Seq, Idempotent-Replayed, X-Request-Id, Retry-After, Content-Disposition"
#define ALLOWED_HEADERS                                                                                      \
    "Authorization, Content-Type, Content-Encoding, Idempotency-Key, If-Match, If-None-Match, "              \
    "MyPOS-Approval, MyPOS-Catalog-Min-Seq, X-Request-Id, traceparent"
#define PREFLIGHT_SECONDS "7200" /* as long as browsers keep it */

const char *encode_plain_etags(struct arena *arena, const char *tags)
{
    if (tags == NULL || strstr(tags, GZIP_MARK) == NULL) {
        return tags;
    }
    char *plain = arena_copy(arena, tags);
    char *mark = plain;
    while ((mark = strstr(mark, GZIP_MARK)) != NULL) {
        memmove(mark, mark + sizeof GZIP_MARK - 2, strlen(mark + sizeof GZIP_MARK - 2) + 1);
    }
    return plain;
}

bool encode_etag_matches(const char *tags, const char *tag)
{
    if (strcmp(tags, "*") == 0) {
        return true;
    }
    if (strncmp(tag, "W/", 2) == 0) {
        tag += 2;
    }
    const size_t length = strlen(tag);
    while (*tags != '\0') {
        tags += strspn(tags, " \t,");
        if (strncmp(tags, "W/", 2) == 0) {
            tags += 2;
        }
        if (strncmp(tags, tag, length) == 0 && strchr(" \t,", tags[length]) != NULL) {
            return true; /* strchr finds the closing NUL too */
        }
        const char *next = *tags == '"' ? strchr(tags + 1, '"') : NULL;
        tags = next == NULL ? tags + strcspn(tags, ",") : next + 1;
    }
    return false;
}

const char *encode_gzip(struct arena *arena, const char *bytes, size_t length, size_t *compressed)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return NULL;
    }
    char *out = arena_alloc(arena, length);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)length;
    const int result = length > UINT32_MAX / 2 ? Z_BUF_ERROR : deflate(&stream, Z_FINISH);
    *compressed = stream.total_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? out : NULL;
}

static bool is_compressible(const char *type)
{
    return type != NULL &&
           (strncmp(type, "text/", 5) == 0 || strncmp(type, "application/json", 16) == 0 ||
            strncmp(type, "application/problem+json", 24) == 0 ||
            strncmp(type, "application/manifest+json", 25) == 0 ||
            strncmp(type, "application/wasm", 17) == 0 || strncmp(type, "image/svg+xml", 13) == 0);
}

static bool is_version_tag(const char *tag)
{
    return tag != NULL && tag[0] == '"' && strspn(tag + 1, "0123456789") + 2 == strlen(tag);
}

static const char *marked_tag(struct arena *arena, const char *tag)
{
    return arena_printf(arena, "%.*s%s", (int)strlen(tag) - 1, tag, GZIP_MARK);
}

static void compress_reply(struct request *request)
{
    struct reply *reply = &request->reply;
    const char *tag = reply_header(reply, "ETag");
    const size_t least = is_version_tag(tag) ? GZIP_ENTITY_LENGTH_MIN : GZIP_LENGTH_MIN;
    if (reply->stream != NULL || reply->length < least || reply_header(reply, "Content-Encoding") != NULL ||
        !is_compressible(reply_header(reply, "Content-Type"))) {
        return;
    }
    reply_add_header(reply, "Vary", "Accept-Encoding");
    size_t length;
    const char *body = negotiate_accepts_gzip(request->headers[HEADER_ACCEPT_ENCODING])
                           ? encode_gzip(&request->arena, reply->body, reply->length, &length)
                           : NULL;
    if (body == NULL) {
        return;
    }
    reply->body = body;
    reply->length = length;
    reply_add_header(reply, "Content-Encoding", "gzip");
    if (tag != NULL && tag[0] == '"') {
        reply_set_header(reply, "ETag", marked_tag(&request->arena, tag));
    }
}

/* The same header fields as the 200 would have (RFC 9110, 15.4.5), so with the tag that the client holds. */
static void answer_not_modified(struct request *request, const char *tag)
{
    struct reply *reply = &request->reply;
    reply_release(reply);
    if (strstr(request->headers[HEADER_IF_NONE_MATCH], GZIP_MARK) != NULL && tag[0] == '"') {
        reply_set_header(reply, "ETag", marked_tag(&request->arena, tag));
    }
    reply->status = 304;
    reply->body = "";
    reply->length = 0;
    unsigned kept = 0;
    for (unsigned i = 0; i < reply->header_count; i++) {
        if (strcmp(reply->headers[i].name, "Content-Type") != 0 &&
            strcmp(reply->headers[i].name, "Content-Disposition") != 0) {
            reply->headers[kept++] = reply->headers[i];
        }
    }
    reply->header_count = kept;
}

static bool is_allowed_origin(const struct cors *cors, const char *origin)
{
    for (unsigned i = 0; i < cors->count; i++) {
        if (strcmp(cors->origins[i], origin) == 0) {
            return true;
        }
    }
    return false;
}

/* Says whether the request came from an allowed origin. */
static bool add_cors(struct request *request, const struct cors *cors)
{
    if (cors->count == 0) {
        return false;
    }
    struct reply *reply = &request->reply;
    const char *vary = reply_header(reply, "Vary");
    reply_set_header(reply, "Vary", vary == NULL ? "Origin" : "Accept-Encoding, Origin");
    const char *origin = request->headers[HEADER_ORIGIN];
    if (origin == NULL || !is_allowed_origin(cors, origin)) {
        return false;
    }
    reply_add_header(reply, "Access-Control-Allow-Origin", origin);
    return true;
}

void encode_options(struct request *request, const struct cors *cors, const char *allow)
{
    struct reply *reply = &request->reply;
    reply->status = 204;
    reply_add_header(reply, "Allow", allow);
    const char *origin = request->headers[HEADER_ORIGIN];
    if (request->headers[HEADER_ALLOW_METHOD] != NULL && origin != NULL && is_allowed_origin(cors, origin)) {
        reply_add_header(reply, "Access-Control-Allow-Methods", allow);
        reply_add_header(reply, "Access-Control-Allow-Headers", ALLOWED_HEADERS);
        reply_add_header(reply, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
    }
}

void encode_reply(struct request *request, const struct cors *cors)
{
    struct reply *reply = &request->reply;
    const char *tag = reply_header(reply, "ETag");
    const char *held = encode_plain_etags(&request->arena, request->headers[HEADER_IF_NONE_MATCH]);
    if (held != NULL && tag != NULL && reply->status == 200 &&
        (request->method == METHOD_GET || request->method == METHOD_HEAD) && encode_etag_matches(held, tag)) {
        answer_not_modified(request, tag);
    }
    compress_reply(request);
    if (add_cors(request, cors)) {
        reply_add_header(reply, "Access-Control-Expose-Headers", EXPOSED_HEADERS);
    }
    reply_add_header(reply, "X-Request-Id", request->request_id);
    reply_add_header(reply, "X-Content-Type-Options", "nosniff");
    if (request->traceparent[0] != '\0') {
        reply_add_header(reply, "traceparent", request->traceparent);
    }
    if (reply->close) {
        reply_add_header(reply, "Connection", "close");
    }
}
