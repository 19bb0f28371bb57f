/*
 * The catalogue: reference data in SQLite, read on every request, changed rarely.
 *
 * Every change is one numbered change in the change log (catalog/change.h), written in the same act as the
 * row it changes; `catalog_seq` is the number of the newest one that is durable.
 */
#ifndef MYPOS_CATALOG_CATALOG_H
#define MYPOS_CATALOG_CATALOG_H

#include "base/arena.h"
#include "base/detail.h"
#include "sqlite/db.h"

struct catalog;
struct selling_cache;

/* Reads the sequence and, on a fresh database, creates the first store, register and currency (inside an
 * act of the writer). The caller owns it. */
MUST_CHECK enum status catalog_open(struct db *writer_db, struct catalog **catalog);
void catalog_close(struct catalog *catalog);

/* The newest durable change; any thread. Whatever is derived from the catalogue and kept in memory is
 * valid for one value of it. */
int64_t catalog_seq(const struct catalog *catalog);

/* What sales read, kept in memory (catalog/selling_cache.h). */
struct selling_cache *catalog_selling_cache(const struct catalog *catalog);

/* Called by the writer's side after a commit that changed the catalogue. */
void catalog_seq_advance(struct catalog *catalog, int64_t seq);

#endif
