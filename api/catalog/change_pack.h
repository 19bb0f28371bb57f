/*
 * Packs: changes of many things at once, as few entries of the change log: {"products":[…]}. No entry is
 * larger than CHANGE_BODY_MAX.
 */
#ifndef MYPOS_CATALOG_CHANGE_PACK_H
#define MYPOS_CATALOG_CHANGE_PACK_H

#include "catalog/change.h"

struct change_pack {
    struct db *db;
    const struct actor *actor;
    struct change change; /* of each entry, but for its body */
    const char *member;   /* the name of the array */
    char *buffer;         /* CHANGE_BODY_MAX */
    struct text body;
    unsigned count;
    int64_t seq; /* of the newest entry; 0 for none */
};

/* What `change` points to, and `member`, are borrowed. False when there is no memory. */
bool change_pack_open(struct change_pack *pack, struct db *db, const struct actor *actor,
                      const struct change *change, const char *member);
void change_pack_close(struct change_pack *pack);

/* Adds a JSON value, far smaller than a pack; writes the entry when it is full. `change_pack_flush` writes
 * the last. */
MUST_CHECK enum status change_pack_add(struct change_pack *pack, const char *json, size_t length);
MUST_CHECK enum status change_pack_flush(struct change_pack *pack);

#endif
