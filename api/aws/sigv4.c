#include "aws/sigv4.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM   "AWS4-HMAC-SHA256"
#define TERMINATOR  "aws4_request"
#define PRESIGN_OWN 6 /* parameters that a presigned URL has beside the request's */

const char *sigv4_date(int64_t at_ms, char date[static SIGV4_DATE_SIZE])
{
    char text[CLOCK_TEXT_SIZE]; /* "2015-08-30T12:36:00.000Z" */
    clock_format(at_ms, text);
    size_t length = 0;
    for (const char *c = text; *c != '.'; c++) {
        if (*c != '-' && *c != ':') {
            date[length++] = *c;
        }
    }
    memcpy(date + length, "Z", 2);
    return date;
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void sigv4_encode(struct text *out, const char *bytes, bool keep_slashes)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *bytes != '\0'; bytes++) {
        if (is_unreserved(*bytes) || (keep_slashes && *bytes == '/')) {
            text_add_char(out, *bytes);
        } else {
            const unsigned char byte = (unsigned char)*bytes;
            const char escape[] = {'%', digits[byte >> 4], digits[byte & 15]};
            text_add(out, escape, sizeof escape);
        }
    }
}

/* --- path --- */

/* Takes away "." and empty segments, and with ".." the one before (RFC 3986, section 5.2.4). A slash at the
 * end stays. */
static const char *normalise(struct arena *arena, const char *path)
{
    struct text out = arena_text(arena, strlen(path) + 2);
    const char *at = path;
    while (*at != '\0') {
        at += strspn(at, "/");
        const size_t length = strcspn(at, "/");
        if (length == 2 && memcmp(at, "..", 2) == 0) {
            while (out.length > 0 && out.data[--out.length] != '/') {
            }
        } else if (length > 0 && !(length == 1 && *at == '.')) {
            text_add_char(&out, '/');
            text_add(&out, at, length);
        }
        at += length;
    }
    if (out.length == 0 || at[-1] == '/') {
        text_add_char(&out, '/');
    }
    return text_string(&out);
}

static void write_path(struct arena *arena, struct text *out, const struct sigv4_request *request)
{
    if (request->is_s3) {
        sigv4_encode(out, request->path, true);
        return;
    }
    struct text once = arena_text(arena, 64);
    sigv4_encode(&once, normalise(arena, request->path), true);
    sigv4_encode(out, text_string(&once), true);
}

/* --- query --- */

static int compare_pairs(const void *left, const void *right)
{
    const struct aws_pair *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->value, b->value);
}

static const char *encoded(struct arena *arena, const char *bytes)
{
    struct text out = arena_text(arena, strlen(bytes) + 16);
    sigv4_encode(&out, bytes, false);
    return text_string(&out);
}

/* They are sorted as encoded: by the bytes that are signed. */
static void write_query(struct arena *arena, struct text *out, const struct aws_pair *pairs, size_t count)
{
    struct aws_pair *sorted = arena_zeroed(arena, count + 1, sizeof *sorted);
    for (size_t i = 0; i < count; i++) {
        sorted[i].name = encoded(arena, pairs[i].name);
        sorted[i].value = encoded(arena, pairs[i].value);
    }
    qsort(sorted, count, sizeof *sorted, compare_pairs);
    for (size_t i = 0; i < count; i++) {
        text_add_string(out, i > 0 ? "&" : "");
        text_add_string(out, sorted[i].name);
        text_add_char(out, '=');
        text_add_string(out, sorted[i].value);
    }
}

const char *sigv4_query(struct arena *arena, const struct aws_pair *pairs, size_t count)
{
    struct text out = arena_text(arena, 128);
    write_query(arena, &out, pairs, count);
    return text_string(&out);
}

/* --- headers --- */

struct header {
    const char *name; /* in lower case */
    const char *value;
    size_t place; /* values of one name keep their order */
};

static int compare_headers(const void *left, const void *right)
{
    const struct header *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static const struct header *sorted_headers(struct arena *arena, const struct sigv4_request *request)
{
    struct header *headers = arena_zeroed(arena, request->header_count + 1, sizeof *headers);
    for (size_t i = 0; i < request->header_count; i++) {
        char *name = arena_copy(arena, request->headers[i].name);
        for (char *c = name; *c != '\0'; c++) {
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
        }
        headers[i] = (struct header){.name = name, .value = request->headers[i].value, .place = i};
    }
    qsort(headers, request->header_count, sizeof *headers, compare_headers);
    return headers;
}

/* Without spaces around, and one for several within. */
static void write_value(struct text *out, const char *value)
{
    static const char spaces[] = " \t\r\n";
    value += strspn(value, spaces);
    while (*value != '\0') {
        const size_t length = strcspn(value, spaces);
        text_add(out, value, length);
        value += length;
        value += strspn(value, spaces);
        text_add_string(out, *value != '\0' ? " " : "");
    }
}

static bool same_name(const struct header *headers, size_t at)
{
    return at > 0 && strcmp(headers[at].name, headers[at - 1].name) == 0;
}

static void write_headers(struct text *out, const struct header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same_name(headers, i)) {
            text_add_char(out, ',');
        } else {
            text_add_string(out, i > 0 ? "\n" : "");
            text_add_string(out, headers[i].name);
            text_add_char(out, ':');
        }
        write_value(out, headers[i].value);
    }
    text_add_string(out, count > 0 ? "\n" : "");
}

