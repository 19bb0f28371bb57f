/*
 * The contract itself, and the page to read it by. Both are part of the binary and never change while it
 * runs: their ETags are made of their hashes.
 */
#include "base/hash.h"
#include "http/embedded_files.h"
#include "http/operations.h"

#include <string.h>

#define TAG_DIGITS 16
#define CACHED     "public, max-age=0, must-revalidate"

/* Stricter than the page's own, which a proxy may drop. */
#define DOCS_POLICY                                                                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "    \
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
#define DOCS_PAGE "/docs/index.html"

extern const char openapi_document[];
extern const size_t openapi_document_size;

static enum status answer_with(struct op_call *op, const char *bytes, size_t length)
{
    char text[HASH_TEXT_SIZE];
    const struct hash hash = hash_of(bytes, length);
    op->call.answer.body = bytes;
    op->call.answer.body_length = length;
    op->call.answer.etag = arena_printf(op->call.arena, "\"%.*s\"", TAG_DIGITS, hash_format(&hash, text));
    op->call.answer.cache_control = CACHED;
    return STATUS_OK;
}

enum status op_document_read(struct op_call *op)
{
    return answer_with(op, openapi_document, openapi_document_size);
}

enum status op_docs_read(struct op_call *op)
{
    const struct embedded_file *page = embedded_file_at(DOCS_PAGE);
    if (page == NULL) {
        return STATUS_NOT_FOUND;
    }
    op->call.answer.content_type = "text/html; charset=utf-8";
    op->call.answer.content_security_policy = DOCS_POLICY;
    return answer_with(op, page->bytes, *page->size);
}
