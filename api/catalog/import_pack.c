#include "catalog/import_pack.h"

#include <stdlib.h>

static const char BEGIN[] = "{\"products\":[";
static const char END[] = "]}";

static void begin(struct import_pack *pack)
{
    pack->body = text_over(pack->buffer, CHANGE_BODY_MAX);
    text_add_string(&pack->body, BEGIN);
    pack->count = 0;
}

bool import_pack_open(struct import_pack *pack, struct db *db, const struct actor *actor)
{
    *pack = (struct import_pack){.db = db, .actor = actor, .buffer = malloc(CHANGE_BODY_MAX)};
    if (pack->buffer == NULL) {
        return false;
    }
    begin(pack);
    return true;
}

void import_pack_close(struct import_pack *pack)
{
    free(pack->buffer);
    pack->buffer = NULL;
}

enum status import_pack_flush(struct import_pack *pack)
{
    if (pack->count == 0) {
        return STATUS_OK;
    }
    text_add_string(&pack->body, END);
    const struct change change = {
        .entity = entity_product.name,
        .op = "import",
        .body = pack->body.data,
        .body_length = pack->body.length,
    };
    const enum status status = change_append(pack->db, pack->actor, &change, &pack->seq);
    begin(pack);
    return status;
}

/* Writes the product behind the others; false, and the pack as it was, when it does not fit with the end. */
static bool try_add(struct import_pack *pack, const struct entity_row *row)
{
    const size_t before = pack->body.length;
    struct json_writer json = json_writer(&pack->body);
    if (pack->count > 0) {
        text_add_char(&pack->body, ',');
    }
    entity_emit(&entity_product, row, &json);
    if (pack->body.overflowed || pack->body.length + sizeof END >= CHANGE_BODY_MAX) {
        pack->body.length = before;
        pack->body.overflowed = false;
        return false;
    }
    pack->count++;
    return true;
}

enum status import_pack_add(struct import_pack *pack, const struct entity_row *row)
{
    if (try_add(pack, row)) {
        return STATUS_OK;
    }
    const enum status status = import_pack_flush(pack);
    if (status != STATUS_OK) {
        return status;
    }
    return try_add(pack, row) ? STATUS_OK : STATUS_INTERNAL_ERROR; /* a product is far smaller than a pack */
}