/* "host;x-amz-date" */
static void write_names(struct text *out, const struct header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!same_name(headers, i)) {
            text_add_string(out, i > 0 ? ";" : "");
            text_add_string(out, headers[i].name);
        }
    }
}

/* --- the signature --- */

const char *sigv4_canonical_request(struct arena *arena, const struct sigv4_request *request)
{
    struct text out = arena_text(arena, 1024);
    const struct header *headers = sorted_headers(arena, request);
    text_add_string(&out, request->method);
    text_add_char(&out, '\n');
    write_path(arena, &out, request);
    text_add_char(&out, '\n');
    write_query(arena, &out, request->query, request->query_count);
    text_add_char(&out, '\n');
    write_headers(&out, headers, request->header_count);
    text_add_char(&out, '\n');
    write_names(&out, headers, request->header_count);
    text_add_char(&out, '\n');
    text_add_string(&out, request->payload_hash);
    return text_string(&out);
}

/* "20150830/us-east-1/service/aws4_request" */
static void write_scope(struct text *out, const struct sigv4_scope *scope)
{
    text_add(out, scope->date, 8);
    text_add_char(out, '/');
    text_add_string(out, scope->region);
    text_add_char(out, '/');
    text_add_string(out, scope->service);
    text_add_string(out, "/" TERMINATOR);
}

const char *sigv4_string_to_sign(struct arena *arena, const struct sigv4_request *request,
                                 const struct sigv4_scope *scope)
{
    assert(strlen(scope->date) == SIGV4_DATE_SIZE - 1);
    const char *canonical = sigv4_canonical_request(arena, request);
    const struct hash hash = hash_of(canonical, strlen(canonical));
    char hash_text[HASH_TEXT_SIZE];
    struct text out = arena_text(arena, 256);
    text_add_string(&out, ALGORITHM "\n");
    text_add_string(&out, scope->date);
    text_add_char(&out, '\n');
    write_scope(&out, scope);
    text_add_char(&out, '\n');
    text_add_string(&out, hash_format(&hash, hash_text));
    return text_string(&out);
}

static struct hash derive(const struct hash *key, const char *part, size_t length)
{
    return hash_hmac(key->bytes, sizeof key->bytes, part, length);
}

/* Four HMACs of a few bytes: cheaper than a cache with a lock. */
static struct hash signing_key(struct arena *arena, const struct sigv4_scope *scope)
{
    const char *secret = arena_printf(arena, "AWS4%s", scope->secret_key);
    struct hash key = hash_hmac(secret, strlen(secret), scope->date, 8);
    key = derive(&key, scope->region, strlen(scope->region));
    key = derive(&key, scope->service, strlen(scope->service));
    return derive(&key, TERMINATOR, sizeof TERMINATOR - 1);
}

const char *sigv4_signature(struct arena *arena, const struct sigv4_request *request,
                            const struct sigv4_scope *scope)
{
    const struct hash key = signing_key(arena, scope);
    const char *string = sigv4_string_to_sign(arena, request, scope);
    const struct hash signature = derive(&key, string, strlen(string));
    return hash_format(&signature, arena_alloc(arena, HASH_TEXT_SIZE));
}

const char *sigv4_authorization(struct arena *arena, const struct sigv4_request *request,
                                const struct sigv4_scope *scope)
{
    struct text out = arena_text(arena, 512);
    text_add_string(&out, ALGORITHM " Credential=");
    text_add_string(&out, scope->access_key);
    text_add_char(&out, '/');
    write_scope(&out, scope);
    text_add_string(&out, ", SignedHeaders=");
    write_names(&out, sorted_headers(arena, request), request->header_count);
    text_add_string(&out, ", Signature=");
    text_add_string(&out, sigv4_signature(arena, request, scope));
    return text_string(&out);
}

const char *sigv4_presigned_query(struct arena *arena, const struct sigv4_request *request,
                                  const struct sigv4_scope *scope, const char *session_token,
                                  unsigned expires_s)
{
    struct text credential = arena_text(arena, 128), names = arena_text(arena, 64);
    text_add_string(&credential, scope->access_key);
    text_add_char(&credential, '/');
    write_scope(&credential, scope);
    write_names(&names, sorted_headers(arena, request), request->header_count);

    struct aws_pair *query = arena_zeroed(arena, request->query_count + PRESIGN_OWN, sizeof *query);
    size_t count = 0;
    for (; count < request->query_count; count++) {
        query[count] = request->query[count];
    }
    query[count++] = (struct aws_pair){"X-Amz-Algorithm", ALGORITHM};
    query[count++] = (struct aws_pair){"X-Amz-Credential", text_string(&credential)};
    query[count++] = (struct aws_pair){"X-Amz-Date", scope->date};
    query[count++] = (struct aws_pair){"X-Amz-Expires", arena_printf(arena, "%u", expires_s)};
    query[count++] = (struct aws_pair){"X-Amz-SignedHeaders", text_string(&names)};
    if (session_token != NULL) {
        query[count++] = (struct aws_pair){"X-Amz-Security-Token", session_token};
    }
    struct sigv4_request signed_request = *request;
    signed_request.query = query;
    signed_request.query_count = count;

    struct text out = arena_text(arena, 512);
    write_query(arena, &out, query, count);
    text_add_string(&out, "&X-Amz-Signature=");
    text_add_string(&out, sigv4_signature(arena, &signed_request, scope));
    return text_string(&out);
}
