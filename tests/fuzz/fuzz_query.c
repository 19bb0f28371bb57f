/*
 * Targets of requests: what is taken decodes to UTF-8 without control characters, no segment has a slash,
 * and encoding it again and decoding that gives the same.
 */
#include "http/encode.h"
#include "http/negotiate.h"
#include "http/target.h"

#include "fuzz.h"

#include <string.h>

static void check_text(const char *text)
{
    FUZZ_CHECK(utf8_valid(text, strlen(text)));
    for (const char *at = text; *at != '\0'; at++) {
        FUZZ_CHECK((unsigned char)*at >= 0x20 && *at != 0x7f);
    }
}

static void encode_to(struct text *out, const char *decoded)
{
    for (const char *at = decoded; *at != '\0'; at++) {
        text_add_char(out, '%');
        text_add_char(out, "0123456789abcdef"[(unsigned char)*at >> 4]);
        text_add_char(out, "0123456789ABCDEF"[(unsigned char)*at & 15]);
    }
}

static void check_again(const struct target *target, struct arena *arena, struct detail *detail)
{
    struct text text = arena_text(arena, 256);
    struct target again;
    for (unsigned i = 0; i < target->segment_count; i++) {
        text_add_char(&text, '/');
        encode_to(&text, target->segments[i]);
    }
    for (unsigned i = 0; i < target->query_count; i++) {
        text_add_char(&text, i == 0 ? '?' : '&');
        encode_to(&text, target->query[i].name);
        text_add_char(&text, '=');
        encode_to(&text, target->query[i].value);
    }
    if (text.length > TARGET_LENGTH_MAX) {
        return;
    }
    FUZZ_CHECK(target_parse(text_string(&text), arena, &again, detail) == STATUS_OK);
    FUZZ_CHECK(again.segment_count == target->segment_count && again.query_count == target->query_count);
    for (unsigned i = 0; i < target->query_count; i++) {
        FUZZ_CHECK(strcmp(again.query[i].value, target->query[i].value) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena arena;
    struct detail detail;
    struct target target;
    arena_init(&arena);
    detail_init(&detail, &arena);
    const char *text = arena_copy_n(&arena, (const char *)bytes, size);
    static const char *const types[] = {"text/html", "application/json", NULL};
    (void)negotiate_accepts_gzip(text);
    (void)negotiate_accepts(text, types);
    (void)negotiate_is_listed(text, types);
    (void)encode_etag_matches(text, "\"3\"");
    const enum status status = target_parse(text, &arena, &target, &detail);
    if (status == STATUS_OK) {
        check_text(target.path);
        for (unsigned i = 0; i < target.segment_count; i++) {
            check_text(target.segments[i]);
            FUZZ_CHECK(strchr(target.segments[i], '/') == NULL);
        }
        for (unsigned i = 0; i < target.query_count; i++) {
            check_text(target.query[i].name);
            check_text(target.query[i].value);
        }
        check_again(&target, &arena, &detail);
    }
    arena_free(&arena);
    return 0;
}
