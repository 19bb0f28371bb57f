#include "app/page.h"

#define FRAME_SIZE 64

void page_answer_begin(struct page_answer *answer, struct call *call, size_t size)
{
    answer->call = call;
    answer->body = arena_text(call->arena, FRAME_SIZE + size);
    answer->json = json_writer(&answer->body);
    emit_begin_object(&answer->json);
    emit_name(&answer->json, "data");
    emit_begin_array(&answer->json);
}

void page_answer_next(struct page_answer *answer, char letter, bool has_more, const struct cursor *next)
{
    emit_end_array(&answer->json);
    emit_member_string(&answer->json, "next_cursor",
                       has_more ? cursor_write(answer->call->arena, letter, next) : NULL);
}

void page_answer_end(struct page_answer *answer)
{
    emit_end_object(&answer->json);
    call_answer_text(answer->call, &answer->body);
}
