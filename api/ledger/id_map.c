#include "ledger/id_map.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 1024 /* a power of two, as all are */

static const struct id none;

/* The slot of an id, or the free one where it belongs. Ids made by clients may be anything: all their bytes
 * are mixed. */
static struct id_map_slot *slot_of(const struct id_map *map, const struct id *id)
{
    uint64_t halves[2];
    memcpy(halves, id->bytes, sizeof halves);
    uint64_t at = (halves[0] ^ halves[1] * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    at ^= at >> 32;
    for (;; at++) {
        struct id_map_slot *slot = &map->slots[at & (map->capacity - 1)];
        if (id_equal(&slot->id, &none) || id_equal(&slot->id, id)) {
            return slot;
        }
    }
}

static void grow(struct id_map *map)
{
    struct id_map larger = {.capacity = map->capacity == 0 ? FIRST_CAPACITY : 2 * map->capacity};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) {
        abort();
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (!id_equal(&map->slots[i].id, &none)) {
            id_map_set(&larger, &map->slots[i].id, map->slots[i].value);
        }
    }
    free(map->slots);
    *map = larger;
}

void id_map_set(struct id_map *map, const struct id *id, int64_t value)
{
    if (id_equal(id, &none)) {
        return;
    }
    if (4 * (map->count + 1) > 3 * map->capacity) {
        grow(map);
    }
    struct id_map_slot *slot = slot_of(map, id);
    map->count += !id_equal(&slot->id, id);
    *slot = (struct id_map_slot){*id, value};
}

bool id_map_has(const struct id_map *map, const struct id *id)
{
    return map->count > 0 && !id_equal(id, &none) && id_equal(&slot_of(map, id)->id, id);
}

int64_t id_map_get(const struct id_map *map, const struct id *id, int64_t otherwise)
{
    return id_map_has(map, id) ? slot_of(map, id)->value : otherwise;
}

void id_map_free(struct id_map *map)
{
    free(map->slots);
    *map = (struct id_map){0};
}
