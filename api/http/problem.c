#include "http/problem.h"

#include <string.h>

#define TYPE_PREFIX       "/docs#problem-"
#define RETRY_AFTER_S     1 /* when nobody knew better */
#define PROBLEM_TEXT_SIZE 1024

static void write_faults(struct json_writer *json, const struct detail *detail)
{
    emit_name(json, "errors");
    emit_begin_array(json);
    for (const struct fault *fault = detail->first; fault != NULL; fault = fault->next) {
        emit_begin_object(json);
        emit_member_string(json, "pointer", fault->pointer);
        emit_member_string(json, "code", fault->code);
        emit_member_string(json, "detail", fault->detail);
        emit_end_object(json);
    }
    emit_end_array(json);
}

/* The sentence: the detail's own, or what the faults say together. */
static const char *sentence(const struct request *request, struct arena *arena)
{
    const struct detail *detail = &request->op.call.detail;
    if (detail->text != NULL) {
        return detail->text;
    }
    if (detail->faults == 1) {
        return arena_printf(arena, "%s: %s",
                            *detail->first->pointer == '\0' ? "The body" : detail->first->pointer,
                            detail->first->detail);
    }
    if (detail->faults > 1) {
        return arena_printf(arena, "%u faults were found.", detail->faults);
    }
    return NULL;
}

void problem_reply(struct request *request, enum status status)
{
    struct arena *arena = &request->arena;
    const struct detail *detail = &request->op.call.detail;
    struct text text = arena_text(arena, PROBLEM_TEXT_SIZE);
    struct json_writer json = json_writer(&text);
    const char *code = status_code(status);
    const char *words = sentence(request, arena);
    emit_begin_object(&json);
    emit_member_string(&json, "type", arena_printf(arena, "%s%s", TYPE_PREFIX, code));
    emit_member_string(&json, "title", status_title(status));
    emit_member_int(&json, "status", status_http(status));
    emit_member_string(&json, "detail",
                       words == NULL ? arena_printf(arena, "%s.", status_title(status)) : words);
    emit_member_string(&json, "code", code);
    emit_member_string(&json, "request_id", request->request_id);
    if (detail->first != NULL) {
        write_faults(&json, detail);
    }
    if (detail->members != NULL) {
        text_add_char(&text, ',');
        text_add_string(&text, detail->members);
    }
    emit_end_object(&json);

    struct reply *reply = &request->reply;
    reply_release(reply);
    const bool close = reply->close;
    reply_init(reply);
    reply->close = close;
    reply->status = status_http(status);
    reply->body = text.data;
    reply->length = text.length;
    reply_add_header(reply, "Content-Type", "application/problem+json");
    reply_add_header(reply, "Cache-Control", "no-store");
    if (reply->status == 401) {
        reply_add_header(reply, "WWW-Authenticate", "Bearer");
    }
    if (reply->status == 412 && request->op.call.answer.etag != NULL) {
        reply_add_header(reply, "ETag", request->op.call.answer.etag); /* what it is now */
    }
    if (reply->status == 429 || reply->status == 503) {
        const int seconds = detail->retry_after_s > 0 ? detail->retry_after_s : RETRY_AFTER_S;
        reply_add_header(reply, "Retry-After", arena_printf(arena, "%d", seconds));
    }
}
