#include "app/document_json.h"

#include <stdlib.h>
#include <string.h>

#define EMPTY_LENGTH 2 /* of "{}" */

void document_json_emit_members(struct json_writer *json, const struct ledger_document *document)
{
    emit_members(json, document->body, document->body_length);
}

struct text document_json_append(struct arena *arena, const struct ledger_document *document,
                                 const struct text *members)
{
    struct text body = arena_text(arena, document->body_length + 256);
    if (members == NULL) {
        text_add(&body, document->body, document->body_length);
        return body;
    }
    text_add(&body, document->body, document->body_length - 1);
    if (document->body_length > EMPTY_LENGTH && members->length > EMPTY_LENGTH) {
        text_add_char(&body, ',');
    }
    text_add(&body, members->data + 1, members->length - 1);
    return body;
}

void document_json_emit(struct json_writer *json, const char *name, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        __builtin_trap(); /* what was parsed can be written */
    }
    emit_name(json, name);
    emit_raw(json, text, strlen(text));
    free(text);
}
