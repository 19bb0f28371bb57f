#include "aws/s3.h"

#include "aws/xml.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONFLICT_TRIES    3 /* of a conditional put that met another write of the key */
#define CONFLICT_PAUSE_NS 50000000

/* --- calls ------------------------------------------------------------------------------------------- */

static const char *path_of(struct arena *arena, const char *key)
{
    return arena_printf(arena, "/%s", key);
}

/* What the answer means; whoever asked has no more to learn from the words, so they are logged here. */
static enum status outcome(const char *action, const char *key, enum aws_result result,
                           const struct aws_response *response)
{
    if (result == AWS_OK) {
        return STATUS_OK;
    }
    if (result == AWS_REFUSED && response->http_status == 404 && !aws_error_is(response, "NoSuchBucket")) {
        return STATUS_NOT_FOUND;
    }
    if (result == AWS_REFUSED && response->http_status == 412) {
        return STATUS_ID_TAKEN;
    }
    struct log_line line = log_begin(LOG_WARNING, "s3_failed");
    log_text(&line, "action", action);
    log_text(&line, "key", key);
    log_int(&line, "status", response->http_status);
    log_text(&line, "code", response->error.code);
    log_text(&line, "error", response->error.message);
    log_text(&line, "aws_request_id", response->error.request_id);
    log_end(&line);
    return aws_status(result);
}

/* A request for one object; the caller adds what is particular. */
static struct aws_request request_of(const struct s3_bucket *bucket, const char *method, const char *key,
                                     struct arena *arena)
{
    return (struct aws_request){
        .service = &aws_s3,
        .method = method,
        .path = path_of(arena, key),
        .bucket = bucket->name,
        .deadline_us = bucket->deadline_us,
        .idempotent = true,
    };
}

static enum status call(const struct s3_bucket *bucket, const char *action, const struct aws_request *request,
                        struct arena *arena, struct aws_response *response)
{
    const enum aws_result result = aws_call(bucket->aws, request, arena, response);
    return outcome(action, request->path, result, response);
}

/* --- objects ----------------------------------------------------------------------------------------- */

enum status s3_put(const struct s3_bucket *bucket, const struct s3_put *put, struct arena *arena)
{
    struct aws_pair headers[3];
    size_t count = 0;
    headers[count++] = (struct aws_pair){"content-type", put->content_type};
    if (put->cache_control != NULL) {
        headers[count++] = (struct aws_pair){"cache-control", put->cache_control};
    }
    if (put->only_new) {
        headers[count++] = (struct aws_pair){"if-none-match", "*"};
    }
    struct aws_request request = request_of(bucket, "PUT", put->key, arena);
    request.headers = headers;
    request.header_count = count;
    request.body = put->bytes;
    request.body_length = put->length;
    struct aws_response response;
    enum aws_result result = AWS_UNKNOWN;
    for (unsigned tries = 0; tries < CONFLICT_TRIES; tries++) {
        result = aws_call(bucket->aws, &request, arena, &response);
        /* 409: another write of the key is under way, and nobody knows yet how it ends. */
        if (result != AWS_REFUSED || !aws_error_is(&response, "ConditionalRequestConflict")) {
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = CONFLICT_PAUSE_NS}, NULL);
    }
    return outcome("put", put->key, result, &response);
}

enum status s3_get(const struct s3_bucket *bucket, const char *key, struct arena *arena, const char **bytes,
                   size_t *length)
{
    const struct aws_request request = request_of(bucket, "GET", key, arena);
    struct aws_response response;
    const enum status status = call(bucket, "get", &request, arena, &response);
    *bytes = response.body;
    *length = response.body_length;
    return status;
}

enum status s3_get_stream(const struct s3_bucket *bucket, const char *key, struct arena *arena, aws_sink sink,
                          void *context)
{
    struct aws_request request = request_of(bucket, "GET", key, arena);
    request.sink = sink;
    request.sink_context = context;
    struct aws_response response;
    return call(bucket, "get", &request, arena, &response);
}

