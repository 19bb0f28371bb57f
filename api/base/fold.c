#include "base/fold.h"

#include <string.h>
#include <utf8proc.h>

#define DECOMPOSED_MAX 32 /* the longest decomposition of a code point is 18 (U+FDFA) */

/* Base letters of what Unicode does not decompose. */
static const char *stroked(utf8proc_int32_t code)
{
    switch (code) {
    case 0x00e6:
        return "ae";
    case 0x00f0:
    case 0x0111:
        return "d";
    case 0x00f8:
        return "o";
    case 0x00fe:
        return "th";
    case 0x0127:
        return "h";
    case 0x0131:
        return "i";
    case 0x0142:
        return "l";
    case 0x0153:
        return "oe";
    default:
        return NULL;
    }
}

/* Letters and numbers; utf8proc lists the categories in the order of the standard. */
static bool is_word(utf8proc_category_t category)
{
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

struct folder {
    struct text *out;
    size_t start;       /* of what this run appended */
    bool pending_space; /* something separated words since the last letter */
};

static void put(struct folder *folder, const char *bytes, size_t length)
{
    if (folder->pending_space && folder->out->length > folder->start) {
        text_add_char(folder->out, ' ');
    }
    folder->pending_space = false;
    text_add(folder->out, bytes, length);
}

/* One decomposed code point. Marks vanish; what is no letter and no digit separates words. */
static void put_code(struct folder *folder, utf8proc_int32_t code)
{
    const utf8proc_category_t category = utf8proc_category(code);
    if (category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME ||
        category == UTF8PROC_CATEGORY_CF) {
        return;
    }
    const char *letters = stroked(code);
    if (letters != NULL) {
        put(folder, letters, strlen(letters));
    } else if (is_word(category) || category == UTF8PROC_CATEGORY_MC) {
        utf8proc_uint8_t encoded[4];
        const utf8proc_ssize_t length = utf8proc_encode_char(code, encoded);
        put(folder, (const char *)encoded, (size_t)length);
    } else {
        folder->pending_space = true;
    }
}

static void put_decomposed(struct folder *folder, utf8proc_int32_t code)
{
    utf8proc_int32_t parts[DECOMPOSED_MAX];
    int last_class = 0;
    const utf8proc_ssize_t count = utf8proc_decompose_char(
        code, parts, DECOMPOSED_MAX,
        (utf8proc_option_t)(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD), &last_class);
    if (count < 0 || count > DECOMPOSED_MAX) {
        folder->pending_space = true;
        return;
    }
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        put_code(folder, parts[i]);
    }
}

static bool is_ascii_word(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Folds one character at `bytes`; its length. ASCII, which is most of it, needs no tables. */
static size_t fold_character(struct folder *folder, const char *bytes, size_t length)
{
    const unsigned char byte = (unsigned char)bytes[0];
    if (byte < 0x80) {
        if (is_ascii_word(byte)) {
            const char lower = (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
            put(folder, &lower, 1);
        } else {
            folder->pending_space = true;
        }
        return 1;
    }
    utf8proc_int32_t code;
    const utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)length,
                                                   &code);
    if (size <= 0) {
        folder->pending_space = true;
        return 1;
    }
    put_decomposed(folder, code);
    return (size_t)size;
}

void fold_words(const char *bytes, size_t length, struct text *out)
{
    struct folder folder = {.out = out, .start = out->length};
    for (size_t at = 0; at < length;) {
        at += fold_character(&folder, bytes + at, length - at);
    }
}

/* Of what joins words when it stands between two of them; a typographic apostrophe is U+2019. */
static size_t joiner_length(const char *bytes, size_t length)
{
    if (bytes[0] == '-' || bytes[0] == '\'' || bytes[0] == '.' || bytes[0] == '&') {
        return 1;
    }
    return length >= 3 && memcmp(bytes, "\xe2\x80\x99", 3) == 0 ? 3 : 0;
}

static bool is_letter_byte(unsigned char byte)
{
    return byte >= 0x80 || is_ascii_word(byte);
}

/* The end of a run of letters and single joiners that begins at `at`; whether there were joiners. */
static size_t compound_end(const char *bytes, size_t length, size_t at, bool *joined)
{
    *joined = false;
    while (at < length) {
        const size_t joiner = joiner_length(bytes + at, length - at);
        if (joiner > 0) {
            if (at + joiner >= length || !is_letter_byte((unsigned char)bytes[at + joiner])) {
                return at;
            }
            *joined = true;
            at += joiner;
        } else if (is_letter_byte((unsigned char)bytes[at])) {
            at++;
        } else {
            return at;
        }
    }
    return at;
}

void fold_compounds(const char *bytes, size_t length, struct text *out)
{
    for (size_t at = 0; at < length;) {
        if (!is_letter_byte((unsigned char)bytes[at])) {
            at++;
            continue;
        }
        bool joined;
        const size_t end = compound_end(bytes, length, at, &joined);
        if (joined) {
            text_add_char(out, ' ');
            struct folder folder = {.out = out, .start = out->length};
            while (at < end) {
                const size_t joiner = joiner_length(bytes + at, end - at);
                at += joiner > 0 ? joiner : fold_character(&folder, bytes + at, end - at);
                folder.pending_space = false;
            }
        }
        at = end;
    }
}
