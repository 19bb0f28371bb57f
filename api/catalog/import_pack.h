/*
 * Packs: the change log of an import, many products an entry.
 */
#ifndef MYPOS_CATALOG_IMPORT_PACK_H
#define MYPOS_CATALOG_IMPORT_PACK_H

#include "catalog/entity.h"

struct import_pack {
    struct db *db;
    const struct actor *actor;
    char *buffer; /* CHANGE_BODY_MAX */
    struct text body;
    unsigned count;
    int64_t seq; /* of the newest entry; 0 for none */
};

/* False when there is no memory. */
bool import_pack_open(struct import_pack *pack, struct db *db, const struct actor *actor);
void import_pack_close(struct import_pack *pack);

/* Adds a product as it is read; writes the entry when it is full. `import_pack_flush` writes the last. */
MUST_CHECK enum status import_pack_add(struct import_pack *pack, const struct entity_row *row);
MUST_CHECK enum status import_pack_flush(struct import_pack *pack);

#endif
