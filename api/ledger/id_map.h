/*
 * A map from ids to numbers, for walks through everything: open addressing, at most three quarters full.
 */
#ifndef MYPOS_LEDGER_ID_MAP_H
#define MYPOS_LEDGER_ID_MAP_H

#include "base/id.h"

struct id_map_slot {
    struct id id; /* all zero: free */
    int64_t value;
};

struct id_map {
    struct id_map_slot *slots;
    size_t count, capacity;
};

/* An empty map is all zero. Without memory the process ends, as base/arena.h does. The zero id is in no map.
 */
void id_map_set(struct id_map *map, const struct id *id, int64_t value);
bool id_map_has(const struct id_map *map, const struct id *id);
int64_t id_map_get(const struct id_map *map, const struct id *id, int64_t otherwise);
void id_map_free(struct id_map *map);

#endif
