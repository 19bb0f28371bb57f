#include "catalog/change_pack.h"

#include <stdlib.h>

static const char END[] = "]}";

static void begin(struct change_pack *pack)
{
    pack->body = text_over(pack->buffer, CHANGE_BODY_MAX);
    text_add_string(&pack->body, "{\"");
    text_add_string(&pack->body, pack->member);
    text_add_string(&pack->body, "\":[");
    pack->count = 0;
}

bool change_pack_open(struct change_pack *pack, struct db *db, const struct actor *actor,
                      const struct change *change, const char *member)
{
    *pack = (struct change_pack){
        .db = db, .actor = actor, .change = *change, .member = member, .buffer = malloc(CHANGE_BODY_MAX)};
    if (pack->buffer == NULL) {
        return false;
    }
    begin(pack);
    return true;
}

void change_pack_close(struct change_pack *pack)
{
    free(pack->buffer);
    pack->buffer = NULL;
}

enum status change_pack_flush(struct change_pack *pack)
{
    if (pack->count == 0) {
        return STATUS_OK;
    }
    text_add_string(&pack->body, END);
    pack->change.body = pack->body.data;
    pack->change.body_length = pack->body.length;
    const enum status status = change_append(pack->db, pack->actor, &pack->change, &pack->seq);
    begin(pack);
    return status;
}

enum status change_pack_add(struct change_pack *pack, const char *json, size_t length)
{
    if (pack->count > 0 && pack->body.length + 1 + length + sizeof END > CHANGE_BODY_MAX) {
        const enum status status = change_pack_flush(pack);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (pack->count++ > 0) {
        text_add_char(&pack->body, ',');
    }
    text_add(&pack->body, json, length);
    return pack->body.overflowed ? STATUS_INTERNAL_ERROR : STATUS_OK;
}
