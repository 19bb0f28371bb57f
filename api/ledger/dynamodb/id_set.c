#include "ledger/dynamodb/id_set.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 1024 /* a power of two, as all are */

static const struct id none;

/* The slot of an id, or the free one where it belongs. Ids made by clients may be anything: all their bytes
 * are mixed. */
static struct id *slot_of(const struct id_set *set, const struct id *id)
{
    uint64_t halves[2];
    memcpy(halves, id->bytes, sizeof halves);
    uint64_t at = (halves[0] ^ halves[1] * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    at ^= at >> 32;
    for (;; at++) {
        struct id *slot = &set->slots[at & (set->capacity - 1)];
        if (id_equal(slot, &none) || id_equal(slot, id)) {
            return slot;
        }
    }
}

static void grow(struct id_set *set)
{
    struct id_set larger = {.capacity = set->capacity == 0 ? FIRST_CAPACITY : 2 * set->capacity};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) {
        abort();
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (!id_equal(&set->slots[i], &none)) {
            id_set_add(&larger, &set->slots[i]);
        }
    }
    free(set->slots);
    *set = larger;
}

void id_set_add(struct id_set *set, const struct id *id)
{
    if (4 * (set->count + 1) > 3 * set->capacity) {
        grow(set);
    }
    struct id *slot = slot_of(set, id);
    set->count += !id_equal(slot, id);
    *slot = *id;
}

bool id_set_has(const struct id_set *set, const struct id *id)
{
    return set->count > 0 && id_equal(slot_of(set, id), id);
}

void id_set_free(struct id_set *set)
{
    free(set->slots);
    *set = (struct id_set){0};
}
