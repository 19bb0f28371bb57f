/* Which stores and registers there are: rows that the first act in each wrote, and that never change. */
#include "ledger/dynamodb/reads.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_PLACES 16

static enum status read_places(const struct ledger_dynamodb *ledger, const char *from, const char *to,
                               struct arena *arena, struct ledger_place **places, size_t *count)
{
    const struct dynamodb_query query = {.table = LAYOUT_TRANSACTIONS, .hash = "M", .from = from, .to = to};
    struct dynamodb_stream stream = ledger_dynamodb_stream(ledger, &query);
    size_t room = 0;
    const json_t *item;
    enum status status;
    *count = 0;
    *places = NULL;
    while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) {
        if (*count == room) {
            room = room == 0 ? FIRST_PLACES : 2 * room;
            struct ledger_place *more = arena_zeroed(arena, room, sizeof *more);
            if (*count > 0) {
                memcpy(more, *places, *count * sizeof *more);
            }
            *places = more;
        }
        const char *sk = dynamodb_s(item, "sk"), *code = dynamodb_s(item, "cd");
        struct ledger_place *place = &(*places)[(*count)++];
        *place = (struct ledger_place){.key = strtoll(sk + strlen(from), NULL, 10)};
        (void)ledger_dynamodb_id(item, "id", &place->id);
        strncat(place->code, code == NULL ? "" : code, sizeof place->code - 1);
    }
    ledger_dynamodb_stream_close(&stream);
    return status;
}

enum status ledger_dynamodb_stores(const struct ledger_dynamodb *ledger, struct arena *arena,
                                   struct ledger_place **places, size_t *count)
{
    return read_places(ledger, "S#", "S#~", arena, places, count);
}

enum status ledger_dynamodb_registers(const struct ledger_dynamodb *ledger, struct arena *arena,
                                      struct ledger_place **places, size_t *count)
{
    return read_places(ledger, "R#", "R#~", arena, places, count);
}
