#include "http/target.h"

#include <string.h>
#include <strings.h>

bool utf8_valid(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + length;
    while (at < end) {
        const unsigned char lead = *at++;
        if (lead < 0x80) {
            continue;
        }
        if (lead < 0xc2 || lead > 0xf4) {
            return false;
        }
        const int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        if (end - at < more || (at[0] & 0xc0) != 0x80) {
            return false;
        }
        /* The second byte tells overlong forms, surrogates and what is beyond U+10FFFF. */
        if ((lead == 0xe0 && at[0] < 0xa0) || (lead == 0xed && at[0] > 0x9f) ||
            (lead == 0xf0 && at[0] < 0x90) || (lead == 0xf4 && at[0] > 0x8f)) {
            return false;
        }
        for (int i = 1; i < more; i++) {
            if ((at[i] & 0xc0) != 0x80) {
                return false;
            }
        }
        at += more;
    }
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit = (char)(digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Decodes a segment, or a name or value of the query; NULL with the reason when it is not well-formed. */
static const char *decode(const char *from, size_t length, bool is_query, struct arena *arena,
                          struct detail *detail)
{
    char *out = arena_alloc(arena, length + 1);
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        char byte = from[i];
        if (byte == '%') {
            const int high = length - i > 2 ? hex_value(from[i + 1]) : -1;
            const int low = high < 0 ? -1 : hex_value(from[i + 2]);
            if (low < 0) {
                (void)detail_set(detail, STATUS_MALFORMED_REQUEST,
                                 "The address has a %% that two hexadecimal digits do not follow.");
                return NULL;
            }
            byte = (char)(high << 4 | low);
            i += 2;
            if (byte == '/' && !is_query) {
                (void)detail_set(detail, STATUS_MALFORMED_REQUEST, "The path has an encoded slash (%%2F).");
                return NULL;
            }
        } else if (byte == '+' && is_query) {
            byte = ' ';
        }
        if ((unsigned char)byte < 0x20 || byte == 0x7f) {
            (void)detail_set(detail, STATUS_MALFORMED_REQUEST,
                             "The address has an encoded control character.");
            return NULL;
        }
        out[count++] = byte;
    }
    out[count] = '\0';
    if (!utf8_valid(out, count)) {
        (void)detail_set(detail, STATUS_MALFORMED_REQUEST, "The address is not valid UTF-8 when decoded.");
        return NULL;
    }
    return out;
}

/* Skips "http://host" of the absolute form; NULL when it is neither form. */
static const char *origin_form(const char *text)
{
    if (text[0] == '/') {
        return text;
    }
    if (strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0) {
        return NULL;
    }
    const char *host = strstr(text, "//") + 2;
    const char *path = host + strcspn(host, "/?");
    return path == host || *path == '?' ? NULL : *path == '\0' ? "/" : path;
}

static enum status parse_query(const char *query, struct arena *arena, struct target *target,
                               struct detail *detail)
{
    while (*query != '\0') {
        const size_t length = strcspn(query, "&");
        if (length > 0) {
            if (target->query_count == TARGET_QUERY_MAX) {
                return detail_set(detail, STATUS_MALFORMED_REQUEST, "The query has more than %d parameters.",
                                  TARGET_QUERY_MAX);
            }
            const char *equals = memchr(query, '=', length);
            const size_t name_length = equals == NULL ? length : (size_t)(equals - query);
            struct target_pair *pair = &target->query[target->query_count++];
            pair->name = decode(query, name_length, true, arena, detail);
            pair->value = equals == NULL ? ""
                                         : decode(equals + 1, length - name_length - 1, true, arena, detail);
            if (pair->name == NULL || pair->value == NULL) {
                return STATUS_MALFORMED_REQUEST;
            }
        }
        query += length;
        query += *query == '&';
    }
    return STATUS_OK;
}

enum status target_parse(const char *text, struct arena *arena, struct target *target, struct detail *detail)
{
    target->segment_count = 0;
    target->query_count = 0;
    if (strlen(text) > TARGET_LENGTH_MAX) {
        return detail_set(detail, STATUS_URI_TOO_LONG, "The address is longer than %d bytes.",
                          TARGET_LENGTH_MAX);
    }
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7f || *at == '#') {
            return detail_set(detail, STATUS_MALFORMED_REQUEST,
                              "The address has a character that must be percent-encoded.");
        }
    }
    const char *path = origin_form(text);
    if (path == NULL) {
        return detail_set(detail, STATUS_MALFORMED_REQUEST, "The address is neither a path nor a URL.");
    }
    const size_t path_length = strcspn(path, "?");
    target->path = arena_copy_n(arena, path, path_length);
    const char *segment = target->path;
    while (*segment == '/') {
        segment++;
        const size_t length = strcspn(segment, "/");
        if (target->segment_count == TARGET_SEGMENTS_MAX) {
            return STATUS_NOT_FOUND;
        }
        const char *decoded = decode(segment, length, false, arena, detail);
        if (decoded == NULL) {
            return STATUS_MALFORMED_REQUEST;
        }
        target->segments[target->segment_count++] = decoded;
        segment += length;
    }
    return path[path_length] == '?' ? parse_query(path + path_length + 1, arena, target, detail) : STATUS_OK;
}