enum status s3_delete(const struct s3_bucket *bucket, const char *key, struct arena *arena)
{
    const struct aws_request request = request_of(bucket, "DELETE", key, arena);
    struct aws_response response;
    const enum status status = call(bucket, "delete", &request, arena, &response);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status s3_presign(const struct s3_bucket *bucket, const char *key, unsigned expires_s,
                       struct arena *arena, const char **url)
{
    const struct aws_request request = request_of(bucket, "GET", key, arena);
    return aws_presign(bucket->aws, &request, expires_s, arena, url) ? STATUS_OK : STATUS_OVERLOADED;
}

/* "Wed, 21 Oct 2026 07:28:00 GMT" (RFC 9110, section 5.6.7), independent of the locale; 0 for anything else.
 */
static int64_t read_http_date(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day, year, hour, minute, second;
    char name[4];
    if (text == NULL ||
        sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, name, &year, &hour, &minute, &second) != 6) {
        return 0;
    }
    const char *month = strstr(months, name);
    if (month == NULL || strlen(name) != 3) {
        return 0;
    }
    const struct clock_date date = {.year = year, .month = (int)(month - months) / 3 + 1, .day = day};
    return ((clock_days_of_date(date) * 24 + hour) * 60 + minute) * INT64_C(60000) + second * INT64_C(1000);
}

static void keep_tag(struct s3_object *object, const char *tag)
{
    object->tag[0] = '\0';
    if (tag != NULL && strlen(tag) < sizeof object->tag) {
        memcpy(object->tag, tag, strlen(tag) + 1);
    }
}

enum status s3_head(const struct s3_bucket *bucket, const char *key, struct arena *arena,
                    struct s3_object *object)
{
    const struct aws_request request = request_of(bucket, "HEAD", key, arena);
    struct aws_response response;
    const enum status status = call(bucket, "head", &request, arena, &response);
    if (status == STATUS_OK) {
        const char *size = aws_response_header(&response, "content-length");
        *object = (struct s3_object){
            .key = key,
            .size = size == NULL ? 0 : strtoll(size, NULL, 10),
            .changed_at_ms = read_http_date(aws_response_header(&response, "last-modified")),
        };
        keep_tag(object, aws_response_header(&response, "etag"));
    }
    return status;
}

/* --- lists ------------------------------------------------------------------------------------------- */

static const char *element_text(struct arena *arena, const char *at, const char *end, const char *name)
{
    size_t length = 0;
    const char *text = xml_element(at, end, name, &length);
    return text == NULL ? NULL : arena_copy_n(arena, text, length);
}

static int hex_of(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

/* Keys come URL-encoded (encoding-type=url), since XML cannot hold every byte; in place. */
static void decode_key(char *key)
{
    char *to = key;
    for (const char *from = key; *from != '\0'; to++) {
        if (*from == '%' && hex_of(from[1]) >= 0 && hex_of(from[2]) >= 0) {
            *to = (char)(hex_of(from[1]) << 4 | hex_of(from[2]));
            from += 3;
        } else {
            *to = *from == '+' ? ' ' : *from;
            from++;
        }
    }
    *to = '\0';
}

static bool read_object(struct arena *arena, const char *at, size_t length, struct s3_object *object)
{
    const char *end = at + length;
    const char *size = element_text(arena, at, end, "Size");
    const char *changed = element_text(arena, at, end, "LastModified");
    size_t key_length = 0;
    const char *key = xml_element(at, end, "Key", &key_length);
    if (key == NULL || size == NULL || changed == NULL) {
        return false;
    }
    char *decoded = arena_copy_n(arena, key, key_length);
    decode_key(decoded);
    *object = (struct s3_object){.key = decoded, .size = strtoll(size, NULL, 10)};
    return clock_parse(changed, &object->changed_at_ms);
}

static enum status read_page(struct arena *arena, const struct aws_response *response, unsigned limit,
                             struct s3_page *page)
{
    const char *at = response->body, *end = response->body + response->body_length;
    const char *truncated = element_text(arena, at, end, "IsTruncated");
    *page = (struct s3_page){.objects = arena_zeroed(arena, limit, sizeof *page->objects)};
    if (truncated == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    size_t length = 0;
    while (page->count < limit && (at = xml_element(at, end, "Contents", &length)) != NULL) {
        if (!read_object(arena, at, length, &page->objects[page->count++])) {
            return STATUS_INTERNAL_ERROR;
        }
        at += length;
    }
    page->more = strcmp(truncated, "true") == 0 && page->count > 0;
    return STATUS_OK;
}

enum status s3_list(const struct s3_bucket *bucket, const char *prefix, const char *after, unsigned limit,
                    struct arena *arena, struct s3_page *page)
{
    if (limit > S3_PAGE_MAX) {
        limit = S3_PAGE_MAX;
    }
    struct aws_pair query[5] = {
        {"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", arena_printf(arena, "%u", limit)},
        {"prefix", prefix}, {"start-after", after},
    };
    struct aws_request request = request_of(bucket, "GET", "", arena);
    request.query = query;
    request.query_count = after == NULL ? 4 : 5;
    struct aws_response response;
    const enum status status = call(bucket, "list", &request, arena, &response);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_INTERNAL_ERROR : status;
    }
    return read_page(arena, &response, limit, page);
}
